package io.micrologs.bench;

import java.util.Locale;

/**
 * What a load needs of the disk, at most: estimated from what events take, so that a run that cannot end is refused before it
 * begins.
 *
 * @param events in all
 * @param partEvents of one part: the journal and the ceiling's rows are kept for no more than two
 * @param days that have partitions and journal files
 */
record DiskNeed(long events, long partEvents, long days) {
    /** The program of the embedded database, its logs, and its files before there are rows. */
    private static final long BASE_BYTES = 1_500L << 20;

    private static final long JOURNAL_BYTES_PER_EVENT = 520;
    /** Room is written ahead of a journal file's records in pieces of 2 MiB. */
    private static final long JOURNAL_BYTES_PER_DAY = 5L << 20;
    /** Rows, indexes, counters, and the ids that are looked up for two days but stay while months are loaded in one go. */
    private static final long TABLES_BYTES_PER_EVENT = 400;
    /** Six tables and the six like them of the ceiling have a file a day. */
    private static final long TABLES_BYTES_PER_DAY = 12 * (112L << 10);

    private static final long CEILING_BYTES_PER_EVENT = 700;
    /** The journal takes no events below this; see journal.free-bytes.min. */
    private static final long FREE_BYTES_MIN = 1L << 30;

    private static final double BYTES_PER_GIB = 1L << 30;

    long bytes() {
        return BASE_BYTES
                + FREE_BYTES_MIN
                + 2 * partEvents * JOURNAL_BYTES_PER_EVENT
                + days * (JOURNAL_BYTES_PER_DAY + TABLES_BYTES_PER_DAY)
                + events * TABLES_BYTES_PER_EVENT
                + partEvents * CEILING_BYTES_PER_EVENT;
    }

    /** @param usableBytes what the file system has for us */
    void require(long usableBytes, String directory) {
        if (usableBytes < bytes()) {
            throw new BenchException(String.format(
                    Locale.ROOT,
                    "%,d events need up to %.1f GiB in %s, and %.1f GiB are free: fewer --events, more --parts, or another --data",
                    events,
                    bytes() / BYTES_PER_GIB,
                    directory,
                    usableBytes / BYTES_PER_GIB));
        }
    }
}

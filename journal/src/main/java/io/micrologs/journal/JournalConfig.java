package io.micrologs.journal;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * How a journal directory is kept. An appender and the tailers of one directory are given the same values.
 *
 * @param directory holds the cycle files, {@code journal.id}, {@code append.lock} and {@code loaded.checkpoint}
 * @param cycle how long one file is written to: {@code hourly}, {@code five-minutely} or {@code daily}; fixed once the
 *     directory has been written to
 * @param retain how long a cycle is kept for replay once it is loaded; counted from the cycle's end
 * @param bytesMax events are refused while the cycle files take this much of the disk; unloaded ones are never deleted
 * @param freeBytesMin events are refused while the file system has less than this available
 * @param ringSize appends that may wait for the writer, a power of two
 * @param durability what an acknowledged event survives; the appender's alone
 */
public record JournalConfig(
        Path directory,
        String cycle,
        Duration retain,
        long bytesMax,
        long freeBytesMin,
        int ringSize,
        Durability durability) {

    /** The values {@code cycle} may have. */
    public static final List<String> CYCLES = List.of("hourly", "five-minutely", "daily");

    private static final int RING_SIZE_MIN = 64;
    private static final int RING_SIZE_MAX = 1 << 20;

    public JournalConfig {
        if (!CYCLES.contains(cycle)) {
            throw new IllegalArgumentException("journal.cycle must be one of " + CYCLES + ", is " + cycle);
        }
        if (retain.isNegative()) {
            throw new IllegalArgumentException("journal.retain must not be negative, is " + retain);
        }
        if (bytesMax <= 0) {
            throw new IllegalArgumentException("journal.bytesMax must be above 0, is " + bytesMax);
        }
        if (freeBytesMin < 0) {
            throw new IllegalArgumentException("journal.freeBytesMin must not be negative, is " + freeBytesMin);
        }
        if (ringSize < RING_SIZE_MIN || ringSize > RING_SIZE_MAX || Integer.bitCount(ringSize) != 1) {
            throw new IllegalArgumentException("journal.ringSize must be a power of two from " + RING_SIZE_MIN + " to "
                    + RING_SIZE_MAX + ", is " + ringSize);
        }
    }

    /** With {@link Durability#PROCESS}. */
    public JournalConfig(
            Path directory, String cycle, Duration retain, long bytesMax, long freeBytesMin, int ringSize) {
        this(directory, cycle, retain, bytesMax, freeBytesMin, ringSize, Durability.PROCESS);
    }

    /** Hourly cycles kept for 7 days once loaded, at most 20 GiB of them, 1 GiB left free, 8,192 appends waiting. */
    public static JournalConfig defaults(Path directory) {
        return new JournalConfig(directory, "hourly", Duration.ofDays(7), 20L << 30, 1L << 30, 8192);
    }
}

package io.micrologs.query;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Counts the accepted events of each project in the journal, whatever became of them later. Any thread. */
public interface JournalCounts {

    /** The last loaded record: journal, epoch as an unsigned number, sequence, index and CRC. */
    record Position(long journalId, int epoch, long sequence, long index, int crc) {}

    /**
     * What was counted, by project; all null but the note when it is not known.
     *
     * @param accepted all events since there are outcomes, a project that is not in it has none
     * @param pending those of them behind the position
     * @param note why it is not known, or what is to be said about it
     */
    record Counted(
            @Nullable Map<Integer, Long> accepted,
            @Nullable Map<Integer, Long> pending,
            @Nullable String note) {

        public static Counted unknown(String why) {
            return new Counted(null, null, why);
        }
    }

    /**
     * Counts the journal to its end, in bounded time.
     *
     * @param loaded up to where the outcomes go; null when nothing was loaded yet
     * @param outcomes how many events of each project became anything, read together with {@code loaded}
     */
    Counted count(@Nullable Position loaded, Map<Integer, Long> outcomes);
}

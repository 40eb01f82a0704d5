package io.micrologs.journal;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How the journal is, as its appender saw it last; for health and metrics.
 *
 * @param state {@code FAIL} while events are refused
 * @param message one line for the operator
 * @param journalId the random identity of the directory
 * @param epoch this appender's life, as an unsigned 32-bit number
 * @param endSequence the number of the last event in the journal, 0 when there was none yet
 * @param endIndex Chronicle's position of the last record
 * @param bytesOnDisk what the cycle files take
 * @param freeBytes what the file system has available
 * @param oldestCycleStart when the oldest cycle kept began, null when there is none
 * @param cycles how many cycle files there are
 * @param failedAppends events whose append failed since this appender was opened
 */
public record JournalStatus(
        State state,
        String message,
        long journalId,
        int epoch,
        long endSequence,
        long endIndex,
        long bytesOnDisk,
        long freeBytes,
        @Nullable Instant oldestCycleStart,
        int cycles,
        long failedAppends) {

    /** As in the health endpoint: {@code WARN} works but wants attention, {@code FAIL} does not work. */
    public enum State {
        OK,
        WARN,
        FAIL
    }
}

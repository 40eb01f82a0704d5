package io.micrologs.loader;

import io.micrologs.journal.Checkpoint;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What health and metrics say about the loader; a snapshot that never changes.
 *
 * @param message one line for an operator
 * @param lagEvents events in the journal that are not in the database; -1 until the checkpoint has been read
 * @param lagSeconds age of the oldest of them; 0 when there is none
 * @param checkpoint the last committed one, null before the first
 * @param outcomes events since start by what became of them: stored, repeat, duplicate, deleted, dead_letter
 * @param lastBatchEvents size of the last committed batch
 * @param lastBatchMs how long its transaction took
 * @param lastBatchAtMs when it was committed, milliseconds since 1970 UTC; 0 before the first
 */
public record LoaderStatus(
        State state,
        String message,
        long lagEvents,
        long lagSeconds,
        @Nullable Checkpoint checkpoint,
        Map<String, Long> outcomes,
        int lastBatchEvents,
        long lastBatchMs,
        long lastBatchAtMs) {

    /** {@code WARN} still loads or keeps trying by itself; {@code FAIL} has stopped and needs a person. */
    public enum State {
        OK,
        WARN,
        FAIL
    }
}

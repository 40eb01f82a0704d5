package io.micrologs.loader;

import io.micrologs.journal.Checkpoint;
import io.micrologs.journal.Polled;
import org.jspecify.annotations.Nullable;

/**
 * One record of a batch.
 *
 * @param timeMs the time that counts for it: received, never earlier than the record before it, see {@link EventClock}
 * @param deadReason why it is set aside instead of loaded, null for a healthy one
 */
record Entry(Polled polled, long timeMs, @Nullable String deadReason) {

    Checkpoint position() {
        if (polled instanceof Polled.Stored stored) {
            return stored.record().checkpoint();
        }
        if (polled instanceof Polled.Damaged damaged) {
            return damaged.position();
        }
        throw new IllegalStateException("a record that is too new is never part of a batch");
    }

    Entry dead(String reason) {
        return new Entry(polled, timeMs, reason);
    }
}

package io.micrologs.loader;

import io.micrologs.journal.Checkpoint;
import io.micrologs.journal.JournalTailer;
import io.micrologs.journal.Polled;
import io.micrologs.journal.Resume;
import org.jspecify.annotations.Nullable;

/** The journal as the loader sees it, so that its tests need no files. The methods are {@link JournalTailer}'s. */
interface RecordSource extends AutoCloseable {

    /** Opens the journal; may fail, and is then tried again later. */
    @FunctionalInterface
    interface Opener {
        RecordSource open();
    }

    Resume resume(@Nullable Checkpoint checkpoint);

    @Nullable
    Polled poll();

    long endSequence();

    long journalId();

    /** Why a sound record is to be set aside unseen; null for one that is not. */
    default @Nullable String deadReason(Checkpoint position) {
        return null;
    }

    @Override
    void close();

    static RecordSource of(JournalTailer tailer) {
        return new RecordSource() {
            @Override
            public Resume resume(@Nullable Checkpoint checkpoint) {
                return tailer.resume(checkpoint);
            }

            @Override
            public @Nullable Polled poll() {
                return tailer.poll();
            }

            @Override
            public long endSequence() {
                return tailer.endSequence();
            }

            @Override
            public long journalId() {
                return tailer.journalId();
            }

            @Override
            public void close() {
                tailer.close();
            }
        };
    }
}

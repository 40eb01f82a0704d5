package io.micrologs.loader;

import io.micrologs.journal.Checkpoint;
import io.micrologs.journal.Polled;
import io.micrologs.journal.Resume;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A journal in memory; several loaders may each open one over the same list. */
final class ListSource implements RecordSource {

    private final long journalId;
    private final List<Polled> records;
    private int next;

    ListSource(long journalId, List<Polled> records) {
        this.journalId = journalId;
        this.records = records;
    }

    @Override
    public Resume resume(@Nullable Checkpoint checkpoint) {
        next = 0;
        if (checkpoint == null) {
            return Resume.START;
        }
        for (int i = 0; i < records.size(); i++) {
            if (position(records.get(i)).equals(checkpoint)) {
                next = i + 1;
                return Resume.SAME;
            }
        }
        return Resume.REPLACED;
    }

    @Override
    public @Nullable Polled poll() {
        if (next == records.size()) {
            return null;
        }
        Polled polled = records.get(next);
        if (!(polled instanceof Polled.TooNew)) {
            next++;
        }
        return polled;
    }

    @Override
    public long endSequence() {
        return records.isEmpty() ? 0 : position(records.get(records.size() - 1)).sequence();
    }

    @Override
    public long journalId() {
        return journalId;
    }

    @Override
    public void close() {}

    static Checkpoint position(Polled polled) {
        if (polled instanceof Polled.Stored stored) {
            return stored.record().checkpoint();
        }
        if (polled instanceof Polled.Damaged damaged) {
            return damaged.position();
        }
        return ((Polled.TooNew) polled).position();
    }
}

package io.micrologs.loader;

import io.micrologs.journal.Checkpoint;
import io.micrologs.journal.Polled;
import io.micrologs.journal.Resume;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The journal from the first record of a day to the last loaded one. Single-threaded: the replaying loader's thread, but
 * for {@link #until}.
 *
 * <p>What was set aside when it was loaded first is set aside again. What comes so late that no session of the day can be
 * going on is passed over.
 */
final class ReplaySource implements RecordSource {

    private final RecordSource journal;
    private final Set<Long> deadIndexes;
    private final long farMs;
    private final Map<Integer, Long> lastSequences;
    private volatile Checkpoint limit;
    private volatile boolean farSkipped;
    private @Nullable Polled held;

    /**
     * @param deadIndexes where the records lie that are in {@code dead_letter}
     * @param farMs events received from then on change nothing of the day
     * @param lastSequences filled with the highest sequence that was met of each epoch
     */
    ReplaySource(
            RecordSource journal,
            Checkpoint limit,
            Set<Long> deadIndexes,
            long farMs,
            Map<Integer, Long> lastSequences) {
        this.journal = journal;
        this.limit = limit;
        this.deadIndexes = deadIndexes;
        this.farMs = farMs;
        this.lastSequences = lastSequences;
    }

    /** The last record that is given out from now on. Any thread. */
    void until(Checkpoint last) {
        limit = last;
    }

    /** Whether some events were too late to matter, so that not all of the journal was seen. Any thread. */
    boolean hasSkippedFar() {
        return farSkipped;
    }

    @Override
    public Resume resume(@Nullable Checkpoint checkpoint) {
        Resume resume = journal.resume(checkpoint);
        if (resume == Resume.REPLACED) {
            throw new LoaderStoppedException("the journal was replaced or truncated while it was replayed");
        }
        return resume;
    }

    @Override
    public @Nullable Polled poll() {
        while (true) {
            Polled polled = held == null ? journal.poll() : held;
            held = null;
            if (polled == null) {
                return null;
            }
            Checkpoint position = position(polled);
            Checkpoint last = limit;
            if (position.index() > last.index()) {
                held = polled;
                return null;
            }
            lastSequences.merge(position.epoch(), position.sequence(), Math::max);
            if (!(polled instanceof Polled.Stored stored)) {
                return polled;
            }
            boolean far = stored.record().envelope().receivedMs() >= farMs;
            if (!far || position.equals(last)) {
                return polled;
            }
            farSkipped = true;
        }
    }

    @Override
    public @Nullable String deadReason(Checkpoint position) {
        return deadIndexes.contains(position.index()) ? "was set aside before" : null;
    }

    private static Checkpoint position(Polled polled) {
        if (polled instanceof Polled.Stored stored) {
            return stored.record().checkpoint();
        }
        return polled instanceof Polled.Damaged damaged ? damaged.position() : ((Polled.TooNew) polled).position();
    }

    @Override
    public long endSequence() {
        return limit.sequence();
    }

    @Override
    public long journalId() {
        return journal.journalId();
    }

    @Override
    public void close() {
        journal.close();
    }
}

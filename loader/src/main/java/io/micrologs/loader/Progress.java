package io.micrologs.loader;

import io.micrologs.journal.Checkpoint;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What {@link Loader#status} tells. Written by the loader thread, read by any; every method holds the lock shortly. */
final class Progress {

    private static final Logger LOG = LoggerFactory.getLogger(Progress.class);
    private static final long JOURNAL_PATIENCE_MS = 5_000;

    private final InstantSource clock;
    private final Outage outage;
    private final Map<Outcome, Long> outcomes = new LinkedHashMap<>();

    private @Nullable Checkpoint checkpoint;
    private @Nullable String stopped;
    private boolean resumed;
    private volatile @Nullable String rollupsBehind;
    private volatile boolean rollupsBroken;
    private boolean replaced;
    private long skipped;
    private boolean laterUsed;
    private long evictions;
    private long endSequence;
    /** When the loader was last level with the journal, or the time of the last loaded event if that is later. */
    private long levelMs;

    private boolean level;
    private int lastBatchEvents;
    private long lastBatchMs;
    private long lastBatchAtMs;

    Progress(InstantSource clock) {
        this.clock = clock;
        this.outage = new Outage(clock);
        for (Outcome outcome : Outcome.values()) {
            outcomes.put(outcome, 0L);
        }
    }

    Outage outage() {
        return outage;
    }

    synchronized void resumed(@Nullable Checkpoint committed, long journalEnd, long receivedMs) {
        resumed = true;
        checkpoint = committed;
        endSequence = journalEnd;
        levelMs = Math.max(levelMs, receivedMs);
    }

    synchronized void replaced() {
        if (!replaced) {
            LOG.warn("The journal is not the one that was loaded from: it was replaced, truncated or restored."
                    + " It is read from its oldest record; what is loaded already is skipped");
        }
        replaced = true;
    }

    synchronized void skipped(long records) {
        skipped = records;
    }

    synchronized void level() {
        level = true;
        levelMs = clock.millis();
    }

    /** @param nothingPending whether the journal has nothing that is not committed */
    synchronized void journalEnd(long sequence, boolean nothingPending) {
        endSequence = sequence;
        level = nothingPending;
        if (nothingPending) {
            levelMs = clock.millis();
        }
    }

    synchronized void committed(Entry last, int events, long tookMs, Map<Outcome, Long> ofBatch) {
        checkpoint = last.position();
        levelMs = Math.max(levelMs, last.timeMs());
        lastBatchEvents = events;
        lastBatchMs = tookMs;
        lastBatchAtMs = clock.millis();
        ofBatch.forEach((outcome, count) -> outcomes.merge(outcome, count, Long::sum));
    }

    synchronized void warnings(boolean partitionsLaterUsed, long recentViewEvictions) {
        laterUsed = partitionsLaterUsed;
        evictions = recentViewEvictions;
    }

    /**
     * @param message null when they are not
     * @param broken whether they will not go on by themselves
     */
    void rollupsBehind(@Nullable String message, boolean broken) {
        rollupsBroken = broken;
        rollupsBehind = message;
    }

    synchronized void stopped(String message) {
        stopped = message;
        level = false;
    }

    synchronized LoaderStatus status() {
        Checkpoint last = checkpoint;
        long lagEvents = !resumed ? -1 : level ? 0 : Math.max(0, endSequence - (last == null ? 0 : last.sequence()));
        long lagSeconds = lagEvents <= 0 || levelMs == 0 ? 0 : Math.max(0, (clock.millis() - levelMs) / 1_000);
        LoaderStatus.State state = LoaderStatus.State.OK;
        String message = "loading";
        String warning = warning();
        if (stopped != null) {
            state = LoaderStatus.State.FAIL;
            message = stopped;
        } else if (warning != null) {
            // A file in the making looks damaged for a moment.
            boolean fails = outage.ofJournal(JOURNAL_PATIENCE_MS) || (rollupsBroken && warning.equals(rollupsBehind));
            state = fails ? LoaderStatus.State.FAIL : LoaderStatus.State.WARN;
            message = warning;
        } else if (!resumed) {
            state = LoaderStatus.State.WARN;
            message = "starting";
        }
        Map<String, Long> named = new LinkedHashMap<>();
        outcomes.forEach((outcome, events) -> named.put(outcome.code, events));
        return new LoaderStatus(
                state,
                message,
                lagEvents,
                lagSeconds,
                last,
                Map.copyOf(named),
                lastBatchEvents,
                lastBatchMs,
                lastBatchAtMs);
    }

    /** The most urgent one. */
    private @Nullable String warning() {
        if (outage.message() != null) {
            return outage.message();
        }
        String behind = rollupsBehind;
        if (behind != null) {
            return behind;
        }
        long dead = outcomes.getOrDefault(Outcome.DEAD_LETTER, 0L);
        if (dead > 0) {
            return dead + " records since start were set aside in the table dead_letter";
        }
        if (replaced) {
            return "the journal was replaced, truncated or restored; " + skipped
                    + " records in it were loaded before and are skipped";
        }
        if (laterUsed) {
            return "events beyond the next " + Partitions.DAYS_AHEAD
                    + " days were loaded into p_later: the clock of this machine or of ingest is, or was, far ahead";
        }
        if (evictions > 0) {
            return evictions + " views left the window for repeats too early; raise recentViewsMax";
        }
        return null;
    }
}

package io.micrologs.server;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.micrologs.journal.Checkpoint;
import io.micrologs.journal.FatalErrors;
import io.micrologs.journal.JournalException;
import io.micrologs.journal.JournalTailer;
import io.micrologs.journal.Polled;
import io.micrologs.journal.Refusals;
import io.micrologs.journal.Resume;
import io.micrologs.query.JournalCounts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts accepted events per project by reading the journal a second time, without the loader. Any thread asks; one thread
 * of its own counts, because a tailer belongs to one thread.
 */
final class JournalCounter implements JournalCounts, AutoCloseable {
    /*
     * The first question sets the base: the outcomes up to a checkpoint, read in one transaction. From that record on two
     * walkers count:
     *   `all`     to the journal's end                 accepted = base + all
     *   `loaded`  to the checkpoint of each question   pending  = all - loaded
     * So accepted = outcomes + pending holds only while the loader gave each record between the two checkpoints exactly one
     * outcome. Each question reads what is new since the last one. Where `loaded` stands, and what was accepted up to there,
     * is kept in a file: so the ledger also proves what happened over a crash. When the journal no longer holds that
     * record, or the checkpoint went back (a restored database), the next question sets a new base.
     */
    private static final long WAIT_MS = 2_000;
    private static final long SAVE_EVERY_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Logger log = LoggerFactory.getLogger(JournalCounter.class);
    private static final int WAITING_MAX = 8;

    private final Supplier<JournalTailer> opener;
    private final Path state;
    private final long waitMs;
    private final ThreadPoolExecutor thread;
    private volatile boolean closing;
    private volatile long countedSequence;

    private @Nullable Walk all;
    private @Nullable Walk loaded;
    private Map<Integer, Long> base = Map.of();
    private @Nullable Checkpoint saved;
    private long savedNanos = System.nanoTime() - SAVE_EVERY_NANOS;

    /** What {@link #state} holds. */
    record State(Checkpoint at, Map<Integer, Long> accepted) {}

    JournalCounter(Supplier<JournalTailer> opener, Path state) {
        this(opener, state, WAIT_MS);
    }

    /** @param state a file that remembers where the count stands */
    JournalCounter(Supplier<JournalTailer> opener, Path state, long waitMs) {
        this.opener = opener;
        this.state = state;
        this.waitMs = waitMs;
        this.thread = new ThreadPoolExecutor(
                1, 1, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(WAITING_MAX), task -> new Thread(task, "ledger"));
    }

    @Override
    public Counted count(@Nullable Position position, Map<Integer, Long> outcomes) {
        try {
            Future<Counted> counting = thread.submit(() -> countHere(position, Map.copyOf(outcomes)));
            try {
                return counting.get(waitMs, TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                // What it has counted stays; if it has not begun, the next question does as well.
                counting.cancel(false);
                throw e;
            }
        } catch (TimeoutException | RejectedExecutionException e) {
            return Counted.unknown("accepted and pending are still being counted in the journal, up to event "
                    + countedSequence + " so far; ask again in a few seconds");
        } catch (ExecutionException e) {
            Throwable why = e.getCause() == null ? e : e.getCause();
            FatalErrors.report(why);
            throw new IllegalStateException("counting the journal failed", why);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Counted.unknown("the server stops");
        }
    }

    private Counted countHere(@Nullable Position position, Map<Integer, Long> outcomes) {
        Checkpoint committed = position == null
                ? null
                : new Checkpoint(
                        position.journalId(), position.epoch(), position.sequence(), position.index(), position.crc());
        try {
            restore();
            if (!goOn(committed) && !startOver(committed, outcomes)) {
                return Counted.unknown("the journal does not hold the last loaded event: it was replaced or restored,"
                        + " and accepted and pending are known once the loader has gone on with it");
            }
            Walk toEnd = all;
            Walk toCheckpoint = loaded;
            if (closing || toEnd == null || toCheckpoint == null) {
                return Counted.unknown("the server stops");
            }
            save(toCheckpoint);
            return counted(toEnd.counts, toCheckpoint.counts);
        } catch (JournalException e) {
            drop();
            return Counted.unknown("the journal cannot be read: " + e.getMessage());
        }
    }

    private Counted counted(Map<Integer, Long> toEnd, Map<Integer, Long> toCheckpoint) {
        Map<Integer, Long> accepted = new HashMap<>(base);
        toEnd.forEach((project, events) -> accepted.merge(project, events, Long::sum));
        Map<Integer, Long> pending = new HashMap<>(toEnd);
        toCheckpoint.forEach((project, events) -> pending.merge(project, -events, Long::sum));
        return new Counted(accepted, pending, null);
    }

    /** False when there is no base yet, or it is no longer one. */
    private boolean goOn(@Nullable Checkpoint committed) {
        Walk toEnd = all;
        Walk toCheckpoint = loaded;
        return toEnd != null
                && toCheckpoint != null
                && toEnd.walk(null)
                && toCheckpoint.isBefore(committed)
                && (committed == null || toCheckpoint.walk(committed));
    }

    private boolean startOver(@Nullable Checkpoint committed, Map<Integer, Long> outcomes) {
        begin(outcomes, committed);
        Walk toEnd = all;
        if (toEnd != null && toEnd.walk(null)) {
            return true;
        }
        drop();
        return false;
    }

    private void begin(Map<Integer, Long> accepted, @Nullable Checkpoint from) {
        base = accepted;
        all = new Walk(from);
        loaded = new Walk(from);
    }

    private void drop() {
        all = null;
        loaded = null;
    }

    private void restore() {
        if (all != null || !Files.exists(state)) {
            return;
        }
        try {
            State known = JSON.readValue(Files.readAllBytes(state), State.class);
            begin(known.accepted, known.at);
            saved = known.at;
        } catch (IOException e) {
            log.warn("{} cannot be read, the ledger begins anew: {}", state, e.getMessage());
        }
    }

    private void save(Walk toCheckpoint) {
        Checkpoint at = toCheckpoint.at;
        if (at == null || at.equals(saved) || System.nanoTime() - savedNanos < SAVE_EVERY_NANOS) {
            return;
        }
        savedNanos = System.nanoTime();
        Map<Integer, Long> accepted = new HashMap<>(base);
        toCheckpoint.counts.forEach((project, events) -> accepted.merge(project, events, Long::sum));
        try {
            DataDirectory.replace(state, JSON.writeValueAsString(new State(at, accepted)));
            saved = at;
        } catch (IOException | OperatorException e) {
            log.debug("{} cannot be written, the next question tries again", state, e);
        }
    }

    /** Counts what comes after a record. */
    private final class Walk {
        private final Map<Integer, Long> counts = new HashMap<>();
        private @Nullable Checkpoint at;

        Walk(@Nullable Checkpoint from) {
            this.at = from;
        }

        boolean isBefore(@Nullable Checkpoint committed) {
            return at == null || (committed != null && at.index() <= committed.index());
        }

        /**
         * To the journal's end, or to a record; false when that does not come, or when the record where this walk stands is
         * not in the journal any more. The journal is let go of in between, or files that it has deleted would stay on disk.
         */
        boolean walk(@Nullable Checkpoint last) {
            if (last != null && last.equals(at)) {
                return true;
            }
            try (JournalTailer tailer = opener.get()) {
                return tailer.resume(at) != Resume.REPLACED && walk(tailer, last);
            }
        }

        private boolean walk(JournalTailer tailer, @Nullable Checkpoint last) {
            while (!closing && (last == null || !last.equals(at))) {
                Polled polled = tailer.poll();
                if (polled == null || polled instanceof Polled.TooNew) {
                    return last == null;
                }
                if (polled instanceof Polled.Stored stored) {
                    at = stored.record().checkpoint();
                    if (!(stored.record().event() instanceof Refusals)) {
                        counts.merge(stored.record().envelope().projectId(), 1L, Long::sum);
                    }
                } else if (polled instanceof Polled.Damaged damaged) {
                    at = damaged.position();
                    counts.merge(damaged.projectIdOrZero(), 1L, Long::sum);
                }
                Checkpoint reached = at;
                if (reached != null) {
                    countedSequence = reached.sequence();
                    if (last != null && reached.index() > last.index()) {
                        return false;
                    }
                }
            }
            return true;
        }
    }

    @Override
    public void close() {
        closing = true;
        thread.getQueue().clear();
        thread.shutdown();
        try {
            thread.awaitTermination(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

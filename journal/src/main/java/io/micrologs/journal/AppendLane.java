package io.micrologs.journal;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way back from whoever writes to one event loop: the completions of a round are handed over as one task. Who holds the
 * journal's pen adds and publishes, the loop runs.
 */
public final class AppendLane {
    private static final Logger LOG = LoggerFactory.getLogger(AppendLane.class);

    private final Executor loop;
    private final Runnable complete = this::complete;
    /** Completed but not yet told, newest first, linked by {@link Append#next}. */
    private final AtomicReference<@Nullable Append> ready = new AtomicReference<>();

    private final boolean writes;
    private final AtomicBoolean asked = new AtomicBoolean();

    // This round's, newest first. Only who holds the pen.
    private @Nullable Append newest;
    private @Nullable Append oldest;

    /** Completions run on {@code loop}, which must run its tasks one after another. */
    public AppendLane(Executor loop) {
        this(loop, false);
    }

    private AppendLane(Executor loop, boolean writes) {
        this.loop = loop;
        this.writes = writes;
    }

    /** As the other, for a loop that may write to the journal itself instead of waking a thread for it. */
    public static AppendLane writing(Executor loop) {
        return new AppendLane(loop, true);
    }

    /**
     * Has the loop run {@code task} when it is through with what it is at, once for all that ask until then. False when this
     * loop does not write, or has ended.
     */
    boolean askToWrite(Runnable task) {
        if (!writes) {
            return false;
        }
        if (asked.compareAndSet(false, true)) {
            try {
                loop.execute(() -> {
                    asked.set(false);
                    task.run();
                });
            } catch (RejectedExecutionException e) {
                asked.set(false);
                return false;
            }
        }
        return true;
    }

    /** Notes that {@code append} is done; true when it is the lane's first of this round. */
    boolean add(Append append, boolean appended) {
        append.appended = appended;
        append.next = newest;
        newest = append;
        if (oldest == null) {
            oldest = append;
            return true;
        }
        return false;
    }

    /** Hands the round to the loop, with one task unless an earlier one has not run yet. */
    void publish() {
        Append first = oldest;
        if (first == null) {
            return;
        }
        Append waiting;
        do {
            waiting = ready.get();
            first.next = waiting;
        } while (!ready.compareAndSet(waiting, newest));
        newest = null;
        oldest = null;
        if (waiting == null) {
            try {
                loop.execute(complete);
            } catch (RejectedExecutionException e) {
                // The loop has ended and its connections with it: nobody is left to tell.
                LOG.debug("A lane's loop has ended, its completions are dropped");
            }
        }
    }

    private void complete() {
        Append append = reversed(ready.getAndSet(null));
        while (append != null) {
            Append following = append.next;
            append.next = null;
            append.inFlight = false;
            try {
                append.completed(append.appended);
            } catch (Throwable e) {
                // The others of this round, and with a direct executor the writer, must not suffer from it.
                LOG.warn("A completion failed", e);
                FatalErrors.report(e);
            }
            append = following;
        }
    }

    private static @Nullable Append reversed(@Nullable Append newestFirst) {
        Append oldestFirst = null;
        while (newestFirst != null) {
            Append older = newestFirst.next;
            newestFirst.next = oldestFirst;
            oldestFirst = newestFirst;
            newestFirst = older;
        }
        return oldestFirst;
    }
}

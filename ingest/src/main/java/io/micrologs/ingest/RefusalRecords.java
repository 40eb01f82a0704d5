package io.micrologs.ingest;

import io.micrologs.journal.Append;
import io.micrologs.journal.AppendLane;
import io.micrologs.journal.Envelope;
import io.micrologs.journal.JournalAppender;
import io.micrologs.journal.Refusals;
import java.time.InstantSource;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/**
 * Writes what the edge refused to the journal, one record for each project with news. Thread-safe; {@link #completed} comes
 * on the thread that wrote.
 */
final class RefusalRecords extends Append {
    private final Counts counts;
    private final JournalAppender journal;
    private final InstantSource clock;
    private final SplittableRandom random;
    /** On its way to the journal; empty when nothing is. */
    private Map<Integer, Map<String, Long>> pending = Map.of();

    RefusalRecords(Counts counts, JournalAppender journal, InstantSource clock, long seed) {
        super(new AppendLane(Runnable::run));
        this.counts = counts;
        this.journal = journal;
        this.clock = clock;
        this.random = new SplittableRandom(seed);
    }

    /** Hands over what is new, unless there is nothing, or the last is still on its way; what is refused is told later. */
    synchronized void write() {
        Map<Integer, Map<String, Long>> news = pending.isEmpty() ? counts.news() : Map.of();
        if (news.isEmpty()) {
            return;
        }
        clear();
        long now = clock.millis();
        news.forEach((project, refused) ->
                add(new Envelope(project, random.nextLong(), false, now, 0, 0, 0, null, null), new Refusals(refused)));
        pending = news;
        if (!journal.offer(this)) {
            pending = Map.of();
        }
    }

    /** As {@link #write}, and waits until it is in the journal; false when that takes too long or fails. */
    synchronized boolean writeLast(long waitMs) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(waitMs);
        awaitIdle(deadline);
        write();
        awaitIdle(deadline);
        return pending.isEmpty() && counts.news().isEmpty();
    }

    private synchronized void awaitIdle(long deadlineNanos) throws InterruptedException {
        long left = deadlineNanos - System.nanoTime();
        while (!pending.isEmpty() && left > 0) {
            TimeUnit.NANOSECONDS.timedWait(this, left);
            left = deadlineNanos - System.nanoTime();
        }
    }

    @Override
    protected synchronized void completed(boolean appended) {
        if (appended) {
            counts.told(pending);
        }
        pending = Map.of();
        notifyAll();
    }
}

package io.micrologs.bench.history;

import io.micrologs.journal.Append;
import io.micrologs.journal.AppendLane;
import io.micrologs.journal.JournalAppender;
import io.micrologs.journal.JournalConfig;
import io.micrologs.journal.JournalException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Appends a history to a journal as its own appender would have at that time: the clock is set to each event's. Single-threaded,
 * but for the journal's writer.
 *
 * <p>A journal has one appender. Where a server accepts events, {@link #open} refuses with the server's process.
 */
public final class JournalFeed implements AutoCloseable {
    private static final int EVENTS_EACH = 24;
    private static final int BUNDLES = 32;
    private static final long DAY_MS = 86_400_000;
    private static final long STALL_SECONDS_MAX = 60;

    private final JournalAppender journal;
    private final Clock clock;
    private final ArrayBlockingQueue<Bundle> free = new ArrayBlockingQueue<>(BUNDLES);
    private volatile boolean failed;
    private long day;

    private JournalFeed(JournalAppender journal, Clock clock) {
        this.journal = journal;
        this.clock = clock;
        this.day = Math.floorDiv(clock.nowMs, DAY_MS);
        AppendLane lane = new AppendLane(Runnable::run);
        for (int i = 0; i < BUNDLES; i++) {
            free.add(new Bundle(lane));
        }
    }

    /**
     * @param startMs the time, milliseconds since 1970 UTC, at which it is opened as far as the journal knows
     * @throws JournalException when the journal has another appender, or cannot be written
     */
    public static JournalFeed open(JournalConfig config, long startMs) {
        Clock clock = new Clock(startMs);
        return new JournalFeed(JournalAppender.open(config, clock), clock);
    }

    /** The journal's clock: at the newest event. */
    private static final class Clock implements InstantSource {
        private volatile long nowMs;

        Clock(long nowMs) {
            this.nowMs = nowMs;
        }

        @Override
        public Instant instant() {
            return Instant.ofEpochMilli(nowMs);
        }

        @Override
        public long millis() {
            return nowMs;
        }
    }

    /** Some events that go to the writer together. */
    private final class Bundle extends Append {
        private int events;

        Bundle(AppendLane lane) {
            super(lane);
        }

        @Override
        protected void completed(boolean appended) {
            if (!appended) {
                failed = true;
            }
            free.add(this);
        }
    }

    /**
     * Appends the next {@code count} events, or what is left of them; they are in the journal when this returns.
     *
     * @return how many there were
     * @throws JournalException when the journal does not take them
     */
    public long append(History history, long count) {
        long appended = 0;
        Bundle bundle = take();
        while (appended < count && history.next()) {
            long itsDay = Math.floorDiv(history.receivedMs(), DAY_MS);
            if (itsDay != day) {
                // What is on its way belongs to the day before, and so to the cycles of that day.
                send(bundle);
                awaitAll();
                day = itsDay;
                bundle = take();
            }
            clock.nowMs = history.receivedMs();
            bundle.add(history.envelope(), history.event());
            appended++;
            if (++bundle.events == EVENTS_EACH) {
                send(bundle);
                bundle = take();
            }
        }
        send(bundle);
        awaitAll();
        return appended;
    }

    /** The number of the last event in the journal. */
    public long endSequence() {
        return journal.status().endSequence();
    }

    private Bundle take() {
        try {
            Bundle bundle = free.poll(STALL_SECONDS_MAX, TimeUnit.SECONDS);
            if (bundle == null) {
                throw new JournalException(
                        "the journal's writer has done nothing for " + STALL_SECONDS_MAX + " s: " + message());
            }
            if (failed) {
                throw new JournalException("the journal does not take more events: " + message());
            }
            bundle.clear();
            bundle.events = 0;
            return bundle;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new JournalException("interrupted", e);
        }
    }

    private void send(Bundle bundle) {
        if (bundle.events == 0) {
            free.add(bundle);
        } else if (!journal.offer(bundle)) {
            throw new JournalException("the journal does not take more events: " + message());
        }
    }

    private void awaitAll() {
        Bundle[] all = new Bundle[BUNDLES];
        for (int i = 0; i < BUNDLES; i++) {
            all[i] = take();
        }
        for (Bundle bundle : all) {
            free.add(bundle);
        }
    }

    private String message() {
        return journal.status().message();
    }

    @Override
    public void close() {
        journal.close();
    }
}

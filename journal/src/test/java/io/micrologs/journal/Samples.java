package io.micrologs.journal;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Events and small helpers that the suites of this package share. */
final class Samples {
    static final long DEADLINE_SECONDS = 30;

    private static final long AWAIT_STEP_NANOS = 500_000;

    private Samples() {}

    static JournalConfig config(Path directory) {
        return new JournalConfig(directory, "hourly", Duration.ofDays(7), 20L << 30, 0, 1024);
    }

    static Envelope envelope(long eventId) {
        return new Envelope(
                7,
                eventId,
                true,
                1_790_000_000_000L + eventId,
                0,
                0x1234_5678_9ABCL,
                -5,
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36",
                "en-gb");
    }

    static Pageview pageview(long number) {
        return new Pageview(
                "https://example.com/articles/" + number + "?utm_source=newsletter",
                "An article that somebody reads – " + number,
                "https://search.example/",
                0x0FED_CBA9L,
                "1920x1080",
                "Europe/Berlin");
    }

    /** Appends pageviews with these event ids one by one, each acknowledged before the next. */
    static void append(JournalAppender journal, long from, long to) {
        for (long id = from; id <= to; id++) {
            if (!appendOne(journal, id)) {
                throw new AssertionError("event " + id + " was not appended: " + journal.status());
            }
        }
    }

    static boolean appendOne(JournalAppender journal, long id) {
        CompletableFuture<Boolean> done = new CompletableFuture<>();
        Append append = new Append(new AppendLane(Runnable::run)) {
            @Override
            protected void completed(boolean appended) {
                done.complete(appended);
            }
        };
        append.add(envelope(id), pageview(id));
        if (!journal.offer(append)) {
            return false;
        }
        try {
            return done.get(DEADLINE_SECONDS, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError("event " + id + " was never completed", e);
        }
    }

    static List<JournalRecord> readAll(JournalTailer tailer) {
        List<JournalRecord> records = new ArrayList<>();
        while (tailer.poll() instanceof Polled.Stored stored) {
            records.add(stored.record());
        }
        return records;
    }

    static List<Polled> readPolled(JournalTailer tailer, int max) {
        List<Polled> all = new ArrayList<>();
        while (all.size() < max) {
            Polled polled = tailer.poll();
            if (polled == null) {
                break;
            }
            all.add(polled);
        }
        return all;
    }

    static List<Long> eventIds(List<JournalRecord> records) {
        return records.stream().map(record -> record.envelope().eventId()).toList();
    }

    static List<Long> sequences(List<JournalRecord> records) {
        return records.stream().map(record -> record.checkpoint().sequence()).toList();
    }

    static void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEADLINE_SECONDS);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("in " + DEADLINE_SECONDS + " s it did not happen that " + what);
            }
            LockSupport.parkNanos(AWAIT_STEP_NANOS);
        }
    }
}

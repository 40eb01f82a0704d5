package io.micrologs.server;

import io.micrologs.journal.Append;
import io.micrologs.journal.AppendLane;
import io.micrologs.journal.AuditEvent;
import io.micrologs.journal.Envelope;
import io.micrologs.journal.JournalAppender;
import io.micrologs.journal.JournalConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;

/**
 * A process that appends to a journal which no floor of free space protects, one event after the other, and says of each
 * number whether it was taken. So the disk is full in the middle of an append, and not long after the last one.
 */
final class UnguardedJournal {
    private UnguardedJournal() {}

    /** Events are about this long; some cross a page, and a few hundred of them one of Chronicle's index pages. */
    private static final String TEXT = "x".repeat(700);

    private static final long REFUSED_PAUSE_NANOS = 5_000_000;

    /** Once the test closes our standard input. */
    private static volatile boolean over;

    public static void main(String[] arguments) throws Exception {
        Thread end = new Thread(() -> {
            try {
                System.in.readAllBytes();
            } catch (IOException e) {
                // That is an end, too.
            }
            over = true;
        });
        end.setDaemon(true);
        end.start();
        JournalConfig config = config(Path.of(arguments[0]));
        try (JournalAppender journal = JournalAppender.open(config, InstantSource.system())) {
            long number = Long.parseLong(arguments[1]);
            while (!over) {
                number++;
                boolean taken = append(journal, number);
                // The full stop: whoever reads this may see half a line.
                System.out.println((taken ? "taken " : "refused ") + number + ".");
                if (!taken) {
                    // So that being refused does not fill the file that this goes to.
                    LockSupport.parkNanos(REFUSED_PAUSE_NANOS);
                }
            }
        }
    }

    static JournalConfig config(Path directory) {
        return new JournalConfig(directory, "hourly", Duration.ofDays(7), 20L << 30, 0, 64);
    }

    private static boolean append(JournalAppender journal, long number) {
        CompletableFuture<Boolean> done = new CompletableFuture<>();
        Append append = new Append(new AppendLane(Runnable::run)) {
            @Override
            protected void completed(boolean appended) {
                done.complete(appended);
            }
        };
        append.add(
                new Envelope(7, number, true, System.currentTimeMillis(), 0, 0, 0, null, null),
                new AuditEvent("full", null, "{\"text\":\"" + TEXT + "\"}"));
        return journal.offer(append) && done.join();
    }
}

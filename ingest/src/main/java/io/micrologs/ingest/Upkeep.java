package io.micrologs.ingest;

import io.micrologs.journal.FatalErrors;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the edge does beside its requests, once a second, on a thread of its own. */
final class Upkeep {
    private static final long EVERY_MS = 1_000;
    private static final long STOP_MAX_MS = 5_000;
    private static final long TELL_EVERY_NANOS = TimeUnit.MINUTES.toNanos(1);
    private static final Logger log = LoggerFactory.getLogger(Upkeep.class);

    private final ScheduledExecutorService thread;

    Upkeep(String name) {
        thread = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread made = new Thread(task, name);
            made.setDaemon(true);
            return made;
        });
    }

    /** Whatever {@code task} throws, it is called again a second later. */
    void everySecond(Runnable task) {
        thread.scheduleWithFixedDelay(new Lasting(task), EVERY_MS, EVERY_MS, TimeUnit.MILLISECONDS);
    }

    /** Returns when nothing runs any more. */
    void stop() throws InterruptedException {
        thread.shutdown();
        if (!thread.awaitTermination(STOP_MAX_MS, TimeUnit.MILLISECONDS)) {
            thread.shutdownNow();
        }
    }

    /** Starts nothing more; what runs may hang for ever, and nobody waits for it. */
    void letGo() {
        thread.shutdown();
    }

    /** The executor would never again call a task that throws anything, an Error included. */
    private static final class Lasting implements Runnable {
        private final Runnable task;
        private long toldNanos = System.nanoTime() - TELL_EVERY_NANOS;
        private int untold;

        Lasting(Runnable task) {
            this.task = task;
        }

        @Override
        public void run() {
            try {
                task.run();
            } catch (Throwable e) {
                FatalErrors.report(e);
                untold++;
                long now = System.nanoTime();
                if (now - toldNanos >= TELL_EVERY_NANOS) {
                    log.warn("upkeep failed, {} times since this was last said: {}", untold, e.toString());
                    log.debug("where it failed", e);
                    toldNanos = now;
                    untold = 0;
                }
            }
        }
    }
}

package io.micrologs.ingest;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the edge does beside its requests, once a second, on a thread of its own. */
final class Upkeep {
    private static final long EVERY_MS = 1_000;
    private static final long STOP_MAX_MS = 5_000;
    private static final Logger log = LoggerFactory.getLogger(Upkeep.class);

    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread made = new Thread(task, "ingest-upkeep");
        made.setDaemon(true);
        return made;
    });

    /** Whatever {@code task} throws, it is called again a second later. */
    void everySecond(Runnable task) {
        thread.scheduleWithFixedDelay(() -> run(task), EVERY_MS, EVERY_MS, TimeUnit.MILLISECONDS);
    }

    /** Returns when nothing runs any more. */
    void stop() throws InterruptedException {
        thread.shutdown();
        if (!thread.awaitTermination(STOP_MAX_MS, TimeUnit.MILLISECONDS)) {
            thread.shutdownNow();
        }
    }

    private static void run(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException e) {
            log.warn("upkeep failed: {}", e.toString());
            log.debug("where it failed", e);
        }
    }
}

package io.micrologs.ingest;

import java.util.concurrent.ConcurrentHashMap;

/** How many batches of one project are let through in a minute. Any thread. */
final class BatchLimit {
    private static final long WINDOW_MS = 60_000;

    private record Window(long startMs, int taken) {}

    private final int perMinuteMax;
    private final ConcurrentHashMap<Integer, Window> windows = new ConcurrentHashMap<>();

    /** @param perMinuteMax 0 for any number */
    BatchLimit(int perMinuteMax) {
        this.perMinuteMax = perMinuteMax;
    }

    /** 0 when the batch may come in, else after how many seconds the next one may. */
    int retryAfterSeconds(int projectId, long nowMs) {
        if (perMinuteMax == 0) {
            return 0;
        }
        Window window = windows.compute(projectId, (id, last) -> {
            boolean over = last == null || nowMs - last.startMs >= WINDOW_MS || nowMs < last.startMs;
            return over ? new Window(nowMs, 1) : new Window(last.startMs, Math.min(last.taken, perMinuteMax) + 1);
        });
        return window.taken <= perMinuteMax ? 0 : (int) ((window.startMs + WINDOW_MS - nowMs + 999) / 1_000);
    }
}

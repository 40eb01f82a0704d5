package io.micrologs.loader;

import java.util.random.RandomGenerator;

/**
 * How long to wait before the next try: 50 ms, doubled each time up to 2 s, and of that a random half, so that loaders
 * that failed together do not come back together. Single-threaded: loader thread.
 *
 * <p>Two seconds, because a database that is back should be used at once, and a try a second hurts nobody.
 */
final class Backoff {

    static final long FIRST_MS = 50;
    static final long MAX_MS = 2_000;

    private final RandomGenerator random;
    private long nextMs = FIRST_MS;

    Backoff(RandomGenerator random) {
        this.random = random;
    }

    long nextMs() {
        long waitMs = nextMs / 2 + random.nextLong(nextMs / 2 + 1);
        nextMs = Math.min(MAX_MS, nextMs * 2);
        return waitMs;
    }

    void reset() {
        nextMs = FIRST_MS;
    }
}

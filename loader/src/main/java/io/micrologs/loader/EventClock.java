package io.micrologs.loader;

/**
 * The time that counts for an event. Single-threaded: loader thread.
 *
 * <p>Ingest's wall clock may step back. A step of at most an hour is bridged: time stands still until the clock has
 * caught up, so that order, windows and durations need no case for it. A larger one is taken over (a clock that was a
 * year ahead for a minute must not hold every later event in that year), and whatever was remembered is forgotten.
 */
final class EventClock {

    static final long BRIDGED_MS = 3_600_000;

    private long lastMs;

    EventClock(long lastMs) {
        this.lastMs = lastMs;
    }

    long next(long receivedMs) {
        if (receivedMs >= lastMs || receivedMs < lastMs - BRIDGED_MS) {
            lastMs = receivedMs;
        }
        return lastMs;
    }

    long lastMs() {
        return lastMs;
    }
}

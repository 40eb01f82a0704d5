package io.micrologs.journal;

import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLong;
import net.openhft.chronicle.core.time.TimeProvider;

/**
 * The clock by which cycles roll: the wall clock, unless that is behind what was already told or behind the start of the
 * newest cycle. Chronicle would refuse every append after a step back over a cycle's boundary. Any thread.
 */
final class MonotoneClock implements TimeProvider {
    private final InstantSource wallClock;
    private final AtomicLong latestMs;

    MonotoneClock(InstantSource wallClock, long newestCycleStartMs) {
        this.wallClock = wallClock;
        this.latestMs = new AtomicLong(newestCycleStartMs);
    }

    @Override
    public long currentTimeMillis() {
        return latestMs.accumulateAndGet(wallClock.millis(), Math::max);
    }
}

package io.micrologs.faults;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waits for conditions, never for a time. */
final class Await {
    private static final long POLL_NANOS = 20_000_000;

    private Await() {}

    /** @param what said when it was in vain */
    static void until(Supplier<String> what, Duration most, BooleanSupplier condition) {
        long deadline = System.nanoTime() + most.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("waited " + most + " in vain for " + what.get());
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
    }

    /** Lets load go on until a moment that the seed chose. */
    static void moment(long nanos) {
        long end = System.nanoTime() + nanos;
        for (long left = nanos; left > 0; left = end - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }
}

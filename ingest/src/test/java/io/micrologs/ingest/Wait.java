package io.micrologs.ingest;

import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** For a condition, with a deadline. */
final class Wait {
    private Wait() {}

    static void until(BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("the condition did not come true within 20 s");
            }
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }
}

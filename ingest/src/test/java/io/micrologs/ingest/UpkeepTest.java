package io.micrologs.ingest;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What is done once a second goes on being done. */
class UpkeepTest {
    @Test
    void taskThatThrowsAnError_isCalledAgain() throws InterruptedException {
        Upkeep upkeep = new Upkeep("upkeep-test");
        AtomicInteger calls = new AtomicInteger();
        upkeep.everySecond(() -> {
            if (calls.incrementAndGet() == 1) {
                throw new StackOverflowError("as a test wants it");
            }
            throw new IllegalStateException("as a test wants it");
        });
        Wait.until(() -> calls.get() >= 3);
        upkeep.stop();
    }

    @Test
    void threadThatHangs_keepsNobodyWaiting() throws InterruptedException {
        Upkeep hanging = new Upkeep("upkeep-test-hanging");
        CountDownLatch hangs = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        hanging.everySecond(() -> {
            hangs.countDown();
            try {
                end.await();
            } catch (InterruptedException e) {
                throw new AssertionError("nothing interrupts it", e);
            }
        });
        hangs.await();
        hanging.letGo();
        end.countDown();
        hanging.stop();
    }
}

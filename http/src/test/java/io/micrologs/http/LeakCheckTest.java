package io.micrologs.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.PooledByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LeakCheckTest {
    @Test
    void lostBuffer_isFound() {
        lose();
        List<String> leaks = new ArrayList<>(LeakCheck.leaks());
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (leaks.isEmpty() && System.nanoTime() < end) {
            leaks.addAll(LeakCheck.leaks());
        }
        assertThat(leaks).isNotEmpty();
        assertThat(leaks.get(0)).contains("LeakCheckTest");
    }

    private static void lose() {
        for (int i = 0; i < 10; i++) {
            PooledByteBufAllocator.DEFAULT.ioBuffer(16).writeInt(i);
        }
    }
}

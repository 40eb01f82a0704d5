package io.micrologs.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class DiskGuardTest {
    private final AtomicLong free = new AtomicLong();
    private final DiskGuard guard =
            new DiskGuard(new JournalConfig(Path.of("x"), "hourly", Duration.ZERO, 5000, 1000, 64), free::get);

    @Test
    void freeSpace_isRefusedBelowTheFloor_andEnoughAgainATenthAboveIt() {
        assertThat(checkWithFree(1000)).isNull();
        assertThat(checkWithFree(999)).startsWith("disk low: 0.00 GiB free");
        assertThat(checkWithFree(1000)).isNotNull();
        assertThat(checkWithFree(1099)).isNotNull();
        assertThat(checkWithFree(1100)).isNull();
        assertThat(checkWithFree(1000)).isNull();
        assertThat(guard.freeBytes()).isEqualTo(1000);
    }

    @Test
    void byteCap_isRefusedWhenReached() {
        free.set(Long.MAX_VALUE);

        assertThat(guard.check(4999)).isNull();
        assertThat(guard.check(5000)).contains("journal.bytes.max");
        assertThat(guard.check(4999)).isNull();
    }

    private String checkWithFree(long bytes) {
        free.set(bytes);
        return guard.check(0);
    }
}

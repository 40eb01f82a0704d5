package io.micrologs.loader;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.time.Instant;
import org.junit.jupiter.api.Test;

final class SetbackTest {

    private long nowMs = 1_000_000;
    private final Setback setback = new Setback("counters", () -> Instant.ofEpochMilli(nowMs), 1_000, 60_000);

    @Test
    void waits_doubleUpToTheLongest_andEndWithTheFirstSuccess() {
        assertThat(setback.mayTry()).isTrue();
        for (long waitMs : new long[] {1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000}) {
            setback.failed(new SQLException("too slow"));
            nowMs += waitMs - 1;
            assertThat(setback.mayTry()).isFalse();
            nowMs++;
            assertThat(setback.mayTry()).isTrue();
        }
        setback.over();
        setback.failed(new SQLException("too slow"));
        nowMs += 1_000;
        assertThat(setback.mayTry()).isTrue();
    }

    @Test
    void failureThatLasts_isTold() {
        setback.failed(new SQLException("too slow"));
        nowMs += Setback.PATIENCE_MS - 1;
        assertThat(setback.message()).isNull();
        setback.failed(new SQLException("still too slow"));
        nowMs++;
        assertThat(setback.message())
                .isEqualTo("counters are behind since 1970-01-01T00:16:40Z, trying again: still too slow");
        setback.over();
        assertThat(setback.message()).isNull();
    }

    @Test
    void clockThatSteppedBack_isNotWaitedFor() {
        setback.failed(new SQLException("too slow"));
        nowMs -= 7_200_000;
        assertThat(setback.mayTry()).isTrue();
    }
}

package io.micrologs.loader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.SQLException;
import java.time.ZoneId;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class LoaderPartsTest {

    @Test
    void eventClock_smallStepBack_standsStill() {
        EventClock clock = new EventClock(10_000_000);
        assertThat(clock.next(10_000_000 - EventClock.BRIDGED_MS)).isEqualTo(10_000_000);
        assertThat(clock.next(10_000_001)).isEqualTo(10_000_001);
    }

    @Test
    void eventClock_largeStepBack_isTakenOver() {
        EventClock clock = new EventClock(10_000_000);
        assertThat(clock.next(9_999_999 - EventClock.BRIDGED_MS)).isEqualTo(9_999_999 - EventClock.BRIDGED_MS);
    }

    @Test
    void calendar_dayOfAZone_changesAtItsMidnight() {
        Projects.Calendar berlin = new Projects.Calendar(ZoneId.of("Europe/Berlin"));
        // 2026-03-29 has 23 hours there.
        long midnight = TestSchema.ms("2026-03-28T23:00:00Z");
        int day = berlin.day(midnight);
        assertThat(berlin.day(midnight - 1)).isEqualTo(day - 1);
        assertThat(berlin.day(midnight + 23 * 3_600_000L - 1)).isEqualTo(day);
        assertThat(berlin.day(midnight + 23 * 3_600_000L)).isEqualTo(day + 1);
        assertThat(berlin.day(-1)).isZero();
    }

    @Test
    void backoff_growsToItsMaximum() {
        Backoff backoff = new Backoff(new Random(1));
        for (int i = 0; i < 20; i++) {
            assertThat(backoff.nextMs()).isBetween(Backoff.FIRST_MS / 2, Backoff.MAX_MS);
        }
        assertThat(backoff.nextMs()).isGreaterThanOrEqualTo(Backoff.MAX_MS / 2);
        backoff.reset();
        assertThat(backoff.nextMs()).isLessThanOrEqualTo(Backoff.FIRST_MS);
    }

    @Test
    void sqlFailures_onlyKnownDataErrorsAreARowsFault() {
        assertThat(SqlFailures.isDataError(new SQLException("x", "22001", 1406)))
                .isTrue();
        assertThat(SqlFailures.isDataError(new SQLException("x", "23000", 1062)))
                .isTrue();
        assertThat(SqlFailures.isDataError(new SQLException("x", "HY000", 1366)))
                .isTrue();
        assertThat(SqlFailures.isDataError(new SQLException("x", "40001", 1213)))
                .isFalse();
        assertThat(SqlFailures.isDataError(new SQLException("x", "HY000", 1205)))
                .isFalse();
        assertThat(SqlFailures.isDataError(new SQLException("x", "42S02", 1146)))
                .isFalse();
        assertThat(SqlFailures.isDataError(new SQLException("x"))).isFalse();
        assertThat(SqlFailures.brief(new SQLException("Data too long: 'secret'", "22001", 1406)))
                .isEqualTo("SQL state 22001, error 1406");
    }

    @Test
    void cache_keepsWhatWasAskedForLately() {
        Cache<Integer, Integer> cache = new Cache<>(10);
        for (int i = 0; i < 6; i++) {
            cache.put(i, i);
        }
        cache.trim();
        assertThat(cache.get(0)).isEqualTo(0);
        for (int i = 10; i < 16; i++) {
            cache.put(i, i);
        }
        cache.trim();
        assertThat(cache.get(1)).isNull();
        assertThat(cache.get(0)).isEqualTo(0);
    }

    @Test
    void config_outOfRange_saysWhat() {
        assertThatThrownBy(() -> new LoaderConfig(0, 5_000, 1 << 20, 500, 10_000, 1_000, 1_000, true))
                .hasMessage("loaderId must be 1 to 65535, is 0");
    }

    @Test
    void hash64_isTheStartOfSha256() {
        // SHA-256 of "abc" begins ba7816bf 8f01cfea.
        assertThat(new Hash64().of("abc")).isEqualTo(0xba7816bf8f01cfeaL);
    }

    @Test
    void allowedDomains_areReadFromTheirJson() {
        assertThat(Projects.texts("[]")).isEmpty();
        assertThat(Projects.texts("[\"example.com\", \"b.example\"]")).containsExactly("example.com", "b.example");
        assertThat(Projects.texts("[\"a\\\"b\",\"c\"]")).containsExactly("a\\\"b", "c");
    }
}

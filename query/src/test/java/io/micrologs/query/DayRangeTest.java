package io.micrologs.query;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrologs.query.engine.Days;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DayRangeTest {
    private static final LocalDate TODAY = LocalDate.of(2026, 3, 20);
    private static final ZoneId NEW_YORK = ZoneId.of("America/New_York");

    @Test
    void noRange_isThirtyDaysAgoThroughToday() {
        assertThat(DayRange.shown(days(Map.of())))
                .isEqualTo(new DayRange.Shown("2026-02-18 00:00:00", "2026-03-20 23:59:59"));
    }

    @ParameterizedTest
    @CsvSource({
        "1d, 2026-03-19",
        "7d, 2026-03-13",
        "007d, 2026-03-13",
        "365d, 2025-03-20",
        "0d, 2026-03-19",
        "000d, 2026-03-19",
        "366d, 2025-03-20",
        "99999999999999999999d, 2025-03-20"
    })
    void lastDays_areClampedAndEndToday(String range, LocalDate from) {
        assertThat(days(Map.of("range", range))).isEqualTo(new Days(from, TODAY, ZoneOffset.UTC));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "30", "d", "-1d", "1.5d", "30D", " 30d", "30d ", "7days", "Custom", "all", "٣d", "30d\n"})
    void unknownForm_isRefusedWithTheValidForms(String range) {
        assertThat(refusal(Map.of("range", range)))
                .isEqualTo("Invalid range. Use Nd with N from 1 to 365, or custom with from and to as YYYY-MM-DD");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "2026-02-31",
                "2026-02-29",
                "2026-13-01",
                "2026-00-10",
                "2026-01-00",
                "2026-1-5",
                "26-01-05",
                "2026/01/05",
                "2026-01-05T00:00",
                "+2026-01-05",
                " 2026-01-05",
                "tomorrow",
                ""
            })
    void customWithADateThatDoesNotExist_isRefused(String date) {
        String expected = "Invalid date format. Use YYYY-MM-DD";
        assertThat(refusal(Map.of("range", "custom", "from", date, "to", "2026-03-01")))
                .isEqualTo(expected);
        assertThat(refusal(Map.of("range", "custom", "from", "2026-01-01", "to", date)))
                .isEqualTo(expected);
    }

    @Test
    void customWithoutDates_isRefused() {
        assertThat(refusal(Map.of("range", "custom"))).isEqualTo("Invalid date format. Use YYYY-MM-DD");
    }

    @Test
    void customBackwards_isRefused() {
        assertThat(refusal(Map.of("range", "custom", "from", "2026-01-02", "to", "2026-01-01")))
                .isEqualTo("'from' must be before 'to'");
    }

    @Test
    void customOfOneDay_isThatDay() {
        assertThat(DayRange.shown(days(Map.of("range", "custom", "from", "2024-02-29", "to", "2024-02-29"))))
                .isEqualTo(new DayRange.Shown("2024-02-29 00:00:00", "2024-02-29 23:59:59"));
    }

    @Test
    void customOf365DaysApart_isAnswered_andOneMoreIsNot() {
        assertThat(days(Map.of("range", "custom", "from", "2025-01-01", "to", "2026-01-01"))
                        .from())
                .isEqualTo("2025-01-01");
        assertThat(refusal(Map.of("range", "custom", "from", "2025-01-01", "to", "2026-01-02")))
                .isEqualTo("Custom date range cannot exceed 365 days");
    }

    @Test
    void fromAndTo_withoutCustom_areIgnored() {
        assertThat(days(Map.of("range", "7d", "from", "nonsense")).from()).isEqualTo("2026-03-13");
    }

    @ParameterizedTest
    @CsvSource({
        "America/New_York, 2026-03-08, 23",
        "America/New_York, 2026-11-01, 25",
        "America/New_York, 2026-07-01, 24",
        "Asia/Kolkata, 2026-03-08, 24",
        "America/Havana, 2026-03-08, 23",
        "Australia/Lord_Howe, 2026-04-05, 24"
    })
    void bounds_spanTheDayAsTheZoneHasIt(ZoneId zone, LocalDate day, int hours) {
        Days range = new Days(day, day, zone);
        Duration length = Duration.ofMillis(range.untilMs() - range.fromMs());
        assertThat(length.toMinutes()).isBetween(hours * 60L, hours * 60L + 30);
        assertThat(Instant.ofEpochMilli(range.fromMs()).atZone(zone).toLocalDate())
                .isEqualTo(day);
        assertThat(Instant.ofEpochMilli(range.fromMs() - 1).atZone(zone).toLocalDate())
                .isEqualTo(day.minusDays(1));
        assertThat(Instant.ofEpochMilli(range.untilMs() - 1).atZone(zone).toLocalDate())
                .isEqualTo(day);
        assertThat(Instant.ofEpochMilli(range.untilMs()).atZone(zone).toLocalDate())
                .isEqualTo(day.plusDays(1));
    }

    @Property
    void everyInstant_liesInTheRangeOfItsOwnDay(@ForAll @IntRange(min = 0, max = 2_000_000_000) int second) {
        Instant instant = Instant.ofEpochSecond(second);
        LocalDate day = LocalDate.ofInstant(instant, NEW_YORK);
        Days range = new Days(day, day, NEW_YORK);
        assertThat(instant.toEpochMilli()).isBetween(range.fromMs(), range.untilMs() - 1);
    }

    private static Days days(Map<String, String> parameters) {
        DayRange.Parsed parsed = DayRange.parse(parameters::get, ZoneOffset.UTC, TODAY);
        assertThat(parsed.refusal()).isNull();
        return parsed.days();
    }

    private static String refusal(Map<String, String> parameters) {
        DayRange.Parsed parsed = DayRange.parse(parameters::get, ZoneOffset.UTC, TODAY);
        assertThat(parsed.days()).isNull();
        return parsed.refusal();
    }
}

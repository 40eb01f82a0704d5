package io.micrologs.query.engine;

import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** What time is cut into, by the clocks and calendars of the project's zone. */
public enum Interval {
    /**
     * Of the clock on the wall: where it is set back, two hours have the same name and are one. Counted since 1970 as the
     * clock shows it.
     */
    HOUR,
    DAY,
    /** From Monday on. */
    WEEK,
    MONTH;

    static final int HOUR_MS = 3_600_000;

    /** On every day, as the clock shows them. */
    static final int DAY_HOURS = 24;

    private static final DateTimeFormatter HOURS = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss", Locale.ROOT);

    /** In questions and answers. */
    public String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    Grain grain() {
        return switch (this) {
            case HOUR -> throw new IllegalArgumentException("hours are made of quarters of an hour");
            case DAY -> Grain.DAY;
            case WEEK -> Grain.WEEK;
            case MONTH -> Grain.MONTH;
        };
    }

    static long hourOf(long timeMs, Days days) {
        long localMs = timeMs
                + days.zone().getRules().getOffset(Instant.ofEpochMilli(timeMs)).getTotalSeconds() * 1_000L;
        return Math.floorDiv(localMs, HOUR_MS);
    }

    /** Its first day, or its beginning as the clock shows it. */
    public String text(long bucket) {
        return this == HOUR
                ? HOURS.format(LocalDateTime.ofEpochSecond(bucket * 3_600, 0, ZoneOffset.UTC))
                : LocalDate.ofEpochDay(grain().firstDay((int) bucket)).toString();
    }
}

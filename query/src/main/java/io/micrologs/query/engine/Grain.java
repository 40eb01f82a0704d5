package io.micrologs.query.engine;

import java.time.LocalDate;

/** How long a rollup's period is, under the loader's numbers. */
enum Grain {
    DAY(1),
    /** Mondays since 1969-12-29. */
    WEEK(2),
    /** Year × 12 + month − 1. */
    MONTH(3),
    /** Since 1970 UTC. */
    QUARTER_HOUR(4);

    static final long QUARTER_HOUR_MS = 900_000;

    /** 1970-01-01 was the fourth day of its week. */
    private static final int WEEK_OFFSET = 3;

    final int code;

    Grain(int code) {
        this.code = code;
    }

    /** The day, week or month that has this day. */
    int periodOf(int day) {
        return switch (this) {
            case DAY -> day;
            case WEEK -> Math.floorDiv(day + WEEK_OFFSET, 7);
            case MONTH -> {
                LocalDate date = LocalDate.ofEpochDay(day);
                yield date.getYear() * 12 + date.getMonthValue() - 1;
            }
            case QUARTER_HOUR -> throw new IllegalArgumentException("a day has many quarters of an hour");
        };
    }

    int firstDay(int period) {
        return switch (this) {
            case DAY -> period;
            case WEEK -> period * 7 - WEEK_OFFSET;
            case MONTH ->
                (int) LocalDate.of(Math.floorDiv(period, 12), Math.floorMod(period, 12) + 1, 1)
                        .toEpochDay();
            case QUARTER_HOUR -> throw new IllegalArgumentException("a quarter of an hour is no day");
        };
    }

    int lastDay(int period) {
        return firstDay(period + 1) - 1;
    }
}

package io.micrologs.loader;

import java.time.LocalDate;

/** How long a rollup's period is. The {@link #code} is stored; numbers are never given again. */
enum Grain {
    /** Days since 1970-01-01 in the project's zone. */
    DAY(1),
    /** Mondays since 1969-12-29. */
    WEEK(2),
    /** Year × 12 + month − 1. */
    MONTH(3),
    /** Quarters of an hour since 1970 UTC. */
    QUARTER_HOUR(4);

    static final long QUARTER_HOUR_MS = 900_000;

    /** 1970-01-01 was the fourth day of its week. */
    private static final int WEEK_OFFSET = 3;

    final int code;

    Grain(int code) {
        this.code = code;
    }

    static int quarter(long timeMs) {
        return (int) Math.floorDiv(timeMs, QUARTER_HOUR_MS);
    }

    /** The week or month that has this day. */
    int periodOf(int day) {
        if (this == WEEK) {
            return Math.floorDiv(day + WEEK_OFFSET, 7);
        }
        LocalDate date = LocalDate.ofEpochDay(day);
        return date.getYear() * 12 + date.getMonthValue() - 1;
    }

    /** Of a week or month. */
    int firstDay(int period) {
        return this == WEEK
                ? period * 7 - WEEK_OFFSET
                : (int) LocalDate.of(Math.floorDiv(period, 12), Math.floorMod(period, 12) + 1, 1)
                        .toEpochDay();
    }

    int lastDay(int period) {
        return firstDay(period + 1) - 1;
    }
}

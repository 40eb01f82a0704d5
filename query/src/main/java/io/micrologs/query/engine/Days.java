package io.micrologs.query.engine;

import java.time.LocalDate;
import java.time.ZoneId;

/**
 * The calendar days that are asked about, {@code from} and {@code to} included.
 *
 * @param zone whose days they are; a day there has 23, 24 or 25 hours
 */
public record Days(LocalDate from, LocalDate to, ZoneId zone) {

    /** The first millisecond, inclusive. */
    public long fromMs() {
        return startMs(from);
    }

    /** The first millisecond after the last day, exclusive. */
    public long untilMs() {
        return startMs(to.plusDays(1));
    }

    /** Since 1970-01-01, as {@link #last} is. */
    int first() {
        return (int) from.toEpochDay();
    }

    int last() {
        return (int) to.toEpochDay();
    }

    int count() {
        return last() - first() + 1;
    }

    /** As many days, right before these. */
    public Days previous() {
        return new Days(from.minusDays(count()), from.minusDays(1), zone);
    }

    private long startMs(LocalDate day) {
        return day.atStartOfDay(zone).toInstant().toEpochMilli();
    }
}

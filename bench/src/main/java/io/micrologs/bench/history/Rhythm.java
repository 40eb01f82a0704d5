package io.micrologs.bench.history;

import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.SplittableRandom;

/**
 * When the events of a history are due: by day and night, weekday and weekend, and as many as wanted in the last days. Each
 * hour gets its share of the events exactly. Single-threaded.
 */
final class Rhythm {
    private static final long HOUR_MS = 3_600_000;
    private static final int HOURS_A_DAY = 24;

    /** UTC; a site whose visitors are mostly in Europe, some in America, a few in Asia. */
    private static final double[] HOURS = {
        0.55, 0.46, 0.40, 0.38, 0.42, 0.55, 0.78, 1.02, 1.22, 1.32, 1.34, 1.28,
        1.26, 1.32, 1.38, 1.40, 1.38, 1.34, 1.36, 1.42, 1.40, 1.20, 0.94, 0.72
    };
    /** Monday first. */
    private static final double[] WEEKDAYS = {1.08, 1.12, 1.10, 1.08, 1.00, 0.80, 0.82};

    private final long events;
    private final long startMs;
    /** Share of the events before each hour; the last entry is 1. */
    private final double[] before;

    private int hour = -1;
    private long counted;
    private long inHour;
    private long taken;

    Rhythm(HistoryPlan plan) {
        events = plan.events();
        startMs = plan.from().atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli();
        int days = (int) ChronoUnit.DAYS.between(plan.from(), plan.until());
        int recentFrom = days > HistoryPlan.RECENT_DAYS ? days - HistoryPlan.RECENT_DAYS : 0;
        before = new double[days * HOURS_A_DAY + 1];
        spread(plan.from(), 0, recentFrom, recentFrom == 0 ? 0 : 1 - plan.recentShare());
        spread(plan.from(), recentFrom, days, recentFrom == 0 ? 1 : plan.recentShare());
        before[before.length - 1] = 1;
    }

    /** Gives the days' hours their parts of {@code share}, behind what the hours before them have. */
    private void spread(LocalDate from, int firstDay, int endDay, double share) {
        int first = firstDay * HOURS_A_DAY;
        int end = endDay * HOURS_A_DAY;
        double start = before[first];
        double sum = 0;
        for (int h = first; h < end; h++) {
            sum += weight(from, h);
            before[h + 1] = sum;
        }
        for (int h = first; h < end; h++) {
            before[h + 1] = start + before[h + 1] / sum * share;
        }
    }

    private static double weight(LocalDate from, int hour) {
        LocalDate day = from.plusDays(hour / HOURS_A_DAY);
        return HOURS[hour % HOURS_A_DAY] * WEEKDAYS[day.getDayOfWeek().getValue() - 1];
    }

    /** Time of the next event, milliseconds since 1970 UTC, never before the last one; at most as many as planned. */
    long next(SplittableRandom random) {
        while (taken == inHour) {
            hour++;
            taken = 0;
            long upTo = Math.round(before[hour + 1] * events);
            inHour = upTo - counted;
            counted = upTo;
        }
        double within = (taken++ + random.nextDouble()) / inHour;
        return startMs + hour * HOUR_MS + Math.min(HOUR_MS - 1, (long) (within * HOUR_MS));
    }
}

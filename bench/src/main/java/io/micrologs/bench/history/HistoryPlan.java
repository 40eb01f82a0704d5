package io.micrologs.bench.history;

import java.time.LocalDate;

/**
 * What a history is made of; the same plan gives the same events, to the bit.
 *
 * @param seed distinguishes histories that are otherwise alike
 * @param events pageviews, errors, audits and clicks together, 100 to 10,000,000,000
 * @param visitors how many different ones there are, 1 to a quarter of the events
 * @param urls how many different ones there are, 20 to 1,000,000
 * @param from first day, UTC
 * @param until the day after the last one, UTC
 * @param recentShare share of the events that fall into the last {@value #RECENT_DAYS} days, above 0 and below 1; no
 *     matter when there are no more days than that
 */
public record HistoryPlan(
        long seed, long events, int visitors, int urls, LocalDate from, LocalDate until, double recentShare) {

    public static final int RECENT_DAYS = 30;

    public static final long EVENTS_MIN = 100;
    public static final long EVENTS_MAX = 10_000_000_000L;

    /** A visitor comes with a visit, and a visit has about three events. */
    public static final int EVENTS_PER_VISITOR_MIN = 4;

    public HistoryPlan {
        require(events >= EVENTS_MIN && events <= EVENTS_MAX, "events must be 100 to 10000000000, are " + events);
        require(
                visitors >= 1 && visitors <= events / EVENTS_PER_VISITOR_MIN,
                "visitors must be 1 to a quarter of the events, are " + visitors + " for " + events + " events");
        require(urls >= 20 && urls <= 1_000_000, "urls must be 20 to 1000000, are " + urls);
        require(from.isBefore(until), "the history must begin before it ends, is " + from + " to " + until);
        require(
                recentShare > 0 && recentShare < 1,
                "the share of the last " + RECENT_DAYS + " days must be above 0 and below 1, is " + recentShare);
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }
}

package io.micrologs.query.engine;

import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A question.
 *
 * @param interval null for figures of the whole time
 * @param attributes at most two
 * @param filters all of them hold
 * @param compared whether the days before are asked for, too
 * @param by what rows are ordered by; null for time and value, as lists by time are
 * @param ascending smallest or earliest first
 * @param daysLater by how many days a row's hour, day, week or month is told later than it was: so those of the days before
 *     come under the ones that they are compared with
 */
public record Query(
        List<Measure> measures,
        @Nullable Interval interval,
        List<Attribute> attributes,
        List<Filter> filters,
        Days days,
        boolean compared,
        @Nullable Measure by,
        boolean ascending,
        int limit,
        int offset,
        int daysLater) {

    /** At its own time. */
    public Query(
            List<Measure> measures,
            @Nullable Interval interval,
            List<Attribute> attributes,
            List<Filter> filters,
            Days days,
            boolean compared,
            @Nullable Measure by,
            boolean ascending,
            int limit,
            int offset) {
        this(measures, interval, attributes, filters, days, compared, by, ascending, limit, offset, 0);
    }

    /** Of the days as a whole. */
    public static Query total(Days days, List<Measure> measures, Filter... filters) {
        return new Query(measures, null, List.of(), List.of(filters), days, false, null, true, 1, 0);
    }

    /** Day by day, those with something. */
    public static Query byDay(Days days, List<Measure> measures, Filter... filters) {
        return new Query(
                measures, Interval.DAY, List.of(), List.of(filters), days, false, null, true, Integer.MAX_VALUE, 0);
    }

    /** The values with most of the first measure. */
    public static Query top(Days days, Attribute attribute, int limit, List<Measure> measures, Filter... filters) {
        return new Query(
                measures, null, List.of(attribute), List.of(filters), days, false, measures.get(0), false, limit, 0);
    }

    Set<Counter> counters() {
        Set<Counter> counters = EnumSet.noneOf(Counter.class);
        measures.forEach(measure -> counters.addAll(measure.counters));
        if (by != null) {
            counters.addAll(by.counters);
        }
        return counters;
    }

    /** Rows of a list are the values that have some of this. */
    Counter listed() {
        return by == null ? measures.get(0).first : by.first;
    }

    /** The rows of an answer in order: by a measure and then by value, or by time and value. */
    List<Key> ordered(Map<Key, Figures> figures) {
        Comparator<Key> order = Comparator.naturalOrder();
        Measure measure = by;
        if (measure != null) {
            Comparator<Key> measured = Comparator.comparingDouble(
                    key -> measure.of(figures.getOrDefault(key, Figures.NONE)).doubleValue());
            order = (ascending ? measured : measured.reversed()).thenComparing(order);
        } else if (!ascending) {
            order = order.reversed();
        }
        return figures.keySet().stream().sorted(order).toList();
    }

    /** How many rows have to be known for what is asked for, and whether there are more; far less than 2^31. */
    int known() {
        return (int) Math.min(1_000_000, (long) offset + limit + 1);
    }

    /** The same of the days before. */
    Query before() {
        Days before = days.previous();
        return new Query(
                measures, interval, attributes, filters, before, false, by, ascending, limit, offset, days.count());
    }
}

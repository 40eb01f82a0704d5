package io.micrologs.loader;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;

/** What rows count for: the numbers that they add to rollups, and who is in the sketches. Not thread-safe. */
final class Tally {
    /*
     * The same rules count what a batch brings (Rollups) and what the raw tables hold (RawRows), so that one can take the
     * other's place. A view counts on its own day, a visit on the day on which it began and for what its first view
     * told, even if a later event makes it longer: then by the difference.
     */

    private final Map<RollupKey, long[]> counts = new HashMap<>();
    private final Map<RollupKey, BottomK> sketches = new HashMap<>();
    private long held;

    /** @param own its own of the first values of {@link Dimension#OF_VISIT} */
    record View(int projectId, int day, long timeMs, long visitorId, long pageId, long[] own) {}

    void view(View view, Visit visit) {
        event(view.projectId, Dimension.TOTAL, view.day, view.timeMs);
        count(view.projectId, Dimension.PAGE, view.day, view.pageId, Metric.EVENTS, 1);
        for (int i = 0; i < Dimension.OF_VISIT.size(); i++) {
            long value = i < Dimension.OWN ? view.own[i] : visit.values()[i];
            count(view.projectId, Dimension.OF_VISIT.get(i), view.day, value, Metric.EVENTS, 1);
        }
    }

    /**
     * Who viewed. Apart from the numbers, since it may be told again and again.
     *
     * @param known whether what the visit has was told of this visitor and day before
     */
    void visitor(View view, Visit visit, boolean known) {
        distinct(view.projectId, Dimension.PAGE, view.day, view.pageId, view.visitorId);
        for (int i = 0; i < Dimension.OWN; i++) {
            distinct(view.projectId, Dimension.OF_VISIT.get(i), view.day, view.own[i], view.visitorId);
        }
        if (!known) {
            distinct(view.projectId, Dimension.TOTAL, view.day, 0, view.visitorId);
            for (int i = Dimension.OWN; i < Dimension.OF_VISIT.size(); i++) {
                distinct(view.projectId, Dimension.OF_VISIT.get(i), view.day, visit.values()[i], view.visitorId);
            }
        }
    }

    /** A visitor who was not seen before. */
    void newcomer(int projectId, int day, long timeMs) {
        count(projectId, Dimension.TOTAL, day, 0, Metric.NEWCOMERS, 1);
        add(quarter(projectId, Dimension.TOTAL, timeMs), Metric.NEWCOMERS, 1);
    }

    /** How far a visit got. */
    record Extent(int views, long durationMs, long exitPageId) {
        static final Extent NONE = new Extent(0, 0, 0);

        long bounces() {
            return views == 1 ? 1 : 0;
        }

        long engagedMs() {
            return views > 1 ? durationMs : 0;
        }
    }

    /** @param before {@link Extent#NONE} for one that is new */
    void visit(int projectId, int day, long startedMs, long entryPageId, Visit visit, Extent before, Extent now) {
        long[] more = new long[Metric.COUNT];
        more[Metric.VISITS] = before.views == 0 ? 1 : 0;
        more[Metric.VISIT_VIEWS] = now.views - before.views;
        more[Metric.BOUNCES] = now.bounces() - before.bounces();
        more[Metric.DURATION_MS] = now.durationMs - before.durationMs;
        more[Metric.ENGAGED_MS] = now.engagedMs() - before.engagedMs();
        add(key(projectId, Dimension.TOTAL, day, 0), more);
        add(quarter(projectId, Dimension.TOTAL, startedMs), more);
        add(key(projectId, Dimension.ENTRY_PAGE, day, entryPageId), more);
        for (int i = 0; i < Dimension.OF_VISIT.size(); i++) {
            add(key(projectId, Dimension.OF_VISIT.get(i), day, visit.values()[i]), more);
        }
        if (before.views == 0) {
            count(projectId, Dimension.EXIT_PAGE, day, now.exitPageId, Metric.VISITS, 1);
        } else if (before.exitPageId != now.exitPageId) {
            count(projectId, Dimension.EXIT_PAGE, day, before.exitPageId, Metric.VISITS, -1);
            count(projectId, Dimension.EXIT_PAGE, day, now.exitPageId, Metric.VISITS, 1);
        }
    }

    void error(int projectId, int day, long timeMs, int groupId, int severity, int environment) {
        event(projectId, Dimension.ERROR, day, timeMs);
        count(projectId, Dimension.ERROR_GROUP, day, groupId, Metric.EVENTS, 1);
        count(projectId, Dimension.ERROR_SEVERITY, day, severity, Metric.EVENTS, 1);
        count(projectId, Dimension.ERROR_ENVIRONMENT, day, environment, Metric.EVENTS, 1);
    }

    void audit(int projectId, int day, long timeMs) {
        event(projectId, Dimension.AUDIT, day, timeMs);
    }

    /** Of a person. */
    void click(int projectId, int day, long timeMs, int linkId) {
        event(projectId, Dimension.CLICK, day, timeMs);
        count(projectId, Dimension.LINK, day, linkId, Metric.EVENTS, 1);
    }

    void clicker(int projectId, int day, int linkId, long clientKey) {
        distinct(projectId, Dimension.LINK, day, linkId, clientKey);
    }

    private void event(int projectId, Dimension total, int day, long timeMs) {
        count(projectId, total, day, 0, Metric.EVENTS, 1);
        add(quarter(projectId, total, timeMs), Metric.EVENTS, 1);
    }

    private static RollupKey key(int projectId, Dimension dimension, int day, long valueId) {
        return new RollupKey(projectId, Grain.DAY, dimension, day, valueId);
    }

    private static RollupKey quarter(int projectId, Dimension dimension, long timeMs) {
        return new RollupKey(projectId, Grain.QUARTER_HOUR, dimension, Grain.quarter(timeMs), 0);
    }

    private void count(int projectId, Dimension dimension, int day, long valueId, int metric, long more) {
        add(key(projectId, dimension, day, valueId), metric, more);
    }

    private void add(RollupKey key, int metric, long more) {
        counts.computeIfAbsent(key, k -> new long[Metric.COUNT])[metric] += more;
    }

    void add(RollupKey key, long[] more) {
        long[] sums = counts.computeIfAbsent(key, k -> new long[Metric.COUNT]);
        for (int i = 0; i < Metric.COUNT; i++) {
            sums[i] += more[i];
        }
    }

    private void distinct(int projectId, Dimension dimension, int day, long valueId, long id) {
        if (dimension.k > 0) {
            held += sketch(key(projectId, dimension, day, valueId)).add(id);
        }
    }

    private BottomK sketch(RollupKey key) {
        return sketches.computeIfAbsent(key, k -> new BottomK(k.dimension().k));
    }

    void union(RollupKey key, BottomK other) {
        held += sketch(key).union(other);
    }

    void add(Tally other) {
        add(other, key -> true);
    }

    void add(Tally other, Predicate<RollupKey> wanted) {
        other.counts.forEach((key, sums) -> {
            if (wanted.test(key)) {
                add(key, sums);
            }
        });
        other.sketches.forEach((key, sketch) -> {
            if (wanted.test(key)) {
                union(key, sketch);
            }
        });
    }

    /** The first of the days; {@link Integer#MAX_VALUE} when there is none. */
    int oldestDay() {
        int oldest = Integer.MAX_VALUE;
        for (Set<RollupKey> keys : List.of(counts.keySet(), sketches.keySet())) {
            for (RollupKey key : keys) {
                oldest = key.grain() == Grain.DAY ? Math.min(oldest, key.period()) : oldest;
            }
        }
        return oldest;
    }

    /** Sorted by key; numbers by {@link Metric}. Rows of nothing but zeros are left out. */
    TreeMap<RollupKey, long[]> counts() {
        TreeMap<RollupKey, long[]> sorted = new TreeMap<>();
        counts.forEach((key, sums) -> {
            if (!isZero(sums)) {
                sorted.put(key, sums);
            }
        });
        return sorted;
    }

    /** The same in no order. */
    Map<RollupKey, long[]> countsUnordered() {
        counts.values().removeIf(Tally::isZero);
        return counts;
    }

    static boolean isZero(long[] sums) {
        for (long sum : sums) {
            if (sum != 0) {
                return false;
            }
        }
        return true;
    }

    /** Sorted by key. */
    TreeMap<RollupKey, BottomK> sketches() {
        return new TreeMap<>(sketches);
    }

    int countRows() {
        return counts.size();
    }

    /** Roughly how many numbers the sketches take. */
    long held() {
        return held + 4L * sketches.size();
    }

    boolean isEmpty() {
        return counts.isEmpty() && sketches.isEmpty();
    }

    void clear() {
        counts.clear();
        sketches.clear();
        held = 0;
    }
}

package io.micrologs.loader;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;

/** What rows count for: the numbers that they add to rollups, and who is in the sketches. Not thread-safe. */
final class Tally {
    /*
     * The same rules count what a batch brings (Rollups) and what the raw tables hold (RawRows), so that one can take the
     * other's place. A view counts on its own day, a visit on the day on which it began and for what its first view
     * told, even if a later event makes it longer: then by the difference.
     */

    private final CountTable counts = new CountTable();
    private final KeyIndex sketchKeys = new KeyIndex();
    /** In the order of their keys' numbers. */
    private final List<BottomK> sketches = new ArrayList<>();

    private long held;

    /** @param own its own of the first values of {@link Dimension#OF_VISIT} */
    record View(int projectId, int day, long timeMs, long visitorId, long pageId, long[] own) {}

    void view(View view, Visit visit) {
        ownView(view);
        views(view.projectId, view.day, visit, 1);
    }

    /** All but what it has of its visit. */
    void ownView(View view) {
        event(view.projectId, Dimension.TOTAL, view.day, view.timeMs);
        count(view.projectId, Dimension.PAGE, view.day, view.pageId, Metric.EVENTS, 1);
        for (int i = 0; i < Dimension.OWN; i++) {
            count(view.projectId, Dimension.OF_VISIT.get(i), view.day, view.own[i], Metric.EVENTS, 1);
        }
    }

    /** What views of a day have of their visit. */
    void views(int projectId, int day, Visit visit, int views) {
        for (int i = Dimension.OWN; i < Dimension.OF_VISIT.size(); i++) {
            count(projectId, Dimension.OF_VISIT.get(i), day, visit.values()[i], Metric.EVENTS, views);
        }
    }

    /** What of a visitor and a day was told before: all that the visit has, and the view's own values, too. */
    enum Told {
        NOTHING,
        VISIT,
        VISIT_AND_OWN
    }

    /** Who viewed. Apart from the numbers, since it may be told again and again. */
    void visitor(View view, Visit visit, Told told) {
        long hash = BottomK.hash(view.visitorId);
        distinct(view.projectId, Dimension.PAGE, view.day, view.pageId, hash);
        if (told != Told.VISIT_AND_OWN) {
            for (int i = 0; i < Dimension.OWN; i++) {
                distinct(view.projectId, Dimension.OF_VISIT.get(i), view.day, view.own[i], hash);
            }
        }
        if (told == Told.NOTHING) {
            distinct(view.projectId, Dimension.TOTAL, view.day, 0, hash);
            for (int i = Dimension.OWN; i < Dimension.OF_VISIT.size(); i++) {
                distinct(view.projectId, Dimension.OF_VISIT.get(i), view.day, visit.values()[i], hash);
            }
        }
    }

    /** A visitor who was not seen before. */
    void newcomer(int projectId, int day, long timeMs) {
        count(projectId, Dimension.TOTAL, day, 0, Metric.NEWCOMERS, 1);
        counts.add(quarter(projectId, Dimension.TOTAL, timeMs), 0, Metric.NEWCOMERS, 1);
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

    /**
     * @param before {@link Extent#NONE} for one that is new
     * @param views how many on the day on which it began have not been told by {@link #views}, to be counted with it
     */
    void visit(
            int projectId,
            int day,
            long startedMs,
            long entryPageId,
            Visit visit,
            Extent before,
            Extent now,
            int views) {
        long[] more = new long[Metric.COUNT];
        more[Metric.VISITS] = before.views == 0 ? 1 : 0;
        more[Metric.VISIT_VIEWS] = now.views - before.views;
        more[Metric.BOUNCES] = now.bounces() - before.bounces();
        more[Metric.DURATION_MS] = now.durationMs - before.durationMs;
        more[Metric.ENGAGED_MS] = now.engagedMs() - before.engagedMs();
        counts.add(place(projectId, Dimension.TOTAL, day), 0, more);
        counts.add(quarter(projectId, Dimension.TOTAL, startedMs), 0, more);
        counts.add(place(projectId, Dimension.ENTRY_PAGE, day), entryPageId, more);
        for (int i = 0; i < Dimension.OF_VISIT.size(); i++) {
            more[Metric.EVENTS] = i < Dimension.OWN ? 0 : views;
            counts.add(place(projectId, Dimension.OF_VISIT.get(i), day), visit.values()[i], more);
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
        distinct(projectId, Dimension.LINK, day, linkId, BottomK.hash(clientKey));
    }

    private void event(int projectId, Dimension total, int day, long timeMs) {
        count(projectId, total, day, 0, Metric.EVENTS, 1);
        counts.add(quarter(projectId, total, timeMs), 0, Metric.EVENTS, 1);
    }

    private static long place(int projectId, Dimension dimension, int day) {
        return KeyIndex.place(projectId, Grain.DAY, dimension, day);
    }

    private static long quarter(int projectId, Dimension dimension, long timeMs) {
        return KeyIndex.place(projectId, Grain.QUARTER_HOUR, dimension, Grain.quarter(timeMs));
    }

    private void count(int projectId, Dimension dimension, int day, long valueId, int metric, long more) {
        counts.add(place(projectId, dimension, day), valueId, metric, more);
    }

    void add(RollupKey key, long[] more) {
        counts.add(place(key), key.valueId(), more);
    }

    private static long place(RollupKey key) {
        return KeyIndex.place(key.projectId(), key.grain(), key.dimension(), key.period());
    }

    private void distinct(int projectId, Dimension dimension, int day, long valueId, long hash) {
        if (dimension.k > 0) {
            held += sketch(place(projectId, dimension, day), valueId, dimension.k)
                    .addHash(hash);
        }
    }

    private BottomK sketch(long place, long valueId, int k) {
        int number = sketchKeys.of(place, valueId);
        if (number == sketches.size()) {
            sketches.add(new BottomK(k));
        }
        return sketches.get(number);
    }

    void union(RollupKey key, BottomK other) {
        held += sketch(place(key), key.valueId(), key.dimension().k).union(other);
    }

    /** Who is in the other's. */
    void addSketches(Tally other) {
        add(other, key -> true, false);
    }

    void add(Tally other) {
        counts.add(other.counts);
        add(other, key -> true, false);
    }

    void add(Tally other, Predicate<RollupKey> wanted) {
        add(other, wanted, true);
    }

    private void add(Tally other, Predicate<RollupKey> wanted, boolean alsoCounts) {
        for (int i = 0; alsoCounts && i < other.counts.size(); i++) {
            RollupKey key = other.counts.key(i);
            if (wanted.test(key)) {
                add(key, other.counts.sums(i));
            }
        }
        for (int i = 0; i < other.sketches.size(); i++) {
            RollupKey key = other.sketchKeys.key(i);
            if (wanted.test(key)) {
                union(key, other.sketches.get(i));
            }
        }
    }

    /** The first of the days; {@link Integer#MAX_VALUE} when there is none. */
    int oldestDay() {
        int oldest = Integer.MAX_VALUE;
        // Whoever is in a sketch was counted, too.
        for (int i = 0; i < counts.size(); i++) {
            RollupKey key = counts.key(i);
            oldest = key.grain() == Grain.DAY ? Math.min(oldest, key.period()) : oldest;
        }
        return oldest;
    }

    Set<Integer> projects() {
        Set<Integer> projects = new TreeSet<>();
        for (int i = 0; i < counts.size(); i++) {
            projects.add(counts.key(i).projectId());
        }
        return projects;
    }

    /** Sorted by key; numbers by {@link Metric}. Rows of nothing but zeros are left out. */
    TreeMap<RollupKey, long[]> counts() {
        TreeMap<RollupKey, long[]> sorted = new TreeMap<>();
        for (int i = 0; i < counts.size(); i++) {
            if (!counts.isZero(i)) {
                sorted.put(counts.key(i), counts.sums(i));
            }
        }
        return sorted;
    }

    /** The same, without a copy of all. */
    void readCounts(RollupTables.CountReader reader) throws SQLException {
        for (int number : counts.sorted()) {
            if (!counts.isZero(number)) {
                reader.read(counts.key(number), counts.sums(number));
            }
        }
    }

    /** Sorted by key. */
    void readSketches(RollupTables.SketchReader reader) throws SQLException {
        for (int number : sketchKeys.sorted()) {
            reader.read(sketchKeys.key(number), sketches.get(number).toBytes());
        }
    }

    /** Project → days of which something is counted. */
    SortedMap<Integer, SortedSet<Integer>> days() {
        SortedMap<Integer, SortedSet<Integer>> days = new TreeMap<>();
        for (int i = 0; i < counts.size(); i++) {
            addDay(counts.key(i), days);
        }
        for (int i = 0; i < sketches.size(); i++) {
            addDay(sketchKeys.key(i), days);
        }
        return days;
    }

    private static void addDay(RollupKey key, SortedMap<Integer, SortedSet<Integer>> days) {
        if (key.grain() == Grain.DAY) {
            days.computeIfAbsent(key.projectId(), id -> new TreeSet<>()).add(key.period());
        }
    }

    /** The same, as they came. */
    Map<RollupKey, long[]> countsUnordered() {
        Map<RollupKey, long[]> some = new LinkedHashMap<>();
        for (int i = 0; i < counts.size(); i++) {
            if (!counts.isZero(i)) {
                some.put(counts.key(i), counts.sums(i));
            }
        }
        return some;
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
        TreeMap<RollupKey, BottomK> sorted = new TreeMap<>();
        for (int i = 0; i < sketches.size(); i++) {
            sorted.put(sketchKeys.key(i), sketches.get(i));
        }
        return sorted;
    }

    int countRows() {
        return counts.size();
    }

    /** Roughly how many numbers the sketches take. */
    long held() {
        return held + 4L * sketches.size();
    }

    void clear() {
        counts.clear();
        sketchKeys.clear();
        sketches.clear();
        held = 0;
    }
}

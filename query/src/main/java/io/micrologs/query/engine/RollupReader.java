package io.micrologs.query.engine;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Answers from counters and sketches. Not thread-safe. */
final class RollupReader {
    /*
     * A list is picked by its counters, which lie in one range of the key for each run of days, weeks or months; sketches
     * are read by their whole keys, and only of the rows that are returned. Where rows are ordered by visitors, nobody
     * has more visitors than views: values are taken by views, most first, until none of the others can have more visitors than
     * the last row.
     *
     * A chart reads the number that is stored beside each sketch wherever a sketch stands for its bucket alone.
     */

    /** Values of a filter whose visitors are united for each bucket; of more, raw rows answer. */
    static final int UNITED_MAX = 20;

    /** Values whose visitors are counted, to find those with most. */
    static final int CANDIDATES_MAX = 1_000;

    /** Keys of one statement: more of them, and they are not looked up one by one any more. */
    private static final int POINTS_MAX = 5_000;

    /** Values whose sketches are held at a time, of 32 KB each. */
    private static final int SKETCHES_MAX = 100;

    private final Rows rows;
    private final int project;
    private final Coverage coverage;
    private final Names names;
    private final Accuracy accuracy;

    RollupReader(Rows rows, int project, Coverage coverage, Names names, Accuracy accuracy) {
        this.rows = rows;
        this.project = project;
        this.coverage = coverage;
        this.names = names;
        this.accuracy = accuracy;
    }

    /** Whether there are rollups of this, that is of one attribute at most. */
    static boolean canAnswer(Query query, List<Choice> choices) {
        Attribute by = query.attributes().isEmpty() ? null : query.attributes().get(0);
        Choice choice = choices.isEmpty() ? null : choices.get(0);
        if (query.attributes().size() > 1
                || choices.size() > 1
                || (by != null && (query.interval() != null || (choice != null && choice.attribute() != by)))) {
            return false;
        }
        Attribute of = by == null && choice != null ? choice.attribute() : by;
        boolean united = by != null
                ? query.by() == null || !query.listed().isDistinct() || !query.ascending()
                : choice == null || (choice.only() != null && choice.values().size() <= UNITED_MAX);
        for (Counter counter : query.counters()) {
            Rollup rollup = of == null ? Rollup.total(counter.fact) : of.rollup;
            boolean hourly = query.interval() != Interval.HOUR || (of == null && !counter.isDistinct());
            if (!rollup.has(counter) || !hourly || (counter.isDistinct() && !united)) {
                return false;
            }
        }
        return true;
    }

    /** @param wanted only these, all of them; null for those that come first */
    Map<Key, Figures> read(Query query, @Nullable Choice choice, @Nullable Set<Key> wanted) throws SQLException {
        if (!query.attributes().isEmpty()) {
            return list(query, query.attributes().get(0), choice, wanted);
        }
        return query.interval() == Interval.HOUR ? hours(query) : buckets(query, choice);
    }

    private static Map<Rollup, Set<Counter>> byRollup(Query query, @Nullable Choice choice) {
        Map<Rollup, Set<Counter>> counters = new EnumMap<>(Rollup.class);
        for (Counter counter : query.counters()) {
            Rollup rollup = choice == null ? Rollup.total(counter.fact) : choice.attribute().rollup;
            counters.computeIfAbsent(rollup, of -> EnumSet.noneOf(Counter.class))
                    .add(counter);
        }
        return counters;
    }

    private static Set<Counter> plain(Set<Counter> counters) {
        return counters.stream()
                .filter(counter -> !counter.isDistinct())
                .collect(Collectors.toCollection(() -> EnumSet.noneOf(Counter.class)));
    }

    private static String sums(Set<Counter> counters) {
        return counters.stream()
                .map(counter -> ", SUM(" + counter.column + ") AS " + counter.alias())
                .collect(Collectors.joining());
    }

    private static void add(java.sql.ResultSet row, Set<Counter> counters, Figures into) throws SQLException {
        for (Counter counter : counters) {
            into.add(counter, row.getLong(counter.alias()));
        }
    }

    private Map<Key, Figures> hours(Query query) throws SQLException {
        Map<Key, Figures> figures = new TreeMap<>();
        Days days = query.days();
        for (Map.Entry<Rollup, Set<Counter>> entry : byRollup(query, null).entrySet()) {
            rows.each(
                    "SELECT period" + sums(entry.getValue()) + """

                    FROM rollup
                    WHERE project_id = ? AND grain = ? AND dimension = ? AND period >= ? AND period < ?
                    GROUP BY period
                    """,
                    row -> {
                        long hour = Interval.hourOf(row.getLong("period") * Grain.QUARTER_HOUR_MS, days);
                        add(row, entry.getValue(), figures.computeIfAbsent(new Key(hour, 0, 0), key -> new Figures()));
                    },
                    project,
                    Grain.QUARTER_HOUR.code,
                    entry.getKey().code,
                    Math.floorDiv(days.fromMs(), Grain.QUARTER_HOUR_MS),
                    Math.floorDiv(days.untilMs(), Grain.QUARTER_HOUR_MS));
        }
        return figures;
    }

    private Map<Key, Figures> buckets(Query query, @Nullable Choice choice) throws SQLException {
        Map<Key, Figures> figures = new TreeMap<>();
        Pieces pieces = Pieces.of(query.days(), query.interval(), coverage);
        for (Map.Entry<Rollup, Set<Counter>> entry : byRollup(query, choice).entrySet()) {
            Set<Counter> plain = plain(entry.getValue());
            if (!plain.isEmpty()) {
                List<Object> values = new ArrayList<>();
                String sql = "SELECT grain, period" + sums(plain) + " FROM rollup WHERE "
                        + where(pieces, entry.getKey(), choice, values) + " GROUP BY grain, period";
                rows.each(
                        sql,
                        row -> add(row, plain, at(figures, pieces, row.getInt("grain"), row.getInt("period"))),
                        values.toArray());
            }
            for (Counter counter : entry.getValue()) {
                if (counter == Counter.GROUPS) {
                    groups(pieces, figures);
                } else if (counter.isDistinct()) {
                    boolean numbered = choice == null || choice.values().size() == 1;
                    if (numbered) {
                        numbers(pieces.alone(true), entry.getKey(), choice, counter, figures);
                    }
                    unions(numbered ? pieces.alone(false) : pieces, entry.getKey(), choice, counter, figures);
                }
            }
        }
        return figures;
    }

    private static Figures at(Map<Key, Figures> figures, Pieces pieces, int grain, int period) {
        return figures.computeIfAbsent(new Key(pieces.bucket(grain, period), 0, 0), key -> new Figures());
    }

    /** With a choice, each row is found by its whole key; without, there is one row a period. */
    private String where(Pieces pieces, Rollup rollup, @Nullable Choice choice, List<Object> values) {
        if (choice == null) {
            return pieces.runs(project, rollup, values);
        }
        boolean few = choice.only() != null && choice.values().size() <= UNITED_MAX;
        return (few ? pieces.points(project, rollup, values) : pieces.runs(project, rollup, values)) + " AND "
                + choice.condition("value_id", values);
    }

    private void numbers(
            Pieces pieces, Rollup rollup, @Nullable Choice choice, Counter counter, Map<Key, Figures> figures)
            throws SQLException {
        if (pieces.isEmpty()) {
            return;
        }
        List<Object> values = new ArrayList<>();
        String sql = "SELECT grain, period, visitors FROM sketch WHERE " + where(pieces, rollup, choice, values);
        rows.each(
                sql,
                row -> {
                    long visitors = row.getLong("visitors");
                    accuracy.counted(visitors, rollup.k);
                    at(figures, pieces, row.getInt("grain"), row.getInt("period"))
                            .add(counter, visitors);
                },
                values.toArray());
    }

    /** Every group has a row in each of its periods. */
    private void groups(Pieces pieces, Map<Key, Figures> figures) throws SQLException {
        Pieces alone = pieces.alone(true);
        String some = " FROM rollup WHERE events > 0 AND ";
        if (!alone.isEmpty()) {
            List<Object> values = new ArrayList<>();
            String sql = "SELECT grain, period, COUNT(*) AS n" + some + alone.runs(project, Rollup.ERROR_GROUP, values)
                    + " GROUP BY grain, period";
            rows.each(
                    sql,
                    row -> at(figures, alone, row.getInt("grain"), row.getInt("period"))
                            .add(Counter.GROUPS, row.getLong("n")),
                    values.toArray());
        }
        Pieces together = pieces.alone(false);
        if (!together.isEmpty()) {
            List<Object> values = new ArrayList<>();
            String sql = "SELECT grain, period, value_id" + some + together.runs(project, Rollup.ERROR_GROUP, values);
            Map<Long, Set<Long>> groups = new TreeMap<>();
            rows.each(
                    sql,
                    row -> groups.computeIfAbsent(
                                    together.bucket(row.getInt("grain"), row.getInt("period")),
                                    bucket -> new HashSet<>())
                            .add(row.getLong("value_id")),
                    values.toArray());
            groups.forEach((bucket, of) -> figures.computeIfAbsent(new Key(bucket, 0, 0), key -> new Figures())
                    .add(Counter.GROUPS, of.size()));
        }
    }

    private void unions(
            Pieces pieces, Rollup rollup, @Nullable Choice choice, Counter counter, Map<Key, Figures> figures)
            throws SQLException {
        if (pieces.isEmpty()) {
            return;
        }
        List<Object> values = new ArrayList<>();
        String sql = "SELECT grain, period, hashes FROM sketch WHERE " + where(pieces, rollup, choice, values);
        Map<Long, Distinct> unions = new TreeMap<>();
        rows.each(
                sql,
                row -> unions.computeIfAbsent(
                                pieces.bucket(row.getInt("grain"), row.getInt("period")),
                                bucket -> new Distinct(rollup.k))
                        .add(row.getBytes("hashes")),
                values.toArray());
        unions.forEach((bucket, union) -> {
            accuracy.counted(union.count(), rollup.k);
            figures.computeIfAbsent(new Key(bucket, 0, 0), key -> new Figures()).add(counter, union.count());
        });
    }

    /** A value of the answer, and the numbers that it has in rollups. */
    private static final class Listed {
        final Figures figures = new Figures();
        final List<Long> values = new ArrayList<>();
    }

    private Map<Key, Figures> list(Query query, Attribute by, @Nullable Choice choice, @Nullable Set<Key> wanted)
            throws SQLException {
        Set<Counter> counters = query.counters();
        Counter weight = weight(query.listed());
        Set<Counter> plain = plain(counters);
        plain.add(weight);
        Pieces pieces = Pieces.of(query.days(), null, coverage);
        List<Object> values = new ArrayList<>();
        StringBuilder sql = new StringBuilder("SELECT value_id" + sums(plain) + " FROM rollup WHERE ")
                .append(where(pieces, by.rollup, wanted == null || by.merges() ? choice : chosen(by, wanted), values))
                .append(" GROUP BY value_id")
                .append(wanted == null ? " HAVING SUM(" + weight.column + ") > 0" : "");
        int candidates = candidates(query, by, wanted);
        sql.append(" ORDER BY SUM(" + weight.column + ") DESC, value_id LIMIT ?");
        values.add(candidates);
        Map<Long, Figures> found = new LinkedHashMap<>();
        rows.each(
                sql.toString(),
                row -> add(row, plain, found.computeIfAbsent(row.getLong("value_id"), id -> new Figures())),
                values.toArray());
        Map<Key, Listed> listed = listed(by, found);
        if (wanted != null) {
            listed.keySet().retainAll(wanted);
        }
        Map<Key, Figures> figures = new LinkedHashMap<>();
        listed.forEach((key, one) -> figures.put(key, one.figures));
        for (Counter counter : counters) {
            if (counter.isDistinct()) {
                boolean all = visitors(query, by, pieces, counter, listed, figures, wanted == null);
                accuracy.picked(all && measured(query, counter) && found.size() == candidates);
            }
        }
        return figures;
    }

    /** Counts the same as the distinct one, and more than once. */
    private static Counter weight(Counter counter) {
        return counter == Counter.VISITORS ? Counter.VIEWS : counter == Counter.CLICKERS ? Counter.CLICKS : counter;
    }

    private static Choice chosen(Attribute by, Set<Key> wanted) {
        return Choice.all(by).and(Operator.IS, wanted.stream().map(Key::first).collect(Collectors.toSet()));
    }

    /** All, unless the database can tell which come first. */
    private static int candidates(Query query, Attribute by, @Nullable Set<Key> wanted) {
        Measure measure = query.by();
        if (wanted != null || by.merges() || measure == null || query.ascending() || !measure.isPlain()) {
            return Engine.ROWS_MAX + 1;
        }
        return measure.first.isDistinct() ? Math.max(CANDIDATES_MAX, Order.known(query)) : Order.known(query);
    }

    private Map<Key, Listed> listed(Attribute by, Map<Long, Figures> found) throws SQLException {
        names.learn(by, found.keySet());
        Map<Key, Listed> listed = new LinkedHashMap<>();
        found.forEach((value, figures) -> {
            Listed one = listed.computeIfAbsent(new Key(0, names.merged(by, value), 0), key -> new Listed());
            one.figures.add(figures);
            one.values.add(value);
        });
        return listed;
    }

    private static boolean measured(Query query, Counter counter) {
        return query.by() != null && query.listed() == counter;
    }

    /**
     * Of all, or of those that the answer needs, without which the others go.
     *
     * @return whether none was left out
     */
    private boolean visitors(
            Query query,
            Attribute by,
            Pieces pieces,
            Counter counter,
            Map<Key, Listed> listed,
            Map<Key, Figures> figures,
            boolean some)
            throws SQLException {
        int known = Order.known(query);
        boolean ordering = some && measured(query, counter);
        List<Key> keys = ordering ? List.copyOf(figures.keySet()) : Order.of(query, figures);
        if (some && !ordering) {
            keys = keys.subList(0, Math.min(known, keys.size()));
        }
        Map<Key, Figures> counted = new HashMap<>();
        for (int from = 0; from < keys.size(); from += SKETCHES_MAX) {
            List<Key> next = keys.subList(from, Math.min(keys.size(), from + SKETCHES_MAX));
            if (ordering && counted.size() >= known && isComplete(query, counted, known, figures.get(next.get(0)))) {
                break;
            }
            count(by.rollup, pieces, counter, next, listed, figures);
            next.forEach(key -> counted.put(key, figures.getOrDefault(key, new Figures())));
        }
        boolean all = counted.size() == figures.size();
        figures.keySet().retainAll(counted.keySet());
        return all;
    }

    /** Whether none of the others, from this one on, can be among the first. */
    private static boolean isComplete(Query query, Map<Key, Figures> counted, int known, @Nullable Figures next) {
        Figures last = counted.get(Order.of(query, counted).get(known - 1));
        Counter counter = query.listed();
        return last == null || next == null || last.of(counter) > next.of(weight(counter));
    }

    private void count(
            Rollup rollup,
            Pieces pieces,
            Counter counter,
            List<Key> keys,
            Map<Key, Listed> listed,
            Map<Key, Figures> figures)
            throws SQLException {
        Map<Long, Key> keyOf = new HashMap<>();
        for (Key key : keys) {
            Listed one = listed.get(key);
            if (one != null) {
                one.values.forEach(value -> keyOf.put(value, key));
            }
        }
        Map<Key, Distinct> unions = new HashMap<>();
        List<Long> all = keyOf.keySet().stream().sorted().toList();
        int chunk = Math.max(1, POINTS_MAX / pieces.all().size());
        for (int from = 0; from < all.size(); from += chunk) {
            List<Long> some = all.subList(from, Math.min(all.size(), from + chunk));
            List<Object> values = new ArrayList<>();
            String sql = "SELECT value_id, hashes FROM sketch WHERE " + pieces.points(project, rollup, values)
                    + " AND value_id IN " + Pieces.marks(some.size());
            values.addAll(some);
            rows.each(
                    sql,
                    row -> {
                        Key key = keyOf.get(row.getLong("value_id"));
                        if (key != null) {
                            unions.computeIfAbsent(key, of -> new Distinct(rollup.k))
                                    .add(row.getBytes("hashes"));
                        }
                    },
                    values.toArray());
        }
        unions.forEach((key, union) -> {
            accuracy.counted(union.count(), rollup.k);
            figures.computeIfAbsent(key, of -> new Figures()).add(counter, union.count());
        });
    }
}

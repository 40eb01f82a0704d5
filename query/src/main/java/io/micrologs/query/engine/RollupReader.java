package io.micrologs.query.engine;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Answers totals and charts from counters and sketches; {@link RollupLists} answers lists. Where a sketch stands for its
 * bucket alone, the number that is stored beside it is read instead. Not thread-safe.
 */
final class RollupReader {
    /** Values of a filter whose visitors are united for each bucket; of more, raw rows answer. */
    static final int UNITED_MAX = 20;

    private final Rows rows;
    private final int project;
    private final Coverage coverage;
    private final Accuracy accuracy;

    RollupReader(Rows rows, int project, Coverage coverage, Accuracy accuracy) {
        this.rows = rows;
        this.project = project;
        this.coverage = coverage;
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

    Map<Key, Figures> read(Query query, @Nullable Choice choice) throws SQLException {
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

    static Set<Counter> plain(Set<Counter> counters) {
        return counters.stream()
                .filter(counter -> !counter.isDistinct())
                .collect(Collectors.toCollection(() -> EnumSet.noneOf(Counter.class)));
    }

    static String sums(Set<Counter> counters) {
        return counters.stream()
                .map(counter -> ", SUM(" + counter.column + ") AS " + counter.alias())
                .collect(Collectors.joining());
    }

    static void add(ResultSet row, Set<Counter> counters, Figures into) throws SQLException {
        for (Counter counter : counters) {
            into.add(counter, row.getLong(counter.alias()));
        }
    }

    private Map<Key, Figures> hours(Query query) throws SQLException {
        Map<Key, Figures> figures = new TreeMap<>();
        Days days = query.days();
        int later = query.daysLater() * Interval.DAY_HOURS;
        for (Map.Entry<Rollup, Set<Counter>> entry : byRollup(query, null).entrySet()) {
            rows.each(
                    "SELECT period" + sums(entry.getValue()) + """

                    FROM rollup
                    WHERE project_id = ? AND grain = ? AND dimension = ? AND period >= ? AND period < ?
                    GROUP BY period
                    """,
                    row -> {
                        long hour = Interval.hourOf(row.getLong("period") * Grain.QUARTER_HOUR_MS, days);
                        Key of = new Key(hour + later, 0, 0);
                        add(row, entry.getValue(), figures.computeIfAbsent(of, key -> new Figures()));
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
        Pieces pieces = Pieces.of(query, query.interval(), coverage);
        for (Map.Entry<Rollup, Set<Counter>> entry : byRollup(query, choice).entrySet()) {
            Set<Counter> plain = plain(entry.getValue());
            if (!plain.isEmpty()) {
                List<Object> values = new ArrayList<>();
                String sql = "SELECT grain, period" + sums(plain) + " FROM rollup WHERE "
                        + where(project, pieces, entry.getKey(), choice, values) + " GROUP BY grain, period";
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
        return at(figures, pieces.bucket(grain, period));
    }

    private static Figures at(Map<Key, Figures> figures, long bucket) {
        return figures.computeIfAbsent(new Key(bucket, 0, 0), key -> new Figures());
    }

    /** With a choice, each row is found by its whole key; without, there is one row a period. */
    static String where(int project, Pieces pieces, Rollup rollup, @Nullable Choice choice, List<Object> values) {
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
        String sql =
                "SELECT grain, period, visitors FROM sketch WHERE " + where(project, pieces, rollup, choice, values);
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
            groups.forEach((bucket, of) -> at(figures, bucket).add(Counter.GROUPS, of.size()));
        }
    }

    private void unions(
            Pieces pieces, Rollup rollup, @Nullable Choice choice, Counter counter, Map<Key, Figures> figures)
            throws SQLException {
        if (pieces.isEmpty()) {
            return;
        }
        List<Object> values = new ArrayList<>();
        String sql = "SELECT grain, period, hashes FROM sketch WHERE " + where(project, pieces, rollup, choice, values);
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
            at(figures, bucket).add(counter, union.count());
        });
    }
}

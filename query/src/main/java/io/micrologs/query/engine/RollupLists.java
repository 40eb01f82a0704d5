package io.micrologs.query.engine;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Answers lists of an attribute's values from counters and sketches. Not thread-safe. */
final class RollupLists {
    /*
     * A list is picked by its counters, which lie in one range of the key for each run of days, weeks or months; sketches
     * are read by their whole keys, and only of the rows that are returned. Where rows are ordered by visitors, nobody
     * has more visitors than views: values are taken by views, most first, until none of the others can have more visitors than
     * the last row.
     */

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
    private final Engine.Limits limits;

    RollupLists(Rows rows, int project, Coverage coverage, Names names, Accuracy accuracy, Engine.Limits limits) {
        this.rows = rows;
        this.project = project;
        this.coverage = coverage;
        this.names = names;
        this.accuracy = accuracy;
        this.limits = limits;
    }

    /** A value of the answer, and the numbers that it has in rollups. */
    private static final class Listed {
        final Figures figures = new Figures();
        final List<Long> values = new ArrayList<>();
    }

    /** @param wanted only these, all of them; null for those that come first */
    Map<Key, Figures> read(Query query, @Nullable Choice choice, @Nullable Set<Key> wanted)
            throws SQLException, RefusedException {
        Attribute by = query.attributes().get(0);
        Pieces pieces = Pieces.of(query, null, coverage);
        Map<Key, Listed> listed = listed(by, counted(query, by, pieces, choice, wanted));
        if (wanted != null) {
            listed.keySet().retainAll(wanted);
        }
        Map<Key, Figures> figures = new LinkedHashMap<>();
        listed.forEach((key, one) -> figures.put(key, one.figures));
        for (Counter counter : query.counters()) {
            if (counter.isDistinct()) {
                Visitors visitors = new Visitors(by.rollup, pieces, counter, listed, figures);
                if (wanted != null) {
                    visitors.count(List.copyOf(figures.keySet()));
                } else if (query.by() != null && query.listed() == counter) {
                    visitors.pick(query);
                } else {
                    visitors.countShown(query);
                }
            }
        }
        return figures;
    }

    /** What was counted for each of the rollup's values, most first, or all that can be in the answer. */
    private Map<Long, Figures> counted(
            Query query, Attribute by, Pieces pieces, @Nullable Choice choice, @Nullable Set<Key> wanted)
            throws SQLException, RefusedException {
        Counter weight = weight(query.listed());
        Set<Counter> plain = RollupReader.plain(query.counters());
        plain.add(weight);
        Choice only = wanted == null || by.merges() ? choice : only(by, wanted);
        List<Object> values = new ArrayList<>();
        String sql = "SELECT value_id" + RollupReader.sums(plain) + " FROM rollup WHERE "
                + RollupReader.where(project, pieces, by.rollup, only, values)
                + " GROUP BY value_id"
                + (wanted == null ? " HAVING SUM(" + weight.column + ") > 0" : "")
                + " ORDER BY SUM(" + weight.column + ")" + (query.ascending() ? "" : " DESC") + ", value_id LIMIT ?";
        values.add(candidates(query, by, wanted));
        Map<Long, Figures> found = new LinkedHashMap<>();
        rows.each(
                sql,
                row -> RollupReader.add(
                        row, plain, found.computeIfAbsent(row.getLong("value_id"), id -> new Figures())),
                values.toArray());
        if (found.size() > limits.rowsMax()) {
            throw limits.tooManyRows();
        }
        return found;
    }

    /** Counts the same as the distinct one, and more than once. */
    private static Counter weight(Counter counter) {
        return counter == Counter.VISITORS ? Counter.VIEWS : counter == Counter.CLICKERS ? Counter.CLICKS : counter;
    }

    private static Choice only(Attribute by, Set<Key> wanted) {
        return Choice.all(by).and(Operator.IS, wanted.stream().map(Key::first).collect(Collectors.toSet()));
    }

    /** All, and one more when they are too many, unless the database can tell which come first. */
    private int candidates(Query query, Attribute by, @Nullable Set<Key> wanted) {
        Measure measure = query.by();
        if (wanted != null || by.merges() || measure == null || !measure.isPlain()) {
            return limits.rowsMax() + 1;
        }
        return Math.min(limits.rowsMax() + 1, measure.first.isDistinct() ? most(query) + 1 : query.known());
    }

    private static int most(Query query) {
        return Math.max(CANDIDATES_MAX, query.known());
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

    /** Adds distinct counts to the figures of a list. */
    private final class Visitors {
        private final Rollup rollup;
        private final Pieces pieces;
        private final Counter counter;
        private final Map<Key, Listed> listed;
        private final Map<Key, Figures> figures;

        Visitors(Rollup rollup, Pieces pieces, Counter counter, Map<Key, Listed> listed, Map<Key, Figures> figures) {
            this.rollup = rollup;
            this.pieces = pieces;
            this.counter = counter;
            this.listed = listed;
            this.figures = figures;
        }

        /** Of the rows that are shown; those behind them go. */
        void countShown(Query query) throws SQLException {
            List<Key> keys = query.ordered(figures);
            keys = keys.subList(0, Math.min(query.known(), keys.size()));
            figures.keySet().retainAll(new HashSet<>(keys));
            count(keys.subList(Math.min(query.offset(), keys.size()), keys.size()));
        }

        /** Of as many as it takes to know which come first; the others go. */
        void pick(Query query) throws SQLException {
            List<Key> keys = List.copyOf(figures.keySet());
            Map<Key, Figures> counted = new HashMap<>();
            int most = Math.min(keys.size(), most(query));
            while (counted.size() < keys.size() && !isComplete(query, counted, keys.get(counted.size()))) {
                if (counted.size() == most) {
                    accuracy.picked();
                    break;
                }
                List<Key> next = keys.subList(counted.size(), Math.min(most, counted.size() + SKETCHES_MAX));
                count(next);
                next.forEach(key -> counted.put(key, figures.getOrDefault(key, Figures.NONE)));
            }
            figures.keySet().retainAll(counted.keySet());
        }

        /** Whether none of the others, from this one on, can be among the first. */
        private boolean isComplete(Query query, Map<Key, Figures> counted, Key next) {
            if (counted.size() < query.known()) {
                return false;
            }
            Figures last = counted.getOrDefault(query.ordered(counted).get(query.known() - 1), Figures.NONE);
            return last.of(counter) > figures.getOrDefault(next, Figures.NONE).of(weight(counter));
        }

        void count(List<Key> keys) throws SQLException {
            for (int from = 0; from < keys.size(); from += SKETCHES_MAX) {
                unite(keys.subList(from, Math.min(keys.size(), from + SKETCHES_MAX)));
            }
        }

        private void unite(List<Key> keys) throws SQLException {
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
}

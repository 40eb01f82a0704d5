package io.micrologs.query.engine;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Answers from raw rows: any attributes and filters together, and as slow as there are many rows. Not thread-safe. */
final class RawReader {
    private final Rows rows;
    private final int project;
    private final Names names;
    private final Engine.Limits limits;

    RawReader(Rows rows, int project, Names names, Engine.Limits limits) {
        this.rows = rows;
        this.project = project;
        this.names = names;
        this.limits = limits;
    }

    /** @param wanted only these, all of them; null for those that come first */
    Map<Key, Figures> read(Query query, List<Choice> choices, @Nullable Set<Key> wanted)
            throws SQLException, RefusedException {
        Map<Fact, Set<Counter>> facts = new EnumMap<>(Fact.class);
        for (Counter counter : query.counters()) {
            facts.computeIfAbsent(counter.fact, fact -> EnumSet.noneOf(Counter.class))
                    .add(counter);
        }
        if (wanted != null && !hasErrorTypes(query)) {
            Map<Key, Figures> figures = new HashMap<>();
            wanted.forEach(key -> figures.put(key, new Figures()));
            for (Map.Entry<Fact, Set<Counter>> fact : facts.entrySet()) {
                add(query, choices, fact, figures);
            }
            return figures;
        }
        Fact listed = query.listed().fact;
        boolean ranked = wanted == null && canRank(query);
        Map<Key, Figures> figures =
                held(query, choices, listed, facts.getOrDefault(listed, Set.of(query.listed())), ranked);
        facts.remove(listed);
        for (Map.Entry<Fact, Set<Counter>> other : facts.entrySet()) {
            if (ranked) {
                add(query, choices, other, figures);
            } else {
                held(query, choices, other.getKey(), other.getValue(), false).forEach((key, more) -> {
                    if (wanted != null || query.attributes().isEmpty() || figures.containsKey(key)) {
                        figures.computeIfAbsent(key, of -> new Figures()).add(more);
                    }
                });
            }
        }
        return figures;
    }

    /** Only to figures that are there, so that there may be any number of rows. */
    private void add(Query query, List<Choice> choices, Map.Entry<Fact, Set<Counter>> fact, Map<Key, Figures> figures)
            throws SQLException {
        RawStatement statement = new RawStatement(query, choices, fact.getKey(), fact.getValue(), project);
        read(query, statement, fact.getValue(), figures::get);
    }

    /** Their numbers are those of groups until they are merged. */
    private static boolean hasErrorTypes(Query query) {
        return query.attributes().contains(Attribute.ERROR_TYPE);
    }

    /** Whether the database can tell which rows come first: it has each value as one number, and what they are ordered by. */
    private static boolean canRank(Query query) {
        Measure by = query.by();
        return by != null
                && by.isPlain()
                && !query.attributes().isEmpty()
                && !hasErrorTypes(query)
                && query.attributes().stream().noneMatch(Attribute::isTuple);
    }

    private Map<Key, Figures> held(Query query, List<Choice> choices, Fact fact, Set<Counter> counters, boolean ranked)
            throws SQLException, RefusedException {
        RawStatement statement = new RawStatement(query, choices, fact, counters, project);
        int rowsMax = limits.rowsMax() + 1;
        if (ranked) {
            statement.rank(query.listed(), query.ascending());
            rowsMax = Math.min(rowsMax, query.known());
        }
        statement.limit(rowsMax);
        Map<Key, Figures> figures = new HashMap<>();
        int found = read(query, statement, counters, key -> figures.computeIfAbsent(key, of -> new Figures()));
        if (found > limits.rowsMax()) {
            throw limits.tooManyRows();
        }
        return merged(query, figures);
    }

    /**
     * @param into the row's figures; null for none
     * @return how many rows were found
     */
    private int read(Query query, RawStatement statement, Set<Counter> counters, Function<Key, @Nullable Figures> into)
            throws SQLException {
        int[] found = new int[1];
        rows.each(
                statement.text(),
                row -> {
                    found[0]++;
                    Figures figures = into.apply(key(query, row));
                    if (figures != null) {
                        for (Counter counter : counters) {
                            figures.add(counter, row.getLong(counter.alias()));
                        }
                    }
                },
                statement.values());
        return found[0];
    }

    private Key key(Query query, ResultSet row) throws SQLException {
        long time = 0;
        if (query.interval() != null) {
            time = row.getLong(RawStatement.TIME);
            if (query.interval() == Interval.MONTH) {
                // YYYYMM
                time = time / 100 * 12 + time % 100 - 1;
            }
        }
        List<Attribute> attributes = query.attributes();
        long first = attributes.isEmpty() ? 0 : value(attributes.get(0), 0, row);
        long second = attributes.size() < 2 ? 0 : value(attributes.get(1), 1, row);
        return new Key(time, first, second);
    }

    private long value(Attribute attribute, int number, ResultSet row) throws SQLException {
        long[] parts = new long[3];
        int count = attribute.columns.size();
        for (int i = 0; i < count; i++) {
            String alias = RawStatement.alias(number, i);
            boolean country = attribute.columns.get(i).equals("country");
            parts[i] = country ? Choice.country(row.getString(alias)) : row.getLong(alias);
        }
        if (!attribute.isTuple()) {
            return parts[0];
        }
        return parts[count - 1] == 0 ? 0 : names.tuple(parts);
    }

    private Map<Key, Figures> merged(Query query, Map<Key, Figures> figures) throws SQLException {
        if (query.attributes().stream().noneMatch(Attribute::merges)) {
            return figures;
        }
        Attribute first = query.attributes().get(0);
        Attribute second = query.attributes().size() > 1 ? query.attributes().get(1) : first;
        names.learn(first, figures.keySet().stream().map(Key::first).toList());
        names.learn(second, figures.keySet().stream().map(Key::second).toList());
        Map<Key, Figures> merged = new HashMap<>();
        figures.forEach((key, one) -> {
            long other = query.attributes().size() > 1 ? names.merged(second, key.second()) : 0;
            Key of = new Key(key.time(), names.merged(first, key.first()), other);
            merged.computeIfAbsent(of, none -> new Figures()).add(one);
        });
        return merged;
    }
}

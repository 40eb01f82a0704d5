package io.micrologs.query.engine;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Answers from raw rows: any attributes and filters together, and as slow as there are many rows. Not thread-safe. */
final class RawReader {
    private final Rows rows;
    private final int project;
    private final Names names;

    RawReader(Rows rows, int project, Names names) {
        this.rows = rows;
        this.project = project;
        this.names = names;
    }

    /** @param all every value that has anything; else a list has those that have some of what it lists */
    Map<Key, Figures> read(Query query, List<Choice> choices, boolean all) throws SQLException, RefusedException {
        Map<Fact, Set<Counter>> facts = new EnumMap<>(Fact.class);
        for (Counter counter : query.counters()) {
            facts.computeIfAbsent(counter.fact, fact -> EnumSet.noneOf(Counter.class))
                    .add(counter);
        }
        Fact listed = query.listed().fact;
        Map<Key, Figures> figures =
                merged(query, read(query, choices, listed, facts.getOrDefault(listed, Set.of(query.listed()))));
        for (Map.Entry<Fact, Set<Counter>> other : facts.entrySet()) {
            if (other.getKey() != listed) {
                merged(query, read(query, choices, other.getKey(), other.getValue()))
                        .forEach((key, more) -> {
                            if (all || query.attributes().isEmpty() || figures.containsKey(key)) {
                                figures.computeIfAbsent(key, of -> new Figures())
                                        .add(more);
                            }
                        });
            }
        }
        return figures;
    }

    private Map<Key, Figures> read(Query query, List<Choice> choices, Fact fact, Set<Counter> counters)
            throws SQLException, RefusedException {
        RawStatement statement = new RawStatement(query, choices, fact, counters, project);
        Map<Key, Figures> figures = new HashMap<>();
        rows.each(
                statement.text(),
                row -> {
                    Key key = key(query, row);
                    // Beyond the most they are counted no more, and refused.
                    if (figures.size() <= Engine.ROWS_MAX) {
                        Figures one = figures.computeIfAbsent(key, of -> new Figures());
                        for (Counter counter : counters) {
                            one.add(counter, row.getLong(counter.alias()));
                        }
                    }
                },
                statement.values());
        if (figures.size() > Engine.ROWS_MAX) {
            throw new RefusedException(
                    "This has more than " + Engine.ROWS_MAX + " rows; ask for fewer dimensions, or with a filter");
        }
        return figures;
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

package io.micrologs.query.engine;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Turns the texts of filters into the numbers that rows have. Texts are bound, never part of a statement. */
final class Choices {
    /** Of one filter; so many error groups a project may have. */
    static final int VALUES_MAX = 10_001;

    private final Rows rows;
    private final int project;

    Choices(Rows rows, int project) {
        this.rows = rows;
        this.project = project;
    }

    /** One for each attribute that is filtered by. */
    List<Choice> of(List<Filter> filters) throws SQLException, RefusedException {
        Map<Attribute, Choice> choices = new EnumMap<>(Attribute.class);
        for (Filter filter : filters) {
            Attribute attribute = filter.attribute();
            Choice before = choices.getOrDefault(attribute, Choice.all(attribute));
            choices.put(attribute, before.and(filter.operator(), few(attribute, numbers(filter))));
        }
        return new ArrayList<>(choices.values());
    }

    private static Set<Long> few(Attribute attribute, Set<Long> values) throws RefusedException {
        if (values.size() > VALUES_MAX) {
            throw new RefusedException("The filter on " + attribute.key() + " matches more than " + VALUES_MAX
                    + " values; make it narrower");
        }
        return values;
    }

    private Set<Long> numbers(Filter filter) throws SQLException {
        Attribute attribute = filter.attribute();
        Operator operator = filter.operator();
        Set<Long> into = new TreeSet<>();
        List<String> texts = new ArrayList<>();
        for (String value : filter.values()) {
            if (value != null) {
                texts.add(value);
            } else if (attribute.known().isEmpty()) {
                into.add(0L);
            }
        }
        switch (attribute.kind) {
            case PAGE -> texts("page", "page_id", "url", operator, texts, into);
            case TERM, TUPLE, PLACE -> texts("term", "term_id", "value", operator, texts, into);
            case ERROR_TYPE -> look("error_group", "group_id", "error_type", operator, texts, into);
            case LINK -> look("link", "link_id", "code", operator, texts, into);
            case CATEGORY -> texts.forEach(text -> codes(Named.CATEGORIES, 0, operator, text, into));
            case DEVICE -> texts.forEach(text -> codes(Named.DEVICES, 0, operator, text, into));
            case SEVERITY -> texts.forEach(text -> codes(Named.SEVERITIES, 1, operator, text, into));
            case COUNTRY -> texts.forEach(text -> countries(operator, text, into));
            case NUMBER -> texts.forEach(text -> into.add(Long.parseLong(text)));
        }
        return into;
    }

    private static void codes(List<String> names, int first, Operator operator, String value, Set<Long> into) {
        for (int i = 0; i < names.size(); i++) {
            if (operator.matches(names.get(i), value)) {
                into.add((long) i + first);
            }
        }
    }

    private static void countries(Operator operator, String value, Set<Long> into) {
        for (char first = 'A'; first <= 'Z'; first++) {
            for (char second = 'A'; second <= 'Z'; second++) {
                if (operator.matches("" + first + second, value)) {
                    into.add((long) first << 8 | second);
                }
            }
        }
    }

    /** The number of a whole text is known; else the dictionary is gone through. */
    private void texts(String table, String id, String text, Operator operator, List<String> wanted, Set<Long> into)
            throws SQLException {
        if (operator.isOfWhole()) {
            wanted.forEach(value -> into.add(Names.number(value)));
        } else {
            look(table, id, text, operator, wanted, into);
        }
    }

    /** Once for all texts. With the length where all has to be equal, because a comparison alone pads with spaces. */
    private void look(String table, String id, String text, Operator operator, List<String> wanted, Set<Long> into)
            throws SQLException {
        if (wanted.isEmpty()) {
            return;
        }
        boolean whole = operator.isOfWhole();
        String condition = whole
                ? "(" + text + " = ? AND CHAR_LENGTH(" + text + ") = CHAR_LENGTH(?))"
                : text + " LIKE ? ESCAPE '!'";
        String sql = "SELECT " + id + " AS id FROM " + table + " WHERE project_id = ? AND ("
                + String.join(" OR ", Collections.nCopies(wanted.size(), condition)) + ") LIMIT ?";
        List<Object> values = new ArrayList<>(List.of(project));
        for (String value : wanted) {
            if (whole) {
                Collections.addAll(values, value, value);
            } else {
                String escaped = value.replace("!", "!!").replace("%", "!%").replace("_", "!_");
                values.add((operator == Operator.CONTAINS ? "%" : "") + escaped + "%");
            }
        }
        values.add(VALUES_MAX + 1);
        rows.each(sql, row -> into.add(row.getLong("id")), values.toArray());
    }

    /** What the values of a choice are in rollups. */
    Choice ofRollup(Choice choice) throws SQLException, RefusedException {
        Attribute attribute = choice.attribute();
        if (!attribute.isTuple()) {
            return choice;
        }
        Set<Long> tuples = new HashSet<>();
        List<Object> values = new ArrayList<>(List.of(project));
        Choice parts = Choice.all(attribute).and(Operator.IS, without(choice.values(), 0));
        // A tuple of another attribute that has the same text there is in no rollup of this one.
        if (choice.values().contains(0L)) {
            tuples.add(0L);
        }
        if (parts.values().isEmpty()) {
            return choice.with(tuples);
        }
        boolean pair = attribute.columns.size() == 2;
        String sql = "SELECT tuple_id FROM tuple WHERE project_id = ? AND "
                + parts.condition(pair ? "second_id" : "third_id", values) + (pair ? " AND third_id = 0" : "")
                + " LIMIT ?";
        values.add(VALUES_MAX + 1);
        rows.each(sql, row -> tuples.add(row.getLong("tuple_id")), values.toArray());
        return choice.with(few(attribute, tuples));
    }

    private static Set<Long> without(Set<Long> values, long value) {
        Set<Long> others = new TreeSet<>(values);
        others.remove(value);
        return others;
    }
}

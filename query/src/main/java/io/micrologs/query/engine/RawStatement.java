package io.micrologs.query.engine;

import java.time.Instant;
import java.time.zone.ZoneOffsetTransition;
import java.time.zone.ZoneRules;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** One statement over the raw rows of a fact; its text is made of constants, and all that was asked is bound. */
final class RawStatement {
    static final String TIME = "key_time";

    /** Around a view, where its visit may have begun, with a day for clocks that were set. */
    private static final long VISIT_BEFORE_MS = Coverage.VISIT_MS_MAX + 86_400_000;

    private static final long VISIT_AFTER_MS = 86_400_000;

    private final Query query;
    private final Fact fact;
    private final StringBuilder text = new StringBuilder();
    private final List<Object> values = new ArrayList<>();
    /** What it is grouped by, in the order of {@link Key}s. */
    private final List<String> keys = new ArrayList<>();

    RawStatement(Query query, List<Choice> choices, Fact fact, Set<Counter> counters, int project) {
        this.query = query;
        this.fact = fact;
        // In this order: from views to their visits by the whole key, and never the other way round, where there is
        // none.
        text.append("SELECT STRAIGHT_JOIN ");
        if (query.interval() != null) {
            text.append(time(query.interval())).append(" AS ").append(TIME).append(", ");
            keys.add(TIME);
        }
        for (int i = 0; i < query.attributes().size(); i++) {
            Attribute attribute = query.attributes().get(i);
            for (int j = 0; j < attribute.columns.size(); j++) {
                text.append(part(attribute, j))
                        .append(" AS ")
                        .append(alias(i, j))
                        .append(", ");
                keys.add(alias(i, j));
            }
        }
        List<String> counted = new ArrayList<>();
        counters.forEach(counter -> counted.add(counter.raw + " AS " + counter.alias()));
        text.append(String.join(", ", counted)).append("\nFROM ").append(fact.table);
        Set<String> aliases = new TreeSet<>();
        query.attributes().forEach(attribute -> aliases.add(attribute.alias(fact)));
        choices.forEach(choice -> aliases.add(choice.attribute().alias(fact)));
        if (fact == Fact.VIEW) {
            join(aliases, counters);
        }
        text.append("\nWHERE ")
                .append(fact.alias)
                .append(".project_id = ? AND ")
                .append(fact.time)
                .append(" >= ? AND ");
        text.append(fact.time).append(" < ?");
        Collections.addAll(values, project, query.days().fromMs(), query.days().untilMs());
        if (fact == Fact.CLICK) {
            text.append(" AND c.is_bot = FALSE");
        }
        for (Choice choice : choices) {
            Attribute attribute = choice.attribute();
            String column = column(attribute, attribute.columns.size() - 1);
            text.append("\n  AND ").append(choice.condition(known(column), values));
        }
        if (!keys.isEmpty()) {
            text.append("\nGROUP BY ").append(String.join(", ", keys));
        }
    }

    private void join(Set<String> aliases, Set<Counter> counters) {
        if (aliases.contains("p")) {
            text.append("\nLEFT JOIN page p ON p.project_id = v.project_id AND p.page_id = v.page_id");
        }
        if (aliases.contains("s")) {
            text.append("""

                    LEFT JOIN session s ON s.project_id = v.project_id AND s.session_token = v.session_token
                      AND s.started_ms = v.session_started_ms AND s.started_ms >= ? AND s.started_ms < ?""");
            values.add(query.days().fromMs() - VISIT_BEFORE_MS);
            values.add(query.days().untilMs() + VISIT_AFTER_MS);
        }
        if (counters.contains(Counter.NEWCOMERS)) {
            text.append("""

                    LEFT JOIN visitor n ON n.project_id = v.project_id AND n.visitor_id = v.visitor_id
                      AND n.first_seen_ms = v.received_ms""");
        }
    }

    /** Has the rows with most of this come first, or those with least, and leaves out those with none. */
    void rank(Counter by, boolean ascending) {
        text.append("\nHAVING ").append(by.alias()).append(" > 0\nORDER BY ").append(by.alias());
        text.append(ascending ? ", " : " DESC, ").append(String.join(", ", keys));
    }

    /** Cuts it off behind so many rows. */
    void limit(int rowsMax) {
        text.append("\nLIMIT ?");
        values.add(rowsMax);
    }

    String text() {
        return text.toString();
    }

    Object[] values() {
        return values.toArray();
    }

    static String alias(int attribute, int part) {
        return "key_" + attribute + "_" + part;
    }

    private String column(Attribute attribute, int part) {
        return attribute.alias(fact) + "." + attribute.columns.get(part);
    }

    private static String known(String column) {
        return "COALESCE(" + column + (column.endsWith(".country") ? ", '')" : ", 0)");
    }

    /** Where there is no city, it is none whatever the country is. */
    private String part(Attribute attribute, int part) {
        String column = column(attribute, part);
        int last = attribute.columns.size() - 1;
        if (part < last) {
            String none = column.endsWith(".country") ? "''" : "0";
            return "CASE WHEN " + column(attribute, last) + " IS NULL THEN " + none + " ELSE " + known(column) + " END";
        }
        // Here, since visitors of two codes with one name are not to be added up.
        return attribute.kind == Attribute.Kind.CATEGORY
                ? "CASE WHEN " + column + " = 6 THEN 4 ELSE " + known(column) + " END"
                : known(column);
    }

    private String time(Interval interval) {
        String time = switch (interval) {
            case DAY -> fact.day() + " + ?";
            case WEEK -> "(" + fact.day() + " + ? + 3) DIV 7";
            // The day number of 1970-01-01.
            case MONTH -> "EXTRACT(YEAR_MONTH FROM FROM_DAYS(" + fact.day() + " + ? + 719528))";
            case HOUR -> "(" + fact.time + " + " + offset() + ") DIV " + Interval.HOUR_MS + " + ?";
        };
        values.add(query.daysLater() * (interval == Interval.HOUR ? Interval.DAY_HOURS : 1));
        return time;
    }

    /** What the clock on the wall is ahead of UTC, in milliseconds. */
    private String offset() {
        ZoneRules rules = query.days().zone().getRules();
        Instant at = Instant.ofEpochMilli(query.days().fromMs());
        StringBuilder offsets = new StringBuilder();
        long offsetMs = rules.getOffset(at).getTotalSeconds() * 1_000L;
        ZoneOffsetTransition next = rules.nextTransition(at);
        while (next != null && next.toEpochSecond() * 1_000 < query.days().untilMs()) {
            offsets.append(" WHEN ").append(fact.time).append(" < ? THEN ?");
            values.add(next.toEpochSecond() * 1_000);
            values.add(offsetMs);
            offsetMs = next.getOffsetAfter().getTotalSeconds() * 1_000L;
            next = rules.nextTransition(next.getInstant());
        }
        values.add(offsetMs);
        return offsets.isEmpty() ? "?" : "CASE" + offsets + " ELSE ? END";
    }
}

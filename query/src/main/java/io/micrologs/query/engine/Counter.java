package io.micrologs.query.engine;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A number that measures are made of. All but the distinct ones can be added up. */
public enum Counter {
    VIEWS(Fact.VIEW, "events", "COUNT(*)"),
    /** Distinct. */
    VISITORS(Fact.VIEW, null, "COUNT(DISTINCT v.visitor_id)"),
    /** Visitors, when they were first seen. */
    NEWCOMERS(Fact.VIEW, "newcomers", "COUNT(DISTINCT n.visitor_id)"),
    VISITS(Fact.VISIT, "visits", "COUNT(*)"),
    VISIT_VIEWS(Fact.VISIT, "visit_views", "SUM(s.pageviews)"),
    BOUNCES(Fact.VISIT, "bounces", "SUM(CASE WHEN s.pageviews = 1 THEN 1 ELSE 0 END)"),
    DURATION_MS(Fact.VISIT, "duration_ms", "SUM(GREATEST(s.last_ms - s.started_ms, 0))"),
    /** The duration of visits that are no bounces. */
    ENGAGED_MS(
            Fact.VISIT,
            "engaged_ms",
            "SUM(CASE WHEN s.pageviews > 1 THEN GREATEST(s.last_ms - s.started_ms, 0) ELSE 0 END)"),
    ERRORS(Fact.ERROR, "events", "COUNT(*)"),
    /** Distinct groups of errors; rollups have a row for each, so that these are exact. */
    GROUPS(Fact.ERROR, null, "COUNT(DISTINCT e.group_id)"),
    AUDITS(Fact.AUDIT, "events", "COUNT(*)"),
    /** Of people. */
    CLICKS(Fact.CLICK, "events", "COUNT(*)"),
    /** Distinct addresses. */
    CLICKERS(Fact.CLICK, null, "COUNT(DISTINCT c.client_key)");

    final Fact fact;
    /** Of {@code rollup}; null for what is distinct, which is counted otherwise. */
    final @Nullable String column;
    /** Of the fact's raw rows. */
    final String raw;

    Counter(Fact fact, @Nullable String column, String raw) {
        this.fact = fact;
        this.column = column;
        this.raw = raw;
    }

    /** In statements; no column is called so. */
    String alias() {
        return "n_" + name().toLowerCase(Locale.ROOT);
    }

    boolean isDistinct() {
        return column == null;
    }
}

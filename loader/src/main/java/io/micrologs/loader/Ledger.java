package io.micrologs.loader;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Says of every event what became of it, so that accepted = all outcomes + pending. Single-threaded: loader thread. */
final class Ledger {

    private static final Table TABLE = Table.of("ledger", "loader_id", "project_id", "outcome", "events");

    /** Before a refusal's reason; together at most 32 characters. */
    private static final String REFUSED = "refused_";

    private final int loaderId;
    private final Map<Integer, EnumMap<Outcome, Long>> counts = new TreeMap<>();
    private final Map<Integer, Map<String, Long>> refusals = new TreeMap<>();

    Ledger(int loaderId) {
        this.loaderId = loaderId;
    }

    void begin() {
        counts.clear();
        refusals.clear();
    }

    void count(int projectId, Outcome outcome) {
        counts.computeIfAbsent(projectId, id -> new EnumMap<>(Outcome.class)).merge(outcome, 1L, Long::sum);
    }

    /** Requests that the edge refused: no accepted events, and no part of {@link #totals}. */
    void refused(int projectId, Map<String, Long> byReason) {
        Map<String, Long> ofProject = refusals.computeIfAbsent(projectId, id -> new TreeMap<>());
        byReason.forEach((reason, requests) -> ofProject.merge(REFUSED + reason, requests, Long::sum));
    }

    /** Over all projects. */
    Map<Outcome, Long> totals() {
        EnumMap<Outcome, Long> totals = new EnumMap<>(Outcome.class);
        counts.values().forEach(of -> of.forEach((outcome, events) -> totals.merge(outcome, events, Long::sum)));
        return totals;
    }

    void write(Connection connection, TableWriter writer) throws SQLException {
        List<@Nullable Object[]> rows = new ArrayList<>();
        counts.forEach((projectId, of) ->
                of.forEach((outcome, events) -> rows.add(new Object[] {loaderId, projectId, outcome.code, events})));
        refusals.forEach((projectId, of) ->
                of.forEach((code, requests) -> rows.add(new Object[] {loaderId, projectId, code, requests})));
        writer.upsert(connection, TABLE, "events = events + VALUES(events)", rows);
    }
}

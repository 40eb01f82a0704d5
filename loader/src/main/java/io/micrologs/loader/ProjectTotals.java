package io.micrologs.loader;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** How many rows a project has, so that listing projects counts none of them. Single-threaded: loader thread. */
final class ProjectTotals {

    private static final Table TABLE =
            Table.of("project_total", "project_id", "pageviews", "error_events", "audit_events");
    private static final int PAGEVIEWS = 0;
    private static final int ERRORS = 1;
    private static final int AUDITS = 2;

    private final Map<Integer, long[]> totals = new TreeMap<>();

    void begin() {
        totals.clear();
    }

    void pageview(int projectId) {
        of(projectId)[PAGEVIEWS]++;
    }

    void error(int projectId) {
        of(projectId)[ERRORS]++;
    }

    void audit(int projectId) {
        of(projectId)[AUDITS]++;
    }

    /** Views that are no longer there. */
    static void purged(Connection connection, int projectId, int pageviews) throws SQLException {
        Erasures.update(
                connection,
                "UPDATE project_total SET pageviews = pageviews - ? WHERE project_id = ?",
                pageviews,
                projectId);
    }

    private long[] of(int projectId) {
        return totals.computeIfAbsent(projectId, id -> new long[AUDITS + 1]);
    }

    void write(Connection connection, TableWriter writer) throws SQLException {
        List<@Nullable Object[]> rows = new ArrayList<>();
        totals.forEach((projectId, counts) ->
                rows.add(new Object[] {projectId, counts[PAGEVIEWS], counts[ERRORS], counts[AUDITS]}));
        writer.upsert(
                connection,
                TABLE,
                "pageviews = pageviews + VALUES(pageviews), error_events = error_events + VALUES(error_events),"
                        + " audit_events = audit_events + VALUES(audit_events)",
                rows);
    }
}

package io.micrologs.loader;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Removes what deleted projects and erased visitors left, piece by piece. Single-threaded: loader thread. */
final class Purge {
    /*
     * A piece is a transaction between two batches, sized to take about PIECE_MS. Nothing is kept of how far it got but in
     * memory: after a failure or a restart it begins again, and what is gone already costs no more than being looked for.
     *   project: DELETE … WHERE project_id = ? LIMIT n, table by table, which its primary keys begin with
     *   visitor: no key names it in the raw tables, so the project's rows are gone through in the order of their time, a
     *            window of so many rows a piece; a session is found by its first pageview
     */

    static final long CHECK_INTERVAL_MS = 1_000;

    private static final long PIECE_MS = 50;
    private static final int ROWS_FIRST = 1_000;
    private static final int ROWS_MIN = 100;
    private static final int ROWS_MAX = 20_000;
    private static final long LOG_INTERVAL_MS = 60_000;
    private static final Logger LOG = LoggerFactory.getLogger(Purge.class);

    /** All that have rows of a project, but for its tombstone and its lines in the ledger. */
    static final List<String> PROJECT_TABLES = List.of(
            "pageview",
            "session",
            "error_event",
            "audit_event",
            "link_click",
            "visitor",
            "visitor_alias",
            "visitor_fingerprint",
            "error_group",
            "page",
            "term",
            "stack",
            "link_total",
            "link",
            "erasure",
            "dead_letter",
            "project_total");

    private static final List<String> VISITOR_TABLES = List.of("pageview", "error_event", "audit_event");

    private final InstantSource clock;
    private final long checkIntervalMs;
    private long checkedMs;
    private long loggedMs;
    private long doneVersion = -1;
    private int rowsMax = ROWS_FIRST;
    private boolean cutOff;
    private @Nullable Work work;

    /** A project, or a visitor of one up to a time, and how far it got: which table, and which time in it. */
    private static final class Work {
        final int projectId;
        final Erasures.@Nullable Pending visitor;
        int table;
        long fromMs = -1;

        Work(int projectId, Erasures.@Nullable Pending visitor) {
            this.projectId = projectId;
            this.visitor = visitor;
        }
    }

    Purge(InstantSource clock, long checkIntervalMs) {
        this.clock = clock;
        this.checkIntervalMs = checkIntervalMs;
        this.checkedMs = clock.millis();
    }

    /** Whether a step may have something to do. */
    boolean isDue() {
        long nowMs = clock.millis();
        return work != null || nowMs - checkedMs >= checkIntervalMs || nowMs < checkedMs;
    }

    /** Whether the last step changed what is remembered of visitors. */
    boolean hasCutOff() {
        return cutOff;
    }

    /** Does one piece in the open transaction, if there is any. */
    void step(Connection connection) throws SQLException {
        cutOff = false;
        Work current = work;
        if (current == null) {
            checkedMs = clock.millis();
            findWork(connection);
            return;
        }
        long beganMs = clock.millis();
        Erasures.Pending visitor = current.visitor;
        boolean done = visitor == null ? project(connection, current) : visitor(connection, current, visitor);
        long tookMs = clock.millis() - beganMs;
        rowsMax = tookMs > PIECE_MS
                ? Math.max(ROWS_MIN, rowsMax / 2)
                : tookMs < PIECE_MS / 4 ? Math.min(ROWS_MAX, rowsMax * 2) : rowsMax;
        if (done) {
            work = null;
            // There may be more of them.
            checkedMs = clock.millis() - checkIntervalMs;
        }
    }

    void failed(SQLException failure) {
        work = null;
        cutOff = false;
        doneVersion = -1;
        checkedMs = clock.millis();
        if (checkedMs - loggedMs >= LOG_INTERVAL_MS || checkedMs < loggedMs) {
            loggedMs = checkedMs;
            LOG.warn("Purging has to begin again: {}", SqlFailures.brief(failure));
        }
    }

    private void findWork(Connection connection) throws SQLException {
        long version = number(connection, "SELECT version FROM control_version WHERE one = 1");
        if (version == doneVersion) {
            return;
        }
        cutOff = Erasures.unlink(connection, clock.millis());
        long projectId = number(
                connection,
                "SELECT project_id FROM project WHERE deleted_ms IS NOT NULL AND purged_ms IS NULL"
                        + " ORDER BY project_id LIMIT 1");
        if (projectId > 0) {
            work = new Work((int) projectId, null);
            return;
        }
        List<Erasures.Pending> visitors = Erasures.pending(connection, false);
        if (visitors.isEmpty()) {
            doneVersion = version;
        } else {
            work = new Work(visitors.get(0).projectId(), visitors.get(0));
        }
    }

    /** 0 when there is no row. */
    private static long number(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            return row.next() ? row.getLong(1) : 0;
        }
    }

    private boolean project(Connection connection, Work current) throws SQLException {
        if (current.table < PROJECT_TABLES.size()) {
            String sql = "DELETE FROM " + PROJECT_TABLES.get(current.table) + " WHERE project_id = ? LIMIT " + rowsMax;
            if (Erasures.update(connection, sql, current.projectId) < rowsMax) {
                current.table++;
            }
            return false;
        }
        Erasures.update(
                connection, "UPDATE project SET purged_ms = ? WHERE project_id = ?", clock.millis(), current.projectId);
        LOG.info("All rows of deleted project {} are gone", current.projectId);
        return true;
    }

    private boolean visitor(Connection connection, Work current, Erasures.Pending visitor) throws SQLException {
        if (current.table < VISITOR_TABLES.size()) {
            String table = VISITOR_TABLES.get(current.table);
            long untilMs = windowEnd(connection, table, current, visitor);
            Object[] window = {current.projectId, current.fromMs, untilMs, visitor.visitorId()};
            if (table.equals("pageview")) {
                pageviews(connection, current.projectId, visitor.visitorId(), window);
            } else {
                Erasures.update(
                        connection,
                        "UPDATE " + table + " SET visitor_id = NULL, session_token = NULL" + WINDOW,
                        window);
            }
            current.fromMs = untilMs;
            if (untilMs == visitor.erasedMs()) {
                current.table++;
                current.fromMs = -1;
            }
            return false;
        }
        // Not if it was asked for again meanwhile.
        Erasures.update(
                connection,
                "UPDATE erasure SET purged_ms = ? WHERE project_id = ? AND visitor_id = ? AND erased_ms = ?"
                        + " AND unlinked_ms IS NOT NULL",
                clock.millis(),
                current.projectId,
                visitor.visitorId(),
                visitor.erasedMs());
        LOG.info("All rows of an erased visitor of project {} are gone", current.projectId);
        return true;
    }

    private static final String WINDOW =
            " WHERE project_id = ? AND received_ms > ? AND received_ms <= ? AND visitor_id = ?";

    private long windowEnd(Connection connection, String table, Work current, Erasures.Pending visitor)
            throws SQLException {
        long end = number(
                connection,
                "SELECT received_ms FROM " + table + " WHERE project_id = " + current.projectId + " AND received_ms > "
                        + current.fromMs + " AND received_ms <= " + visitor.erasedMs()
                        + " ORDER BY received_ms, sequence LIMIT 1 OFFSET " + rowsMax);
        return end == 0 ? visitor.erasedMs() : end;
    }

    private static void pageviews(Connection connection, int projectId, long visitorId, Object[] window)
            throws SQLException {
        List<@Nullable Object[]> sessions = new ArrayList<>();
        try (PreparedStatement select = connection.prepareStatement(
                "SELECT DISTINCT session_token, session_started_ms FROM pageview" + WINDOW)) {
            for (int i = 0; i < window.length; i++) {
                select.setObject(i + 1, window[i]);
            }
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    sessions.add(new Object[] {projectId, rows.getLong(1), rows.getLong(2), visitorId});
                }
            }
        }
        TableWriter.batch(
                connection,
                "DELETE FROM session WHERE project_id = ? AND session_token = ? AND started_ms = ? AND visitor_id = ?",
                sessions);
        int views = Erasures.update(connection, "DELETE FROM pageview" + WINDOW, window);
        ProjectTotals.purged(connection, projectId, views);
    }
}

package io.micrologs.loader;

import io.micrologs.loader.ErasedViews.Erased;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Removes what deleted projects and erased visitors left, piece by piece. Single-threaded: loader thread. */
final class Purge {
    /*
     * A piece is a transaction between two batches, sized to take about PIECE_MS. Nothing is kept of how far it got but in
     * memory: after a failure or a restart it begins again, and what is gone already costs no more than being looked for.
     *   project: DELETE … WHERE project_id = ? LIMIT n, table after table, which its primary keys begin with
     *   visitor: no key names one in the raw tables, so the project's rows are gone through in the order of their time, a
     *            window of so many rows a piece, once for up to 500 that are to go up to the same time, as the aliases of
     *            one do; sessions are found by their pageviews
     */

    static final long CHECK_INTERVAL_MS = 1_000;

    private static final SecureRandom RANDOM = new SecureRandom();
    private static final long PIECE_MS = 50;
    private static final int ROWS_FIRST = 1_000;
    private static final int ROWS_MIN = 100;
    private static final int ROWS_MAX = 20_000;
    private static final Logger LOG = LoggerFactory.getLogger(Purge.class);

    /** All that have rows of a project, but for its tombstone and its lines in the ledger. */
    static final List<String> PROJECT_TABLES = List.of(
            // First, so that nothing is made again behind it.
            "rollup_rebuild",
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
            "tuple",
            "rollup",
            "sketch",
            "rollup_closed",
            "link_total",
            "link",
            "erasure",
            "dead_letter",
            "project_total",
            "dropped_rows");

    private static final List<String> VISITOR_TABLES = List.of("pageview", "error_event", "audit_event");

    private final InstantSource clock;
    private final long checkIntervalMs;
    /** Of this only what is told: what is to go is looked for again with the next check. */
    private final Setback setback;

    private long checkedMs;
    private long doneVersion = -1;
    private int rowsMax = ROWS_FIRST;
    private boolean cutOff;
    private @Nullable Work work;

    /** A project, or visitors of one up to a time, and how far it got: which table, and which time in it. */
    private static final class Work {
        final int projectId;
        final @Nullable Erased visitors;
        int table;
        long fromMs = -1;

        Work(int projectId, @Nullable Erased visitors) {
            this.projectId = projectId;
            this.visitors = visitors;
        }
    }

    Purge(InstantSource clock, long checkIntervalMs) {
        this.clock = clock;
        this.checkIntervalMs = checkIntervalMs;
        this.setback = new Setback("deletions and erasures", clock, checkIntervalMs, checkIntervalMs);
        this.checkedMs = clock.millis();
    }

    /** Whether a step may have something to do. */
    boolean isDue() {
        long nowMs = clock.millis();
        return work != null || nowMs - checkedMs >= checkIntervalMs || nowMs < checkedMs;
    }

    /** Whether there is more of what it has begun. */
    boolean isWorking() {
        return work != null;
    }

    /** Whether that is a project of which all tables but the first are there still. Nothing is counted of it any more. */
    boolean isBeginningProject() {
        Work current = work;
        return current != null && current.visitors == null && current.table == 0;
    }

    /** Whether the last step changed what is remembered of visitors and sessions. */
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
        Erased visitors = current.visitors;
        boolean done = visitors == null ? project(connection, current) : visitors(connection, current, visitors);
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
        setback.failed(failure);
    }

    /** What the last step did is committed. */
    void committed() {
        setback.over();
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
            Erasures.Pending first = visitors.get(0);
            List<Long> together = visitors.stream()
                    .filter(v -> v.projectId() == first.projectId() && v.erasedMs() == first.erasedMs())
                    .map(Erasures.Pending::visitorId)
                    .toList();
            work = new Work(first.projectId(), new Erased(first.projectId(), together, first.erasedMs()));
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
            int left = rowsMax;
            while (left > 0 && current.table < PROJECT_TABLES.size()) {
                String sql = "DELETE FROM " + PROJECT_TABLES.get(current.table) + " WHERE project_id = ? LIMIT " + left;
                left -= Erasures.update(connection, sql, current.projectId);
                // Most have little or nothing: a transaction for each would be many that can fail.
                current.table += left > 0 ? 1 : 0;
            }
            return false;
        }
        blank(connection, current.projectId);
        LOG.info("All rows of deleted project {} are gone", current.projectId);
        return true;
    }

    /** The tombstone keeps nothing but the number; nobody knows the keys that take the place of its own. */
    private void blank(Connection connection, int projectId) throws SQLException {
        byte[] publicKey = new byte[16];
        byte[] secretKeyHash = new byte[32];
        RANDOM.nextBytes(publicKey);
        RANDOM.nextBytes(secretKeyHash);
        Erasures.update(
                connection,
                "UPDATE project SET purged_ms = ?, name = '', allowed_domains = '[]', settings = '{}', public_key = ?,"
                        + " secret_key_hash = ? WHERE project_id = ?",
                clock.millis(),
                HexFormat.of().formatHex(publicKey),
                secretKeyHash,
                projectId);
    }

    private boolean visitors(Connection connection, Work current, Erased visitors) throws SQLException {
        if (current.table < VISITOR_TABLES.size()) {
            String table = VISITOR_TABLES.get(current.table);
            long untilMs = windowEnd(connection, table, current, visitors.untilMs());
            String where = WINDOW + " AND visitor_id IN (" + visitors.list() + ")";
            Object[] window = {current.projectId, current.fromMs, untilMs};
            if (table.equals("pageview")) {
                cutOff = ErasedViews.delete(connection, visitors, where, window);
            } else {
                Erasures.update(
                        connection, "UPDATE " + table + " SET visitor_id = NULL, session_token = NULL" + where, window);
            }
            current.fromMs = untilMs;
            if (untilMs == visitors.untilMs()) {
                current.table++;
                current.fromMs = -1;
            }
            return false;
        }
        // Not if it was asked for again meanwhile.
        Erasures.update(
                connection,
                "UPDATE erasure SET purged_ms = ? WHERE project_id = ? AND erased_ms = ? AND unlinked_ms IS NOT NULL"
                        + " AND visitor_id IN (" + visitors.list() + ")",
                clock.millis(),
                current.projectId,
                visitors.untilMs());
        LOG.info(
                "All rows of {} erased visitor(s) of project {} are gone",
                visitors.ids().size(),
                current.projectId);
        return true;
    }

    private static final String WINDOW = " WHERE project_id = ? AND received_ms > ? AND received_ms <= ?";

    private long windowEnd(Connection connection, String table, Work current, long lastMs) throws SQLException {
        long end = number(
                connection,
                "SELECT received_ms FROM " + table + " WHERE project_id = " + current.projectId + " AND received_ms > "
                        + current.fromMs + " AND received_ms <= " + lastMs
                        + " ORDER BY received_ms, sequence LIMIT 1 OFFSET " + rowsMax);
        return end == 0 ? lastMs : end;
    }
}

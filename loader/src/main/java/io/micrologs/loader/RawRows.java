package io.micrologs.loader;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Counts raw rows of a project, a piece at a time, as {@link Tally} counts a batch. Not thread-safe; its connection can do
 * nothing else until it is closed.
 */
final class RawRows implements AutoCloseable {

    private static final String VISIT =
            Visit.COLUMNS.stream().map(c -> "s." + c).collect(Collectors.joining(", "));
    private static final int VIEW_VISIT_AT = 13;
    private static final int SESSION_VISIT_AT = 7;

    private static final String VIEWS = """
            SELECT v.received_ms, v.day, v.visitor_id, v.page_id, v.category, v.referrer_id, p.utm_source_id,
              p.utm_medium_id, p.utm_campaign_id, p.utm_content_id, p.utm_term_id, n.visitor_id IS NOT NULL,
              %s
            FROM pageview v
            LEFT JOIN page p ON p.project_id = v.project_id AND p.page_id = v.page_id
            LEFT JOIN session s ON s.project_id = v.project_id AND s.session_token = v.session_token
              AND s.started_ms = v.session_started_ms
            LEFT JOIN visitor n ON n.project_id = v.project_id AND n.visitor_id = v.visitor_id
              AND n.first_seen_ms = v.received_ms
            WHERE v.project_id = :project AND v.received_ms >= :from AND v.received_ms < :to""".formatted(VISIT);

    private static final String SESSIONS = """
            SELECT s.started_ms, s.day, s.last_ms, s.pageviews, s.entry_page_id, s.exit_page_id, %s
            FROM session s
            WHERE s.project_id = :project AND s.started_ms >= :from AND s.started_ms < :to""".formatted(VISIT);

    private static final String ERRORS = """
            SELECT received_ms, day, group_id, severity, environment
            FROM error_event
            WHERE project_id = :project AND received_ms >= :from AND received_ms < :to""";

    private static final String AUDITS = """
            SELECT received_ms, day
            FROM audit_event
            WHERE project_id = :project AND received_ms >= :from AND received_ms < :to""";

    private static final String CLICKS = """
            SELECT received_ms, day, link_id, client_key
            FROM link_click
            WHERE project_id = :project AND received_ms >= :from AND received_ms < :to AND is_bot = FALSE""";

    @FunctionalInterface
    private interface RowCounter {
        void count(ResultSet row) throws SQLException;
    }

    private record Query(String sql, RowCounter counter) {}

    private final Connection connection;
    private final int projectId;
    private final long fromMs;
    private final long toMs;
    /** The only one that counts; all when null. */
    private final @Nullable Integer day;

    private final Tuples tuples;
    private final Tally into;
    private final Deque<Query> queries;
    /** Of the views read so far: one who has two in the same millisecond is new once. */
    private final Set<Long> newcomers = new HashSet<>();

    private @Nullable Statement statement;
    private @Nullable ResultSet rows;

    private RawRows(
            Connection connection,
            int projectId,
            long fromMs,
            long toMs,
            @Nullable Integer day,
            Tuples tuples,
            Tally into) {
        this.connection = connection;
        this.projectId = projectId;
        this.fromMs = fromMs;
        this.toMs = toMs;
        this.day = day;
        this.tuples = tuples;
        this.into = into;
        this.queries = new ArrayDeque<>();
    }

    /** Everything of a day, which lies within these times. */
    static RawRows ofDay(
            Connection connection, int projectId, long fromMs, long toMs, int day, Tuples tuples, Tally into) {
        RawRows raw = new RawRows(connection, projectId, fromMs, toMs, day, tuples, into);
        raw.queries.addAll(List.of(
                new Query(SESSIONS, raw::session),
                new Query(VIEWS, row -> raw.view(row, true)),
                new Query(ERRORS, raw::error),
                new Query(AUDITS, raw::audit),
                new Query(CLICKS, row -> raw.click(row, true))));
        return raw;
    }

    /** Only who is in the sketches. */
    static RawRows visitors(Connection connection, int projectId, long fromMs, long toMs, Tuples tuples, Tally into) {
        RawRows raw = new RawRows(connection, projectId, fromMs, toMs, null, tuples, into);
        raw.queries.addAll(List.of(
                new Query(VIEWS, row -> raw.view(row, false)), new Query(CLICKS, row -> raw.click(row, false))));
        return raw;
    }

    /** Reads at most so many rows; true when there are no more. */
    boolean read(int rowsMax) throws SQLException {
        ResultSet current = rows;
        Query query = queries.peek();
        if (query == null) {
            return true;
        }
        if (current == null) {
            Statement opened = connection.createStatement(ResultSet.TYPE_FORWARD_ONLY, ResultSet.CONCUR_READ_ONLY);
            statement = opened;
            // Row by row: there may be millions.
            opened.setFetchSize(Integer.MIN_VALUE);
            current = opened.executeQuery(query.sql
                    .replace(":project", Integer.toString(projectId))
                    .replace(":from", Long.toString(fromMs))
                    .replace(":to", Long.toString(toMs)));
            rows = current;
        }
        for (int i = 0; i < rowsMax; i++) {
            if (!current.next()) {
                finish();
                return queries.isEmpty();
            }
            if (day == null || current.getInt(2) == day) {
                query.counter.count(current);
            }
        }
        return false;
    }

    private void finish() throws SQLException {
        queries.remove();
        rows = null;
        if (statement != null) {
            statement.close();
            statement = null;
        }
    }

    private void session(ResultSet row) throws SQLException {
        long startedMs = row.getLong(1);
        Tally.Extent extent = new Tally.Extent(row.getInt(4), Math.max(0, row.getLong(3) - startedMs), row.getLong(6));
        Visit visit = Visit.read(projectId, row, SESSION_VISIT_AT, tuples);
        into.visit(projectId, row.getInt(2), startedMs, row.getLong(5), visit, Tally.Extent.NONE, extent, 0);
    }

    private void view(ResultSet row, boolean counts) throws SQLException {
        long timeMs = row.getLong(1);
        long[] own = new long[Dimension.OWN];
        for (int i = 0; i < Dimension.OWN - 1; i++) {
            own[i] = row.getLong(5 + i);
        }
        own[Dimension.OWN - 1] = Visit.campaign(projectId, own[2], own[3], own[4], tuples);
        Tally.View view = new Tally.View(projectId, row.getInt(2), timeMs, row.getLong(3), row.getLong(4), own);
        Visit visit = Visit.read(projectId, row, VIEW_VISIT_AT, tuples);
        into.visitor(view, visit, Tally.Told.NOTHING);
        if (counts) {
            into.view(view, visit);
            if (row.getBoolean(12) && newcomers.add(view.visitorId())) {
                into.newcomer(projectId, view.day(), timeMs);
            }
        }
    }

    private void error(ResultSet row) throws SQLException {
        into.error(projectId, row.getInt(2), row.getLong(1), row.getInt(3), row.getInt(4), row.getInt(5));
    }

    private void audit(ResultSet row) throws SQLException {
        into.audit(projectId, row.getInt(2), row.getLong(1));
    }

    private void click(ResultSet row, boolean counts) throws SQLException {
        into.clicker(projectId, row.getInt(2), row.getInt(3), row.getLong(4));
        if (counts) {
            into.click(projectId, row.getInt(2), row.getLong(1), row.getInt(3));
        }
    }

    /** What was not read to its end is read to its end by this, unless the connection was aborted before. */
    @Override
    public void close() throws SQLException {
        queries.clear();
        rows = null;
        if (statement != null) {
            statement.close();
            statement = null;
        }
    }
}

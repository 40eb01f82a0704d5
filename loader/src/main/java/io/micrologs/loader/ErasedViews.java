package io.micrologs.loader;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The pageviews of erased visitors, and the sessions that counted them. Single-threaded: loader thread.
 *
 * <p>A session is mostly one visitor's and goes with its last pageview. People who share a token share sessions: what is
 * left of one goes to the first of those who are left in it. To find them costs a look at the project's pageviews between
 * the session's first and last time, so it is done for those only that are not gone.
 */
final class ErasedViews {

    private static final String OF_SESSION = " WHERE project_id = ? AND session_token = ? AND started_ms = ?";

    private static final String LEFT = """
            SELECT visitor_id, page_id
            FROM pageview
            WHERE project_id = ? AND received_ms >= ? AND received_ms <= ? AND session_token = ? AND session_started_ms = ?
            AND NOT (visitor_id IN (%1$s) AND received_ms <= ?)
            ORDER BY received_ms%2$s, sequence%2$s
            LIMIT 1""";

    private ErasedViews() {}

    /** Visitors of one project whose data up to one time is to go. */
    record Erased(int projectId, List<Long> ids, long untilMs) {
        /** For an IN (…): they are numbers of ours. */
        String list() {
            return ids.stream().map(String::valueOf).collect(Collectors.joining(","));
        }
    }

    private record SessionKey(long token, long startedMs) {}

    private record Shared(SessionKey key, long lastMs, long visitorId) {}

    private record View(long visitorId, long pageId) {}

    /**
     * Deletes the visitors' views in a window.
     *
     * @param where the window as a WHERE clause, with its values
     * @return whether a session that goes on has changed, so that what is remembered of it is no longer true
     */
    static boolean delete(Connection connection, Erased visitors, String where, Object[] window) throws SQLException {
        int projectId = visitors.projectId();
        Set<SessionKey> touched = new HashSet<>();
        List<@Nullable Object[]> fewer = new ArrayList<>();
        List<@Nullable Object[]> keys = new ArrayList<>();
        try (PreparedStatement select = connection.prepareStatement("SELECT session_token, session_started_ms, COUNT(*)"
                + " FROM pageview" + where + " GROUP BY session_token, session_started_ms")) {
            TableWriter.bind(select, window);
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    SessionKey key = new SessionKey(rows.getLong(1), rows.getLong(2));
                    touched.add(key);
                    fewer.add(new Object[] {rows.getInt(3), projectId, key.token(), key.startedMs()});
                    keys.add(new Object[] {projectId, key.token(), key.startedMs()});
                }
            }
        }
        if (touched.isEmpty()) {
            return false;
        }
        recount(connection, projectId, where, window, touched);
        int views = Erasures.update(connection, "DELETE FROM pageview" + where, window);
        ProjectTotals.purged(connection, projectId, views);
        TableWriter.batch(
                connection, "UPDATE session SET pageviews = pageviews - LEAST(pageviews, ?)" + OF_SESSION, fewer);
        TableWriter.batch(connection, "DELETE FROM session" + OF_SESSION + " AND pageviews = 0", keys);
        boolean changed = false;
        for (Shared session : left(connection, projectId, touched)) {
            changed |= handOver(connection, visitors, session);
        }
        return changed;
    }

    /** The days of the views, and those on which their visits began. */
    private static void recount(
            Connection connection, int projectId, String where, Object[] window, Set<SessionKey> touched)
            throws SQLException {
        Set<Integer> days = new TreeSet<>();
        try (PreparedStatement select = connection.prepareStatement("SELECT DISTINCT day FROM pageview" + where)) {
            TableWriter.bind(select, window);
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    days.add(rows.getInt(1));
                }
            }
        }
        Projects.Calendar calendar = Projects.calendar(connection, projectId);
        if (calendar == null) {
            return;
        }
        touched.forEach(session -> days.add(calendar.day(session.startedMs())));
        for (int day : days) {
            RebuildRequests.add(connection, projectId, day);
        }
    }

    private static List<Shared> left(Connection connection, int projectId, Set<SessionKey> touched)
            throws SQLException {
        Wanted wanted = new Wanted();
        long firstMs = Long.MAX_VALUE;
        long lastMs = Long.MIN_VALUE;
        for (SessionKey key : touched) {
            wanted.add(projectId, key.token());
            firstMs = Math.min(firstMs, key.startedMs());
            lastMs = Math.max(lastMs, key.startedMs());
        }
        List<Shared> left = new ArrayList<>();
        String sql = """
                SELECT session_token, started_ms, last_ms, visitor_id
                FROM session
                WHERE project_id = :project AND session_token IN (:ids)
                AND started_ms >= %d AND started_ms <= %d""".formatted(firstMs, lastMs);
        wanted.select(connection, sql, (project, row) -> {
            SessionKey key = new SessionKey(row.getLong(1), row.getLong(2));
            if (touched.contains(key)) {
                left.add(new Shared(key, row.getLong(3), row.getLong(4)));
            }
        });
        return left;
    }

    /** False when all that is left is the visitors' own, in a later window. */
    private static boolean handOver(Connection connection, Erased visitors, Shared session) throws SQLException {
        View first = view(connection, visitors, session, "");
        View last = view(connection, visitors, session, " DESC");
        if (first == null || last == null) {
            return false;
        }
        Erasures.update(
                connection,
                "UPDATE session SET visitor_id = ?, entry_page_id = ?, exit_page_id = ?" + OF_SESSION,
                visitors.ids().contains(session.visitorId()) ? first.visitorId() : session.visitorId(),
                first.pageId(),
                last.pageId(),
                visitors.projectId(),
                session.key().token(),
                session.key().startedMs());
        return true;
    }

    private static @Nullable View view(Connection connection, Erased visitors, Shared session, String direction)
            throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(LEFT.formatted(visitors.list(), direction))) {
            TableWriter.bind(
                    select,
                    visitors.projectId(),
                    session.key().startedMs(),
                    session.lastMs(),
                    session.key().token(),
                    session.key().startedMs(),
                    visitors.untilMs());
            try (ResultSet row = select.executeQuery()) {
                return row.next() ? new View(row.getLong(1), row.getLong(2)) : null;
            }
        }
    }
}

package io.micrologs.loader;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashSet;
import java.util.Set;

/**
 * The same visitor on the same URL within 300 s of the last counted view is a repeat. Single-threaded: loader thread.
 *
 * <p>The table cannot be asked view by view (it has no key for it); a project's last 300 seconds are read from it once,
 * when its first event comes after a start, and kept up in memory from then on.
 */
final class Repeats {

    private final RecentViews views;
    private final Set<Integer> warmed = new HashSet<>();

    Repeats(int recentViewsMax) {
        views = new RecentViews(recentViewsMax);
    }

    void lookUp(Connection connection, Set<Integer> projectIds, long firstMs, long lastMs, Erasures erasures)
            throws SQLException {
        for (int projectId : projectIds) {
            if (warmed.add(projectId)) {
                warm(connection, projectId, firstMs, lastMs, erasures);
            }
        }
    }

    private void warm(Connection connection, int projectId, long firstMs, long lastMs, Erasures erasures)
            throws SQLException {
        String sql = "SELECT visitor_id, page_id, received_ms FROM pageview WHERE project_id = " + projectId
                + " AND received_ms > " + (firstMs - RecentViews.WINDOW_MS) + " AND received_ms <= " + lastMs
                + " ORDER BY received_ms, sequence";
        try (Statement statement =
                connection.createStatement(ResultSet.TYPE_FORWARD_ONLY, ResultSet.CONCUR_READ_ONLY)) {
            // Row by row: there may be millions.
            statement.setFetchSize(Integer.MIN_VALUE);
            try (ResultSet rows = statement.executeQuery(sql)) {
                while (rows.next()) {
                    if (!erasures.isErased(projectId, rows.getLong(1), rows.getLong(3))) {
                        views.counted(projectId, rows.getLong(1), rows.getLong(2), rows.getLong(3));
                    }
                }
            }
        }
    }

    /** Whether the view is a repeat; if not, it is the last counted one from now on. */
    boolean isRepeatOrCount(int projectId, long visitorId, long pageId, long timeMs) {
        if (views.isRepeat(projectId, visitorId, pageId, timeMs)) {
            return true;
        }
        views.counted(projectId, visitorId, pageId, timeMs);
        return false;
    }

    long evictions() {
        return views.evictions();
    }

    void forget() {
        views.clear();
        warmed.clear();
    }
}

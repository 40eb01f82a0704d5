package io.micrologs.loader;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which projects exist, and the calendar of each. Single-threaded: loader thread. */
final class Projects {

    private final Map<Integer, @Nullable Calendar> known = new HashMap<>();
    private long controlVersion = -1;

    /** Whatever changes a project raises the control version, so what is known stands until that moves. */
    void lookUp(Connection connection, Set<Integer> projectIds) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            try (ResultSet row = statement.executeQuery("SELECT version FROM control_version WHERE one = 1")) {
                long version = row.next() ? row.getLong(1) : 0;
                if (version != controlVersion) {
                    known.clear();
                    controlVersion = version;
                }
            }
            for (int projectId : projectIds) {
                if (!known.containsKey(projectId)) {
                    known.put(projectId, read(statement, projectId));
                }
            }
        }
    }

    private static @Nullable Calendar read(Statement statement, int projectId) throws SQLException {
        String sql = "SELECT time_zone FROM project WHERE deleted_ms IS NULL AND project_id = " + projectId;
        try (ResultSet row = statement.executeQuery(sql)) {
            return row.next() ? new Calendar(zone(row.getString(1))) : null;
        }
    }

    private static ZoneId zone(String name) {
        try {
            return ZoneId.of(name);
        } catch (DateTimeException e) {
            // A zone that this Java does not know (yet) must not stop every project's loading.
            return ZoneOffset.UTC;
        }
    }

    /** Null for a project that is deleted or was never there. */
    @Nullable
    Calendar calendar(int projectId) {
        return known.get(projectId);
    }

    void forget() {
        known.clear();
        controlVersion = -1;
    }

    /** Days of one time zone; remembers the bounds of the last one, since most events are of the same day. */
    static final class Calendar {

        private final ZoneId zone;
        private long fromMs;
        private long untilMs;
        private int day;

        Calendar(ZoneId zone) {
            this.zone = zone;
        }

        /** Days since 1970-01-01. */
        int day(long timeMs) {
            if (timeMs < fromMs || timeMs >= untilMs) {
                var date = Instant.ofEpochMilli(timeMs).atZone(zone).toLocalDate();
                day = (int) date.toEpochDay();
                fromMs = date.atStartOfDay(zone).toInstant().toEpochMilli();
                untilMs = date.plusDays(1).atStartOfDay(zone).toInstant().toEpochMilli();
            }
            return day;
        }
    }
}

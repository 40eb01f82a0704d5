package io.micrologs.loader;

import io.micrologs.loader.referrer.OwnSite;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which projects exist, and the calendar and the domains of each. Single-threaded: loader thread. */
final class Projects {

    private final Map<Integer, @Nullable Project> known = new HashMap<>();
    private final Set<Integer> deleted = new HashSet<>();
    private long controlVersion = -1;

    /**
     * Whatever changes a control table raises the control version, so what is known stands until that moves.
     *
     * @return whether it did
     */
    boolean lookUp(Connection connection, Set<Integer> projectIds) throws SQLException {
        boolean changed = false;
        try (Statement statement = connection.createStatement()) {
            try (ResultSet row = statement.executeQuery("SELECT version FROM control_version WHERE one = 1")) {
                long version = row.next() ? row.getLong(1) : 0;
                if (version != controlVersion) {
                    known.clear();
                    deleted.clear();
                    controlVersion = version;
                    changed = true;
                }
            }
            for (int projectId : projectIds) {
                if (!known.containsKey(projectId)) {
                    known.put(projectId, read(statement, projectId));
                }
            }
        }
        return changed;
    }

    private @Nullable Project read(Statement statement, int projectId) throws SQLException {
        String sql = "SELECT time_zone, allowed_domains, deleted_ms IS NOT NULL FROM project WHERE project_id = "
                + projectId;
        try (ResultSet row = statement.executeQuery(sql)) {
            if (!row.next()) {
                return null;
            }
            if (row.getBoolean(3)) {
                deleted.add(projectId);
                return null;
            }
            return new Project(new Calendar(zone(row.getString(1))), new OwnSite(texts(row.getString(2))));
        }
    }

    /** The texts of a JSON array of host names, which need no escapes; one that has some is no host and matches none. */
    static List<String> texts(String json) {
        List<String> texts = new ArrayList<>();
        int from = -1;
        for (int at = 0; at < json.length(); at++) {
            char c = json.charAt(at);
            if (c == '\\') {
                at++;
            } else if (c == '"') {
                if (from >= 0) {
                    texts.add(json.substring(from, at));
                }
                from = from >= 0 ? -1 : at + 1;
            }
        }
        return texts;
    }

    /** Of one project; null when it is deleted or was never there. */
    static @Nullable Calendar calendar(Connection connection, int projectId) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT time_zone FROM project WHERE deleted_ms IS NULL AND project_id = " + projectId)) {
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
    Project get(int projectId) {
        return known.get(projectId);
    }

    /** Whether it was there once. A number of a damaged record may be none. */
    boolean isDeleted(int projectId) {
        return deleted.contains(projectId);
    }

    void forget() {
        known.clear();
        deleted.clear();
        controlVersion = -1;
    }

    record Project(Calendar calendar, OwnSite site) {}

    /** Days of one time zone; remembers the bounds of the last one, since most events are of the same day. */
    static final class Calendar {

        private final ZoneId zone;
        private long fromMs;
        private long untilMs;
        private int day;

        Calendar(ZoneId zone) {
            this.zone = zone;
        }

        /** When a day begins. */
        long startMs(int ofDay) {
            return LocalDate.ofEpochDay(ofDay).atStartOfDay(zone).toInstant().toEpochMilli();
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

package io.micrologs.loader;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/**
 * Days whose rollups and sketches are to be made again from the raw rows. Whoever wants it writes a row; the loader does
 * it between batches ({@link Rebuild}) and moves the row's {@code next_day} on with each day, until it deletes it.
 */
public final class RebuildRequests {

    /** The table's columns are unsigned numbers of 24 bits, of which these are enough. */
    private static final int DAY_MAX = 8_388_607;

    private RebuildRequests() {}

    /**
     * @param doneDays how many of its days are done
     * @param days how many it has; 0 when that is not known, as long as no loader has seen it
     */
    public record Request(long id, int projectId, int doneDays, int days) {}

    /**
     * Asks for days of a project. In the caller's transaction.
     *
     * @param first in the project's zone; from its first raw row on when it is {@link LocalDate#MIN}
     * @param last up to its last one when it is {@link LocalDate#MAX}
     * @return the request's number
     */
    public static long add(Connection connection, int projectId, LocalDate first, LocalDate last) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(
                "INSERT INTO rollup_rebuild (project_id, first_day, last_day) VALUES (?, ?, ?)",
                Statement.RETURN_GENERATED_KEYS)) {
            insert.setInt(1, projectId);
            insert.setInt(2, number(first));
            insert.setInt(3, number(last));
            insert.executeUpdate();
            try (ResultSet key = insert.getGeneratedKeys()) {
                key.next();
                return key.getLong(1);
            }
        }
    }

    /** How many days such a request would be for: those that have, or had, something and can be made again. */
    public static int days(Connection connection, int projectId, LocalDate first, LocalDate last) throws SQLException {
        Projects.Calendar calendar = Projects.calendar(connection, projectId);
        Days days = calendar == null ? null : days(connection, projectId, calendar, number(first), number(last));
        return days == null ? 0 : days.last - days.first + 1;
    }

    private static int number(LocalDate day) {
        return (int) Math.min(Math.max(day.toEpochDay(), 0), DAY_MAX);
    }

    /** Both included. */
    record Days(int first, int last) {}

    /** Null when there is none. */
    static @Nullable Days days(Connection connection, int projectId, Projects.Calendar calendar, int first, int last)
            throws SQLException {
        SortedSet<Integer> edges = Rebuild.edges(connection, projectId, calendar);
        if (edges.isEmpty()) {
            return null;
        }
        int from = Math.max(Math.max(first, edges.first()), firstWholeDay(connection, calendar));
        int to = Math.min(last, edges.last());
        return from <= to ? new Days(from, to) : null;
    }

    /**
     * Raw rows of this day have changed. In the transaction that changed them. A request that has come to this very day may
     * have counted it without them, so another one is added then; only one of all is worked on.
     */
    static void add(Connection connection, int projectId, int day) throws SQLException {
        long waiting = RollupTables.number(
                connection,
                "SELECT SUM(CASE WHEN next_day = " + day + " THEN 1 ELSE 2 END) FROM rollup_rebuild WHERE project_id = "
                        + projectId + " AND last_day >= " + day + " AND COALESCE(next_day, first_day) <= " + day);
        if (waiting < 2) {
            Erasures.update(
                    connection,
                    "INSERT INTO rollup_rebuild (project_id, first_day, last_day, next_day) VALUES (?, ?, ?, ?)",
                    projectId,
                    day,
                    day,
                    day);
        }
    }

    /** All that are not done, in the order in which they will be, with 0 days where no loader has seen them yet. */
    public static List<Request> pending(Connection connection) throws SQLException {
        List<Request> requests = new ArrayList<>();
        String sql = "SELECT request_id, project_id, first_day, last_day, next_day, next_day IS NULL"
                + " FROM rollup_rebuild ORDER BY request_id";
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                boolean open = rows.getBoolean(6);
                requests.add(new Request(
                        rows.getLong(1),
                        rows.getInt(2),
                        open ? 0 : rows.getInt(5) - rows.getInt(3),
                        open ? 0 : rows.getInt(4) - rows.getInt(3) + 1));
            }
        }
        return requests;
    }

    /**
     * The first day of a project of which every raw row is there, after retention has dropped older ones; those before it
     * cannot be made again, and their rollups stay as they are.
     */
    public static LocalDate firstWholeDay(Connection connection, int projectId) throws SQLException {
        Projects.Calendar calendar = Projects.calendar(connection, projectId);
        return LocalDate.ofEpochDay(calendar == null ? 0 : firstWholeDay(connection, calendar));
    }

    /** A view's visit may have begun so much earlier, and what it counts for is told by the visit's row. */
    static int firstWholeDay(Connection connection, Projects.Calendar calendar) throws SQLException {
        long droppedMs = RollupTables.number(connection, "SELECT until_ms FROM raw_dropped WHERE one = 1");
        return droppedMs <= 0 ? 0 : calendar.day(droppedMs + Sessions.SPAN_MAX_MS) + 1;
    }

    static void delete(Connection connection, long requestId) throws SQLException {
        try (PreparedStatement delete =
                connection.prepareStatement("DELETE FROM rollup_rebuild WHERE request_id = ?")) {
            delete.setLong(1, requestId);
            delete.executeUpdate();
        }
    }
}

package io.micrologs.loader;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Visitors whose data is to go. Single-threaded: loader thread, but for {@link #request}.
 *
 * <p>An erasure is a row with the time up to which a visitor's events are no longer wanted, and stays: events of up to
 * then are dropped whenever they are loaded, later ones make the id a new visitor. It goes on in two steps. In the very
 * next transaction of the loader the id is cut off from what names it (unlinked_ms): its rows as a visitor, alias and
 * owner of fingerprints go, and its aliases become erasures of their own. What it left is purged in the background
 * (purged_ms, {@link Purge}), and until then passed over by everything that looks it up.
 */
public final class Erasures {

    private static final Table TABLE = Table.of("erasure", "project_id", "visitor_id", "erased_ms");

    /** Asked for again: everything from the start, up to the later time. */
    private static final String AGAIN = " ON DUPLICATE KEY UPDATE erased_ms = GREATEST(erased_ms, VALUES(erased_ms)),"
            + " unlinked_ms = NULL, purged_ms = NULL";

    private static final String ALIASES = """
            INSERT INTO erasure (project_id, visitor_id, erased_ms, unlinked_ms)
            SELECT project_id, alias_id, ?, ? FROM visitor_alias WHERE project_id = ? AND visitor_id = ?
            ON DUPLICATE KEY UPDATE erased_ms = GREATEST(erased_ms, VALUES(erased_ms)),
              unlinked_ms = VALUES(unlinked_ms), purged_ms = NULL""";

    /** So many are read at a time. */
    private static final int ROUND_MAX = 500;

    private final Map<Key, Long> erasedMs = new HashMap<>();

    Erasures() {}

    /** @param unlinked whether it is cut off already */
    record Pending(int projectId, long visitorId, long erasedMs, boolean unlinked) {}

    /**
     * Asks for a visitor, and the one that its id is an alias of, to be erased up to now. A transaction of its own; the
     * loader does the rest.
     *
     * @param visitorId as events carry it: the id's keyed hash
     * @param nowMs milliseconds since 1970 UTC
     */
    public static void request(Connection connection, int projectId, long visitorId, long nowMs) throws SQLException {
        boolean autoCommit = connection.getAutoCommit();
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            statement.executeUpdate("UPDATE control_version SET version = version + 1 WHERE one = 1");
            List<@Nullable Object[]> rows = new ArrayList<>();
            rows.add(new Object[] {projectId, visitorId, nowMs});
            try (ResultSet owner = statement.executeQuery("SELECT visitor_id FROM visitor_alias WHERE project_id = "
                    + projectId + " AND alias_id = " + visitorId)) {
                if (owner.next()) {
                    rows.add(new Object[] {projectId, owner.getLong(1), nowMs});
                }
            }
            TableWriter.batch(connection, TABLE.insert() + AGAIN, rows);
            connection.commit();
        } catch (SQLException e) {
            connection.rollback();
            throw e;
        } finally {
            connection.setAutoCommit(autoCommit);
        }
    }

    /** Whether anything that is loaded names this visitor: as one who was counted, or as another number of one. */
    public static boolean isKnown(Connection connection, int projectId, long visitorId) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT EXISTS (SELECT 1 FROM visitor WHERE project_id = "
                        + projectId + " AND visitor_id = " + visitorId
                        + ") OR EXISTS (SELECT 1 FROM visitor_alias WHERE project_id = " + projectId
                        + " AND alias_id = " + visitorId + ")")) {
            return row.next() && row.getBoolean(1);
        }
    }

    /**
     * Reads all of them, which are few, and cuts off what is new.
     *
     * @return whether something was cut off, so that what is remembered of visitors is no longer true
     */
    boolean lookUp(Connection connection, long nowMs) throws SQLException {
        boolean cut = unlink(connection, nowMs);
        erasedMs.clear();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT project_id, visitor_id, erased_ms FROM erasure")) {
            while (rows.next()) {
                erasedMs.put(new Key(rows.getInt(1), rows.getLong(2)), rows.getLong(3));
            }
        }
        return cut;
    }

    /** Cuts off what is new; false when there was nothing. */
    static boolean unlink(Connection connection, long nowMs) throws SQLException {
        boolean cut = false;
        for (List<Pending> round = pending(connection, true); !round.isEmpty(); round = pending(connection, true)) {
            for (Pending erasure : round) {
                unlink(connection, erasure, nowMs);
                cut = true;
            }
        }
        return cut;
    }

    /**
     * In as many statements for a visitor of thousands of aliases as for one of none. What becomes an erasure by that is
     * cut off with it: an alias has none of its own, and no fingerprints.
     */
    static void unlink(Connection connection, Pending erasure, long nowMs) throws SQLException {
        Object[] id = {erasure.projectId(), erasure.visitorId()};
        Object[] idAndTime = {erasure.projectId(), erasure.visitorId(), erasure.erasedMs()};
        staleNewcomer(connection, erasure);
        update(
                connection,
                "DELETE FROM visitor WHERE project_id = ? AND visitor_id = ? AND first_seen_ms <= ?",
                idAndTime);
        update(connection, "DELETE FROM visitor_alias WHERE project_id = ? AND alias_id = ?", id);
        update(connection, ALIASES, erasure.erasedMs(), nowMs, erasure.projectId(), erasure.visitorId());
        update(connection, "DELETE FROM visitor_alias WHERE project_id = ? AND visitor_id = ?", id);
        update(connection, "DELETE FROM visitor_fingerprint WHERE project_id = ? AND visitor_id = ?", id);
        // Not if it was asked for again meanwhile: then its first_seen_ms may be of before that time, too.
        update(
                connection,
                "UPDATE erasure SET unlinked_ms = ? WHERE project_id = ? AND visitor_id = ? AND erased_ms = ?",
                nowMs,
                erasure.projectId(),
                erasure.visitorId(),
                erasure.erasedMs());
    }

    /** The day on which it was new is counted again. */
    private static void staleNewcomer(Connection connection, Pending erasure) throws SQLException {
        long seenMs = RollupTables.number(
                connection,
                "SELECT first_seen_ms FROM visitor WHERE project_id = " + erasure.projectId() + " AND visitor_id = "
                        + erasure.visitorId() + " AND first_seen_ms <= " + erasure.erasedMs());
        Projects.Calendar calendar = seenMs == 0 ? null : Projects.calendar(connection, erasure.projectId());
        if (calendar != null) {
            RebuildRequests.add(connection, erasure.projectId(), calendar.day(seenMs));
        }
    }

    /** The first of those that are not done, or not even cut off. */
    static List<Pending> pending(Connection connection, boolean notUnlinked) throws SQLException {
        String column = notUnlinked ? "unlinked_ms" : "purged_ms";
        List<Pending> pending = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(
                        "SELECT project_id, visitor_id, erased_ms, unlinked_ms IS NOT NULL FROM erasure WHERE " + column
                                + " IS NULL ORDER BY project_id, erased_ms, visitor_id LIMIT " + ROUND_MAX)) {
            while (rows.next()) {
                pending.add(new Pending(rows.getInt(1), rows.getLong(2), rows.getLong(3), rows.getBoolean(4)));
            }
        }
        return pending;
    }

    static int update(Connection connection, String sql, Object... values) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            TableWriter.bind(statement, values);
            return statement.executeUpdate();
        }
    }

    /** Whether what this visitor did at this time is not to be there. */
    boolean isErased(int projectId, long visitorId, long timeMs) {
        if (erasedMs.isEmpty()) {
            return false;
        }
        Long until = erasedMs.get(new Key(projectId, visitorId));
        return until != null && timeMs <= until;
    }
}

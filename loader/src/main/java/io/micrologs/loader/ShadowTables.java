package io.micrologs.loader;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Temporary tables that stand in front of the real ones, on one connection: whatever loads over it sees the past of a day
 * and writes aside, by the same statements as ever. Single-threaded: its owner.
 *
 * <p>A temporary table hides the real one of its name for its own connection only. They are made and filled under another
 * name, since both have to be reached for that, and take the real name while loading goes on.
 */
final class ShadowTables {

    static final String PREFIX = "replay_";

    /** Read, and never written by loading. */
    private static final Set<String> NOT_HIDDEN = Set.of("project", "link", "control_version", "schema_history");

    private final Connection connection;
    private final List<String> tables;

    private ShadowTables(Connection connection, List<String> tables) {
        this.connection = connection;
        this.tables = tables;
    }

    /** Makes them, with what was there before {@code fromMs} as far as loading on from there looks back. */
    static ShadowTables of(Connection connection, long fromMs) throws SQLException {
        List<String> tables = new ArrayList<>();
        try (Statement statement = connection.createStatement()) {
            for (String table : all(statement)) {
                if (!NOT_HIDDEN.contains(table)) {
                    statement.execute("DROP TEMPORARY TABLE IF EXISTS " + PREFIX + table);
                    statement.execute(temporary(statement, table));
                    tables.add(table);
                }
            }
            for (Map.Entry<String, String> past : past(fromMs).entrySet()) {
                statement.executeUpdate("INSERT INTO " + PREFIX + past.getKey() + " SELECT * FROM " + past.getKey()
                        + " WHERE " + past.getValue());
            }
        }
        connection.commit();
        return new ShadowTables(connection, tables);
    }

    /**
     * What the first events of a day may meet. Sessions come as they ended, not as they were at midnight: the last time of
     * one is later then, but before the next one of its token starts, so that an event finds the same session.
     */
    private static Map<String, String> past(long fromMs) {
        return Map.of(
                "visitor",
                "first_seen_ms < " + fromMs,
                "visitor_alias",
                "since_ms < " + fromMs,
                "visitor_fingerprint",
                "TRUE",
                "error_group",
                "TRUE",
                "erasure",
                "TRUE",
                "event_seen",
                between("received_ms", fromMs - SeenEvents.WINDOW_MS, fromMs),
                "pageview",
                between("received_ms", fromMs - RecentViews.WINDOW_MS, fromMs),
                "session",
                between("started_ms", fromMs - Sessions.SPAN_MAX_MS, fromMs));
    }

    private static String between(String column, long afterMs, long beforeMs) {
        return column + " > " + afterMs + " AND " + column + " < " + beforeMs;
    }

    static List<String> all(Statement statement) throws SQLException {
        List<String> names = new ArrayList<>();
        try (ResultSet rows = statement.executeQuery("SELECT table_name FROM information_schema.tables"
                + " WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE' ORDER BY table_name")) {
            while (rows.next()) {
                names.add(rows.getString(1));
            }
        }
        return names;
    }

    /** The table as it is, but for its partitions, which temporary ones cannot have. */
    private static String temporary(Statement statement, String table) throws SQLException {
        try (ResultSet row = statement.executeQuery("SHOW CREATE TABLE " + table)) {
            if (!row.next()) {
                throw new SQLException("the table " + table + " is not there");
            }
            String sql = row.getString(2);
            int partitions = sql.indexOf("PARTITION BY");
            if (partitions >= 0) {
                int comment = sql.lastIndexOf("/*!", partitions);
                sql = sql.substring(0, comment > sql.lastIndexOf(')', partitions) ? comment : partitions);
            }
            return sql.replaceFirst("CREATE TABLE `" + table + "`", "CREATE TEMPORARY TABLE `" + PREFIX + table + "`");
        }
    }

    /** From here on this connection loads aside. */
    void hide() throws SQLException {
        rename("", PREFIX);
    }

    /** From here on this connection sees the real tables, and these as {@code replay_…}. */
    void reveal() throws SQLException {
        rename(PREFIX, "");
    }

    private void rename(String to, String from) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            for (String table : tables) {
                statement.execute("ALTER TABLE " + from + table + " RENAME TO " + to + table);
            }
        }
    }
}

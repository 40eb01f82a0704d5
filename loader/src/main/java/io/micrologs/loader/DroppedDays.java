package io.micrologs.loader;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Retention: the days of raw rows that are too old go, a partition at a time. Single-threaded: loader thread.
 *
 * <p>Rollups of those days stay as they are: {@code raw_dropped} says which cannot be made again, before their rows go.
 *
 * <p>Totals, group counts and the ledger count since a project exists, so what goes is added up in {@code dropped_rows}. No
 * transaction holds both that and a DROP PARTITION: the sums are noted under the partition first, and join the others once
 * it is gone, so that being stopped anywhere counts nothing twice.
 */
final class DroppedDays {

    private static final Logger LOG = LoggerFactory.getLogger(DroppedDays.class);

    /** Those whose rows something counts; what a row belongs to and whether it is counted there. */
    private static final Map<String, String> COUNTED = Map.of(
            "pageview", "0, COUNT(*)",
            "error_event", "group_id, COUNT(*)",
            "audit_event", "0, COUNT(*)",
            "link_click", "link_id, SUM(is_bot = 0)");

    private static final List<String> TABLES =
            List.of("pageview", "session", "error_event", "audit_event", "link_click");

    private DroppedDays() {}

    /** Drops every partition that ends at or before this time, in milliseconds since 1970 UTC. */
    static void drop(Connection connection, long beforeMs) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            for (String table : TABLES) {
                TreeMap<Long, String> bounds = Partitions.read(statement, table);
                settle(connection, statement, table, bounds);
                for (Map.Entry<Long, String> bound :
                        bounds.headMap(beforeMs, true).entrySet()) {
                    drop(connection, statement, table, bound.getKey(), bound.getValue());
                    settle(connection, statement, table, Partitions.read(statement, table));
                }
            }
        }
    }

    private static void drop(Connection connection, Statement statement, String table, long untilMs, String partition)
            throws SQLException {
        String counted = COUNTED.get(table);
        if (counted != null) {
            String group = counted.substring(0, counted.indexOf(','));
            String of = " WHERE table_name = '" + table + "' AND until_ms = " + untilMs;
            statement.executeUpdate("DELETE FROM dropped_rows" + of);
            statement.executeUpdate(
                    "INSERT INTO dropped_rows (table_name, until_ms, project_id, object_id, counted, events)"
                            + " SELECT '" + table + "', " + untilMs + ", project_id, " + counted + ", COUNT(*) FROM "
                            + table
                            + " PARTITION (" + partition + ") GROUP BY project_id"
                            + (group.equals("0") ? "" : ", " + group));
            connection.commit();
        }
        // From here on nobody makes rollups of such a day again, of rows that are gone.
        statement.executeUpdate("UPDATE raw_dropped SET until_ms = GREATEST(until_ms, " + untilMs + ") WHERE one = 1");
        connection.commit();
        statement.execute("ALTER TABLE " + table + " DROP PARTITION " + partition);
        LOG.info(
                "Retention has dropped the {}s of before {}",
                table.replace('_', ' '),
                Instant.ofEpochMilli(untilMs).atZone(ZoneOffset.UTC).toLocalDate());
    }

    /** Adds up what was noted under partitions that are gone. */
    private static void settle(Connection connection, Statement statement, String table, TreeMap<Long, String> bounds)
            throws SQLException {
        StringBuilder there = new StringBuilder("0");
        bounds.keySet().forEach(bound -> there.append(',').append(bound.longValue()));
        String gone = " FROM dropped_rows WHERE table_name = '" + table + "' AND until_ms NOT IN (" + there + ")";
        statement.executeUpdate(
                "INSERT INTO dropped_rows (table_name, until_ms, project_id, object_id, events, counted)"
                        + " SELECT table_name, 0, project_id, object_id, n, c FROM (SELECT table_name, project_id, object_id,"
                        + " SUM(events) AS n, SUM(counted) AS c" + gone
                        + " GROUP BY table_name, project_id, object_id) AS gone"
                        + " ON DUPLICATE KEY UPDATE events = events + VALUES(events), counted = counted + VALUES(counted)");
        statement.executeUpdate("DELETE" + gone);
        connection.commit();
    }

    /** Until when retention has dropped days of this table, 0 when it has none. */
    static long droppedUntilMs(Connection connection, String table) throws SQLException {
        try (Statement statement = connection.createStatement();
                var any = statement.executeQuery(
                        "SELECT 1 FROM dropped_rows WHERE table_name = '" + table + "' LIMIT 1")) {
            if (!any.next()) {
                return 0;
            }
        }
        try (Statement statement = connection.createStatement()) {
            TreeMap<Long, String> bounds = Partitions.read(statement, table);
            return bounds.isEmpty() ? 0 : bounds.firstKey() - Partitions.DAY_MS;
        }
    }
}

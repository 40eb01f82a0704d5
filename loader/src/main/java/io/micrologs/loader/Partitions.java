package io.micrologs.loader;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One partition a UTC day in every raw table, made ahead of time. Single-threaded: loader thread.
 *
 * <p>{@code pYYYYMMDD} holds that day, and what is older if it is the first one or the days before it were left out
 * because nothing came. {@code p_later} takes whatever lies beyond the last day, so that an event with an odd time still
 * has a place; it is meant to stay empty.
 */
final class Partitions {

    static final int DAYS_AHEAD = 7;
    static final long DAY_MS = 24 * 3_600_000L;

    /** Beyond this, events go to the oldest partition: a server has 8,192 of them at most, and a few years need room. */
    private static final int DAYS_BACK_MAX = 400;

    private static final int SEEN_DAYS_KEPT = 2;
    private static final Logger LOG = LoggerFactory.getLogger(Partitions.class);
    private static final DateTimeFormatter NAME = DateTimeFormatter.ofPattern("'p'yyyyMMdd");

    /** Table → the column that its partitions are ranges of. */
    private static final List<String> TABLES =
            List.of("event_seen", "pageview", "session", "error_event", "audit_event", "link_click");

    private long laterFromMs = Long.MAX_VALUE;
    private boolean laterUsed;

    /**
     * Makes what is missing and drops what no lookup can reach any more. Each table is one statement that commits by
     * itself and may be repeated.
     *
     * @param oldestMs time of the oldest event that is still to be loaded; 0 when it has none, being damaged
     */
    void maintain(Connection connection, long nowMs, long oldestMs) throws SQLException {
        long today = Math.floorDiv(nowMs, DAY_MS);
        long oldest = Math.max(
                today - DAYS_BACK_MAX, oldestMs <= 0 ? today : Math.min(today, Math.floorDiv(oldestMs, DAY_MS)));
        long last = today + DAYS_AHEAD;
        boolean used = false;
        try (Statement statement = connection.createStatement()) {
            for (String table : TABLES) {
                TreeMap<Long, String> bounds = read(statement, table);
                long next = bounds.isEmpty() ? oldest : Math.max(oldest, bounds.lastKey() / DAY_MS);
                add(statement, table, next, last);
                if (table.equals("event_seen")) {
                    drop(statement, table, bounds, (oldest - SEEN_DAYS_KEPT) * DAY_MS);
                }
                used |= isLaterUsed(statement, table);
            }
        }
        connection.commit();
        laterFromMs = (last + 1) * DAY_MS;
        laterUsed = used;
    }

    /** Upper bound, exclusive, in milliseconds → name; without the last one, which has none. */
    static TreeMap<Long, String> read(Statement statement, String table) throws SQLException {
        TreeMap<Long, String> bounds = new TreeMap<>();
        String sql = "SELECT partition_name, partition_description FROM information_schema.partitions"
                + " WHERE table_schema = DATABASE() AND table_name = '" + table + "'";
        try (ResultSet rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                String bound = rows.getString(2);
                if (bound != null && !bound.equalsIgnoreCase("MAXVALUE")) {
                    bounds.put(Long.parseLong(bound), rows.getString(1));
                }
            }
        }
        return bounds;
    }

    private static void add(Statement statement, String table, long firstDay, long lastDay) throws SQLException {
        if (firstDay > lastDay) {
            return;
        }
        List<String> parts = new ArrayList<>();
        for (long day = firstDay; day <= lastDay; day++) {
            parts.add("PARTITION " + NAME.format(LocalDate.ofEpochDay(day)) + " VALUES LESS THAN (" + (day + 1) * DAY_MS
                    + ")");
        }
        parts.add("PARTITION p_later VALUES LESS THAN MAXVALUE");
        statement.execute(
                "ALTER TABLE " + table + " REORGANIZE PARTITION p_later INTO (" + String.join(", ", parts) + ")");
        LOG.debug("{} has partitions up to {} now", table, LocalDate.ofEpochDay(lastDay));
    }

    private static void drop(Statement statement, String table, TreeMap<Long, String> bounds, long beforeMs)
            throws SQLException {
        for (Map.Entry<Long, String> bound : bounds.headMap(beforeMs, true).entrySet()) {
            statement.execute("ALTER TABLE " + table + " DROP PARTITION " + bound.getValue());
        }
    }

    private static boolean isLaterUsed(Statement statement, String table) throws SQLException {
        try (ResultSet row = statement.executeQuery("SELECT 1 FROM " + table + " PARTITION (p_later) LIMIT 1")) {
            return row.next();
        }
    }

    /** A batch with an event of this time was committed. */
    void committed(long timeMs) {
        laterUsed |= timeMs >= laterFromMs;
    }

    /** Whether events lie beyond the last day's partition: some clock is, or was, far ahead. */
    boolean isLaterUsed() {
        return laterUsed;
    }
}

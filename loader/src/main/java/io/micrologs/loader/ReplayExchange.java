package io.micrologs.loader;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Puts what was loaded again in the place of what is there, for some days, in one transaction. Single-threaded: its owner,
 * who holds the checkpoint's row. Rows that are right are not touched.
 */
final class ReplayExchange {

    /** Table → the column that says which day a row is of. */
    private static final Map<String, String> DAYS = new TreeMap<>(Map.of(
            "pageview", "received_ms",
            "session", "started_ms",
            "error_event", "received_ms",
            "audit_event", "received_ms",
            "link_click", "received_ms",
            "event_seen", "received_ms",
            "visitor", "first_seen_ms"));

    /** What rollups are counted from. */
    private static final List<String> RAW = List.of("pageview", "session", "error_event", "audit_event", "link_click");

    private final Connection connection;
    private final long fromMs;
    private final long untilMs;
    private final ProgressListener progress;
    private long written;
    private long removed;

    ReplayExchange(Connection connection, long fromMs, long untilMs, ProgressListener progress) {
        this.connection = connection;
        this.fromMs = fromMs;
        this.untilMs = untilMs;
        this.progress = progress;
    }

    /**
     * @param toTheEnd whether everything was loaded again up to the end, so that a page's last title is the last one
     * @param sinceMs when the replay began; what was deleted or erased since then is to be purged from these rows again
     */
    Replay.Result run(boolean toTheEnd, long sinceMs) throws SQLException {
        int steps = DAYS.size() + 3;
        int step = 0;
        try (Statement statement = connection.createStatement()) {
            TreeSet<Integer> projects =
                    distinct(statement, "project_id", List.of("pageview", "error_event", "audit_event"));
            TreeSet<Integer> groups = distinct(statement, "group_id", List.of("error_event"));
            TreeSet<Integer> links = distinct(statement, "link_id", List.of("link_click"));
            progress.at("exchanging rows", step++, steps);
            newGroups(statement);
            dictionaries(statement, toTheEnd);
            progress.at("exchanging rows", step++, steps);
            for (Map.Entry<String, String> table : DAYS.entrySet()) {
                long from = table.getKey().equals("event_seen") ? Math.max(fromMs, seenFromMs(statement)) : fromMs;
                if (from < untilMs) {
                    exchange(statement, table.getKey(), table.getValue(), from);
                }
                progress.at("exchanging rows", step++, steps);
            }
            groups.addAll(distinct(statement, "group_id", List.of("error_event")));
            countGroups(statement, groups);
            countProjects(statement, projects);
            countLinks(statement, links);
            statement.executeUpdate(
                    "UPDATE erasure SET unlinked_ms = NULL, purged_ms = NULL WHERE erased_ms >= " + sinceMs);
            statement.executeUpdate("UPDATE project SET purged_ms = NULL WHERE deleted_ms >= " + sinceMs);
            countAgain(statement);
            // Every loader forgets what it remembers of the rows before its next batch.
            statement.executeUpdate("UPDATE control_version SET version = version + 1 WHERE one = 1");
            connection.commit();
            progress.at("exchanging rows", steps, steps);
            return new Replay.Result(written, removed);
        }
    }

    /**
     * Rollups of these days, and of as many as their visits may go on for, are made again by the loader. Always by requests of
     * their own: one that waits already may be counting such a day as it was.
     */
    private void countAgain(Statement statement) throws SQLException {
        for (int project : distinct(statement, "project_id", RAW)) {
            Projects.Calendar calendar = Projects.calendar(connection, project);
            if (calendar != null) {
                RebuildRequests.add(
                        connection,
                        project,
                        LocalDate.ofEpochDay(calendar.day(fromMs)),
                        LocalDate.ofEpochDay(calendar.day(untilMs + Sessions.SPAN_MAX_MS)));
            }
        }
    }

    private String range(String alias, String column, long from) {
        return alias + "." + column + " >= " + from + " AND " + alias + "." + column + " < " + untilMs;
    }

    /** Ids that occur in these days, in the rows as they are or as they will be. */
    private TreeSet<Integer> distinct(Statement statement, String column, List<String> tables) throws SQLException {
        TreeSet<Integer> ids = new TreeSet<>();
        for (String table : tables) {
            for (String name : List.of(table, ShadowTables.PREFIX + table)) {
                String sql = "SELECT DISTINCT t." + column + " FROM " + name + " t WHERE "
                        + range("t", DAYS.getOrDefault(table, "received_ms"), fromMs);
                try (ResultSet rows = statement.executeQuery(sql)) {
                    while (rows.next()) {
                        ids.add(rows.getInt(1));
                    }
                }
            }
        }
        return ids;
    }

    /** Ids of events are kept for two days; older ones have no partition any more. */
    private static long seenFromMs(Statement statement) throws SQLException {
        TreeMap<Long, String> bounds = Partitions.read(statement, "event_seen");
        return bounds.isEmpty() ? 0 : bounds.firstKey() - Partitions.DAY_MS;
    }

    private void exchange(Statement statement, String table, String column, long from) throws SQLException {
        List<String> key = names(statement, table, true);
        List<String> columns = names(statement, table, false);
        String shadow = ShadowTables.PREFIX + table;
        String same = key.stream().map(c -> "x." + c + " = r." + c).collect(Collectors.joining(" AND "));
        // Ids of a deleted project's events are not made again, and harm nobody until their day goes.
        if (!table.equals("event_seen")) {
            removed += statement.executeUpdate("DELETE x FROM " + table + " x LEFT JOIN " + shadow + " r ON " + same
                    + " WHERE " + range("x", column, from) + " AND r." + key.get(0) + " IS NULL");
        }
        written += changed(statement, table, columns, same, range("r", column, from) + " AND ", key.get(0));
    }

    /** Writes the rows that are missing or differ; how many those are. */
    private static long changed(
            Statement statement, String table, List<String> columns, String same, String where, String notNull)
            throws SQLException {
        String equal = columns.stream().map(c -> "x." + c + " <=> r." + c).collect(Collectors.joining(" AND "));
        String from = " FROM " + ShadowTables.PREFIX + table + " r LEFT JOIN " + table + " x ON " + same + " WHERE "
                + where + "(x." + notNull + " IS NULL OR NOT (" + equal + "))";
        long rows = number(statement, "SELECT COUNT(*)" + from);
        if (rows > 0) {
            statement.executeUpdate("REPLACE INTO " + table + " (" + String.join(", ", columns) + ") SELECT "
                    + columns.stream().map(c -> "r." + c).collect(Collectors.joining(", ")) + from);
        }
        return rows;
    }

    private static List<String> names(Statement statement, String table, boolean key) throws SQLException {
        List<String> names = new ArrayList<>();
        String sql = key
                ? "SELECT column_name FROM information_schema.statistics WHERE table_schema = DATABASE()"
                        + " AND table_name = '" + table + "' AND index_name = 'PRIMARY' ORDER BY seq_in_index"
                : "SELECT column_name FROM information_schema.columns WHERE table_schema = DATABASE()"
                        + " AND table_name = '" + table + "' ORDER BY ordinal_position";
        try (ResultSet rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                names.add(rows.getString(1));
            }
        }
        return names;
    }

    /** Groups whose row is gone get a new number, and these days' occurrences with it. All others keep theirs. */
    private void newGroups(Statement statement) throws SQLException {
        List<String> columns = names(statement, "error_group", false);
        columns.remove("group_id");
        String list = String.join(", ", columns);
        statement.executeUpdate("INSERT INTO error_group (" + list + ") SELECT "
                + columns.stream().map(c -> "r." + c).collect(Collectors.joining(", "))
                + " FROM replay_error_group r LEFT JOIN error_group g"
                + " ON g.project_id = r.project_id AND g.fingerprint = r.fingerprint"
                + " WHERE g.group_id IS NULL AND r.group_id IN (SELECT e.group_id FROM replay_error_event e WHERE "
                + range("e", "received_ms", fromMs) + ")");
        statement.executeUpdate("UPDATE replay_error_event e JOIN replay_error_group r ON r.group_id = e.group_id"
                + " JOIN error_group g ON g.project_id = r.project_id AND g.fingerprint = r.fingerprint"
                + " SET e.group_id = g.group_id WHERE e.group_id <> g.group_id");
    }

    /** A text is what its id says. A page's title is the last one that came, and others may have come since. */
    private void dictionaries(Statement statement, boolean toTheEnd) throws SQLException {
        for (String table : List.of("term", "stack")) {
            String id = "x.project_id = r.project_id AND x." + table + "_id = r." + table + "_id";
            written += changed(statement, table, names(statement, table, false), id, "", "project_id");
        }
        String title = toTheEnd ? "COALESCE(r.title, x.title)" : "x.title";
        String id = "x.project_id = r.project_id AND x.page_id = r.page_id";
        written += statement.executeUpdate("INSERT INTO page SELECT r.* FROM replay_page r LEFT JOIN page x ON " + id
                + " WHERE x.project_id IS NULL");
        List<String> texts = new ArrayList<>(names(statement, "page", false));
        texts.removeAll(List.of("project_id", "page_id", "title"));
        String equal = texts.stream().map(c -> "x." + c + " <=> r." + c).collect(Collectors.joining(" AND "));
        String set = texts.stream().map(c -> "x." + c + " = r." + c).collect(Collectors.joining(", "));
        written += statement.executeUpdate("UPDATE page x JOIN replay_page r ON " + id + " SET x.title = " + title
                + ", " + set + " WHERE NOT (" + equal + " AND x.title <=> " + title + ")");
    }

    /** Count and newest occurrence from the rows; the first one, too, when it is of these days. */
    private void countGroups(Statement statement, Collection<Integer> groups) throws SQLException {
        for (int group : groups) {
            String of = " FROM error_event WHERE group_id = " + group;
            long dropped = number(
                    statement,
                    "SELECT COALESCE(SUM(counted), 0) FROM dropped_rows WHERE table_name = 'error_event' AND until_ms = 0"
                            + " AND object_id = " + group);
            statement.executeUpdate("UPDATE error_group SET occurrence_count = " + dropped + " + (SELECT COUNT(*)" + of
                    + ") WHERE group_id = " + group);
            try (ResultSet row = statement.executeQuery("SELECT received_ms, sequence, severity" + of
                    + " ORDER BY received_ms DESC, sequence DESC LIMIT 1")) {
                if (row.next()) {
                    String newest = "UPDATE error_group SET last_seen_ms = " + row.getLong(1) + ", last_sequence = "
                            + row.getLong(2) + ", severity = " + row.getInt(3) + " WHERE group_id = " + group;
                    row.close();
                    statement.executeUpdate(newest);
                }
            }
            if (dropped == 0 && number(statement, "SELECT COUNT(*)" + of + " AND received_ms < " + fromMs) == 0) {
                long first = number(
                        statement,
                        "SELECT received_ms" + of + " AND received_ms < " + untilMs + " ORDER BY sequence LIMIT 1");
                if (first > 0) {
                    statement.executeUpdate(
                            "UPDATE error_group SET first_seen_ms = " + first + " WHERE group_id = " + group);
                }
            }
        }
    }

    private static void countProjects(Statement statement, Collection<Integer> projects) throws SQLException {
        for (int project : projects) {
            statement.executeUpdate("REPLACE INTO project_total (project_id, pageviews, error_events, audit_events)"
                    + " SELECT " + project + ", " + count("pageview", project) + ", " + count("error_event", project)
                    + ", " + count("audit_event", project) + " FROM project WHERE project_id = " + project
                    + " AND deleted_ms IS NULL");
        }
    }

    private static String count(String table, int project) {
        return "(SELECT COUNT(*) FROM " + table + " WHERE project_id = " + project
                + ") + (SELECT COALESCE(SUM(counted), 0)"
                + " FROM dropped_rows WHERE table_name = '" + table + "' AND until_ms = 0 AND project_id = " + project
                + ")";
    }

    private static void countLinks(Statement statement, Collection<Integer> links) throws SQLException {
        for (int link : links) {
            statement.executeUpdate(
                    "REPLACE INTO link_total (project_id, link_id, clicks) SELECT l.project_id, l.link_id,"
                            + " (SELECT COUNT(*) FROM link_click k WHERE k.link_id = l.link_id AND k.is_bot = 0)"
                            + " + (SELECT COALESCE(SUM(d.counted), 0) FROM dropped_rows d WHERE d.table_name = 'link_click'"
                            + " AND d.until_ms = 0 AND d.object_id = l.link_id)"
                            + " FROM link l WHERE l.link_id = " + link
                            + " AND EXISTS (SELECT 1 FROM link_click k WHERE k.link_id = l.link_id AND k.is_bot = 0)");
        }
    }

    private static long number(Statement statement, String sql) throws SQLException {
        try (ResultSet row = statement.executeQuery(sql)) {
            return row.next() ? row.getLong(1) : 0;
        }
    }
}

package io.micrologs.loader;

import io.micrologs.journal.Checkpoint;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Compares what is kept in more than one place: journal, checkpoint, ledger, totals, sessions, groups and rows. It changes
 * nothing. Single-threaded: its owner.
 *
 * <p>All tables are read as of one moment, and the journal up to the checkpoint of that moment, so that a running server
 * makes no difference.
 */
public final class Verify {

    private static final int NAMED_MAX = 10;

    /** More to compare, over the same moment. */
    @FunctionalInterface
    public interface Check {
        /** What differs, a line each; empty when all is equal. */
        List<String> differences(Connection connection) throws SQLException;
    }

    /**
     * How many events were accepted up to a record, by project; {@code ledger.json} knows it.
     *
     * @param at null when it is not known
     */
    public record Accepted(@Nullable Checkpoint at, Map<Integer, Long> byProject) {}

    /**
     * What came of one comparison.
     *
     * @param differences empty when all is equal
     * @param note what could not be compared, or what is to be known besides; may be empty
     */
    public record Outcome(String check, List<String> differences, String note) {}

    private final LoaderConfig config;
    private final Connection connection;
    private final ProgressListener progress;
    private final List<Outcome> outcomes = new ArrayList<>();

    /** Project → outcome → events. */
    private final Map<Integer, Map<String, Long>> ledger = new TreeMap<>();

    private final Set<Integer> gone = new TreeSet<>();
    private final Set<Integer> erased = new TreeSet<>();

    /** @param connection one that may wait long for an answer; it is left in no transaction */
    public Verify(LoaderConfig config, Connection connection, ProgressListener progress) {
        this.config = config;
        this.connection = connection;
        this.progress = progress;
    }

    /**
     * @param journal null when there is none at hand
     * @param more named further checks
     */
    public List<Outcome> run(VerifyJournal.@Nullable Opener journal, Accepted accepted, Map<String, Check> more)
            throws SQLException {
        begin();
        try {
            readProjects();
            Checkpoint checkpoint = Replay.checkpoint(connection, config.loaderId(), false);
            if (journal != null) {
                progress.at("journal", 0, 0);
                outcomes.addAll(new VerifyJournal(connection, config.loaderId(), ledger, progress)
                        .run(journal, checkpoint, accepted));
            }
            progress.at("ledger", 0, 0);
            storedRows();
            progress.at("totals", 0, 0);
            totals();
            progress.at("sessions", 0, 0);
            sessions();
            progress.at("error groups", 0, 0);
            groups();
            for (Map.Entry<String, Check> check : more.entrySet()) {
                progress.at(check.getKey(), 0, 0);
                add(check.getKey(), check.getValue().differences(connection), "");
            }
            return outcomes;
        } finally {
            connection.rollback();
        }
    }

    private void begin() throws SQLException {
        connection.setAutoCommit(false);
        connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
        try (Statement statement = connection.createStatement()) {
            statement.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT");
        }
    }

    private void readProjects() throws SQLException {
        each("SELECT project_id FROM project WHERE deleted_ms IS NOT NULL", row -> gone.add(row.getInt(1)));
        each("SELECT DISTINCT project_id FROM erasure", row -> erased.add(row.getInt(1)));
        each(
                "SELECT project_id, outcome, SUM(events) FROM ledger GROUP BY project_id, outcome",
                row -> ledger.computeIfAbsent(row.getInt(1), id -> new TreeMap<>())
                        .put(row.getString(2), row.getLong(3)));
    }

    /** Every stored event is a row, or went with its day, or with its visitor. */
    private void storedRows() throws SQLException {
        Map<Integer, Long> rows = new TreeMap<>();
        for (String table : List.of("pageview", "error_event", "audit_event", "link_click")) {
            each(
                    "SELECT project_id, COUNT(*) FROM " + table + " GROUP BY project_id",
                    row -> rows.merge(row.getInt(1), row.getLong(2), Long::sum));
        }
        each(
                "SELECT project_id, SUM(events) FROM dropped_rows WHERE until_ms = 0 GROUP BY project_id",
                row -> rows.merge(row.getInt(1), row.getLong(2), Long::sum));
        List<String> differences = new ArrayList<>();
        Set<Integer> ids = new TreeSet<>(rows.keySet());
        ids.addAll(ledger.keySet());
        for (int project : ids) {
            long stored = ledger.getOrDefault(project, Map.of()).getOrDefault("stored", 0L);
            long found = rows.getOrDefault(project, 0L);
            boolean fewer = gone.contains(project) || erased.contains(project);
            if (fewer ? found > stored : found != stored) {
                differences.add("project " + project + ": the ledger has " + stored + " stored events, the tables "
                        + found + " rows, those that retention dropped included");
            }
        }
        each(
                "SELECT project_id, COUNT(*) FROM dead_letter WHERE loader_id = " + config.loaderId()
                        + " GROUP BY project_id",
                row -> {
                    long counted = ledger.getOrDefault(row.getInt(1), Map.of()).getOrDefault("dead_letter", 0L);
                    if (row.getLong(2) > counted) {
                        differences.add("project " + row.getInt(1) + ": the ledger has " + counted
                                + " dead letters, the table " + row.getLong(2));
                    }
                });
        add(
                "stored events and their rows",
                differences,
                erased.isEmpty() ? "" : "erased visitors' rows may be missing");
    }

    private void totals() throws SQLException {
        List<String> differences = new ArrayList<>();
        total("pageviews", "pageview", differences);
        total("error_events", "error_event", differences);
        total("audit_events", "audit_event", differences);
        each("""
                SELECT l.project_id, l.link_id, COALESCE(t.clicks, 0), COALESCE(k.n, 0) + COALESCE(d.n, 0)
                FROM link l
                LEFT JOIN link_total t ON t.project_id = l.project_id AND t.link_id = l.link_id
                LEFT JOIN (SELECT link_id, COUNT(*) AS n FROM link_click WHERE is_bot = 0 GROUP BY link_id) k
                  ON k.link_id = l.link_id
                LEFT JOIN (SELECT object_id, SUM(counted) AS n FROM dropped_rows
                  WHERE table_name = 'link_click' AND until_ms = 0 GROUP BY object_id) d ON d.object_id = l.link_id
                WHERE COALESCE(t.clicks, 0) <> COALESCE(k.n, 0) + COALESCE(d.n, 0)
                """, row -> {
            if (!gone.contains(row.getInt(1))) {
                differences.add("project " + row.getInt(1) + ", link " + row.getInt(2) + ": link_total has "
                        + row.getLong(3) + " clicks, the rows " + row.getLong(4));
            }
        });
        add("totals of projects and links", differences, "");
    }

    private void total(String column, String table, List<String> differences) throws SQLException {
        String sql = """
                SELECT p.project_id, COALESCE(t.%1$s, 0), COALESCE(r.n, 0) + COALESCE(d.n, 0)
                FROM project p
                LEFT JOIN project_total t ON t.project_id = p.project_id
                LEFT JOIN (SELECT project_id, COUNT(*) AS n FROM %2$s GROUP BY project_id) r
                  ON r.project_id = p.project_id
                LEFT JOIN (SELECT project_id, SUM(counted) AS n FROM dropped_rows
                  WHERE table_name = '%2$s' AND until_ms = 0 GROUP BY project_id) d ON d.project_id = p.project_id
                WHERE p.deleted_ms IS NULL AND COALESCE(t.%1$s, 0) <> COALESCE(r.n, 0) + COALESCE(d.n, 0)
                """.formatted(column, table);
        each(
                sql,
                row -> differences.add("project " + row.getInt(1) + ": project_total has " + row.getLong(2) + " "
                        + column + ", the rows are " + row.getLong(3)));
    }

    /** A session's views are its pageviews, and so is whether it bounced. */
    private void sessions() throws SQLException {
        long fromMs = DroppedDays.droppedUntilMs(connection, "session");
        List<String> differences = new ArrayList<>();
        String views = "SELECT project_id, session_token, session_started_ms, COUNT(*) AS n, MAX(received_ms) AS last"
                + " FROM pageview WHERE session_started_ms >= " + fromMs
                + " GROUP BY project_id, session_token, session_started_ms";
        each(
                "SELECT v.project_id, v.session_started_ms, v.n, v.last, s.pageviews, s.last_ms FROM (" + views + ") v"
                        + " LEFT JOIN session s ON s.project_id = v.project_id AND s.session_token = v.session_token"
                        + " AND s.started_ms = v.session_started_ms"
                        + " WHERE s.project_id IS NULL OR s.pageviews <> v.n OR s.last_ms < v.last",
                row -> {
                    if (!gone.contains(row.getInt(1))) {
                        differences.add("project " + row.getInt(1) + ", session of "
                                + java.time.Instant.ofEpochMilli(row.getLong(2)) + ": has "
                                + (row.getString(5) == null ? "no row" : row.getString(5) + " views")
                                + ", the pageviews are " + row.getLong(3));
                    }
                });
        each(
                "SELECT s.project_id, s.n, COALESCE(v.n, 0) FROM (SELECT project_id, SUM(pageviews) AS n FROM session"
                        + " WHERE started_ms >= " + fromMs + " GROUP BY project_id) s"
                        + " LEFT JOIN (SELECT project_id, COUNT(*) AS n FROM pageview WHERE session_started_ms >= "
                        + fromMs + " GROUP BY project_id) v ON v.project_id = s.project_id"
                        + " WHERE s.n <> COALESCE(v.n, 0)",
                row -> {
                    if (!gone.contains(row.getInt(1))) {
                        differences.add("project " + row.getInt(1) + ": sessions have " + row.getLong(2)
                                + " views, the pageviews are " + row.getLong(3));
                    }
                });
        add("sessions and their pageviews", differences, "");
    }

    private void groups() throws SQLException {
        List<String> differences = new ArrayList<>();
        each("""
                SELECT g.project_id, g.group_id, g.occurrence_count, COALESCE(e.n, 0) + COALESCE(d.n, 0)
                FROM error_group g
                LEFT JOIN (SELECT group_id, COUNT(*) AS n, MAX(received_ms) AS last FROM error_event GROUP BY group_id) e
                  ON e.group_id = g.group_id
                LEFT JOIN (SELECT object_id, SUM(counted) AS n FROM dropped_rows
                  WHERE table_name = 'error_event' AND until_ms = 0 GROUP BY object_id) d ON d.object_id = g.group_id
                WHERE g.occurrence_count <> COALESCE(e.n, 0) + COALESCE(d.n, 0) OR g.last_seen_ms < e.last
                """, row -> {
            if (!gone.contains(row.getInt(1))) {
                differences.add("project " + row.getInt(1) + ", error group " + row.getInt(2) + ": counts "
                        + row.getLong(3) + " occurrences, the rows are " + row.getLong(4));
            }
        });
        each(
                "SELECT e.project_id, COUNT(*) FROM error_event e LEFT JOIN error_group g ON g.group_id = e.group_id"
                        + " WHERE g.group_id IS NULL GROUP BY e.project_id",
                row -> {
                    if (!gone.contains(row.getInt(1))) {
                        differences.add("project " + row.getInt(1) + ": " + row.getLong(2) + " errors are of no group");
                    }
                });
        add("error groups and their occurrences", differences, "");
    }

    private void add(String check, List<String> differences, String note) {
        outcomes.add(outcome(check, differences, note));
    }

    /** Names the first ones and counts the rest: one cause mostly makes many differences. */
    static Outcome outcome(String check, List<String> differences, String note) {
        List<String> named = new ArrayList<>(differences.subList(0, Math.min(NAMED_MAX, differences.size())));
        if (differences.size() > NAMED_MAX) {
            named.add("and " + (differences.size() - NAMED_MAX) + " more");
        }
        return new Outcome(check, named, note);
    }

    @FunctionalInterface
    private interface RowReader {
        void read(ResultSet row) throws SQLException;
    }

    private void each(String sql, RowReader reader) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                reader.read(rows);
            }
        }
    }
}

package io.micrologs.bench;

import com.zaxxer.hikari.HikariDataSource;
import io.micrologs.database.JdbcUrls;
import io.micrologs.database.RunningDatabase;
import io.micrologs.query.ProjectStore;
import io.micrologs.query.QueryPool;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What the bench asks the loader's database, beside the loader. Single-threaded. */
final class LoadDatabase implements AutoCloseable {
    private static final int LINKS = 20;

    /** Bounds of the loader's own statements do not fit those that read months. */
    private static final String NO_TIMEOUT = "socketTimeout=0";

    private static final int LOCK_WAIT_TIMEOUT = 1205;
    private static final int LOCK_WAIT_SECONDS = 5;
    private static final int ATTEMPTS_MAX = 20;

    private final BenchData.External access;
    private final Connection connection;

    private LoadDatabase(BenchData.External access, Connection connection) {
        this.access = access;
        this.connection = connection;
    }

    /** Empty until the program has made the database, its tables and the installation's row. */
    static Optional<LoadDatabase> find(BenchData data) throws SQLException {
        BenchData.External access = access(data);
        if (access == null) {
            return Optional.empty();
        }
        LoadDatabase database = null;
        try {
            database = open(access);
            if (database.one("SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE()"
                                    + " AND table_name = 'raw_dropped'")
                            > 0
                    && database.one("SELECT COUNT(*) FROM installation") > 0) {
                return Optional.of(database);
            }
        } catch (SQLException e) {
            if (data.external() != null) {
                throw e;
            }
            // Still starting.
        }
        if (database != null) {
            database.close();
        }
        return Optional.empty();
    }

    private static LoadDatabase open(BenchData.External access) throws SQLException {
        LoadDatabase database = new LoadDatabase(access, connect(access));
        database.update("SET SESSION innodb_lock_wait_timeout = " + LOCK_WAIT_SECONDS);
        return database;
    }

    private static BenchData.@Nullable External access(BenchData data) {
        BenchData.External external = data.external();
        if (external != null) {
            return external;
        }
        return RunningDatabase.find(data.mariadb())
                .map(running -> new BenchData.External(running.jdbcUrl(), running.user(), running.password()))
                .orElse(null);
    }

    private static Connection connect(BenchData.External access) throws SQLException {
        String url = access.url() + (access.url().contains("?") ? "&" : "?") + NO_TIMEOUT;
        return DriverManager.getConnection(JdbcUrls.completeForLoader(url), access.user(), access.password());
    }

    /** Refuses a database that has tables: they may be somebody's. */
    static void requireEmpty(BenchData.External access) {
        try (LoadDatabase database = open(access)) {
            long tables =
                    database.one("SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE()");
            if (tables > 0) {
                throw new BenchException("the database of --database has " + tables
                        + " tables; the bench needs an empty one of its own");
            }
        } catch (SQLException | IllegalArgumentException e) {
            throw new BenchException(
                    "--database: " + String.valueOf(e.getMessage()).replaceAll("\\s+", " "), e);
        }
    }

    /** Another connection with the loader's own settings. */
    Connection connectLikeLoader() throws SQLException {
        Connection opened = connect(access);
        opened.setAutoCommit(false);
        opened.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
        try (Statement statement = opened.createStatement()) {
            statement.execute("SET SESSION sql_mode = 'STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION'");
        }
        return opened;
    }

    /** A project of its own in UTC; leaves its keys in the data directory. Returns its number. */
    int makeProject(BenchData data, String domain) throws SQLException {
        try (HikariDataSource pool =
                QueryPool.open(JdbcUrls.complete(access.url()), access.user(), access.password())) {
            ProjectStore projects = new ProjectStore(pool, Clock.systemUTC());
            ProjectStore.Created made = projects.create("Bench", List.of(domain, "localhost"), ZoneOffset.UTC);
            data.writeKeys(made.id(), made.publicKey(), made.secretKey());
            return made.id();
        }
    }

    /** Tracked links of the project, as if made on {@code from}; returns their numbers. */
    List<Integer> makeLinks(int projectId, LocalDate from) throws SQLException {
        long madeMs = from.atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli();
        for (int i = 0; i < LINKS; i++) {
            update(String.format(
                    Locale.ROOT,
                    "INSERT INTO link (project_id, code, destination_url, label, is_active, created_ms, updated_ms)"
                            + " VALUES (%d, 'bench%03d', 'https://example.com/%d', 'Link %d', TRUE, %d, %d)",
                    projectId,
                    i,
                    i,
                    i,
                    madeMs,
                    madeMs));
        }
        update("UPDATE control_version SET version = version + 1");
        List<Integer> links = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT link_id FROM link ORDER BY link_id")) {
            while (rows.next()) {
                links.add(rows.getInt(1));
            }
        }
        return links;
    }

    /**
     * How far the loader is.
     *
     * @param sequence of the last loaded event; 0 before the first
     * @param receivedMs its time
     * @param pending batches whose counters are not in the tables of counters yet
     */
    record Position(long sequence, long receivedMs, long pending) {}

    Position position() throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT sequence, received_ms, (SELECT COUNT(*) FROM rollup_pending) FROM checkpoint")) {
            return row.next() ? new Position(row.getLong(1), row.getLong(2), row.getLong(3)) : new Position(0, 0, 0);
        }
    }

    /**
     * Statements that change rows since the database was started, and whether any statement runs now; without this
     * connection's own. When nothing is done, the one stands still and the other is false.
     */
    record Activity(long changes, boolean busy) {}

    Activity activity() throws SQLException {
        long changes = 0;
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SHOW GLOBAL STATUS WHERE Variable_name IN ('Com_insert',"
                        + " 'Com_insert_select', 'Com_load', 'Com_update', 'Com_delete')")) {
            while (rows.next()) {
                changes += rows.getLong(2);
            }
        }
        long running = one("SELECT COUNT(*) FROM information_schema.processlist WHERE command = 'Query'"
                + " AND db = DATABASE() AND id <> CONNECTION_ID()");
        return new Activity(changes, running > 0);
    }

    /** What became of the project's events. */
    Map<String, Long> ledger(int projectId) throws SQLException {
        return named("SELECT outcome, SUM(events) FROM ledger WHERE outcome NOT LIKE 'refused%' AND project_id = "
                + projectId + " GROUP BY outcome");
    }

    long pageviews(int projectId) throws SQLException {
        return one("SELECT COALESCE(SUM(pageviews), 0) FROM project_total WHERE project_id = " + projectId);
    }

    long pageviewRows() throws SQLException {
        return one("SELECT COUNT(*) FROM pageview");
    }

    /** The same, as the counters by day have it. */
    long pageviewsCounted(int projectId) throws SQLException {
        return one("SELECT COALESCE(SUM(events), 0) FROM rollup WHERE grain = 1 AND dimension = 0 AND project_id = "
                + projectId);
    }

    /** Bytes of data and indexes by table, largest first, after ANALYZE. */
    Map<String, Long> bytes() throws SQLException {
        List<String> tables = new ArrayList<>();
        try (Statement statement = connection.createStatement()) {
            try (ResultSet rows = statement.executeQuery(
                    "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()")) {
                while (rows.next()) {
                    tables.add(rows.getString(1));
                }
            }
            statement.executeQuery("ANALYZE TABLE " + String.join(", ", tables)).close();
            freshStatistics(statement);
        }
        return named("SELECT table_name, SUM(data_length + index_length) AS bytes FROM information_schema.tables"
                + " WHERE table_schema = DATABASE() GROUP BY table_name ORDER BY bytes DESC");
    }

    /** MySQL 8 would answer from a cache of a day. */
    private static void freshStatistics(Statement statement) {
        try {
            statement.execute("SET SESSION information_schema_stats_expiry = 0");
        } catch (SQLException e) {
            // MariaDB has no such cache.
        }
    }

    /** Bytes of event_seen's days before {@code day}: with the next UTC day the loader drops them. */
    long seenBytesBefore(LocalDate day) throws SQLException {
        return one("SELECT COALESCE(SUM(data_length + index_length), 0) FROM information_schema.partitions"
                + " WHERE table_schema = DATABASE() AND table_name = 'event_seen' AND partition_name < 'p"
                + day.toString().replace("-", "") + "'");
    }

    /** What may be repeated. A table's statistics are counted in the background, and whatever changes the table waits for that. */
    void update(String sql) throws SQLException {
        for (int attempt = 1; ; attempt++) {
            try (Statement statement = connection.createStatement()) {
                statement.execute(sql);
                return;
            } catch (SQLException e) {
                if (e.getErrorCode() != LOCK_WAIT_TIMEOUT || attempt == ATTEMPTS_MAX) {
                    throw e;
                }
            }
        }
    }

    long one(String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            return row.next() ? row.getLong(1) : 0;
        }
    }

    /** A statement whose rows come one by one, however many there are. */
    Statement streaming() throws SQLException {
        Statement statement = connection.createStatement(ResultSet.TYPE_FORWARD_ONLY, ResultSet.CONCUR_READ_ONLY);
        statement.setFetchSize(Integer.MIN_VALUE);
        return statement;
    }

    private Map<String, Long> named(String sql) throws SQLException {
        Map<String, Long> named = new LinkedHashMap<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                named.put(rows.getString(1), rows.getLong(2));
            }
        }
        return named;
    }

    /** For people, without what is secret, and with the settings that figures depend on most. */
    String name() {
        String address = access.url().replaceAll("[?].*", "");
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT @@version, @@innodb_buffer_pool_size, @@innodb_flush_log_at_trx_commit")) {
            row.next();
            return row.getString(1) + " at " + address + ", buffer pool " + (row.getLong(2) >> 20)
                    + " MiB, innodb_flush_log_at_trx_commit " + row.getInt(3);
        } catch (SQLException e) {
            // TiDB has other ones.
            return address;
        }
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (SQLException e) {
            // The loader has stopped the database before.
        }
    }
}

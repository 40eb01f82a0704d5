package io.micrologs.server;

import com.zaxxer.hikari.HikariDataSource;
import io.micrologs.database.EmbeddedDatabase;
import io.micrologs.database.EmbeddedDatabaseConfig;
import io.micrologs.database.JdbcUrls;
import io.micrologs.database.RunningDatabase;
import io.micrologs.loader.Schema;
import io.micrologs.query.QueryPool;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Clock;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The one database of an installation: the embedded MariaDB, or the one that {@code database.url} names. It may be away
 * at any time. Started and closed by one thread each; the rest is thread-safe.
 */
final class Database implements AutoCloseable {

    /** Access denied, to the server, to the schema, to a table, or for this host; and no such schema. */
    private static final Set<Integer> REFUSALS = Set.of(1045, 1044, 1142, 1698, 1130, 1049);

    private static final int UNKNOWN_SCHEMA = 1049;
    /** A question that takes milliseconds and has no answer after this: it hangs. */
    private static final long SILENT_NANOS_MAX = TimeUnit.SECONDS.toNanos(5);

    private final Settings settings;
    private final DataDirectory data;
    private final LateDataSource queries = new LateDataSource();

    private volatile @Nullable EmbeddedDatabase embedded;
    private volatile @Nullable HikariDataSource pool;
    private volatile @Nullable Access access;
    private volatile String trouble = "the database is still starting";
    private volatile boolean refused;
    private volatile boolean waiting;
    private volatile long askedNanos;

    private record Access(String url, String user, String password) {}

    private final boolean owner;

    /** @param owner whether an embedded database is this process's to start, or another one's to be used beside it */
    Database(Settings settings, DataDirectory data, boolean owner) {
        this.settings = settings;
        this.data = data;
        this.owner = owner;
    }

    /** What the query module asks over; refuses connections until {@link #admit}. */
    DataSource queries() {
        return queries;
    }

    /**
     * Starts the embedded database if that is what this installation uses, and opens the pool. Control thread.
     *
     * @throws SQLException when an external database does not answer now
     */
    void start() throws SQLException {
        String url = settings.databaseUrl;
        if (url == null) {
            startEmbedded();
        } else {
            access = new Access(
                    url,
                    Objects.requireNonNull(settings.databaseUser),
                    Objects.requireNonNullElse(settings.databasePassword, ""));
        }
        Access known = Objects.requireNonNull(access);
        // One plain connection first: a pool hides why it gets none, and a refused password must end the process.
        DriverManager.getConnection(JdbcUrls.complete(known.url()), known.user(), known.password())
                .close();
        if (pool == null) {
            HikariDataSource opening = QueryPool.open(JdbcUrls.complete(known.url()), known.user(), known.password());
            pool = opening;
        }
    }

    /** What was started, before it is known whether it is the right one. Control thread. */
    DataSource started() {
        return Objects.requireNonNull(pool, "start() comes first");
    }

    /** It is the right one: questions may be asked. */
    void admit() {
        refused = false;
        queries.become(started());
    }

    private void startEmbedded() throws SQLException {
        if (!owner) {
            RunningDatabase running = RunningDatabase.find(data.mariadb())
                    .orElseThrow(() -> new SQLTransientConnectionException(
                            "the embedded database is not running; `micrologs load` on the same data.dir runs it",
                            "08001"));
            access = new Access(running.jdbcUrl(), running.user(), running.password());
            return;
        }
        if (embedded != null) {
            return;
        }
        EmbeddedDatabaseConfig defaults = EmbeddedDatabaseConfig.defaults(data.mariadb());
        Long bufferPool = settings.databaseBufferPool;
        EmbeddedDatabase started = EmbeddedDatabase.start(
                bufferPool == null
                        ? defaults
                        : new EmbeddedDatabaseConfig(
                                defaults.directory(), bufferPool, defaults.startDeadline(), defaults.stopDeadline()));
        embedded = started;
        access = new Access(started.jdbcUrl(), started.user(), started.password());
    }

    /**
     * For a command that ends soon: beside a running server over the server's database, else over one started for it.
     * The schema is there when this returns.
     */
    static Database open(Settings settings) throws SQLException {
        DataDirectory data = settings.databaseUrl == null
                ? DataDirectory.open(settings.dataDir)
                : DataDirectory.at(settings.dataDir);
        boolean alone = RunningDatabase.find(data.mariadb()).isEmpty();
        Database database = new Database(settings, data, alone);
        try {
            database.start();
            Schema.migrate(database.started());
            String mismatch = Installation.mismatch(database.started(), data, Clock.systemUTC());
            if (mismatch != null) {
                throw new OperatorException(mismatch);
            }
            database.admit();
            return database;
        } catch (SQLException e) {
            database.close();
            OperatorException refusal = refusal(e);
            throw refusal == null
                    ? new OperatorException(database.name() + " does not answer: " + e.getMessage(), e)
                    : refusal;
        } catch (RuntimeException e) {
            database.close();
            throw e;
        }
    }

    /** A connection of its own for the loader, which alone may send rows as a file. */
    Connection connectLoader() throws SQLException {
        Access known = access;
        if (known == null) {
            throw new SQLTransientConnectionException("the database is still starting", "08001");
        }
        return DriverManager.getConnection(JdbcUrls.completeForLoader(known.url()), known.user(), known.password());
    }

    /** Whether an embedded database runs for this process only, so that no server does. */
    boolean isAlone() {
        return owner && settings.databaseUrl == null;
    }

    /** For an operator's tool, whose statements may take hours. */
    Connection connectTool() throws SQLException {
        Access known = access;
        if (known == null) {
            throw new SQLTransientConnectionException("the database is still starting", "08001");
        }
        String url = JdbcUrls.completeForLoader(known.url()).replace("socketTimeout=60000", "socketTimeout=0");
        return DriverManager.getConnection(url, known.user(), known.password());
    }

    /** What an operator has to mend, in one line; null when the failure may pass by itself. */
    static @Nullable OperatorException refusal(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException e && REFUSALS.contains(e.getErrorCode())) {
                String advice = e.getErrorCode() == UNKNOWN_SCHEMA
                        ? "create it, for instance: CREATE DATABASE micrologs CHARACTER SET utf8mb4"
                        : "check database.user and database.password, and what that user is granted";
                return new OperatorException("the database refuses: " + e.getMessage() + "; " + advice, e);
            }
        }
        return null;
    }

    /** The control thread asks now, and may have to wait. */
    void asked() {
        askedNanos = System.nanoTime();
        waiting = true;
    }

    void answered() {
        waiting = false;
        trouble = "";
    }

    void failed(String reason) {
        waiting = false;
        trouble = reason;
    }

    /** It answers, and is not the one that belongs here. */
    void refused(String reason) {
        failed(reason);
        refused = true;
    }

    /** Whether {@link #trouble} is that this is another database. */
    boolean isRefused() {
        return refused;
    }

    /** Why the database could not be used at the last attempt; empty when it could. */
    String trouble() {
        long waitedNanos = System.nanoTime() - askedNanos;
        if (trouble.isEmpty() && waiting && waitedNanos > SILENT_NANOS_MAX) {
            return "silent for " + TimeUnit.NANOSECONDS.toSeconds(waitedNanos) + " s";
        }
        return trouble;
    }

    /** For people: which database this is, without anything secret. */
    String name() {
        String url = settings.databaseUrl;
        return url == null ? "embedded MariaDB" : url.replaceAll("[?].*", "");
    }

    @Override
    public void close() {
        HikariDataSource open = pool;
        if (open != null) {
            open.close();
        }
        EmbeddedDatabase running = embedded;
        if (running != null) {
            running.close();
        }
    }
}

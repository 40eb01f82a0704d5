package io.micrologs.database;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A real database server for a module's tests, shared by all of them in one JVM.
 *
 * <p>The system property {@code test.database} chooses: {@code mariadb} (the embedded one, default) or {@code mysql} (a
 * MySQL 8). It lives under {@code target/} and is reused by the next run.
 */
public final class TestDatabase {
    private static @Nullable TestDatabase shared;

    private final TestServer server;

    private TestDatabase(TestServer server) {
        this.server = server;
    }

    /** The running server; the first call starts it. */
    public static synchronized TestDatabase shared() {
        if (shared == null) {
            TestDatabase database = new TestDatabase(open());
            Runtime.getRuntime().addShutdownHook(new Thread(database::stop, "test-database-stop"));
            shared = database;
        }
        return shared;
    }

    private static TestServer open() {
        String kind = System.getProperty("test.database", "mariadb");
        return switch (kind) {
            case "mariadb", "" -> EmbeddedServer.open();
            case "mysql" -> MysqlServer.open();
            default -> throw new IllegalArgumentException("test.database must be mariadb or mysql: " + kind);
        };
    }

    /** A URL with all our parameters to a fresh, empty schema of that name; what was in it is dropped. */
    public String jdbcUrl(String schema) {
        if (!schema.matches("[a-z][a-z0-9_]{0,60}")) {
            throw new IllegalArgumentException("not a name for a schema: " + schema);
        }
        try (Connection connection = DriverManager.getConnection(url("mysql"), user(), password());
                Statement statement = connection.createStatement()) {
            statement.execute("DROP DATABASE IF EXISTS " + schema);
            statement.execute("CREATE DATABASE " + schema + " CHARACTER SET utf8mb4 COLLATE utf8mb4_bin");
        } catch (SQLException e) {
            throw new IllegalStateException("no fresh schema " + schema, e);
        }
        return url(schema);
    }

    private String url(String schema) {
        return JdbcUrls.complete("jdbc:mysql://127.0.0.1:" + server.port() + "/" + schema);
    }

    public String user() {
        return server.user();
    }

    public String password() {
        return server.password();
    }

    /** Stops it cleanly; it keeps its data and its port. */
    public synchronized void stop() {
        server.stop();
    }

    /** Ends it as {@code kill -9} does and leaves it down. */
    public synchronized void kill() {
        server.kill();
    }

    /** Starts it again; URLs handed out before are valid again. No effect while it runs. */
    public synchronized void start() {
        server.start();
    }

    /** One kind of server; calls are serialised by the caller. */
    interface TestServer {
        void start();

        void stop();

        void kill();

        int port();

        String user();

        String password();
    }

    /** The embedded database, in the first directory under {@code target/} that no other JVM holds. */
    private static final class EmbeddedServer implements TestServer {
        private static final int DIRECTORIES_MAX = 8;

        private final EmbeddedDatabaseConfig config;
        private EmbeddedDatabase database;
        private boolean running = true;

        private EmbeddedServer(EmbeddedDatabaseConfig config) {
            this.config = config;
            this.database = EmbeddedDatabase.start(config);
        }

        static EmbeddedServer open() {
            for (int i = 0; ; i++) {
                try {
                    EmbeddedDatabaseConfig usual =
                            EmbeddedDatabaseConfig.defaults(Path.of("target/test-database/mariadb-" + i));
                    return new EmbeddedServer(new EmbeddedDatabaseConfig(
                            usual.directory(), usual.bufferPoolBytes(), Duration.ofMinutes(2), Duration.ofSeconds(30)));
                } catch (DatabaseException e) {
                    if (i == DIRECTORIES_MAX || !String.valueOf(e.getMessage()).startsWith("Another Micrologs")) {
                        throw e;
                    }
                }
            }
        }

        @Override
        public void start() {
            if (!running) {
                int port = database.port();
                database = EmbeddedDatabase.start(config);
                running = true;
                if (database.port() != port) {
                    throw new IllegalStateException("port " + port + " was taken meanwhile");
                }
            }
        }

        @Override
        public void stop() {
            database.close();
            running = false;
        }

        @Override
        public void kill() {
            database.kill();
            running = false;
        }

        @Override
        public int port() {
            return database.port();
        }

        @Override
        public String user() {
            return database.user();
        }

        @Override
        public String password() {
            return database.password();
        }
    }
}

package io.micrologs.query;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;

/** The connections that questions are asked over. */
public final class QueryPool {
    /** One for each of the server's eight workers, and two for what must not wait behind eight slow questions. */
    private static final int CONNECTIONS_MAX = 10;

    /** How long a request waits for a connection: while the database is down, workers must not pile up behind it. */
    private static final long WAIT_MS = 2_000;

    private QueryPool() {}

    /**
     * Opens the pool without asking the database anything: it may be down now and come later.
     *
     * @param jdbcUrl with everything the driver has to know
     */
    public static HikariDataSource open(String jdbcUrl, String user, String password) {
        PatientSource source =
                new PatientSource(() -> DriverManager.getConnection(jdbcUrl, user, password), PatientSource.PAUSE_MS);
        HikariConfig config = new HikariConfig();
        config.setPoolName("query");
        config.setDataSource(source);
        config.setMaximumPoolSize(CONNECTIONS_MAX);
        config.setMinimumIdle(1);
        config.setConnectionTimeout(WAIT_MS);
        config.setValidationTimeout(1_000);
        config.setInitializationFailTimeout(-1);
        config.setMaxLifetime(30 * 60 * 1_000);
        config.setKeepaliveTime(2 * 60 * 1_000);
        config.setTransactionIsolation("TRANSACTION_REPEATABLE_READ");
        return new Pool(config, source);
    }

    /** Says why there is no connection. */
    private static final class Pool extends HikariDataSource {
        private final PatientSource source;

        Pool(HikariConfig config, PatientSource source) {
            super(config);
            this.source = source;
        }

        @Override
        public void close() {
            source.close();
            super.close();
        }

        @Override
        public Connection getConnection() throws SQLException {
            try {
                return super.getConnection();
            } catch (SQLTransientConnectionException e) {
                SQLException why = source.failure();
                throw why == null ? e : new SQLTransientConnectionException(e.getMessage(), why.getSQLState(), why);
            }
        }
    }
}

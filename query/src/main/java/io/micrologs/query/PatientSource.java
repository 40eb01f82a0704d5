package io.micrologs.query;

import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.SQLTransientConnectionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Connects, however often it takes. The pool itself waits twice as long after each failure, up to five seconds, so after an
 * outage questions would fail for seconds more while events are loaded again. Thread-safe.
 */
final class PatientSource implements DataSource {

    static final long PAUSE_MS = 500;
    private static final int ATTEMPT_SECONDS_MAX = 5;

    interface Connector {
        Connection connect() throws SQLException;
    }

    private final Connector connector;
    private final long pauseMs;
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile @Nullable SQLException failure;

    PatientSource(Connector connector, long pauseMs) {
        this.connector = connector;
        this.pauseMs = pauseMs;
    }

    /** Why the last attempt failed; null when it did not. */
    @Nullable
    SQLException failure() {
        return failure;
    }

    /** The attempt in hand is the last. */
    void close() {
        closed.countDown();
    }

    /** Returns when there is one, or throws when this is closed or its thread interrupted. */
    @Override
    public Connection getConnection() throws SQLException {
        while (true) {
            try {
                Connection connected = connector.connect();
                failure = null;
                return connected;
            } catch (SQLException e) {
                failure = e;
                pause(e);
            }
        }
    }

    private void pause(SQLException e) throws SQLException {
        try {
            if (!closed.await(pauseMs, TimeUnit.MILLISECONDS)) {
                return;
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        throw new SQLTransientConnectionException("stopped while the database is away", e.getSQLState(), e);
    }

    @Override
    public Connection getConnection(String user, String password) throws SQLException {
        throw new SQLFeatureNotSupportedException();
    }

    @Override
    public @Nullable PrintWriter getLogWriter() {
        return null;
    }

    @Override
    public void setLogWriter(PrintWriter out) throws SQLException {
        throw new SQLFeatureNotSupportedException();
    }

    /** The URL says how long an attempt may take. */
    @Override
    public void setLoginTimeout(int seconds) {}

    /** The pool waits that long for the attempt in hand when it is closed. */
    @Override
    public int getLoginTimeout() {
        return ATTEMPT_SECONDS_MAX;
    }

    @Override
    public Logger getParentLogger() throws SQLFeatureNotSupportedException {
        throw new SQLFeatureNotSupportedException();
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        throw new SQLFeatureNotSupportedException();
    }

    @Override
    public boolean isWrapperFor(Class<?> type) {
        return false;
    }
}

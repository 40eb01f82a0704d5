package io.micrologs.server;

import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.SQLTransientConnectionException;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** Stands for a database that is still starting: refuses connections until the real source is known. Thread-safe. */
final class LateDataSource implements DataSource {

    private volatile @Nullable DataSource source;

    void become(DataSource source) {
        this.source = source;
    }

    private DataSource source() throws SQLException {
        DataSource known = source;
        if (known == null) {
            throw new SQLTransientConnectionException("the database is still starting", "08001");
        }
        return known;
    }

    @Override
    public Connection getConnection() throws SQLException {
        return source().getConnection();
    }

    @Override
    public Connection getConnection(String user, String password) throws SQLException {
        return source().getConnection(user, password);
    }

    @Override
    public @Nullable PrintWriter getLogWriter() {
        return null;
    }

    @Override
    public void setLogWriter(PrintWriter out) throws SQLException {
        throw new SQLFeatureNotSupportedException();
    }

    @Override
    public void setLoginTimeout(int seconds) throws SQLException {
        throw new SQLFeatureNotSupportedException();
    }

    @Override
    public int getLoginTimeout() {
        return 0;
    }

    @Override
    public Logger getParentLogger() throws SQLFeatureNotSupportedException {
        throw new SQLFeatureNotSupportedException();
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        return source().unwrap(type);
    }

    @Override
    public boolean isWrapperFor(Class<?> type) throws SQLException {
        return source().isWrapperFor(type);
    }
}

package io.micrologs.query;

import io.micrologs.query.engine.Rows;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** One transaction's statements: what they read belongs together. Single-threaded. */
final class Sql implements Rows {
    /**
     * For all statements together: longer than any answer should take, and short enough that a few costly questions do not
     * hold every worker.
     */
    private static final Duration TIME_MAX = Duration.ofSeconds(20);

    private final Connection connection;
    private final long deadline;

    private Sql(Connection connection, Duration timeMax) {
        this.connection = connection;
        this.deadline = System.nanoTime() + timeMax.toNanos();
    }

    interface Work<T> {
        T run(Sql sql) throws SQLException;
    }

    interface Row<T> {
        T read(ResultSet row) throws SQLException;
    }

    /** Runs {@code work} in one transaction and commits it; whatever it throws rolls back. */
    static <T> T inTransaction(DataSource dataSource, Work<T> work) throws SQLException {
        return inTransaction(dataSource, TIME_MAX, work);
    }

    static <T> T inTransaction(DataSource dataSource, Duration timeMax, Work<T> work) throws SQLException {
        try (Connection connection = dataSource.getConnection()) {
            connection.setAutoCommit(false);
            try {
                T result = work.run(new Sql(connection, timeMax));
                connection.commit();
                return result;
            } catch (Throwable e) {
                rollBack(connection, e);
                throw e;
            }
        }
    }

    <T> List<T> rows(String text, Row<T> row, Object... values) throws SQLException {
        try (PreparedStatement statement = prepare(text, values);
                ResultSet found = statement.executeQuery()) {
            List<T> rows = new ArrayList<>();
            while (found.next()) {
                rows.add(row.read(found));
            }
            return rows;
        }
    }

    @Override
    public void each(String text, Reader reader, Object... values) throws SQLException {
        try (PreparedStatement statement = prepare(text, values)) {
            statement.setFetchSize(Integer.MIN_VALUE);
            try (ResultSet found = statement.executeQuery()) {
                while (found.next()) {
                    endIfLate();
                    reader.read(found);
                }
            }
        } catch (SQLException e) {
            // Rows that were never read would stand in the way of whoever the pool gives this connection next.
            connection.abort(Runnable::run);
            throw e;
        }
    }

    <T> Optional<T> first(String text, Row<T> row, Object... values) throws SQLException {
        List<T> rows = rows(text, row, values);
        return rows.isEmpty() ? Optional.empty() : Optional.of(rows.get(0));
    }

    /** For statements that always find one row, such as a count. */
    <T> T one(String text, Row<T> row, Object... values) throws SQLException {
        return first(text, row, values).orElseThrow(() -> new SQLException("no row where there is always one"));
    }

    /** Returns the rows that were found or inserted. */
    int update(String text, @Nullable Object... values) throws SQLException {
        try (PreparedStatement statement = prepare(text, values)) {
            return statement.executeUpdate();
        }
    }

    /** Takes back what was written so far; the transaction then commits nothing. */
    void undo() throws SQLException {
        connection.rollback();
    }

    private PreparedStatement prepare(String text, @Nullable Object... values) throws SQLException {
        PreparedStatement statement = connection.prepareStatement(text);
        try {
            statement.setQueryTimeout(secondsLeft());
            for (int i = 0; i < values.length; i++) {
                statement.setObject(i + 1, values[i]);
            }
            return statement;
        } catch (SQLException e) {
            statement.close();
            throw e;
        }
    }

    private int secondsLeft() throws SQLTimeoutException {
        long leftNanos = deadline - System.nanoTime();
        if (leftNanos <= 0) {
            throw new SQLTimeoutException("the statements before took all the time there is");
        }
        return (int) TimeUnit.NANOSECONDS.toSeconds(leftNanos) + 1;
    }

    /** The database's own clock stops with the first row. */
    private void endIfLate() throws SQLException {
        if (System.nanoTime() - deadline > 0) {
            // First, since rows that are closed are read to their end.
            connection.abort(Runnable::run);
            throw new SQLTimeoutException("the rows that were read took all the time there is");
        }
    }

    private static void rollBack(Connection connection, Throwable cause) {
        try {
            connection.rollback();
        } catch (SQLException e) {
            cause.addSuppressed(e);
        }
    }
}

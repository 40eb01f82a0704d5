package io.micrologs.loader;

import com.mysql.cj.jdbc.JdbcStatement;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes rows in bulk. Single-threaded: loader thread.
 *
 * <p>LOAD DATA LOCAL is twice as fast as INSERT with many rows, but silent: a duplicate key is skipped and text that is
 * too long is cut, as warnings. So anything but "all rows, no warnings" is a {@link LocalInfileException}, upon which
 * the whole batch is written again by INSERT. Every connection has {@code rewriteBatchedStatements}, which makes one
 * INSERT of a batch of rows.
 */
final class TableWriter {

    private static final Logger LOG = LoggerFactory.getLogger(TableWriter.class);

    /** MySQL: local infile disabled; MariaDB: command not allowed, and the same with its reason. */
    private static final Set<Integer> REFUSED = Set.of(3948, 1148, 4166);

    private final TabText text = new TabText();
    private boolean localInfile;

    TableWriter(boolean localInfile) {
        this.localInfile = localInfile;
    }

    /** Only for rows that cannot be there yet. */
    void append(Connection connection, boolean insertOnly, Table table, List<@Nullable Object[]> rows)
            throws SQLException {
        if (rows.isEmpty()) {
            return;
        }
        if (insertOnly || !localInfile || !loadData(connection, table, rows)) {
            batch(connection, table.insert(), rows);
        }
    }

    void upsert(Connection connection, Table table, String onDuplicate, List<@Nullable Object[]> rows)
            throws SQLException {
        batch(connection, table.insert() + " ON DUPLICATE KEY UPDATE " + onDuplicate, rows);
    }

    /** Runs one statement for every row of values. */
    static void batch(Connection connection, String sql, List<@Nullable Object[]> rows) throws SQLException {
        if (rows.isEmpty()) {
            return;
        }
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (@Nullable Object[] row : rows) {
                bind(statement, row);
                statement.addBatch();
            }
            statement.executeBatch();
        }
    }

    /** Gives a statement's placeholders their values, in their order. */
    static void bind(PreparedStatement statement, @Nullable Object... values) throws SQLException {
        for (int i = 0; i < values.length; i++) {
            statement.setObject(i + 1, values[i]);
        }
    }

    /** False when the server does not allow it; nothing was written then. */
    private boolean loadData(Connection connection, Table table, List<@Nullable Object[]> rows) throws SQLException {
        text.clear();
        for (@Nullable Object[] row : rows) {
            text.row(row);
        }
        try (Statement statement = connection.createStatement()) {
            statement.unwrap(JdbcStatement.class).setLocalInfileInputStream(text.stream());
            int written = statement.executeUpdate(table.loadData());
            if (written != rows.size() || statement.getWarnings() != null) {
                throw new LocalInfileException("LOAD DATA wrote " + written + " of " + rows.size() + " rows into "
                        + table.name() + (statement.getWarnings() == null ? "" : " with warnings"));
            }
            return true;
        } catch (SQLException e) {
            if (!REFUSED.contains(e.getErrorCode())) {
                throw e;
            }
            localInfile = false;
            LOG.info("The database server does not allow LOAD DATA LOCAL (local_infile is off); writing by INSERT,"
                    + " which takes about twice as long");
            return false;
        }
    }
}

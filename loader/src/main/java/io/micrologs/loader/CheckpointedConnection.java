package io.micrologs.loader;

import io.micrologs.journal.Checkpoint;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The loader's connection and the checkpoint that moves with every transaction on it. Single-threaded: loader thread,
 * but for {@link #abort}.
 */
final class CheckpointedConnection {
    /*
     * Every transaction begins with UPDATE checkpoint SET new WHERE it is still the old one. A second loader with the
     * same id therefore waits for the row, finds it changed, and stops.
     *
     * COMMIT can fail although the server did commit. So its checkpoint is "in doubt" until the next connection has read
     * the row FOR UPDATE: that waits until the server has ended the old transaction one way or the other. Then
     *   row == in doubt  → it was committed, the batch is done
     *   row == committed → it was not, the batch is tried again
     *   anything else    → somebody else loads under this id: stop
     */

    private static final String ADVANCE = """
            UPDATE checkpoint
            SET journal_id = ?, epoch = ?, sequence = ?, record_index = ?, crc = ?, received_ms = ?, loaded_ms = ?
            WHERE loader_id = ?
            AND journal_id = ? AND epoch = ? AND sequence = ? AND record_index = ? AND crc = ?""";

    private static final String FIRST = """
            INSERT INTO checkpoint
            (journal_id, epoch, sequence, record_index, crc, received_ms, loaded_ms, loader_id)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)""";

    private static final String READ = """
            SELECT journal_id, epoch, sequence, record_index, crc, received_ms FROM checkpoint
            WHERE loader_id = ? FOR UPDATE""";

    private static final Table LOADED_EPOCH = Table.of("loaded_epoch", "loader_id", "journal_id", "epoch", "sequence");

    /**
     * How long the server keeps a connection that says nothing. A loader whose machine or network is lost says no goodbye,
     * and its transaction holds the checkpoint's row, by default for eight hours; one that lives asks every second.
     */
    static final int SILENT_SECONDS_MAX = 30;

    /** Writes a batch's rows; the commit is not its business. */
    @FunctionalInterface
    interface Rows {
        void write(Connection connection) throws SQLException;
    }

    private final int loaderId;
    private final ConnectionSource source;
    private final InstantSource clock;
    private volatile @Nullable Connection connection;
    private boolean known;
    private @Nullable Checkpoint committed;
    private long committedReceivedMs;
    private @Nullable Checkpoint inDoubt;
    private long inDoubtReceivedMs;

    CheckpointedConnection(int loaderId, ConnectionSource source, InstantSource clock) {
        this.loaderId = loaderId;
        this.source = source;
        this.clock = clock;
    }

    /** Opens a connection if there is none, and settles what the last one left in doubt. */
    Connection open() throws SQLException {
        Connection current = connection;
        if (current != null) {
            return current;
        }
        Connection opened = source.open();
        connection = opened;
        opened.setAutoCommit(false);
        opened.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
        try (Statement statement = opened.createStatement()) {
            // Text that is too long has to be an error, not a cut; and a backslash has to escape.
            statement.execute("SET SESSION sql_mode = 'STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION'");
            // Below the socket's timeout, so that a lock that does not come is an error of its own.
            statement.execute("SET SESSION innodb_lock_wait_timeout = 20, lock_wait_timeout = 20, wait_timeout = "
                    + SILENT_SECONDS_MAX);
        }
        settle(opened);
        opened.commit();
        return opened;
    }

    private record Found(@Nullable Checkpoint checkpoint, long receivedMs) {}

    private Found read(Connection opened) throws SQLException {
        try (PreparedStatement read = opened.prepareStatement(READ)) {
            read.setInt(1, loaderId);
            try (ResultSet row = read.executeQuery()) {
                if (!row.next()) {
                    return new Found(null, 0);
                }
                Checkpoint checkpoint = new Checkpoint(
                        row.getLong(1), (int) row.getLong(2), row.getLong(3), row.getLong(4), (int) row.getLong(5));
                return new Found(checkpoint, row.getLong(6));
            }
        }
    }

    private void settle(Connection opened) throws SQLException {
        Found read = read(opened);
        Checkpoint found = read.checkpoint;
        long receivedMs = read.receivedMs;
        if (!known) {
            known = true;
            committed = found;
            committedReceivedMs = receivedMs;
        } else if (inDoubt != null && Objects.equals(found, inDoubt)) {
            settleAsCommitted();
        } else if (!Objects.equals(found, committed)) {
            throw new LoaderStoppedException("the checkpoint of loader " + loaderId
                    + " was changed by somebody else (" + brief(found) + " instead of " + brief(committed)
                    + "); a database takes one installation: is another one using it?");
        }
        inDoubt = null;
    }

    private void settleAsCommitted() {
        committed = inDoubt;
        committedReceivedMs = inDoubtReceivedMs;
        inDoubt = null;
    }

    private static String brief(@Nullable Checkpoint checkpoint) {
        return checkpoint == null
                ? "none"
                : "epoch " + Integer.toUnsignedLong(checkpoint.epoch()) + " sequence " + checkpoint.sequence();
    }

    /** One batch, one transaction. When it throws, nothing was committed, or that is in doubt until {@link #open}. */
    void transact(List<Entry> batch, Rows rows) throws SQLException {
        Connection current = open();
        Entry last = batch.get(batch.size() - 1);
        advance(current, last.position(), last.timeMs());
        recordEpochs(current, batch);
        rows.write(current);
        inDoubt = last.position();
        inDoubtReceivedMs = last.timeMs();
        current.commit();
        settleAsCommitted();
    }

    /** Changes that no event makes, between batches. Whoever makes them can tell from the rows whether they were made. */
    void transactBetweenBatches(Rows rows) throws SQLException {
        Connection current = open();
        rows.write(current);
        current.commit();
    }

    /** The same, but not if another loader has moved the checkpoint. */
    void transactFenced(Rows rows) throws SQLException {
        transactBetweenBatches(current -> {
            Checkpoint found = read(current).checkpoint;
            if (!Objects.equals(found, committed)) {
                throw movedByAnother(committed);
            }
            rows.write(current);
        });
    }

    private void advance(Connection current, Checkpoint next, long receivedMs) throws SQLException {
        Checkpoint old = committed;
        try (PreparedStatement statement = current.prepareStatement(old == null ? FIRST : ADVANCE)) {
            set(statement, 1, next);
            statement.setLong(6, receivedMs);
            statement.setLong(7, clock.millis());
            statement.setInt(8, loaderId);
            if (old != null) {
                set(statement, 9, old);
            }
            if (statement.executeUpdate() != 1) {
                throw movedByAnother(old);
            }
        } catch (SQLException e) {
            // The very first row is there already.
            if (old == null && SqlFailures.isDataError(e)) {
                throw movedByAnother(null);
            }
            throw e;
        }
    }

    private LoaderStoppedException movedByAnother(@Nullable Checkpoint old) {
        return new LoaderStoppedException("another loader has moved the checkpoint of loader " + loaderId + " on from "
                + brief(old) + "; a database takes one installation: is another one using it?");
    }

    private static void set(PreparedStatement statement, int at, Checkpoint checkpoint) throws SQLException {
        statement.setLong(at, checkpoint.journalId());
        statement.setLong(at + 1, Integer.toUnsignedLong(checkpoint.epoch()));
        statement.setLong(at + 2, checkpoint.sequence());
        statement.setLong(at + 3, checkpoint.index());
        statement.setLong(at + 4, Integer.toUnsignedLong(checkpoint.crc()));
    }

    /** The epoch in the checkpoint is open; every one that this batch leaves behind gets its last sequence recorded. */
    private void recordEpochs(Connection current, List<Entry> batch) throws SQLException {
        List<@Nullable Object[]> left = new ArrayList<>();
        Checkpoint before = committed;
        for (Entry entry : batch) {
            Checkpoint position = entry.position();
            if (before != null && (before.epoch() != position.epoch() || before.journalId() != position.journalId())) {
                left.add(new Object[] {
                    loaderId, before.journalId(), Integer.toUnsignedLong(before.epoch()), before.sequence()
                });
            }
            before = position;
        }
        TableWriter.batch(
                current,
                LOADED_EPOCH.insert() + " ON DUPLICATE KEY UPDATE sequence = GREATEST(sequence, VALUES(sequence))",
                left);
    }

    /** The highest loaded sequence of every epoch of a journal. */
    Map<Integer, Long> loadedEpochs(long journalId) throws SQLException {
        Connection current = open();
        Map<Integer, Long> loaded = new HashMap<>();
        try (PreparedStatement read = current.prepareStatement(
                "SELECT epoch, sequence FROM loaded_epoch WHERE loader_id = ? AND journal_id = ?")) {
            read.setInt(1, loaderId);
            read.setLong(2, journalId);
            try (ResultSet rows = read.executeQuery()) {
                while (rows.next()) {
                    loaded.put((int) rows.getLong(1), rows.getLong(2));
                }
            }
        }
        current.commit();
        Checkpoint last = committed;
        if (last != null && last.journalId() == journalId) {
            loaded.merge(last.epoch(), last.sequence(), Math::max);
        }
        return loaded;
    }

    @Nullable
    Checkpoint committed() {
        return committed;
    }

    /** The time that counted for the last loaded event, 0 before the first. */
    long committedReceivedMs() {
        return committedReceivedMs;
    }

    /** After any failure: what the server has not committed, it rolls back. */
    void drop() {
        Connection current = connection;
        connection = null;
        if (current != null) {
            try {
                current.close();
            } catch (SQLException e) {
                // It failed before; that it does not close properly either adds nothing.
            }
        }
    }

    /** Any thread: ends a call to the server that does not come back. */
    void abort() {
        Connection current = connection;
        if (current != null) {
            try {
                current.abort(Runnable::run);
            } catch (SQLException e) {
                // Then the socket's own timeout has to end it.
            }
        }
    }
}

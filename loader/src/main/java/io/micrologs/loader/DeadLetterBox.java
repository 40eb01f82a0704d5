package io.micrologs.loader;

import io.micrologs.journal.Checkpoint;
import io.micrologs.journal.JournalLookup;
import io.micrologs.journal.Polled;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Records that could not be loaded, for the operator: to see them, and to try them again. Single-threaded: its owner. */
public final class DeadLetterBox {

    private final LoaderConfig config;
    private final Connection connection;

    /**
     * One of them.
     *
     * @param id what an operator names it by
     * @param loadedMs when it was set aside, milliseconds since 1970 UTC
     */
    public record Letter(
            String id, long journalId, long recordIndex, int projectId, String reason, byte[] record, long loadedMs) {}

    /** What came of trying one again: the outcome that the ledger has now, or the reason why it stays. */
    public record Retried(boolean loaded, String text) {}

    /** @param connection one that allows LOAD DATA LOCAL or not; in no transaction */
    public DeadLetterBox(LoaderConfig config, Connection connection) {
        this.config = config;
        this.connection = connection;
    }

    /** All, oldest first; their bytes are left out. */
    public List<Letter> list() throws SQLException {
        return select("", "''", null);
    }

    /** @throws ToolException when there is none of this id */
    public Letter get(String id) throws SQLException {
        String[] parts = id.trim().toLowerCase(Locale.ROOT).split("-", -1);
        try {
            if (parts.length == 2) {
                long journalId = Long.parseUnsignedLong(parts[0], 16);
                long index = Long.parseUnsignedLong(parts[1], 16);
                List<Letter> found =
                        select(" AND journal_id = ? AND record_index = ?", "record", new long[] {journalId, index});
                if (!found.isEmpty()) {
                    return found.get(0);
                }
            }
        } catch (NumberFormatException e) {
            // told below
        }
        throw new ToolException("there is no dead letter " + id + "; `micrologs deadletters list` shows them");
    }

    private List<Letter> select(String where, String bytes, long @Nullable [] key) throws SQLException {
        List<Letter> letters = new ArrayList<>();
        String sql = "SELECT journal_id, record_index, project_id, reason, " + bytes + ", loaded_ms FROM dead_letter"
                + " WHERE loader_id = ?" + where + " ORDER BY loaded_ms, record_index";
        try (PreparedStatement read = connection.prepareStatement(sql)) {
            read.setInt(1, config.loaderId());
            if (key != null) {
                read.setLong(2, key[0]);
                read.setLong(3, key[1]);
            }
            try (ResultSet rows = read.executeQuery()) {
                while (rows.next()) {
                    long journalId = rows.getLong(1);
                    long index = rows.getLong(2);
                    letters.add(new Letter(
                            "%016x-%x".formatted(journalId, index),
                            journalId,
                            index,
                            rows.getInt(3),
                            rows.getString(4),
                            rows.getBytes(5),
                            rows.getLong(6)));
                }
            }
        }
        return letters;
    }

    /**
     * Loads it by the way of every event, in one transaction with the ledger and the end of the dead letter. The running
     * loader waits meanwhile, and forgets what it remembers of the rows.
     *
     * @param bytes the record as it is in the journal
     */
    public Retried retry(Letter letter, byte[] bytes, long nowMs) throws SQLException {
        Polled polled = JournalLookup.decode(letter.journalId(), letter.recordIndex(), bytes);
        if (polled instanceof Polled.Damaged damaged) {
            return stays(letter, damaged.reason());
        }
        if (polled instanceof Polled.TooNew tooNew) {
            return stays(letter, "has version " + tooNew.version() + " and kind " + tooNew.kind() + ", not known here");
        }
        connection.setAutoCommit(false);
        connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
        try (var statement = connection.createStatement()) {
            statement.execute("SET SESSION sql_mode = 'STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION'");
        }
        try {
            String outcome = load(letter, (Polled.Stored) polled, nowMs);
            connection.commit();
            return new Retried(true, outcome);
        } catch (SQLException e) {
            connection.rollback();
            if (SqlFailures.isDataError(e)) {
                return stays(letter, SqlFailures.brief(e));
            }
            throw e;
        } catch (RuntimeException e) {
            connection.rollback();
            if (e instanceof ToolException) {
                throw e;
            }
            return stays(letter, e.getClass().getSimpleName());
        }
    }

    private String load(Letter letter, Polled.Stored stored, long nowMs) throws SQLException {
        // Holds the loader's next batch back, and waits for the one that is being committed.
        Checkpoint loaded = Replay.checkpoint(connection, config.loaderId(), true);
        if (loaded == null) {
            throw new ToolException("nothing was ever loaded into this database");
        }
        int gone = Erasures.update(
                connection,
                "DELETE FROM dead_letter WHERE loader_id = ? AND journal_id = ? AND record_index = ?",
                config.loaderId(),
                letter.journalId(),
                letter.recordIndex());
        if (gone != 1) {
            throw new ToolException("somebody else has taken the dead letter " + letter.id());
        }
        Erasures.update(connection, "UPDATE control_version SET version = version + 1 WHERE one = 1");
        Erasures.update(
                connection,
                "UPDATE ledger SET events = events - 1 WHERE loader_id = ? AND project_id = ? AND outcome = ?",
                config.loaderId(),
                letter.projectId(),
                Outcome.DEAD_LETTER.code);
        Projection projection = new Projection(config);
        long timeMs = stored.record().envelope().receivedMs();
        projection.load(connection, new TableWriter(false), true, List.of(new Entry(stored, timeMs, null)), nowMs);
        return projection.outcomes().keySet().stream()
                .map(outcome -> outcome.code)
                .findFirst()
                .orElse("nothing that is counted");
    }

    private Retried stays(Letter letter, String reason) throws SQLException {
        connection.setAutoCommit(true);
        String cut = reason.length() <= 255 ? reason : reason.substring(0, 255);
        Erasures.update(
                connection,
                "UPDATE dead_letter SET reason = ? WHERE loader_id = ? AND journal_id = ? AND record_index = ?",
                cut,
                config.loaderId(),
                letter.journalId(),
                letter.recordIndex());
        return new Retried(false, cut);
    }
}

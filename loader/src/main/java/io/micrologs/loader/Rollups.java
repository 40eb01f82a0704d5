package io.micrologs.loader;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Counters and sketches, kept up with the rows that they count. Single-threaded: loader thread. */
final class Rollups {
    /*
     * A batch of 5,000 views changes about as many rows of rollup, mostly the same ones as the batch before it; so they
     * are not written with each. What a batch adds is one blob in rollup_pending, in the batch's own transaction, and is
     * gathered here. A flush, every second or few, puts what was gathered into rollup and sketch and deletes the pending
     * rows, in one transaction of its own. So at any time
     *
     *   rollup + rollup_pending = what the raw rows say, exactly
     *
     * A pending row is gone when it is in rollup, and only then, so no failure can add it twice or never: after one,
     * all that is gathered is dropped and read back from rollup_pending. Who is in the sketches is not in the blob: it is
     * read again from the raw rows of the batch's times, since a union does not mind repetition.
     *
     * A retried dead letter leaves a pending row, too, beside a loader that knows nothing of it (DeadLetterBox). The next
     * batch notices, since the control version has changed, or the next look(); then all is read back by the next flush.
     *
     * What was gathered is bounded: see isFull().
     */

    /** Rows of rollup, of about 200 bytes each while they are gathered. */
    private static final int ROWS_MAX = 100_000;
    /** Hashes of 8 bytes. */
    private static final int HELD_MAX = 2_000_000;

    private static final Table PENDING =
            Table.of("rollup_pending", "loader_id", "batch", "part", "first_ms", "last_ms", "counts");

    private final int loaderId;
    private final Tuples tuples;
    private final boolean counting;
    private final Tally gathered = new Tally();
    /** Numbers only; who viewed goes to what is gathered at once, since a batch that fails drops it anyway. */
    private final Tally batch = new Tally();

    /** Whether all that is pending is gathered. */
    private boolean loaded;

    private boolean numbered;
    private long lastBatch;
    private int pendingRows;
    private int batchRows;
    private long firstMs;
    private long lastMs;

    /** @param counting false in a replay, whose days are made again afterwards */
    Rollups(int loaderId, Tuples tuples, boolean counting) {
        this.loaderId = loaderId;
        this.tuples = tuples;
        this.counting = counting;
    }

    boolean isCounting() {
        return counting;
    }

    void begin() {
        batch.clear();
        firstMs = Long.MAX_VALUE;
        lastMs = Long.MIN_VALUE;
        batchRows = 0;
    }

    /** What the batch counts for. */
    Tally tally() {
        return batch;
    }

    /** Who is in the sketches. */
    Tally visitors() {
        return gathered;
    }

    /**
     * Finds out the number of the next batch. What earlier ones left is not read here but by the next flush: a batch must not
     * wait for raw rows of whatever time, and whoever retries a dead letter has no use for them.
     */
    void number(Connection connection) throws SQLException {
        if (!numbered && counting) {
            lastBatch = RollupTables.number(
                    connection, "SELECT MAX(batch) FROM rollup_pending WHERE loader_id = " + loaderId);
            numbered = true;
        }
    }

    /** Reads what is pending, unless all of it is gathered. */
    private void load(Connection connection) throws SQLException {
        if (loaded || !counting) {
            return;
        }
        gathered.clear();
        SpansByProject spans = readPending(connection, loaderId, gathered);
        pendingRows = countPending(connection);
        numbered = false;
        number(connection);
        readVisitors(connection, spans, tuples, gathered);
        loaded = true;
    }

    private int countPending(Connection connection) throws SQLException {
        return (int)
                RollupTables.number(connection, "SELECT COUNT(*) FROM rollup_pending WHERE loader_id = " + loaderId);
    }

    /** Whether nothing at all is pending; what is not known yet is read again then, by the next flush. */
    boolean look(Connection connection) throws SQLException {
        int rows = countPending(connection);
        if (rows != pendingRows) {
            forget();
        }
        return rows == 0;
    }

    /**
     * Adds what is pending.
     *
     * @return the times of the rows that it comes from
     */
    static SpansByProject readPending(Connection connection, int loaderId, Tally into) throws SQLException {
        SpansByProject spans = new SpansByProject();
        String sql = "SELECT first_ms, last_ms, counts FROM rollup_pending WHERE loader_id = ?";
        try (PreparedStatement read = connection.prepareStatement(sql)) {
            read.setInt(1, loaderId);
            try (ResultSet rows = read.executeQuery()) {
                while (rows.next()) {
                    Tally part = new Tally();
                    CountCodec.decode(rows.getBytes(3), part);
                    for (int projectId : part.projects()) {
                        spans.add(projectId, rows.getLong(1), rows.getLong(2));
                    }
                    into.add(part);
                }
            }
        }
        return spans;
    }

    /** Adds to the sketches who comes in the rows of these times. */
    static void readVisitors(Connection connection, SpansByProject spans, Tuples tuples, Tally into)
            throws SQLException {
        for (int projectId : spans.projects()) {
            Tally seen = new Tally();
            for (SpansByProject.Span span : spans.of(projectId)) {
                try (RawRows rows =
                        RawRows.visitors(connection, projectId, span.firstMs(), span.lastMs() + 1, tuples, seen)) {
                    while (!rows.read(Integer.MAX_VALUE)) {}
                }
            }
            into.addSketches(seen);
        }
    }

    /** An event of this time is in the batch. */
    void at(long timeMs) {
        firstMs = Math.min(firstMs, timeMs);
        lastMs = Math.max(lastMs, timeMs);
    }

    /** In the batch's transaction. */
    void write(Connection connection) throws SQLException {
        Map<RollupKey, long[]> counts = batch.countsUnordered();
        if (counts.isEmpty() || !counting) {
            return;
        }
        List<@Nullable Object[]> rows = new ArrayList<>();
        for (byte[] part : CountCodec.encode(counts)) {
            rows.add(new Object[] {loaderId, lastBatch + 1, rows.size(), firstMs, lastMs, part});
        }
        TableWriter.batch(connection, PENDING.insert(), rows);
        batchRows = rows.size();
    }

    /** The batch is committed. */
    void committed() {
        if (batchRows > 0) {
            lastBatch++;
            pendingRows += batchRows;
            batchRows = 0;
            gathered.add(batch);
        }
        batch.clear();
    }

    /** Whether a flush may have something to do. */
    boolean isPending() {
        return counting && (!loaded || pendingRows > 0);
    }

    /** Whether a flush must not wait. */
    boolean isFull() {
        return gathered.countRows() >= ROWS_MAX || gathered.held() >= HELD_MAX;
    }

    /** Puts what is gathered where it belongs, in a transaction that is fenced; then comes {@link #flushed}. */
    void flush(Connection connection) throws SQLException {
        load(connection);
        if (pendingRows == 0) {
            return;
        }
        try (PreparedStatement delete =
                connection.prepareStatement("DELETE FROM rollup_pending WHERE loader_id = ? AND batch <= ?")) {
            delete.setInt(1, loaderId);
            delete.setLong(2, lastBatch);
            int deleted = delete.executeUpdate();
            if (deleted != pendingRows) {
                throw new SQLException(
                        "rollup_pending has " + deleted + " rows instead of " + pendingRows + "; they are read again");
            }
        }
        RollupTables.add(connection, gathered);
        RollupTables.unite(connection, gathered.sketches());
        RollupTables.reopen(connection, gathered.days());
    }

    /**
     * The flush is committed.
     *
     * @param listener is told what was flushed
     */
    void flushed(Consumer<Tally> listener) {
        listener.accept(gathered);
        gathered.clear();
        pendingRows = 0;
    }

    /** After a failure, and when what is known of rows is no longer true. */
    void forget() {
        gathered.clear();
        batch.clear();
        batchRows = 0;
        loaded = false;
        numbered = false;
    }
}

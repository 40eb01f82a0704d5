package io.micrologs.bench;

import com.mysql.cj.jdbc.JdbcStatement;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the database takes at most: the raw rows that the loader has just made, by LOAD DATA LOCAL into empty tables like its
 * own, a transaction for as many events as the loader's batches have. Single-threaded.
 */
final class Ceiling implements AutoCloseable {
    /*
     * Raw rows are those that each event, visit or visitor has. Not among them is what the loader makes of many events
     * together: counters, sketches, dictionaries, the ledger. Those, all lookups, decoding and parsing are what the ratio
     * is about.
     *
     * The rows are taken out of the loader's tables and written to files before the clock runs, in order of time and, within
     * a batch, of their key, which is how they are inserted fastest. Tables with a file a day get theirs where the
     * loader's have theirs.
     */
    static final int BATCH_EVENTS = 5_000;

    private static final String PREFIX = "bench_";
    private static final long DAY_MS = 86_400_000;
    /** Of text, in a part. */
    private static final long KEPT_BYTES_MAX = 64 << 20;

    /**
     * @param time the column that says when a row was made
     * @param key the column that rows of a batch are sorted by
     * @param from what is read, with the table as t
     * @param partitioned whether it has a partition a day
     */
    private record Source(String name, String time, String key, String from, boolean partitioned) {
        /** One with a partition a day. */
        Source(String name, String time, String key) {
            this(name, "t." + time, key, name + " t", true);
        }
    }

    private static final List<Source> SOURCES = List.of(
            new Source("event_seen", "received_ms", "event_id"),
            new Source("visitor", "t.first_seen_ms", "visitor_id", "visitor t", false),
            new Source(
                    "visitor_fingerprint",
                    "v.first_seen_ms",
                    "fingerprint_key",
                    // By this key: right after many rows came, the optimizer may still take the table for a small one.
                    "visitor v STRAIGHT_JOIN visitor_fingerprint t FORCE INDEX (of_visitor)"
                            + " ON t.project_id = v.project_id AND t.visitor_id = v.visitor_id",
                    false),
            new Source("pageview", "received_ms", "received_ms"),
            new Source("session", "started_ms", "session_token"),
            new Source("error_event", "received_ms", "received_ms"),
            new Source("audit_event", "received_ms", "received_ms"),
            new Source("link_click", "received_ms", "received_ms"));

    /** What the rows of one part took. */
    record Measured(long events, long rows, long bytes, long nanos) {
        double eventsPerSecond() {
            return events * 1e9 / nanos;
        }
    }

    private final LoadDatabase database;
    private final Path directory;
    private final List<RowFile> files = new ArrayList<>();
    private @Nullable Connection connection;

    /** @param directory where the rows wait in files */
    Ceiling(LoadDatabase database, Path directory) {
        this.database = database;
        this.directory = directory;
    }

    /** Makes the tables; the loader's have to have their partitions already. */
    void open() throws SQLException {
        connection = database.connectLikeLoader();
        drop();
        for (Source source : SOURCES) {
            database.update("CREATE TABLE IF NOT EXISTS " + PREFIX + source.name() + " LIKE " + source.name());
        }
    }

    /** Loads the rows that were made after {@code fromMs} and up to {@code untilMs}, of so many events. */
    Measured measure(long fromMs, long untilMs, long events) throws SQLException, IOException {
        Connection open = connection;
        if (open == null) {
            throw new IllegalStateException("open() comes first");
        }
        int batches = (int) ((events + BATCH_EVENTS - 1) / BATCH_EVENTS);
        long bytes = 0;
        try {
            for (Source source : SOURCES) {
                files.add(RowFile.write(
                        directory.resolve("bench-" + source.name() + ".rows"),
                        PREFIX + source.name(),
                        source.key(),
                        database,
                        source.from() + " WHERE " + source.time() + " > " + fromMs + " AND " + source.time() + " <= "
                                + untilMs,
                        source.time(),
                        batches));
            }
            long rows = 0;
            long start = System.nanoTime();
            for (int batch = 0; batch < batches; batch++) {
                for (RowFile file : files) {
                    byte[] text = file.batch(batch);
                    load(open, file, text, file.rows(batch));
                    rows += file.rows(batch);
                    bytes += text.length;
                }
                open.commit();
            }
            return new Measured(events, rows, bytes, System.nanoTime() - start);
        } finally {
            for (RowFile file : files) {
                file.close();
            }
            files.clear();
            // Else what failed halfway would hold the tables.
            open.rollback();
            empty(fromMs, untilMs, bytes);
        }
    }

    private static void load(Connection open, RowFile file, byte[] text, int rows) throws SQLException {
        if (rows == 0) {
            return;
        }
        try (Statement statement = open.createStatement()) {
            statement.unwrap(JdbcStatement.class).setLocalInfileInputStream(new ByteArrayInputStream(text));
            int written = statement.executeUpdate(file.loadData());
            if (written != rows) {
                throw new BenchException("LOAD DATA wrote " + written + " of " + rows + " rows into " + file.table());
            }
        } catch (SQLException e) {
            throw new BenchException(
                    "the ceiling cannot be measured, LOAD DATA LOCAL fails (is local_infile on?): " + e.getMessage(),
                    e);
        }
    }

    /**
     * Only the days that were written to: to empty a year of them takes longer than to load a part. Where that would make
     * little room, nothing is emptied but what the next part's rows would come into.
     */
    private void empty(long fromMs, long untilMs, long bytes) throws SQLException {
        List<String> days = new ArrayList<>();
        for (long day = Math.floorDiv(fromMs, DAY_MS); day <= Math.floorDiv(untilMs, DAY_MS); day++) {
            days.add("p" + LocalDate.ofEpochDay(day).toString().replace("-", ""));
        }
        for (Source source : SOURCES) {
            if (!source.partitioned()) {
                database.update("TRUNCATE TABLE " + PREFIX + source.name());
            } else if (bytes > KEPT_BYTES_MAX) {
                database.update(
                        "ALTER TABLE " + PREFIX + source.name() + " TRUNCATE PARTITION " + String.join(", ", days));
            }
        }
    }

    private void drop() throws SQLException {
        for (Source source : SOURCES) {
            database.update("DROP TABLE IF EXISTS " + PREFIX + source.name());
        }
    }

    @Override
    public void close() throws SQLException {
        Connection open = connection;
        connection = null;
        if (open != null) {
            // Not in the middle of a transaction that holds the tables.
            open.rollback();
            open.close();
            drop();
        }
    }
}

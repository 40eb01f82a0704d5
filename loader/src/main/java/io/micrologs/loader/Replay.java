package io.micrologs.loader;

import io.micrologs.journal.Checkpoint;
import io.micrologs.journal.JournalTailer;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes the raw rows of UTC days again from the journal, beside a running loader. Single-threaded: its owner, and a loader's
 * thread that it starts.
 */
public final class Replay {
    /*
     * How
     *   The days are loaded again by the loader itself, over a connection on which temporary tables hide the real ones
     *   (ShadowTables): they begin with what was there before the days. It goes on to the last loaded record, since a session
     *   may last two days beyond its first event, and what a repeat adds to one is in no other row. Then, in one
     *   transaction while the checkpoint's row is locked, so that no batch is in between, rows that differ are exchanged
     *   (ReplayExchange). Ingest notices nothing; loading waits for the exchange and forgets what it remembers of the rows.
     *
     * What stands
     *   Projects, links, aliases, fingerprints, erasures, the numbers and the status of error groups: primary data, read as
     *   they are. The ledger and the dead letters: each record had its outcome once; what is in dead_letter stays there.
     *   Totals and groups' counts are counted from the rows, plus what retention has dropped.
     *
     * Road not taken: the running loader as the worker of a request table. It would pause loading for the whole of it, and an
     * installation whose loader is stopped could not be repaired.
     */
    private static final long DAY_MS = Partitions.DAY_MS;
    private static final long CATCH_UP_EVENTS = 20_000;
    private static final long LOOK_EVERY_MS = 20;

    private final LoaderConfig config;
    private final RecordSource.Opener journal;
    private final ConnectionSource connections;
    private final InstantSource clock;
    private final ProgressListener progress;

    /** How many rows were put back or corrected, and taken away. */
    public record Result(long written, long removed) {}

    /**
     * @param config of the loader whose rows these are
     * @param connections connections that may wait longer than a minute for an answer
     */
    public Replay(
            LoaderConfig config,
            Supplier<JournalTailer> journal,
            ConnectionSource connections,
            InstantSource clock,
            ProgressListener progress) {
        this(config, () -> RecordSource.of(journal.get()), connections, clock, progress);
    }

    Replay(
            LoaderConfig config,
            RecordSource.Opener journal,
            ConnectionSource connections,
            InstantSource clock,
            ProgressListener progress) {
        this.config = config;
        this.journal = journal;
        this.connections = connections;
        this.clock = clock;
        this.progress = progress;
    }

    /**
     * Replays the days from {@code from} to {@code to}, both included.
     *
     * @throws ToolException when a day is not wholly in the journal, or the work cannot go on; nothing is changed then
     */
    public Result run(LocalDate from, LocalDate to) throws SQLException, InterruptedException {
        LocalDate today = clock.instant().atZone(ZoneOffset.UTC).toLocalDate();
        if (from.isAfter(to)) {
            throw new ToolException("--from " + from + " is after --to " + to);
        }
        if (config.retentionDays() > 0 && from.isBefore(today.minusDays(config.retentionDays()))) {
            throw new ToolException("retention.days has dropped " + from + "; days from "
                    + today.minusDays(config.retentionDays()) + " on are kept, nothing was changed");
        }
        try (Connection real = open();
                Connection aside = open()) {
            Checkpoint last = requireCheckpoint(real, false);
            ReplayDays days;
            try (RecordSource tailer = journal.open()) {
                days = ReplayDays.find(tailer, last, isAlone(real, last), from, to, today, progress);
            }
            long fromMs = from.atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli();
            long untilMs =
                    to.plusDays(1).atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli();
            return run(real, aside, days, last, fromMs, untilMs);
        }
    }

    private Result run(Connection real, Connection aside, ReplayDays days, Checkpoint last, long fromMs, long untilMs)
            throws SQLException, InterruptedException {
        long beganMs = clock.millis();
        progress.at("preparing", 0, 0);
        ShadowTables shadow = ShadowTables.of(aside, fromMs);
        shadow.hide();
        Map<Integer, Long> lastSequences = new ConcurrentHashMap<>();
        long farMs = untilMs + Sessions.SPAN_MAX_MS + EventClock.BRIDGED_MS;
        ReplaySource source =
                new ReplaySource(journal.open(), last, deadIndexes(real, last.journalId()), farMs, lastSequences);
        start(aside, days);
        try (Run loading =
                new Run(source, aside, days.before() == null ? 0 : days.before().sequence())) {
            loading.await(last);
            for (Checkpoint now = requireCheckpoint(real, false);
                    now.sequence() - last.sequence() > CATCH_UP_EVENTS;
                    now = requireCheckpoint(real, false)) {
                last = now;
                loading.await(last);
            }
            // From here to the end no batch is committed.
            real.setAutoCommit(false);
            last = requireCheckpoint(real, true);
            loading.await(last);
        }
        requireAllThere(real, last.journalId(), lastSequences);
        shadow.reveal();
        ReplayExchange exchange = new ReplayExchange(aside, fromMs, untilMs, progress);
        Result result = exchange.run(!source.hasSkippedFar(), beganMs);
        real.rollback();
        return result;
    }

    private Connection open() throws SQLException {
        Connection connection = connections.open();
        connection.setAutoCommit(false);
        connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET SESSION sql_mode = 'STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION'");
        }
        return connection;
    }

    private Checkpoint requireCheckpoint(Connection connection, boolean lock) throws SQLException {
        Checkpoint found = checkpoint(connection, config.loaderId(), lock);
        if (!lock) {
            connection.commit();
        }
        if (found == null) {
            throw new ToolException("nothing was ever loaded into this database, so there is nothing to replay");
        }
        return found;
    }

    static @Nullable Checkpoint checkpoint(Connection connection, int loaderId, boolean lock) throws SQLException {
        String sql = "SELECT journal_id, epoch, sequence, record_index, crc FROM checkpoint WHERE loader_id = ?";
        try (PreparedStatement read = connection.prepareStatement(sql + (lock ? " FOR UPDATE" : ""))) {
            read.setInt(1, loaderId);
            try (ResultSet row = read.executeQuery()) {
                return row.next()
                        ? new Checkpoint(row.getLong(1), (int) row.getLong(2), row.getLong(3), row.getLong(4), (int)
                                row.getLong(5))
                        : null;
            }
        }
    }

    /** Whether no other journal was ever loaded, so that this one's first event is the first of all. */
    private boolean isAlone(Connection real, Checkpoint last) throws SQLException {
        return number(
                        real,
                        "SELECT COUNT(*) FROM loaded_epoch WHERE loader_id = " + config.loaderId()
                                + " AND journal_id <> " + last.journalId())
                == 0;
    }

    private Set<Long> deadIndexes(Connection real, long journalId) throws SQLException {
        Set<Long> indexes = new HashSet<>();
        try (Statement statement = real.createStatement();
                ResultSet rows = statement.executeQuery("SELECT record_index FROM dead_letter WHERE loader_id = "
                        + config.loaderId() + " AND journal_id = " + journalId)) {
            while (rows.next()) {
                indexes.add(rows.getLong(1));
            }
        }
        real.commit();
        return indexes;
    }

    /** What was loaded of an epoch must be in the journal still, or rows would go that cannot be made again. */
    private void requireAllThere(Connection real, long journalId, Map<Integer, Long> lastSequences)
            throws SQLException {
        try (Statement statement = real.createStatement();
                ResultSet rows = statement.executeQuery("SELECT epoch, sequence FROM loaded_epoch WHERE loader_id = "
                        + config.loaderId() + " AND journal_id = " + journalId)) {
            while (rows.next()) {
                Long there = lastSequences.get((int) rows.getLong(1));
                if (there != null && there < rows.getLong(2)) {
                    throw new ToolException("the journal has lost events of these days that were loaded ("
                            + (there + 1) + " to " + rows.getLong(2) + "): a replay would take their rows away."
                            + " Nothing was changed");
                }
            }
        }
    }

    private static long number(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            return row.next() ? row.getLong(1) : 0;
        }
    }

    /** The hidden checkpoint says that everything before the days is loaded. */
    private void start(Connection aside, ReplayDays days) throws SQLException {
        Checkpoint before = days.before();
        if (before == null) {
            return;
        }
        Erasures.update(
                aside,
                "INSERT INTO checkpoint (loader_id, journal_id, epoch, sequence, record_index, crc, received_ms, loaded_ms)"
                        + " VALUES (?, ?, ?, ?, ?, ?, ?, 0)",
                config.loaderId(),
                before.journalId(),
                Integer.toUnsignedLong(before.epoch()),
                before.sequence(),
                before.index(),
                Integer.toUnsignedLong(before.crc()),
                days.beforeMs());
        aside.commit();
    }

    /** A loader over the hidden tables. */
    private final class Run implements AutoCloseable {
        private final ReplaySource source;
        private final long firstSequence;
        private final Loader loader;
        private final Thread thread;
        private volatile @Nullable Checkpoint committed;

        Run(ReplaySource source, Connection aside, long firstSequence) {
            this.source = source;
            this.firstSequence = firstSequence;
            this.loader = Loader.replaying(
                    config, () -> source, () -> kept(aside), checkpoint -> committed = checkpoint, clock);
            this.thread = new Thread(loader, "replay");
            thread.start();
        }

        /** Until this record is loaded. */
        void await(Checkpoint last) throws InterruptedException {
            source.until(last);
            while (!last.equals(committed)) {
                LoaderStatus status = loader.status();
                if (status.state() == LoaderStatus.State.FAIL || !thread.isAlive()) {
                    throw new ToolException("the replay has stopped, nothing was changed: " + status.message());
                }
                Checkpoint at = committed;
                progress.at(
                        "loading again",
                        at == null ? 0 : at.sequence() - firstSequence,
                        last.sequence() - firstSequence);
                TimeUnit.MILLISECONDS.sleep(LOOK_EVERY_MS);
            }
            progress.at("loading again", last.sequence() - firstSequence, last.sequence() - firstSequence);
        }

        @Override
        public void close() {
            loader.close();
            try {
                thread.join(TimeUnit.SECONDS.toMillis(10));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /**
     * The loader lets go of its connection after a failure and opens another; but the hidden tables are this one's. So it gets
     * the same one again, rolled back, as long as that lives.
     */
    private static Connection kept(Connection aside) throws SQLException {
        if (!aside.isValid(5)) {
            throw new LoaderStoppedException("the connection to the database was lost");
        }
        return (Connection) Proxy.newProxyInstance(
                Replay.class.getClassLoader(), new Class<?>[] {Connection.class}, (proxy, method, values) -> {
                    if (method.getName().equals("close")) {
                        aside.rollback();
                        return null;
                    }
                    try {
                        return method.invoke(aside, values);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }
}

package io.micrologs.loader;

import io.micrologs.journal.Checkpoint;
import io.micrologs.journal.JournalException;
import io.micrologs.journal.JournalTailer;
import io.micrologs.journal.Resume;
import java.sql.Connection;
import java.sql.SQLDataException;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Moves events from the journal into MySQL, one batch a transaction. Single-threaded: loader thread. */
public final class Loader implements Runnable, AutoCloseable {
    /*
     * Exactly once
     *   poll(after checkpoint) → BEGIN; checkpoint := last WHERE checkpoint = old; look up; rows; COMMIT
     * A crash before COMMIT replays the batch; a crash after it replays nothing. If the connection dies during COMMIT the
     * outcome is unknown: the batch stays in hand, its in-memory effects are dropped, and the next connection reads the
     * checkpoint to see whether the batch is to be tried again or done (CheckpointedConnection).
     *
     * I1  The database is the state. Memory (Projection) is a cache of committed rows, dropped whole after any failed
     *     batch and empty at start.
     * I2  The checkpoint only moves on, with the rows that it covers, in one transaction.
     * I3  A journal in which the checkpoint's record is not found again was replaced, truncated or restored. It is read
     *     from its oldest record, and what its epochs already gave is skipped by loaded_epoch: every epoch's highest
     *     loaded sequence. The epoch in the checkpoint is open; the ones before it have rows.
     * I4  A record is never passed over: loaded, skipped by I3, or set aside in dead_letter with its reason. What a newer
     *     program wrote stops the loader in front of it.
     *
     * Failures
     *   a row's own fault (data error, or our code failing on it)  → halve the batch until it stands alone; set it aside
     *   LOAD DATA did not take all rows                            → the same batch by INSERT
     *   too many set aside; checkpoint moved by another; too new   → stop, state FAIL; ingest goes on
     *   anything else                                              → try again for ever, with backoff
     */

    private static final Logger LOG = LoggerFactory.getLogger(Loader.class);

    /** How long an idle loader waits before it looks at the journal again. */
    private static final long POLL_INTERVAL_MS = 10;

    private static final long LAG_INTERVAL_MS = 250;
    /** How long {@link #close} gives the database to answer before it cuts the connection. */
    private static final long CLOSE_PATIENCE_MS = 5_000;

    private final LoaderConfig config;
    private final RecordSource.Opener journal;
    private final Consumer<Checkpoint> committedListener;
    private final InstantSource clock;
    private final CheckpointedConnection database;
    private final Projection projection;
    private final Purge purge;
    private final RollupWork rollupWork;
    private final Partitions partitions = new Partitions();
    private final TableWriter writer;
    private final Backoff backoff = new Backoff(new Random());
    private final DeadLetterLimit deadLimit = new DeadLetterLimit();
    private final Progress progress;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final CountDownLatch finished = new CountDownLatch(1);
    private final boolean replaying;
    private volatile boolean started;
    private long lagMeasuredMs;
    private long maintainedDay = Long.MIN_VALUE;

    /**
     * @param journal opened by {@link #run}, on its thread
     * @param connections must allow LOAD DATA LOCAL, else rows are written by the slower INSERT
     * @param committed told every committed checkpoint, on the loader's thread
     */
    public Loader(
            LoaderConfig config,
            Supplier<JournalTailer> journal,
            ConnectionSource connections,
            Consumer<Checkpoint> committed,
            InstantSource clock) {
        this(config, () -> RecordSource.of(journal.get()), connections, committed, clock, Purge.CHECK_INTERVAL_MS);
    }

    Loader(
            LoaderConfig config,
            RecordSource.Opener journal,
            ConnectionSource connections,
            Consumer<Checkpoint> committed,
            InstantSource clock,
            long checkIntervalMs) {
        this(config, journal, connections, committed, clock, checkIntervalMs, false);
    }

    /** One that loads again, for {@link Replay}: into tables of its own, without partitions and purges. */
    static Loader replaying(
            LoaderConfig config,
            RecordSource.Opener journal,
            ConnectionSource connections,
            Consumer<Checkpoint> committed,
            InstantSource clock) {
        return new Loader(config, journal, connections, committed, clock, Long.MAX_VALUE, true);
    }

    private Loader(
            LoaderConfig config,
            RecordSource.Opener journal,
            ConnectionSource connections,
            Consumer<Checkpoint> committed,
            InstantSource clock,
            long checkIntervalMs,
            boolean replaying) {
        this.replaying = replaying;
        this.config = config;
        this.journal = journal;
        this.committedListener = committed;
        this.clock = clock;
        this.database = new CheckpointedConnection(config.loaderId(), connections, clock);
        this.projection = new Projection(config, replaying);
        this.writer = new TableWriter(config.localInfile());
        this.progress = new Progress(clock);
        this.purge = new Purge(clock, checkIntervalMs);
        this.rollupWork = new RollupWork(
                database, projection.rollups(), new Rebuild(connections, clock), writer, clock, checkIntervalMs);
    }

    /** Loads until {@link #close}, or until a broken invariant stops it; then the status says why. Once only. */
    @Override
    public void run() {
        started = true;
        try {
            while (!isClosing()) {
                try (RecordSource source = journal.open()) {
                    BatchReader reader = start(source);
                    if (reader != null) {
                        load(source, reader);
                    }
                } catch (JournalException e) {
                    progress.outage().failed("the journal cannot be read", e);
                    pause(backoff.nextMs());
                }
            }
        } catch (LoaderStoppedException e) {
            LOG.error("Loading has stopped: {}", e.getMessage());
            progress.stopped(Objects.requireNonNullElse(e.getMessage(), "stopped"));
        } catch (Throwable e) {
            LOG.error("Loading has stopped by an unexpected failure", e);
            progress.stopped("stopped by an unexpected failure: " + SqlFailures.brief(e));
            if (e instanceof Error error) {
                throw error;
            }
        } finally {
            database.drop();
            finished.countDown();
        }
    }

    /** Places the source where loading goes on; null when closed before the database could be asked. */
    private @Nullable BatchReader start(RecordSource source) {
        while (!isClosing()) {
            try {
                database.open();
                Checkpoint committed = database.committed();
                Resume resume = source.resume(committed);
                // Also when the checkpoint's record was found: a replaced journal may be loaded only in part.
                Map<Integer, Long> loaded = database.loadedEpochs(source.journalId());
                progress.resumed(committed, source.endSequence(), database.committedReceivedMs());
                if (resume == Resume.REPLACED) {
                    progress.replaced();
                } else if (committed != null) {
                    committedListener.accept(committed);
                }
                progress.outage().databaseAnswers();
                backoff.reset();
                return new BatchReader(config, source, clock, new EventClock(database.committedReceivedMs()), loaded);
            } catch (SQLException e) {
                retryLater(e);
            }
        }
        return null;
    }

    private void load(RecordSource source, BatchReader reader) {
        while (!isClosing()) {
            boolean due = reader.fill();
            measureLag(source, reader);
            if (due) {
                load(reader, source);
            } else if (reader.stop() != null) {
                flushLast();
                throw new LoaderStoppedException(reader.stop());
            } else {
                pause(POLL_INTERVAL_MS);
            }
            if (!isClosing() && progress.outage().message() == null) {
                purge();
                rollUp();
            }
        }
        if (progress.outage().message() == null) {
            reader.fill();
            load(reader, source);
            flushLast();
        }
    }

    /** One bounded piece between two batches, so that loading goes on beside it. */
    private void purge() {
        if (!purge.isDue()) {
            return;
        }
        try {
            if (purge.isBeginningProject()) {
                // What was counted of a project must not come after its rows have gone. Whoever erases a visitor's rows
                // asks
                // for their days to be made again, so a day in hand may go on.
                rollupWork.flushAll();
                rollupWork.forget();
            }
            database.transactBetweenBatches(purge::step);
            purge.committed();
            if (purge.hasCutOff()) {
                projection.forget();
            }
        } catch (SQLException e) {
            giveUpBatch();
            purge.failed(e);
        }
    }

    /** The same. */
    private void rollUp() {
        try {
            rollupWork.step(purge.isWorking());
        } catch (SQLException e) {
            giveUpBatch();
            rollupWork.failed(e);
        } catch (LoaderStoppedException e) {
            throw e;
        } catch (RuntimeException e) {
            // Events can be loaded all the same.
            LOG.error("Rollups cannot be worked on", e);
            rollupWork.broken(e);
            giveUpBatch();
        }
        progress.rollupsBehind(rollupWork.behind(), rollupWork.isBroken());
    }

    /** What it cannot put into the tables, the next start does. */
    private void flushLast() {
        try {
            rollupWork.flush();
        } catch (SQLException e) {
            giveUpBatch();
            rollupWork.failed(e);
        }
    }

    private void measureLag(RecordSource source, BatchReader reader) {
        long nowMs = clock.millis();
        if (nowMs - lagMeasuredMs >= LAG_INTERVAL_MS || nowMs < lagMeasuredMs) {
            lagMeasuredMs = nowMs;
            progress.journalEnd(source.endSequence(), reader.isEmpty());
        } else if (reader.isEmpty()) {
            progress.level();
        }
    }

    private void load(BatchReader reader, RecordSource source) {
        List<Entry> batch = reader.take();
        progress.skipped(reader.skipped());
        if (!batch.isEmpty()) {
            if (!replaying) {
                deadLimit.begin(batch);
            }
            settle(batch, source);
        }
    }

    /** Loads the batch, however often it takes; gives up only when closing. */
    private void settle(List<Entry> batch, RecordSource source) {
        boolean insertOnly = false;
        while (true) {
            try {
                loadOnce(batch, insertOnly);
                progress.outage().over();
                backoff.reset();
                return;
            } catch (LocalInfileException e) {
                giveUpBatch();
                LOG.warn("{}; writing this batch by INSERT", e.getMessage());
                insertOnly = true;
            } catch (SQLException e) {
                giveUpBatch();
                if (SqlFailures.isDataError(e)) {
                    divide(batch, source, SqlFailures.brief(e));
                    return;
                }
                retryLater(e);
                progress.journalEnd(source.endSequence(), false);
            }
            if (isClosing()) {
                return;
            }
        }
    }

    /** Each half is a batch of its own, so the checkpoint moves up to the record that fails alone. */
    private void divide(List<Entry> batch, RecordSource source, String reason) {
        if (batch.size() > 1) {
            int middle = batch.size() / 2;
            settle(batch.subList(0, middle), source);
            if (!isClosing()) {
                settle(batch.subList(middle, batch.size()), source);
            }
            return;
        }
        Entry alone = batch.get(0);
        if (alone.deadReason() != null) {
            throw new LoaderStoppedException("a record could not even be set aside: " + reason);
        }
        if (!replaying) {
            deadLimit.dead();
        }
        LOG.warn(
                "The record with sequence {} is set aside: {}", alone.position().sequence(), reason);
        settle(List.of(alone.dead(reason)), source);
    }

    private void loadOnce(List<Entry> batch, boolean insertOnly) throws SQLException {
        Entry last = batch.get(batch.size() - 1);
        Connection connection = database.open();
        if (!last.position().equals(database.committed())) {
            if (batch.get(0).timeMs() < database.committedReceivedMs()) {
                // The clock stepped back.
                projection.forget();
            }
            maintainPartitions(connection, batch.get(0).timeMs());
            long beganMs = clock.millis();
            database.transact(batch, open -> project(open, batch, insertOnly));
            projection.committed();
            progress.committed(last, batch.size(), clock.millis() - beganMs, projection.outcomes());
        } else {
            // The commit that seemed to fail did not.
            progress.committed(last, batch.size(), 0, projection.outcomes());
        }
        deadLimit.loaded(batch);
        partitions.committed(last.timeMs());
        progress.warnings(partitions.isLaterUsed(), projection.recentViewEvictions());
        committedListener.accept(last.position());
    }

    /**
     * Only here is a failure of our own code a record's fault. One after the commit, say in the listener, must never make
     * a batch be taken apart and loaded again.
     */
    private void project(Connection open, List<Entry> batch, boolean insertOnly) throws SQLException {
        try {
            projection.load(open, writer, insertOnly, batch, clock.millis());
        } catch (RuntimeException | StackOverflowError e) {
            LOG.warn("A batch could not be turned into rows", e);
            throw new SQLDataException(e.getClass().getSimpleName(), SqlFailures.OUR_CODE, e);
        }
    }

    /** At start and whenever a new UTC day has begun. */
    private void maintainPartitions(Connection connection, long oldestMs) throws SQLException {
        long nowMs = clock.millis();
        long day = Math.floorDiv(nowMs, Partitions.DAY_MS);
        if (day != maintainedDay && !replaying) {
            // A snapshot's connection would hold the tables.
            rollupWork.forget();
            partitions.maintain(connection, nowMs, oldestMs);
            if (config.retentionDays() > 0) {
                DroppedDays.drop(connection, (day - config.retentionDays()) * Partitions.DAY_MS);
            }
            maintainedDay = day;
        }
    }

    private void giveUpBatch() {
        projection.forget();
        rollupWork.forget();
        database.drop();
    }

    private void retryLater(SQLException failure) {
        giveUpBatch();
        progress.outage().failed("the database does not take events", failure);
        pause(backoff.nextMs());
    }

    private boolean isClosing() {
        return closing.getCount() == 0;
    }

    private void pause(long ms) {
        try {
            // Ends at once when closing.
            if (closing.await(ms, TimeUnit.MILLISECONDS)) {
                LOG.trace("closing");
            }
        } catch (InterruptedException e) {
            // Nobody may interrupt the journal's readers; take it for close().
            closing.countDown();
        }
    }

    /** Any thread. */
    public LoaderStatus status() {
        return progress.status();
    }

    /** What the database has had against taking events for at least so long; null when nothing. Any thread. */
    public @Nullable String databaseTrouble(Duration atLeast) {
        return progress.outage().databaseMessage(atLeast.toMillis());
    }

    /**
     * Finishes the batch in hand and stops {@link #run}; a database that is down or does not answer is not waited for,
     * the batch is loaded at the next start then. Any thread.
     */
    @Override
    public void close() {
        closing.countDown();
        if (!started) {
            return;
        }
        try {
            if (!finished.await(CLOSE_PATIENCE_MS, TimeUnit.MILLISECONDS)) {
                LOG.warn("The database does not answer; leaving the last batch for the next start");
                database.abort();
                if (!finished.await(CLOSE_PATIENCE_MS, TimeUnit.MILLISECONDS)) {
                    LOG.warn("The loader's thread still waits for the database");
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

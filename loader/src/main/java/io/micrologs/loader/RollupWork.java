package io.micrologs.loader;

import java.sql.SQLException;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What rollups need between batches: flushes, days to be made again, weeks and months to be summed up. One piece at a time.
 * Single-threaded: loader thread.
 */
final class RollupWork {

    /** How long what is counted may wait, at least and at most; between them flushes take a tenth of the time. */
    static final long FLUSH_INTERVAL_MS = 1_000;

    private static final long FLUSH_INTERVAL_MAX_MS = 5_000;
    private static final long FLUSH_SHARE = 10;
    /** After a failure: what waits to be flushed is read back whole. */
    private static final long FLUSH_WAIT_MAX_MS = 30_000;
    /** A piece that cannot be done may take the database a minute each time. */
    private static final long WORK_WAIT_MAX_MS = 300_000;

    private final CheckpointedConnection database;
    private final Rollups rollups;
    private final Rebuild rebuild;
    private final Closing closing = new Closing();
    private final TableWriter writer;
    private final InstantSource clock;
    private final long intervalMs;
    private long flushDueMs;
    private long lookDueMs;
    private boolean requested = true;
    private boolean looked;
    /** Whose turn it is while a day is counted. */
    private boolean sumNext;

    private final Setback flushing;
    private final Setback rebuilding;
    private final Setback summing;
    private Setback doing;

    /** @param intervalMs between looks for something to do */
    RollupWork(
            CheckpointedConnection database,
            Rollups rollups,
            Rebuild rebuild,
            TableWriter writer,
            InstantSource clock,
            long intervalMs) {
        this.database = database;
        this.rollups = rollups;
        this.rebuild = rebuild;
        this.writer = writer;
        this.clock = clock;
        this.intervalMs = intervalMs;
        flushing = new Setback("counters", clock, intervalMs, FLUSH_WAIT_MAX_MS);
        rebuilding = new Setback("counters of days that are to be made again", clock, intervalMs, WORK_WAIT_MAX_MS);
        summing = new Setback("counters of weeks and months", clock, intervalMs, WORK_WAIT_MAX_MS);
        doing = flushing;
        waitUntilDue(0);
        lookLater();
    }

    private void lookLater() {
        long nowMs = clock.millis();
        lookDueMs = nowMs + Math.min(Long.MAX_VALUE - nowMs, intervalMs);
    }

    private void waitUntilDue(long flushTookMs) {
        long nowMs = clock.millis();
        long waitMs = Math.min(FLUSH_INTERVAL_MAX_MS, FLUSH_SHARE * flushTookMs);
        flushDueMs = nowMs + Math.min(Long.MAX_VALUE - nowMs, Math.max(intervalMs, waitMs));
    }

    /**
     * One piece, if there is any. After a failure everything that is remembered has to be forgotten.
     *
     * @param purging whether more raw rows are about to go, so that a day would be made again over and over
     */
    void step(boolean purging) throws SQLException {
        long nowMs = clock.millis();
        if (nowMs < flushDueMs - FLUSH_INTERVAL_MAX_MS && intervalMs < FLUSH_INTERVAL_MAX_MS) {
            // The clock stepped back.
            waitUntilDue(0);
            lookLater();
        }
        if (flushing.mayTry() && (rollups.isFull() || (nowMs >= flushDueMs && rollups.isPending()))) {
            doing = flushing;
            flush();
        } else if (rollups.isFull()) {
            // It waits after a failure, and is read back then.
            rollups.forget();
        }
        // Even if each batch has to be flushed: nothing waits for ever.
        sumNext = !sumNext;
        if (rebuild.isActive() && !(sumNext && isSumDue())) {
            doing = rebuilding;
            count();
            return;
        }
        if (!rebuild.isActive() && nowMs >= lookDueMs) {
            doing = rebuilding;
            look(purging);
        }
        if (isSumDue()) {
            doing = summing;
            close();
        }
    }

    private boolean isSumDue() {
        return looked && summing.mayTry() && closing.isDue(utcDay());
    }

    /** Puts all that is counted into the tables. */
    void flush() throws SQLException {
        if (rollups.isPending()) {
            long beganMs = clock.millis();
            database.transactFenced(rollups::flush);
            rollups.flushed(flushed -> {
                rebuild.flushed(flushed);
                closing.daysChanged(flushed.oldestDay());
            });
            waitUntilDue(Math.max(0, clock.millis() - beganMs));
        }
        flushing.over();
    }

    /** The same, and what a retried dead letter has left, which the loader does not know of. */
    void flushAll() throws SQLException {
        flush();
        database.transactBetweenBatches(rollups::look);
        flush();
    }

    /** For days to be made again, and for what a retried dead letter has left. */
    private void look(boolean purging) throws SQLException {
        lookLater();
        boolean[] any = new boolean[1];
        database.transactBetweenBatches(connection -> {
            rollups.look(connection);
            any[0] = rebuild.isAnyPending(connection);
        });
        if (any[0] && !purging && rebuilding.mayTry()) {
            begin();
        } else if (!any[0]) {
            rebuilding.over();
            if (requested) {
                closing.forget();
            }
        }
        requested = any[0];
        looked = true;
    }

    private void begin() throws SQLException {
        flush();
        // What is pending behind the loader's back would be in the snapshot and be flushed on top of it.
        database.transactFenced(connection -> {
            if (rollups.look(connection)) {
                rebuild.begin(connection);
            }
        });
    }

    private void count() throws SQLException {
        if (rebuild.count()) {
            flush();
            database.transactFenced(connection -> rebuild.swap(connection, writer));
            rebuild.made(closing::dayMade);
            rebuilding.over();
            // The next day at once.
            lookDueMs = clock.millis();
        }
    }

    private void close() throws SQLException {
        int utcDay = utcDay();
        database.transactFenced(connection -> closing.step(connection, utcDay));
        if (!closing.isWorking()) {
            summing.over();
        }
    }

    private int utcDay() {
        return (int) Math.floorDiv(database.committedReceivedMs(), Partitions.DAY_MS);
    }

    void failed(Throwable failure) {
        doing.failed(failure);
        waitUntilDue(0);
        lookLater();
    }

    /** The program itself failed on it: the day in hand is left alone until the next start. */
    void broken(RuntimeException failure) {
        rebuild.refuse(failure.getClass().getSimpleName());
        doing.broke(failure);
    }

    boolean isBroken() {
        return rebuild.refusal() != null || flushing.isBroken() || rebuilding.isBroken() || summing.isBroken();
    }

    /** What has failed for a while; null when nothing. */
    @Nullable
    String behind() {
        for (Setback setback : List.of(flushing, rebuilding, summing)) {
            String message = setback.message();
            if (message != null) {
                return message;
            }
        }
        return rebuild.refusal();
    }

    /** After any failure, and before tables or projects go. */
    void forget() {
        rebuild.end();
        closing.forget();
    }
}

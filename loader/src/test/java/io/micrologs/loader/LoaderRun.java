package io.micrologs.loader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.micrologs.journal.Checkpoint;
import io.micrologs.journal.Polled;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** A loader on a thread of its own, over a journal in memory. */
final class LoaderRun implements AutoCloseable {

    private static final long PATIENCE_MS = 60_000;
    private static final long LOOK_EVERY_NANOS = 500_000;

    final Loader loader;
    private final Thread thread;
    private volatile @Nullable Checkpoint committed;

    private LoaderRun(
            LoaderConfig config,
            RecordSource.Opener journal,
            ConnectionSource connections,
            long nowMs,
            long purgeCheckIntervalMs) {
        loader = new Loader(
                config,
                journal,
                connections,
                checkpoint -> committed = checkpoint,
                clockFrom(nowMs),
                purgeCheckIntervalMs);
        thread = new Thread(loader, "loader");
        thread.start();
    }

    static LoaderRun start(LoaderConfig config, RecordSource.Opener journal, ConnectionSource connections, long nowMs) {
        // A look for something to purge would be a call that comes or not.
        return new LoaderRun(config, journal, connections, nowMs, Long.MAX_VALUE);
    }

    /** One that looks for something to purge all the time. */
    static LoaderRun purging(
            LoaderConfig config, RecordSource.Opener journal, ConnectionSource connections, long nowMs) {
        return new LoaderRun(config, journal, connections, nowMs, 5);
    }

    /** Loads all of the journal and stops. */
    static void load(
            LoaderConfig config, long journalId, List<Polled> records, ConnectionSource connections, long nowMs) {
        try (LoaderRun run = start(config, () -> new ListSource(journalId, records), connections, nowMs)) {
            run.awaitCommitted(ListSource.position(records.get(records.size() - 1)));
        }
    }

    /** What a failure or a slow end left to be put into the rollups, the next one does, at its end at the latest. */
    static void settle(int loaderId, TestSchema schema) {
        String pending = "SELECT COUNT(*) FROM rollup_pending WHERE loader_id = " + loaderId;
        ListSource nothing = new ListSource(loaderId, List.of());
        for (int i = 0; i < 10 && schema.number(pending) > 0; i++) {
            try (LoaderRun run = start(config(loaderId, 7), () -> nothing, schema, Stream.START_MS)) {
                run.await("the start", () -> run.loader.status().lagEvents() == 0);
            }
        }
        assertThat(schema.number(pending)).as("rows in rollup_pending").isZero();
    }

    static LoaderConfig config(int loaderId, int batchRowsMax) {
        return new LoaderConfig(loaderId, batchRowsMax, 1 << 20, 1, 10_000, 1_000, 1_000, true);
    }

    static InstantSource clockFrom(long nowMs) {
        long offset = nowMs - System.currentTimeMillis();
        return () -> java.time.Instant.ofEpochMilli(System.currentTimeMillis() + offset);
    }

    void awaitCommitted(Checkpoint last) {
        await("checkpoint " + last, () -> last.equals(committed));
    }

    LoaderStatus awaitState(LoaderStatus.State state) {
        await("state " + state, () -> loader.status().state() == state);
        return loader.status();
    }

    void await(String what, BooleanSupplier condition) {
        long deadline = System.currentTimeMillis() + PATIENCE_MS;
        while (!condition.getAsBoolean()) {
            if (System.currentTimeMillis() > deadline) {
                fail("waited too long for " + what + "; the status is " + loader.status());
            }
            if (loader.status().state() == LoaderStatus.State.FAIL && !what.contains("FAIL")) {
                fail("stopped while waiting for " + what + ": " + loader.status());
            }
            // To ask without a pause would take the processor, and the status's lock, from the loader.
            LockSupport.parkNanos(LOOK_EVERY_NANOS);
        }
    }

    @Override
    public void close() {
        loader.close();
        try {
            thread.join(PATIENCE_MS);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        assertThat(thread.isAlive()).as("the loader's thread has ended").isFalse();
    }
}

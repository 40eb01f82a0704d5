package io.micrologs.loader;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrologs.database.TestDatabase;
import io.micrologs.journal.Append;
import io.micrologs.journal.AppendLane;
import io.micrologs.journal.Checkpoint;
import io.micrologs.journal.JournalAppender;
import io.micrologs.journal.JournalConfig;
import io.micrologs.journal.JournalTailer;
import io.micrologs.journal.Polled;
import java.nio.file.Path;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real journal, and a real database server that is killed. */
final class LoaderOutageIT {

    private static final long NOW_MS = Stream.START_MS;

    @Test
    void databaseKilledMidLoad_comesBack_eachEventCountsOnce() {
        TestSchema schema = TestSchema.migrated("loader_killed");
        int project = schema.newProject("UTC");
        Stream stream = new Stream(20, project).add(300);
        int loaderId = TestSchema.newLoaderId();
        // The server dies inside a transaction, with the connection's 60th call.
        CountDownLatch killed = new CountDownLatch(1);
        FaultySource killing = new FaultySource(schema, false, call -> {
            if (call == 60) {
                TestDatabase.shared().kill();
                killed.countDown();
            }
            return false;
        });
        LoaderConfig config = LoaderRun.config(loaderId, 40);
        try (LoaderRun run =
                LoaderRun.start(config, () -> new ListSource(stream.journalId, stream.records), killing, NOW_MS)) {
            run.await("the kill", () -> killed.getCount() == 0);
            LoaderStatus down = run.awaitState(LoaderStatus.State.WARN);
            assertThat(down.message()).startsWith("the database does not take events, trying again");
            assertThat(down.lagEvents()).isPositive();
            TestDatabase.shared().start();
            run.awaitCommitted(ListSource.position(stream.records.get(299)));
            run.await(
                    "the end of the outage",
                    () -> !run.loader.status().message().startsWith("the database"));
        } finally {
            TestDatabase.shared().start();
        }
        Map<String, List<String>> expected = new Model(Map.of(project, ZoneId.of("UTC")), 10_000)
                .apply(stream.records)
                .tables();
        Tables.of(schema, loaderId, project)
                .forEach((table, rows) ->
                        assertThat(rows).as(table).containsExactlyInAnyOrderElementsOf(expected.get(table)));
    }

    @Test
    void loaderLostWithoutAWord_doesNotHoldTheCheckpointForHours() throws Exception {
        TestSchema schema = TestSchema.migrated("loader_lost");
        CheckpointedConnection database =
                new CheckpointedConnection(TestSchema.newLoaderId(), schema, InstantSource.system());
        try (var statement = database.open().createStatement();
                var row = statement.executeQuery("SELECT @@SESSION.wait_timeout")) {
            row.next();
            assertThat(row.getInt(1)).isEqualTo(30);
        } finally {
            database.drop();
        }
    }

    @Test
    void databaseNeverThere_closeReturnsAtOnce() {
        ConnectionSource nowhere = () -> {
            throw new java.sql.SQLException("no server", "08001");
        };
        Stream stream = new Stream(21, 1).add(10);
        LoaderRun run = LoaderRun.start(
                LoaderRun.config(1, 5), () -> new ListSource(stream.journalId, stream.records), nowhere, NOW_MS);
        run.awaitState(LoaderStatus.State.WARN);
        long beganNs = System.nanoTime();
        run.close();
        assertThat(System.nanoTime() - beganNs).isLessThan(TimeUnit.SECONDS.toNanos(4));
    }

    @Test
    void realJournal_overTwoLivesOfAppenderAndLoader_isLoadedOnce(@TempDir Path directory) throws Exception {
        TestSchema schema = TestSchema.migrated("loader_journal");
        int project = schema.newProject("UTC");
        JournalConfig journal = JournalConfig.defaults(directory);
        int loaderId = TestSchema.newLoaderId();
        LoaderConfig config = LoaderRun.config(loaderId, 50);
        Stream stream = new Stream(22, project).add(300);
        for (int life = 0; life < 2; life++) {
            try (JournalAppender appender = JournalAppender.open(journal, InstantSource.system())) {
                Checkpoint last = append(appender, journal, stream.records.subList(life * 150, life * 150 + 150));
                try (LoaderRun run =
                        LoaderRun.start(config, () -> RecordSource.of(JournalTailer.open(journal)), schema, NOW_MS)) {
                    run.awaitCommitted(last);
                    run.await("no lag", () -> run.loader.status().lagEvents() == 0);
                }
            }
        }
        assertThat(schema.number(
                        "SELECT SUM(events) FROM ledger WHERE outcome NOT LIKE 'refused%' AND loader_id = " + loaderId))
                .isEqualTo(stream.events());
        assertThat(schema.number("SELECT COUNT(*) FROM loaded_epoch WHERE loader_id = " + loaderId))
                .isEqualTo(1);
    }

    private static Checkpoint append(JournalAppender appender, JournalConfig config, List<Polled> records)
            throws InterruptedException {
        Semaphore done = new Semaphore(0);
        Append append = new Append(new AppendLane(Runnable::run)) {
            @Override
            protected void completed(boolean appended) {
                assertThat(appended).isTrue();
                done.release();
            }
        };
        append.clear();
        for (Polled polled : records) {
            var record = ((Polled.Stored) polled).record();
            append.add(record.envelope(), record.event());
        }
        assertThat(appender.offer(append)).isTrue();
        done.acquire();
        Checkpoint last = null;
        try (JournalTailer tailer = JournalTailer.open(config)) {
            tailer.resume(null);
            for (Polled polled = tailer.poll(); polled != null; polled = tailer.poll()) {
                last = ListSource.position(polled);
            }
        }
        assertThat(last).isNotNull();
        return last;
    }
}

package io.micrologs.loader;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrologs.journal.Append;
import io.micrologs.journal.AppendLane;
import io.micrologs.journal.Envelope;
import io.micrologs.journal.JournalAppender;
import io.micrologs.journal.JournalConfig;
import io.micrologs.journal.JournalRecord;
import io.micrologs.journal.JournalTailer;
import io.micrologs.journal.Polled;
import io.micrologs.journal.Refusals;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The machine's clock is set back and forth, by hours and days, under the real journal, the loader and the real tables. */
final class ClockStepIT {
    private static final int TRIALS = Integer.getInteger("faults.trials", 2);
    private static final long SEED = Long.getLong("faults.seed", new Random().nextLong());
    private static final long HOUR_MS = 3_600_000;
    private static final long[] STEPS_MS = {
        -2 * HOUR_MS, 72 * HOUR_MS, -72 * HOUR_MS, -HOUR_MS, -HOUR_MS - 1, -1, 2 * HOUR_MS, 24 * HOUR_MS, -60_000
    };

    private static TestSchema schema;

    @TempDir
    Path temp;

    private final AtomicLong nowMs = new AtomicLong(Stream.START_MS);
    private final InstantSource clock = () -> Instant.ofEpochMilli(nowMs.get());

    @BeforeAll
    static void migrate() {
        schema = TestSchema.migrated("clock_steps");
    }

    /** Others come after each step that is not bridged: what one and the same person is before and after it, is below. */
    @Test
    void randomSteps_otherPeopleAfterEach_giveTheModelsTables() throws Exception {
        for (int trial = 0; trial < TRIALS; trial++) {
            long seed = SEED + trial;
            Run run = run(seed, true);
            Model model = new Model(
                            Map.of(run.project, ZoneId.of("Europe/Berlin")),
                            LoaderRun.config(run.loaderId, 1).errorGroupsMax())
                    .apply(run.records);
            LoaderModelIT.compareTables(schema, repeat(seed), model, run.loaderId, run.project);
        }
    }

    @Test
    void randomSteps_theSamePeopleAfterEach_loseNothing_andNoDurationIsNegative() throws Exception {
        for (int trial = 0; trial < TRIALS; trial++) {
            long seed = SEED + trial;
            // Event ids come from the seed, and the table that knows them is one for all projects.
            Run run = run(~seed, false);
            String of = " WHERE project_id = " + run.project;
            long events = run.records.stream()
                    .filter(polled -> !(((Polled.Stored) polled).record().event() instanceof Refusals))
                    .count();
            assertThat(schema.number("SELECT COALESCE(SUM(events), 0) FROM ledger" + of
                            + " AND outcome IN ('stored', 'repeat', 'duplicate', 'deleted')"))
                    .as(repeat(seed))
                    .isEqualTo(events);
            assertThat(schema.rows("SELECT * FROM session" + of + " AND last_ms < started_ms"))
                    .as(repeat(seed))
                    .isEmpty();
            assertThat(schema.number("SELECT COALESCE(SUM(pageviews), 0) FROM session" + of))
                    .as(repeat(seed))
                    .isEqualTo(schema.number("SELECT COUNT(*) FROM pageview" + of))
                    .isEqualTo(schema.number("SELECT COALESCE(SUM(pageviews), 0) FROM project_total" + of));
            assertThat(schema.rows("SELECT v.sequence FROM pageview v LEFT JOIN session s"
                            + " ON s.project_id = v.project_id AND s.session_token = v.session_token"
                            + " AND s.started_ms = v.session_started_ms WHERE s.project_id IS NULL AND v.project_id = "
                            + run.project))
                    .as("%s: views without their session", repeat(seed))
                    .isEmpty();
            assertThat(schema.number("SELECT COALESCE(SUM(occurrence_count), 0) FROM error_group" + of))
                    .as(repeat(seed))
                    .isEqualTo(schema.number("SELECT COUNT(*) FROM error_event" + of));
        }
    }

    private static String repeat(long seed) {
        return "repeat with -Dit.test=ClockStepIT -Dfaults.trials=1 -Dfaults.seed=" + seed;
    }

    private record Run(int project, int loaderId, List<Polled> records) {}

    /** Appends a random stream by a clock that steps, loads it meanwhile, and restarts both now and then. */
    private Run run(long seed, boolean othersAfterEachStepBack) throws Exception {
        Random random = new Random(seed);
        int project = schema.newProject("Europe/Berlin");
        int loaderId = TestSchema.newLoaderId();
        JournalConfig config = new JournalConfig(
                Files.createTempDirectory(temp, "journal"), "five-minutely", Duration.ofDays(7), 20L << 30, 0, 64);
        nowMs.set(Stream.START_MS);
        Stream stream = new Stream(seed, project);
        if (othersAfterEachStepBack) {
            stream.othersAfterEachStepBack();
        }
        int appended = 0;
        for (int life = 0; life < 3; life++) {
            try (JournalAppender journal = JournalAppender.open(config, clock);
                    Loading loading = new Loading(config, loaderId, 1 + random.nextInt(40))) {
                for (int stretch = 0; stretch < 3; stretch++) {
                    stream.add(5 + random.nextInt(40));
                    for (; appended < stream.records.size(); appended++) {
                        append(journal, stream.records.get(appended));
                        assertThat(loading.loader.status().lagSeconds()).isNotNegative();
                    }
                    if (random.nextBoolean()) {
                        loading.awaitAll(appended);
                    }
                    stream.setClock(stream.nowMs() + STEPS_MS[random.nextInt(STEPS_MS.length)]);
                }
                loading.awaitAll(appended);
            }
        }
        return new Run(project, loaderId, readBack(config, stream));
    }

    private void append(JournalAppender journal, Polled made) throws Exception {
        JournalRecord record = ((Polled.Stored) made).record();
        nowMs.set(record.envelope().receivedMs());
        CompletableFuture<Boolean> done = new CompletableFuture<>();
        Append append = new Append(new AppendLane(Runnable::run)) {
            @Override
            protected void completed(boolean taken) {
                done.complete(taken);
            }
        };
        append.add(record.envelope(), record.event());
        assertThat(journal.offer(append)).as("%s", journal.status()).isTrue();
        assertThat(done.get(30, TimeUnit.SECONDS)).as("%s", journal.status()).isTrue();
    }

    /** What is in the journal, which must be what was appended. */
    private static List<Polled> readBack(JournalConfig config, Stream stream) {
        List<Polled> records = new ArrayList<>();
        try (JournalTailer tailer = JournalTailer.open(config)) {
            for (Polled polled = tailer.poll(); polled != null; polled = tailer.poll()) {
                records.add(polled);
            }
        }
        assertThat(envelopes(records)).isEqualTo(envelopes(stream.records));
        return records;
    }

    private static List<Envelope> envelopes(List<Polled> records) {
        return records.stream()
                .map(polled -> ((Polled.Stored) polled).record().envelope())
                .toList();
    }

    /** A loader beside the appender, by the same clock. */
    private final class Loading implements AutoCloseable {
        final Loader loader;
        private final Thread thread;

        Loading(JournalConfig config, int loaderId, int batchRowsMax) {
            loader = new Loader(
                    LoaderRun.config(loaderId, batchRowsMax),
                    () -> JournalTailer.open(config),
                    schema,
                    checkpoint -> {},
                    clock);
            thread = new Thread(loader, "loader");
            thread.start();
        }

        void awaitAll(int appended) {
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
            while (true) {
                LoaderStatus status = loader.status();
                if (status.checkpoint() != null && status.checkpoint().sequence() == appended) {
                    return;
                }
                assertThat(status.state()).as("%s", status).isNotEqualTo(LoaderStatus.State.FAIL);
                assertThat(System.nanoTime()).as("%s", status).isLessThan(deadline);
                // A batch that waits for more is due when the clock goes on.
                nowMs.incrementAndGet();
                LockSupport.parkNanos(1_000_000);
            }
        }

        @Override
        public void close() throws InterruptedException {
            loader.close();
            thread.join();
        }
    }
}

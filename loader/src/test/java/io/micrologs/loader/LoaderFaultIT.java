package io.micrologs.loader;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrologs.journal.AuditEvent;
import io.micrologs.journal.Checkpoint;
import io.micrologs.journal.Envelope;
import io.micrologs.journal.ErrorEvent;
import io.micrologs.journal.Pageview;
import io.micrologs.journal.Polled;
import io.micrologs.journal.Refusals;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Whatever fails, each event counts once. */
final class LoaderFaultIT {

    private static final long NOW_MS = Stream.START_MS;
    private static final String NOT_REFUSED = " AND outcome NOT LIKE 'refused%'";
    private static final String ACCEPTED =
            "SELECT SUM(events) FROM ledger WHERE outcome NOT LIKE 'refused%' AND loader_id = ";
    private static final ZoneId UTC = ZoneId.of("UTC");
    private static TestSchema schema;

    @BeforeAll
    static void migrate() {
        schema = TestSchema.migrated("loader_fault");
    }

    @Test
    void anyCallFails_orCommitsAndFails_nothingIsLostOrCountedTwice() {
        int calls = loadFailingAt(-1, false);
        assertThat(calls).isGreaterThan(30);
        for (int k = 0; k < calls; k++) {
            loadFailingAt(k, k % 2 == 0);
        }
    }

    /** The same stream with other ids each time; returns how many calls it took. */
    private int loadFailingAt(int k, boolean commitsAnyway) {
        int project = schema.newProject("UTC");
        Stream stream = new Stream(7, project).add(14);
        int loaderId = TestSchema.newLoaderId();
        FaultySource faulty = new FaultySource(schema, commitsAnyway, call -> call == k);
        LoaderRun.load(LoaderRun.config(loaderId, 7), stream.journalId + k, moved(stream, k), faulty, NOW_MS);
        assertThat(faulty.failures()).isEqualTo(k < 0 ? 0 : 1);
        compare("call " + k + " fails, commits anyway: " + commitsAnyway, stream, moved(stream, k), loaderId, project);
        return faulty.calls();
    }

    /** Client event ids are unique in all of the schema, so each run needs its own. */
    private static List<Polled> moved(Stream stream, int k) {
        List<Polled> moved = new ArrayList<>();
        for (Polled polled : stream.records) {
            var record = ((Polled.Stored) polled).record();
            Envelope e = record.envelope();
            moved.add(new Polled.Stored(new io.micrologs.journal.JournalRecord(
                    record.checkpoint(),
                    new Envelope(
                            e.projectId(),
                            e.eventId() + 1_000L * (k + 1),
                            e.eventIdFromClient(),
                            e.receivedMs(),
                            e.occurredMs(),
                            e.visitorId(),
                            e.sessionToken(),
                            e.userAgent(),
                            e.language(),
                            e.place(),
                            e.cookieless(),
                            e.earlierVisitorId()),
                    record.event())));
        }
        return moved;
    }

    @Test
    void randomCallsFail_theTablesAreTheModels() {
        for (long seed = 100; seed < 104; seed++) {
            Random random = new Random(seed);
            int project = schema.newProject("UTC");
            Stream stream = new Stream(seed, project).add(150);
            int loaderId = TestSchema.newLoaderId();
            FaultySource faulty = new FaultySource(schema, random.nextBoolean(), call -> random.nextInt(50) == 0);
            LoaderRun.load(LoaderRun.config(loaderId, 25), stream.journalId, stream.records, faulty, NOW_MS);
            compare("seed " + seed, stream, stream.records, loaderId, project);
        }
    }

    @Test
    void localInfileRefused_rowsAreInserted() {
        int project = schema.newProject("UTC");
        Stream stream = new Stream(8, project).add(60);
        int loaderId = TestSchema.newLoaderId();
        schema.execute("SET GLOBAL local_infile = 0");
        try {
            LoaderRun.load(LoaderRun.config(loaderId, 20), stream.journalId, stream.records, schema, NOW_MS);
        } finally {
            schema.execute("SET GLOBAL local_infile = 1");
        }
        compare("refused", stream, stream.records, loaderId, project);
    }

    @Test
    void secondLoaderOfTheSameId_stops() {
        int project = schema.newProject("UTC");
        Stream stream = new Stream(9, project).add(40);
        int loaderId = TestSchema.newLoaderId();
        LoaderConfig config = LoaderRun.config(loaderId, 10);
        List<Polled> growing = new java.util.concurrent.CopyOnWriteArrayList<>(stream.records.subList(0, 20));
        try (LoaderRun first =
                LoaderRun.start(config, () -> new ListSource(stream.journalId, growing), schema, NOW_MS)) {
            first.awaitCommitted(ListSource.position(growing.get(19)));
            LoaderRun.load(config, stream.journalId, stream.records, schema, NOW_MS);
            growing.addAll(stream.records.subList(20, 40));
            LoaderStatus status = first.awaitState(LoaderStatus.State.FAIL);
            assertThat(status.message()).contains("another loader has moved the checkpoint of loader " + loaderId);
        }
        compare("fenced", stream, stream.records, loaderId, project);
    }

    @Test
    void truncatedAndReplacedJournals_eachRecordIsLoadedOnce() {
        int project = schema.newProject("UTC");
        Stream stream = new Stream(10, project).add(60);
        int loaderId = TestSchema.newLoaderId();
        LoaderConfig config = LoaderRun.config(loaderId, 7);
        LoaderRun.load(config, stream.journalId, stream.records.subList(0, 40), schema, NOW_MS);
        // The journal lost its last 10 records; a new life of the appender wrote others behind what was left.
        List<Polled> truncated = new ArrayList<>(stream.records.subList(0, 30));
        Stream later = new Stream(11, project).add(25);
        List<Polled> added = new ArrayList<>();
        for (Polled polled : later.records) {
            added.add(moved(polled, stream.journalId, 5_000, 30));
        }
        truncated.addAll(added);
        try (LoaderRun run =
                LoaderRun.start(config, () -> new ListSource(stream.journalId, truncated), schema, NOW_MS)) {
            run.awaitCommitted(ListSource.position(truncated.get(truncated.size() - 1)));
            LoaderStatus status = run.awaitState(LoaderStatus.State.WARN);
            assertThat(status.message()).contains("replaced, truncated or restored", "30 records");
        }
        List<Polled> everything = new ArrayList<>(stream.records.subList(0, 40));
        everything.addAll(added);
        compare("truncated", stream, everything, loaderId, project);
    }

    private static Polled moved(Polled polled, long journalId, int epochs, int sequences) {
        var record = ((Polled.Stored) polled).record();
        Checkpoint at = record.checkpoint();
        Checkpoint position = new Checkpoint(
                journalId, at.epoch() + epochs, at.sequence() + sequences, at.index() + sequences, at.crc() + 1);
        return new Polled.Stored(new io.micrologs.journal.JournalRecord(position, record.envelope(), record.event()));
    }

    @Test
    void damagedAndFailingRecords_areSetAsideAndTheRestIsLoaded() {
        int project = schema.newProject("UTC");
        Stream stream = new Stream(12, project).add(50);
        Envelope healthy = ((Polled.Stored) stream.records.get(49)).record().envelope();
        stream.add(
                new Envelope(project, 1, false, healthy.receivedMs() + 1, 0, 5, 5, null, null),
                new ErrorEvent(
                        "T".repeat(101),
                        "too long a type",
                        null,
                        null,
                        null,
                        null,
                        ErrorEvent.Severity.ERROR,
                        ErrorEvent.Environment.PRODUCTION,
                        null));
        stream.add(
                new Envelope(project, 1, false, healthy.receivedMs() + 2, 0, 5, 5, null, null),
                new Pageview("https://example.com/after", "After", null, 0, null, null));
        List<Polled> records = new ArrayList<>(stream.records);
        records.add(
                20,
                new Polled.Damaged(
                        new Checkpoint(stream.journalId, 90, 21, 77, 5), project, "the checksum is wrong", new byte[] {
                            0, 9, 10
                        }));
        int loaderId = TestSchema.newLoaderId();
        LoaderRun.load(LoaderRun.config(loaderId, 100), stream.journalId, records, schema, NOW_MS);
        assertThat(schema.rows("SELECT project_id, record_index, reason FROM dead_letter WHERE loader_id = " + loaderId
                        + " ORDER BY record_index"))
                .containsExactly(project + "|77|the checksum is wrong", project + "|1051|SQL state 22001, error 1406");
        assertThat(schema.rows(
                        "SELECT HEX(record) FROM dead_letter WHERE record_index = 77 AND loader_id = " + loaderId))
                .containsExactly("00090A");
        assertThat(schema.rows("SELECT events FROM ledger WHERE outcome = 'dead_letter' AND loader_id = " + loaderId))
                .containsExactly("2");
        assertThat(schema.number(ACCEPTED + loaderId)).isEqualTo(stream.events() + 1);
        assertThat(schema.rows("SELECT title FROM page WHERE url LIKE '%/after' AND project_id = " + project))
                .containsExactly("After");
    }

    @Test
    void batchWithoutEvents_doesNotRememberTheLastOnesIds() {
        int project = schema.newProject("UTC");
        Stream stream = new Stream(19, project);
        stream.add(
                new Envelope(project, 77_001, true, NOW_MS, 0, 5, 5, null, null), new AuditEvent("login", null, null));
        stream.add(new Envelope(0, 1, false, NOW_MS, 0, 0, 0, null, null), new Refusals(Map.of("overload", 3L)));
        int loaderId = TestSchema.newLoaderId();
        LoaderRun.load(LoaderRun.config(loaderId, 1), stream.journalId, stream.records, schema, NOW_MS);
        assertThat(schema.rows("SELECT project_id, outcome, events FROM ledger WHERE loader_id = " + loaderId
                        + " ORDER BY project_id"))
                .containsExactly("0|refused_overload|3", project + "|stored|1");
    }

    @Test
    void tooManyDamagedRecords_stopTheLoader() {
        int project = schema.newProject("UTC");
        Stream stream = new Stream(13, project).add(5);
        List<Polled> records = new ArrayList<>(stream.records);
        for (int i = 0; i < 11; i++) {
            records.add(new Polled.Damaged(
                    new Checkpoint(stream.journalId, 9_000, 6 + i, 2_000 + i, i), 0, "bad", new byte[1]));
        }
        LoaderConfig config = LoaderRun.config(TestSchema.newLoaderId(), 100);
        try (LoaderRun run = LoaderRun.start(config, () -> new ListSource(stream.journalId, records), schema, NOW_MS)) {
            LoaderStatus status = run.awaitState(LoaderStatus.State.FAIL);
            assertThat(status.message()).contains("11 of 16 records");
            assertThat(status.lagEvents()).isEqualTo(16);
        }
    }

    @Test
    void recordOfANewerVersion_stopsInFrontOfIt() {
        int project = schema.newProject("UTC");
        Stream stream = new Stream(14, project).add(30);
        List<Polled> records = new ArrayList<>(stream.records);
        records.add(new Polled.TooNew(new Checkpoint(stream.journalId, 9_000, 31, 3_000, 1), 2, 9));
        int loaderId = TestSchema.newLoaderId();
        LoaderConfig config = LoaderRun.config(loaderId, 20);
        try (LoaderRun run = LoaderRun.start(config, () -> new ListSource(stream.journalId, records), schema, NOW_MS)) {
            LoaderStatus status = run.awaitState(LoaderStatus.State.FAIL);
            assertThat(status.message()).contains("version 2", "kind 9", "upgrade");
        }
        compare("too new", stream, stream.records, loaderId, project);
    }

    @Test
    void deletedProject_itsEventsAreDroppedFromThenOn() {
        int project = schema.newProject("UTC");
        Stream stream = new Stream(15, project).add(20);
        int loaderId = TestSchema.newLoaderId();
        schema.execute("UPDATE project SET deleted_ms = 1 WHERE project_id = " + project);
        schema.execute("UPDATE control_version SET version = version + 1");
        LoaderRun.load(LoaderRun.config(loaderId, 20), stream.journalId, stream.records, schema, NOW_MS);
        assertThat(schema.rows("SELECT outcome, events FROM ledger WHERE loader_id = " + loaderId + NOT_REFUSED))
                .containsExactly("deleted|" + stream.events());
        // Who was refused before the project was deleted still was.
        assertThat(schema.rows("SELECT DISTINCT project_id FROM ledger WHERE outcome LIKE 'refused%' AND project_id > 0"
                        + " AND loader_id = " + loaderId))
                .containsExactly(Integer.toString(project));
    }

    @Test
    void listenerFails_theCommittedBatchIsNotLoadedAgain() {
        int project = schema.newProject("UTC");
        Stream stream = new Stream(16, project).add(30);
        int loaderId = TestSchema.newLoaderId();
        Loader loader = new Loader(
                LoaderRun.config(loaderId, 100),
                () -> new ListSource(stream.journalId, stream.records),
                schema,
                checkpoint -> {
                    throw new IllegalStateException("the listener's own bug");
                },
                LoaderRun.clockFrom(NOW_MS),
                Long.MAX_VALUE);
        loader.run();
        assertThat(loader.status().state()).isEqualTo(LoaderStatus.State.FAIL);
        compare("listener", stream, stream.records, loaderId, project);
    }

    @Test
    void recordThatOurCodeFailsOn_isSetAsideAlone() {
        int project = schema.newProject("UTC");
        Stream stream = new Stream(17, project).add(9);
        Envelope healthy = ((Polled.Stored) stream.records.get(8)).record().envelope();
        stream.add(
                new Envelope(project, 1, false, healthy.receivedMs(), 0, 5, 5, null, null),
                new ErrorEvent(null, "m", null, null, null, null, null, null, null));
        int loaderId = TestSchema.newLoaderId();
        LoaderRun.load(LoaderRun.config(loaderId, 100), stream.journalId, stream.records, schema, NOW_MS);
        assertThat(schema.rows("SELECT reason FROM dead_letter WHERE loader_id = " + loaderId))
                .containsExactly("NullPointerException");
        assertThat(schema.number(ACCEPTED + loaderId)).isEqualTo(stream.events());
    }

    @Test
    void resolvedGroup_isReopenedOnlyByWhatCameAfter() {
        int project = schema.newProject("UTC");
        Stream stream = new Stream(18, project);
        int loaderId = TestSchema.newLoaderId();
        String status = "SELECT status, occurrence_count FROM error_group WHERE project_id = " + project;
        stream.add(at(project, 0), error());
        LoaderRun.load(LoaderRun.config(loaderId, 10), stream.journalId, stream.records, schema, NOW_MS);
        assertThat(schema.rows(status)).containsExactly("1|1");
        schema.execute(
                "UPDATE error_group SET status = 3, status_ms = " + (NOW_MS + 500) + " WHERE project_id = " + project);
        stream.add(at(project, 500), error());
        LoaderRun.load(LoaderRun.config(loaderId, 10), stream.journalId, stream.records, schema, NOW_MS);
        assertThat(schema.rows(status)).containsExactly("3|2");
        stream.add(at(project, 501), error());
        LoaderRun.load(LoaderRun.config(loaderId, 10), stream.journalId, stream.records, schema, NOW_MS);
        assertThat(schema.rows(status)).containsExactly("1|3");
        schema.execute("UPDATE error_group SET status = 4, status_ms = 0 WHERE project_id = " + project);
        stream.add(at(project, 502), error());
        LoaderRun.load(LoaderRun.config(loaderId, 10), stream.journalId, stream.records, schema, NOW_MS);
        assertThat(schema.rows(status)).containsExactly("4|4");
    }

    private static Envelope at(int project, long afterMs) {
        return new Envelope(project, afterMs, false, NOW_MS + afterMs, 0, 0, 0, null, null);
    }

    private static ErrorEvent error() {
        return new ErrorEvent(
                "TypeError",
                "m",
                null,
                null,
                null,
                null,
                ErrorEvent.Severity.ERROR,
                ErrorEvent.Environment.PRODUCTION,
                null);
    }

    private static void compare(String what, Stream stream, List<Polled> records, int loaderId, int project) {
        LoaderRun.settle(loaderId, schema);
        Model model = new Model(Map.of(project, UTC), 10_000).apply(records);
        LoaderModelIT.compareRollups(schema, what, model, project);
        Map<String, List<String>> expected = model.tables();
        Tables.of(schema, loaderId, project)
                .forEach((table, rows) -> assertThat(rows)
                        .as("%s, %s", table, what)
                        .containsExactlyInAnyOrderElementsOf(expected.get(table)));
    }
}

package io.micrologs.loader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrologs.journal.Envelope;
import io.micrologs.journal.ErrorEvent;
import io.micrologs.journal.Pageview;
import io.micrologs.journal.Polled;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Days that are made again from the journal, on the real server. */
final class ReplayIT {

    private static final long SEED = Long.getLong("faults.seed", 20_260_325);
    private static final int TRIALS = Integer.getInteger("faults.trials", 1);

    @Test
    void corruptedDay_isAsBefore_whateverItsRowsHaveBecome() throws Exception {
        for (int trial = 0; trial < TRIALS; trial++) {
            long seed = SEED + trial;
            Random random = new Random(seed);
            TestSchema schema = TestSchema.migrated("replay_" + trial);
            Loaded loaded = load(schema, seed, 150 + random.nextInt(250));
            Map<String, List<String>> atFirst = everything(schema);
            LocalDate first = day(Stream.START_MS);
            corrupt(schema, random, first, first.plusDays(2));
            schema.execute("DELETE FROM event_seen WHERE " + range("received_ms", first, first.plusDays(2)));
            loaded.replay(schema).run(first, first.plusDays(2));
            countAgain(schema, loaded.config);
            same(atFirst, everything(schema), "first days", seed);
            schema.execute("UPDATE error_group SET status = 3, status_ms = " + (loaded.stream.nowMs() + 1)
                    + " WHERE group_id % 3 = 0");
            schema.execute("UPDATE error_group SET status = 4, status_ms = " + (loaded.stream.nowMs() + 1)
                    + " WHERE group_id % 3 = 1");
            delete(schema, loaded, loaded.gone);
            Map<String, List<String>> before = everything(schema);
            for (int day = 0; day < 2; day++) {
                LocalDate from = day(Stream.START_MS).plusDays(random.nextInt(loaded.days()));
                LocalDate to = from.plusDays(random.nextInt(2));
                corrupt(schema, random, from, to);
                assertThat(everything(schema)).isNotEqualTo(before);
                loaded.replay(schema).run(from, to.isAfter(loaded.today()) ? loaded.today() : to);
                countAgain(schema, loaded.config);
                same(before, everything(schema), from + " to " + to, seed);
            }
        }
    }

    private static void same(
            Map<String, List<String>> before, Map<String, List<String>> after, String what, long seed) {
        before.forEach((table, rows) -> assertThat(after.get(table))
                .as("%s of %s; repeat with -Dfaults.seed=%d -Dit.test=ReplayIT", table, what, seed)
                .containsExactlyElementsOf(rows));
    }

    @Test
    void besideARunningLoader_endsInWhatThePlainModelHas() throws Exception {
        for (int trial = 0; trial < TRIALS; trial++) {
            long seed = SEED + 1_000 + trial;
            TestSchema schema = TestSchema.migrated("replay_live_" + trial);
            int project = schema.newProject("Asia/Kolkata");
            Stream stream = new Stream(seed, project).add(400);
            int loaderId = TestSchema.newLoaderId();
            int half = 150 + new Random(seed).nextInt(100);
            LoaderConfig config = LoaderRun.config(loaderId, 7);
            LoaderRun.load(config, stream.journalId, stream.records.subList(0, half), schema, Stream.START_MS);
            LocalDate last = day(time(stream.records.get(half - 1)));
            corruptRows(schema, last.minusDays(1), last);
            try (LoaderRun run = LoaderRun.start(
                    config, () -> new ListSource(stream.journalId, stream.records), schema, Stream.START_MS)) {
                Replay replay = new Replay(
                        config,
                        () -> new ListSource(stream.journalId, stream.records),
                        schema,
                        LoaderRun.clockFrom(stream.nowMs()),
                        (step, done, total) -> {});
                run.awaitCommitted(ListSource.position(stream.records.get(stream.records.size() - 1)));
                replay.run(last.minusDays(1), day(stream.nowMs()));
            }
            countAgain(schema, config);
            Map<String, List<String>> expected = new Model(
                            Map.of(project, ZoneId.of("Asia/Kolkata")), config.errorGroupsMax())
                    .apply(stream.records)
                    .tables();
            Map<String, List<String>> tables = Tables.of(schema, loaderId, project);
            // What the loader found while rows were gone is what it counted.
            tables.remove("ledger");
            tables.forEach((table, rows) -> assertThat(rows)
                    .as("%s; repeat with -Dfaults.seed=%d -Dit.test=ReplayIT", table, seed - 1_000)
                    .containsExactlyInAnyOrderElementsOf(expected.get(table)));
        }
    }

    @Test
    void loadingGoesOnAfterwards_withTheRowsThatCameBack() throws Exception {
        TestSchema schema = TestSchema.migrated("replay_goes_on");
        int project = schema.newProject("UTC");
        long start = TestSchema.ms("2026-03-25T23:50:00Z");
        List<Polled> records = new ArrayList<>();
        Stream stream = new Stream(1, project);
        stream.add(view(project, start, 7, 70), page("/a"));
        stream.add(view(project, start + 600_000, 7, 70), page("/b"));
        stream.add(view(project, start + 1_200_000, 7, 70), page("/c"));
        records.addAll(stream.records);
        stream.add(view(project, start + 1_800_000, 7, 70), page("/d"));
        int loaderId = TestSchema.newLoaderId();
        LoaderConfig config = LoaderRun.config(loaderId, 2);
        List<Polled> journal = new java.util.concurrent.CopyOnWriteArrayList<>(records);
        try (LoaderRun run = LoaderRun.start(config, () -> new ListSource(stream.journalId, journal), schema, start)) {
            run.awaitCommitted(ListSource.position(records.get(2)));
            schema.execute("UPDATE session SET pageviews = 1, last_ms = started_ms");
            schema.execute("DELETE FROM pageview WHERE received_ms < " + TestSchema.ms("2026-03-26T00:00:00Z"));
            Replay.Result result = new Replay(
                            config,
                            () -> new ListSource(stream.journalId, journal),
                            schema,
                            LoaderRun.clockFrom(start + 3_600_000),
                            (step, done, total) -> {})
                    .run(LocalDate.parse("2026-03-25"), LocalDate.parse("2026-03-25"));
            assertThat(result).isEqualTo(new Replay.Result(2, 0));
            journal.add(stream.records.get(3));
            run.awaitCommitted(ListSource.position(stream.records.get(3)));
        }
        assertThat(schema.rows("SELECT pageviews, last_ms - started_ms FROM session"))
                .containsExactly("4|1800000");
        assertThat(schema.number("SELECT COUNT(*) FROM pageview")).isEqualTo(4);
        countAgain(schema, config);
    }

    @Test
    void erasedVisitor_staysErased_andTheSitesErrorsStay() throws Exception {
        TestSchema schema = TestSchema.migrated("replay_erased");
        int project = schema.newProject("UTC");
        long start = TestSchema.ms("2026-03-25T10:00:00Z");
        Stream stream = new Stream(2, project);
        stream.add(view(project, start, 7, 70), page("/a"));
        stream.add(view(project, start + 1_000, 8, 80), page("/a"));
        stream.add(view(project, start + 2_000, 7, 70), error());
        stream.add(view(project, start + 3_000, 8, 80), error());
        int loaderId = TestSchema.newLoaderId();
        LoaderConfig config = LoaderRun.config(loaderId, 2);
        LoaderRun.load(config, stream.journalId, stream.records, schema, start);
        try (Connection connection = schema.open()) {
            Erasures.request(connection, project, 7, start + 60_000);
        }
        try (LoaderRun run =
                LoaderRun.purging(config, () -> new ListSource(stream.journalId, stream.records), schema, start)) {
            run.await("the purge", () -> schema.number("SELECT COUNT(*) FROM erasure WHERE purged_ms IS NULL") == 0);
        }
        countAgain(schema, config);
        Map<String, List<String>> before = everything(schema);
        schema.execute("DELETE FROM pageview");
        schema.execute("DELETE FROM error_event");
        new Replay(
                        config,
                        () -> new ListSource(stream.journalId, stream.records),
                        schema,
                        LoaderRun.clockFrom(start + 3_600_000),
                        (step, done, total) -> {})
                .run(LocalDate.parse("2026-03-25"), LocalDate.parse("2026-03-25"));
        countAgain(schema, config);
        assertThat(everything(schema)).isEqualTo(before);
        assertThat(schema.number("SELECT COUNT(*) FROM error_event WHERE visitor_id IS NULL"))
                .isEqualTo(1);
    }

    @Test
    void dayThatTheJournalHasNotWhole_isRefused_andNothingChanges() throws Exception {
        TestSchema schema = TestSchema.migrated("replay_refused");
        Loaded loaded = load(schema, SEED, 200);
        LocalDate first = day(Stream.START_MS);
        // What journal.retain leaves when the first records are gone.
        List<Polled> records = loaded.stream.records;
        Loaded cut = new Loaded(loaded.stream, records.subList(5, records.size()), loaded.config, loaded.gone);
        Map<String, List<String>> before = everything(schema);
        assertThatThrownBy(() -> cut.replay(schema).run(first, first))
                .isInstanceOf(ToolException.class)
                .hasMessageContaining(first + " is not wholly in the journal")
                .hasMessageContaining("Days from " + day(time(records.get(5))).plusDays(1) + " to " + loaded.today());
        assertThatThrownBy(() -> loaded.replay(schema).run(first.minusDays(1), first))
                .hasMessageContaining(first.minusDays(1) + " is not wholly in the journal");
        assertThatThrownBy(() ->
                        loaded.replay(schema).run(loaded.today(), loaded.today().plusDays(1)))
                .hasMessageContaining("has not begun");
        Loaded other = new Loaded(new Stream(5, 1).add(20), new Stream(5, 1).add(20).records, loaded.config, 0);
        assertThatThrownBy(() -> other.replay(schema).run(first, first))
                .hasMessageContaining("the last loaded event is not in the journal");
        assertThat(everything(schema)).isEqualTo(before);
    }

    private record Loaded(Stream stream, List<Polled> records, LoaderConfig config, int gone) {
        int days() {
            return (int) (today().toEpochDay() - day(Stream.START_MS).toEpochDay()) + 1;
        }

        LocalDate today() {
            return day(stream.nowMs());
        }

        Replay replay(TestSchema schema) {
            return new Replay(
                    config,
                    () -> new ListSource(stream.journalId, records),
                    schema,
                    LoaderRun.clockFrom(stream.nowMs()),
                    (step, done, total) -> {});
        }
    }

    private static Loaded load(TestSchema schema, long seed, int events) {
        int berlin = schema.newProject("Europe/Berlin");
        int gone = schema.newProject("Asia/Kolkata");
        Stream stream = new Stream(seed, berlin, berlin, gone).add(events);
        LoaderConfig config = LoaderRun.config(TestSchema.newLoaderId(), 1 + new Random(seed).nextInt(60));
        LoaderRun.load(config, stream.journalId, stream.records, schema, Stream.START_MS);
        return new Loaded(stream, stream.records, config, gone);
    }

    private static void delete(TestSchema schema, Loaded loaded, int project) {
        schema.execute("UPDATE project SET deleted_ms = 1 WHERE project_id = " + project);
        schema.execute("UPDATE control_version SET version = version + 1");
        try (LoaderRun run = LoaderRun.purging(
                loaded.config,
                () -> new ListSource(loaded.stream.journalId, loaded.records),
                schema,
                Stream.START_MS)) {
            run.await(
                    "the purge",
                    () -> schema.number(
                                    "SELECT COUNT(*) FROM project WHERE deleted_ms IS NOT NULL AND purged_ms IS NULL")
                            == 0);
        }
    }

    private static void corrupt(TestSchema schema, Random random, LocalDate from, LocalDate to) {
        corruptRows(schema, from, to);
        // And something that is not a row of these days, but counts them.
        String range = range("received_ms", from, to);
        schema.execute("UPDATE project_total SET pageviews = pageviews + 5 WHERE project_id IN"
                + " (SELECT project_id FROM pageview WHERE " + range + ")");
        schema.execute("UPDATE error_group SET occurrence_count = 99, severity = 1 WHERE group_id IN"
                + " (SELECT group_id FROM error_event WHERE " + range + ")");
        schema.execute("INSERT INTO audit_event (project_id, received_ms, sequence, day, action) VALUES ("
                + "(SELECT MIN(project_id) FROM project), " + ms(from) + ", " + random.nextInt(1 << 30)
                + ", 1, 'never happened')");
    }

    private static void corruptRows(TestSchema schema, LocalDate from, LocalDate to) {
        for (String table : List.of("pageview", "audit_event", "link_click", "error_event")) {
            String range = range("received_ms", from, to);
            schema.execute("DELETE FROM " + table + " WHERE sequence % 3 = 0 AND " + range);
            schema.execute("UPDATE " + table + " SET day = day + 1 WHERE sequence % 3 = 1 AND " + range);
        }
        String started = range("started_ms", from, to);
        schema.execute("DELETE FROM session WHERE started_ms % 2 = 0 AND " + started);
        schema.execute("UPDATE session SET pageviews = 9, visitor_id = 1, country = 'XX', last_ms = started_ms WHERE "
                + started);
        schema.execute("DELETE FROM visitor WHERE " + range("first_seen_ms", from, to));
        schema.execute(
                "UPDATE stack SET trace = 'x' WHERE (project_id, stack_id) IN (SELECT project_id, stack_id FROM error_event WHERE "
                        + range("received_ms", from, to) + ")");
        schema.execute("UPDATE page SET url = 'x', utm_source_id = 1 WHERE (project_id, page_id) IN"
                + " (SELECT project_id, page_id FROM pageview"
                + " WHERE " + range("received_ms", from, to) + ")");
    }

    private static String range(String column, LocalDate from, LocalDate to) {
        return column + " >= " + ms(from) + " AND " + column + " < " + ms(to.plusDays(1));
    }

    private static long ms(LocalDate day) {
        return day.atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli();
    }

    static LocalDate day(long timeMs) {
        return Instant.ofEpochMilli(timeMs).atZone(ZoneOffset.UTC).toLocalDate();
    }

    private static long time(Polled polled) {
        return ((Polled.Stored) polled).record().envelope().receivedMs();
    }

    /** What the loader does after a replay. */
    private static void countAgain(TestSchema schema, LoaderConfig config) throws SQLException {
        try (LoaderRun run = LoaderRun.purging(config, () -> new ListSource(1, List.of()), schema, Stream.START_MS)) {
            run.await("all days", () -> schema.number("SELECT COUNT(*) FROM rollup_rebuild") == 0);
        }
        try (Connection connection = schema.open()) {
            assertThat(RollupCheck.differences(connection)).isEmpty();
        }
    }

    /** Counters that came back to nothing, and sums of weeks that may have been made or not, are no difference. */
    private static boolean isSaying(String table, String row) {
        return !table.equals("rollup_closed")
                && (!table.equals("rollup") && !table.equals("sketch")
                        || !row.matches("\\d+\\|[23]\\|.*") && !row.matches("(-?\\d+\\|){5}((0|null)(\\||$))+"));
    }

    /** All rows of all tables but for when they were loaded, and for the version that tells loaders to look again. */
    static Map<String, List<String>> everything(TestSchema schema) throws SQLException {
        Map<String, List<String>> tables = new TreeMap<>();
        for (String table :
                schema.rows("SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()"
                        + " AND table_name NOT IN ('checkpoint', 'control_version', 'schema_history')")) {
            List<String> rows = schema.rows("SELECT * FROM " + table);
            rows.removeIf(row -> !isSaying(table, row));
            rows.sort(null);
            tables.put(table, rows);
        }
        return tables;
    }

    private static Envelope view(int project, long timeMs, long visitor, long token) {
        return new Envelope(project, timeMs, false, timeMs, 0, visitor, token, null, null);
    }

    private static Pageview page(String path) {
        return new Pageview("https://example.com" + path, null, null, 0, null, null);
    }

    private static ErrorEvent error() {
        return new ErrorEvent(
                "E", "m", null, null, null, null, ErrorEvent.Severity.INFO, ErrorEvent.Environment.PRODUCTION, null);
    }
}

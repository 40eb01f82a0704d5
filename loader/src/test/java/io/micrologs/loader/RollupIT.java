package io.micrologs.loader;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrologs.journal.Checkpoint;
import io.micrologs.journal.Envelope;
import io.micrologs.journal.Pageview;
import io.micrologs.journal.Polled;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** Rollups that were damaged, are not there yet, or are summed up, on the real server. */
final class RollupIT {

    private static final long NOW_MS = Stream.START_MS;
    private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");

    private TestSchema schema;
    private int project;
    private Stream stream;
    private LoaderConfig config;
    private final List<Polled> journal = new CopyOnWriteArrayList<>();

    private Model loaded(String name, long seed, int events) {
        schema = TestSchema.migrated(name);
        project = schema.newProject("Europe/Berlin");
        stream = new Stream(seed, project).add(events);
        config = LoaderRun.config(TestSchema.newLoaderId(), 20);
        journal.addAll(stream.records);
        LoaderRun.load(config, stream.journalId, stream.records, schema, NOW_MS);
        return new Model(Map.of(project, BERLIN), 10_000).apply(stream.records);
    }

    /** Loads more, in a few rounds, until nothing is left to be made again. */
    private void goOn(Model model, ConnectionSource connections) {
        try (LoaderRun run =
                LoaderRun.purging(config, () -> new ListSource(stream.journalId, journal), connections, NOW_MS)) {
            for (int round = 0; round < 4; round++) {
                int from = stream.records.size();
                stream.add(25);
                List<Polled> added = List.copyOf(stream.records.subList(from, stream.records.size()));
                model.apply(added);
                journal.addAll(added);
                run.awaitCommitted(position(stream.records));
            }
            run.await("all days", () -> schema.number("SELECT COUNT(*) FROM rollup_rebuild") == 0);
        }
    }

    private static Checkpoint position(List<Polled> records) {
        return ListSource.position(records.get(records.size() - 1));
    }

    private void request(LocalDate from, LocalDate to) throws SQLException {
        try (Connection connection = schema.open()) {
            RebuildRequests.add(connection, project, from, to);
        }
    }

    private List<String> differences() {
        return LoaderModelIT.differences(schema, project);
    }

    @Test
    void damagedRollups_areFound_andMadeAgainWhileLoading() throws SQLException {
        Model model = loaded("rollup_damaged", 1_001, 80);
        LoaderModelIT.compareRollups(schema, "loaded", model, project);
        assertThat(differences()).isEmpty();
        String day = schema.rows("SELECT MIN(period) FROM rollup WHERE grain = 1 AND dimension = 0")
                .get(0);
        schema.execute("UPDATE rollup SET events = events + 3 WHERE grain = 1 AND dimension = 0 AND period = " + day);
        assertThat(differences())
                .singleElement()
                .satisfies(line -> assertThat(line)
                        .startsWith("project " + project + ", total, " + LocalDate.ofEpochDay(Long.parseLong(day))
                                + ", value 0, events: stored ")
                        .contains(", expected "));
        schema.execute("UPDATE rollup SET events = events - 3 WHERE grain = 1 AND dimension = 0 AND period = " + day);
        schema.execute(
                "UPDATE sketch SET visitors = visitors + 1 WHERE grain = 1 AND dimension = 0 AND period = " + day);
        assertThat(differences()).singleElement().asString().contains(", number of visitors: stored ");
        schema.execute("DELETE FROM rollup WHERE dimension = 1");
        schema.execute("UPDATE rollup SET visits = visits * 2 WHERE grain = 4");
        schema.execute("INSERT INTO rollup (project_id, grain, dimension, period, value_id, events) VALUES (" + project
                + ", 1, 33, " + day + ", 123456, 1)");
        schema.execute("DELETE FROM sketch WHERE dimension = 12");
        schema.execute("UPDATE sketch SET hashes = '' WHERE dimension = 0");
        schema.execute("DELETE FROM tuple");
        assertThat(differences()).hasSizeGreaterThan(20).hasSizeLessThanOrEqualTo(RollupCheck.DIFFERENCES_MAX + 1);

        request(LocalDate.MIN, LocalDate.MAX);
        assertThat(differences()).singleElement().asString().contains("wait to be made again");
        goOn(model, schema);
        LoaderModelIT.compareRollups(schema, "made again", model, project);
        assertThat(differences()).isEmpty();
    }

    @Test
    void databaseOfTheFirstVersion_getsItsRollupsWhileLoading_alsoAfterFailures() {
        Model model = loaded("rollup_first_version", 1_002, 80);
        for (String table : List.of(
                "rollup", "sketch", "tuple", "rollup_pending", "rollup_closed", "rollup_rebuild", "raw_dropped")) {
            schema.execute("DROP TABLE " + table);
        }
        schema.execute("DELETE FROM schema_history WHERE version IN ('4', '5')");
        Schema.migrate(schema.dataSource());
        assertThat(schema.rows("SELECT project_id, first_day, next_day FROM rollup_rebuild"))
                .containsExactly(project + "|0|null");
        Random random = new Random(5);
        FaultySource faulty = new FaultySource(schema, true, call -> random.nextInt(400) == 0);
        goOn(model, faulty);
        assertThat(faulty.failures()).isPositive();
        LoaderModelIT.compareRollups(schema, "migrated", model, project);
    }

    /** As a retried dead letter does it. */
    private void loadBehindItsBack(Polled.Stored stored) throws SQLException {
        loadBehindItsBack(stored, schema.open());
    }

    private void loadBehindItsBack(Polled.Stored stored, Connection opened) throws SQLException {
        try (Connection connection = opened) {
            connection.setAutoCommit(false);
            connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
            Replay.checkpoint(connection, config.loaderId(), true);
            Erasures.update(connection, "UPDATE control_version SET version = version + 1");
            long timeMs = stored.record().envelope().receivedMs();
            new Projection(config)
                    .load(connection, new TableWriter(false), true, List.of(new Entry(stored, timeMs, null)), timeMs);
            connection.commit();
        }
    }

    /** The longest time of raw rows that were read to find out who is in the sketches, in milliseconds. */
    private static long longestRead(SqlLog log) {
        var times = java.util.regex.Pattern.compile("v[.]received_ms >= (\\d+) AND v[.]received_ms < (\\d+)");
        return log.containing("FROM pageview v").stream()
                .map(times::matcher)
                .filter(java.util.regex.Matcher::find)
                .mapToLong(found -> Long.parseLong(found.group(2)) - Long.parseLong(found.group(1)))
                .max()
                .orElse(0);
    }

    @Test
    void pendingRowsThatLieFarApart_areNotReadWithAllThatLiesBetween() throws SQLException {
        loaded("rollup_apart", 1_007, 120);
        long lastMs = stream.nowMs();
        assertThat(lastMs - NOW_MS).isGreaterThan(3 * 86_400_000L);
        // A dead letter of the first day, and the last batch before a crash, whose flush did not come any more.
        Stream beside = new Stream(1_008, project);
        loadBehindItsBack(beside, schema.open(), NOW_MS);
        SqlLog retry = new SqlLog(schema);
        loadBehindItsBack(beside, retry.open(), lastMs);
        assertThat(retry.containing("FROM pageview v"))
                .as("rows that a retry has no use for")
                .isEmpty();
        assertThat(schema.number("SELECT COUNT(*) FROM rollup_pending")).isEqualTo(2);
        assertThat(differences()).isEmpty();
        SqlLog log = new SqlLog(schema);
        journal.addAll(stream.add(3).records.subList(journal.size(), journal.size() + 3));
        LoaderRun.load(config, stream.journalId, journal, log, NOW_MS);
        assertThat(log.containing("FROM pageview v")).isNotEmpty();
        assertThat(longestRead(log)).isLessThan(86_400_000L);
        assertThat(schema.number("SELECT COUNT(*) FROM rollup_pending")).isZero();
        assertThat(differences()).isEmpty();
    }

    private void loadBehindItsBack(Stream others, Connection connection, long timeMs) throws SQLException {
        Envelope envelope = new Envelope(project, 77_000 + timeMs, false, timeMs, 0, 77, 78, null, null);
        Polled polled = others.add(envelope, new Pageview("https://example.com/77", null, null, 0, null, null));
        loadBehindItsBack((Polled.Stored) polled, connection);
    }

    @Test
    void whatComesBesideTheLoader_isCountedOnce_alsoInADayThatIsBeingMadeAgain() throws SQLException {
        loaded("rollup_beside", 1_005, 40);
        // Their sequences are beyond those that are in the journal.
        List<Polled> others = new Stream(1_006, project).add(230).records.subList(200, 230);
        try (LoaderRun run =
                LoaderRun.purging(config, () -> new ListSource(stream.journalId, journal), schema, NOW_MS)) {
            request(LocalDate.MIN, LocalDate.MAX);
            for (int i = 0; i < others.size(); i++) {
                loadBehindItsBack((Polled.Stored) others.get(i));
                if (i % 10 == 5) {
                    request(LocalDate.MIN, LocalDate.MAX);
                    journal.addAll(stream.add(3).records.subList(journal.size(), journal.size() + 3));
                    run.awaitCommitted(position(stream.records));
                }
            }
            run.await("all days", () -> schema.number("SELECT COUNT(*) FROM rollup_rebuild") == 0);
            run.await("what is pending", () -> schema.number("SELECT COUNT(*) FROM rollup_pending") == 0);
            assertThat(differences()).isEmpty();
        }
        assertThat(schema.number("SELECT COUNT(*) FROM dead_letter")).isZero();
    }

    @Test
    void weeksAndMonths_areTheSumsOfTheirDays_alsoWhenThoseChange() throws SQLException {
        Model model = loaded("rollup_closed", 1_003, 300);
        goOn(model, schema);
        String closed = "SELECT COUNT(*) FROM rollup_closed WHERE grain = ";
        long lastDay = stream.nowMs() / 86_400_000;
        try (LoaderRun run =
                LoaderRun.purging(config, () -> new ListSource(stream.journalId, journal), schema, NOW_MS)) {
            int weeks = Grain.WEEK.periodOf((int) lastDay - Closing.DAYS_OPEN)
                    - Grain.WEEK.periodOf((int) (NOW_MS / 86_400_000));
            assertThat(weeks).isPositive();
            run.await("weeks", () -> schema.number(closed + Grain.WEEK.code) >= weeks);
            assertThat(differences()).isEmpty();
            assertThat(schema.number("SELECT SUM(events) FROM rollup WHERE grain = 2 AND dimension = 0"))
                    .isPositive();
            assertThat(schema.number("SELECT COUNT(*) FROM sketch WHERE grain = 2 AND dimension = 1"))
                    .isPositive();
            // One who was there in the first week.
            long visitor = schema.number("SELECT visitor_id FROM pageview ORDER BY received_ms LIMIT 1");
            try (Connection connection = schema.open()) {
                Erasures.request(connection, project, visitor, stream.nowMs());
            }
            model.erase(project, visitor, stream.nowMs());
            run.await("the purge", () -> schema.number("SELECT COUNT(*) FROM erasure WHERE purged_ms IS NULL") == 0);
            run.await("all days", () -> schema.number("SELECT COUNT(*) FROM rollup_rebuild") == 0);
            run.await("weeks", () -> schema.number(closed + Grain.WEEK.code) >= weeks);
        }
        LoaderModelIT.compareRollups(schema, "erased", model, project);
        assertThat(differences()).isEmpty();
        schema.execute("UPDATE rollup SET events = events + 1 WHERE grain = 2 AND dimension = 0 LIMIT 1");
        assertThat(differences()).singleElement().asString().contains(", total, week from ");
    }

    @Test
    void linksThatAreMade_doNotMakeTheWorkBeginAgain() throws SQLException {
        loaded("rollup_links", 1_009, 10);
        SqlLog log = new SqlLog(schema);
        try (LoaderRun run = LoaderRun.purging(config, () -> new ListSource(stream.journalId, journal), log, NOW_MS)) {
            for (int i = 0; i < 40; i++) {
                schema.execute("UPDATE control_version SET version = version + 1");
                journal.addAll(stream.add(1).records.subList(journal.size(), journal.size() + 1));
                run.awaitCommitted(position(stream.records));
                run.await("a look", () -> schema.number("SELECT COUNT(*) FROM rollup_pending") == 0);
            }
        }
        // Who looks for weeks and months to be summed up begins with this; once a day of the stream's, which takes
        // some.
        long days = (stream.nowMs() - NOW_MS) / 86_400_000 + 2;
        assertThat(days).isLessThan(20);
        assertThat(log.containing("SELECT project_id FROM project WHERE deleted_ms IS NULL"))
                .hasSizeLessThanOrEqualTo((int) days);
        assertThat(differences()).isEmpty();
    }

    @Test
    void daysThatRetentionTook_stayAsTheyAre() throws SQLException {
        loaded("rollup_retention", 1_004, 120);
        long untilMs = NOW_MS + 3 * 86_400_000L;
        for (String table : List.of("pageview", "session", "error_event", "audit_event", "link_click")) {
            String time = table.equals("session") ? "started_ms" : "received_ms";
            schema.execute("DELETE FROM " + table + " WHERE " + time + " < " + untilMs);
        }
        assertThat(differences()).isNotEmpty();
        schema.execute("UPDATE raw_dropped SET until_ms = " + untilMs);
        assertThat(differences()).isEmpty();
        String rows = "SELECT * FROM rollup ORDER BY project_id, grain, dimension, period, value_id";
        List<String> before = schema.rows(rows);
        LocalDate first;
        try (Connection connection = schema.open()) {
            first = RebuildRequests.firstWholeDay(connection, project);
        }
        assertThat(first).isEqualTo(LocalDate.of(2026, 3, 31));
        schema.execute("DELETE FROM rollup WHERE grain = 1 AND period >= " + first.toEpochDay());
        request(LocalDate.MIN, LocalDate.MAX);
        try (LoaderRun run =
                LoaderRun.purging(config, () -> new ListSource(stream.journalId, journal), schema, NOW_MS)) {
            run.await("all days", () -> schema.number("SELECT COUNT(*) FROM rollup_rebuild") == 0);
        }
        List<String> after = schema.rows(rows);
        before.removeIf(row -> isZero(row) || isSummed(row));
        after.removeIf(row -> isZero(row) || isSummed(row));
        assertThat(after).isEqualTo(before);
        request(LocalDate.of(2026, 3, 1), first.minusDays(1));
        try (LoaderRun run =
                LoaderRun.purging(config, () -> new ListSource(stream.journalId, journal), schema, NOW_MS)) {
            run.await("all days", () -> schema.number("SELECT COUNT(*) FROM rollup_rebuild") == 0);
        }
        List<String> untouched = schema.rows(rows);
        untouched.removeIf(row -> isZero(row) || isSummed(row));
        assertThat(untouched).isEqualTo(before);
    }

    /** A row of sums that came back to nothing is as good as none. */
    private static boolean isZero(String row) {
        String[] columns = row.split("[|]");
        for (int i = 5; i < columns.length; i++) {
            if (!columns[i].equals("0") && !columns[i].equals("null")) {
                return false;
            }
        }
        return true;
    }

    private static boolean isSummed(String row) {
        String grain = row.split("[|]")[1];
        return grain.equals("2") || grain.equals("3");
    }
}

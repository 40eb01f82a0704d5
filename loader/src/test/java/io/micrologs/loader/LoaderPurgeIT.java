package io.micrologs.loader;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrologs.journal.Checkpoint;
import io.micrologs.journal.Envelope;
import io.micrologs.journal.Pageview;
import io.micrologs.journal.Polled;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Deleted projects and erased visitors, on the real server. */
final class LoaderPurgeIT {

    private static final long NOW_MS = Stream.START_MS;
    private static TestSchema schema;

    @BeforeAll
    static void migrate() {
        schema = TestSchema.migrated("loader_purge");
    }

    @Test
    void erasedVisitors_leaveWhatTheModelLeaves_andComeBackAsNewOnes() throws SQLException {
        for (long seed = 1; seed <= 8; seed++) {
            Random random = new Random(seed);
            int project = schema.newProject("Europe/Berlin");
            int other = schema.newProject("UTC");
            Stream stream = new Stream(700 + seed, project, other).add(100 + random.nextInt(100));
            int loaderId = TestSchema.newLoaderId();
            LoaderConfig config = LoaderRun.config(loaderId, 1 + random.nextInt(40));
            Model model = new Model(
                    Map.of(project, ZoneId.of("Europe/Berlin"), other, ZoneId.of("UTC")), config.errorGroupsMax());
            List<Polled> journal = new CopyOnWriteArrayList<>(stream.records);
            model.apply(stream.records);
            try (LoaderRun run =
                    LoaderRun.purging(config, () -> new ListSource(stream.journalId, journal), schema, NOW_MS)) {
                run.awaitCommitted(last(journal));
                for (int round = 0; round < 3; round++) {
                    long visitor = stream.visitor();
                    // Up to now, to before, and to after the first of what comes next.
                    long untilMs =
                            stream.nowMs() + List.of(0L, -20_000_000L, 100_000L).get(round);
                    try (Connection connection = schema.open()) {
                        Erasures.request(connection, project, visitor, untilMs);
                    }
                    run.await(
                            "the purge",
                            () -> schema.number("SELECT COUNT(*) FROM erasure WHERE purged_ms IS NULL") == 0);
                    model.erase(project, visitor, untilMs);
                    int from = stream.records.size();
                    stream.add(60);
                    List<Polled> added = List.copyOf(stream.records.subList(from, stream.records.size()));
                    model.apply(added);
                    journal.addAll(added);
                    run.awaitCommitted(last(journal));
                }
                run.await("all days", () -> schema.number("SELECT COUNT(*) FROM rollup_rebuild") == 0);
            }
            LoaderModelIT.compareTables(schema, "seed " + seed, model, loaderId, project, other);
        }
    }

    @Test
    void erasureThatIsNotPurgedYet_isNoMoreGoneOnWith() throws SQLException {
        int project = schema.newProject("UTC");
        int loaderId = TestSchema.newLoaderId();
        Stream stream = new Stream(800, project);
        stream.add(at(project, 0), view());
        LoaderConfig config = LoaderRun.config(loaderId, 10);
        LoaderRun.load(config, stream.journalId, stream.records, schema, NOW_MS);
        try (Connection connection = schema.open()) {
            Erasures.request(connection, project, 5, NOW_MS + 1_000);
        }
        stream.add(at(project, 1_000), view());
        stream.add(at(project, 1_001), view());
        // This one never looks for something to purge: what is old is there still.
        LoaderRun.load(config, stream.journalId, stream.records, schema, NOW_MS);
        assertThat(schema.rows(
                        "SELECT outcome, events FROM ledger WHERE loader_id = " + loaderId + " ORDER BY outcome"))
                .containsExactly("deleted|1", "stored|2");
        assertThat(schema.rows("SELECT first_seen_ms FROM visitor WHERE project_id = " + project))
                .containsExactly(Long.toString(NOW_MS + 1_001));
        assertThat(schema.rows("SELECT started_ms, pageviews FROM session WHERE project_id = " + project
                        + " ORDER BY started_ms"))
                .containsExactly(NOW_MS + "|1", (NOW_MS + 1_001) + "|1");
        try (LoaderRun run =
                LoaderRun.purging(config, () -> new ListSource(stream.journalId, stream.records), schema, NOW_MS)) {
            run.await(
                    "the purge",
                    () -> schema.number("SELECT COUNT(*) FROM session WHERE project_id = " + project) == 1);
        }
        assertThat(schema.rows("SELECT pageviews FROM project_total WHERE project_id = " + project))
                .containsExactly("1");
    }

    @Test
    void visitorOfThousandsOfAliases_isCutOffInFewStatements_withoutLookingAtOthers() throws SQLException {
        int project = schema.newProject("UTC");
        int others = 30_000;
        for (String table : List.of("visitor_alias", "visitor_fingerprint")) {
            schema.execute(numbers(table, project, 7, 100, 5_000));
            schema.execute(numbers(table, project, 8, 1_000_000, others));
        }
        try (Connection connection = schema.open()) {
            Erasures.request(connection, project, 7, NOW_MS);
            long statements = status(connection, "Questions");
            long read = status(connection, "Handler_read_next") + status(connection, "Handler_read_rnd_next");
            assertThat(Erasures.unlink(connection, NOW_MS)).isTrue();
            assertThat(status(connection, "Questions") - statements).isLessThan(20);
            assertThat(status(connection, "Handler_read_next") + status(connection, "Handler_read_rnd_next") - read)
                    .isLessThan(others);
        }
        assertThat(schema.rows("SELECT COUNT(*), COUNT(unlinked_ms) FROM erasure WHERE project_id = " + project))
                .containsExactly("5001|5001");
        for (String table : List.of("visitor_alias", "visitor_fingerprint")) {
            assertThat(schema.rows("SELECT visitor_id, COUNT(*) FROM " + table + " WHERE project_id = " + project
                            + " GROUP BY visitor_id"))
                    .containsExactly("8|" + others);
        }
        // What they left is gone through in steps for hundreds of them, and not for each.
        Purge purge = new Purge(() -> java.time.Instant.ofEpochMilli(NOW_MS + 5), 0);
        int steps = 0;
        while (schema.number("SELECT COUNT(*) FROM erasure WHERE purged_ms IS NULL AND project_id = " + project) > 0) {
            try (Connection connection = schema.open()) {
                purge.step(connection);
            }
            assertThat(++steps).isLessThan(100);
        }
    }

    private static String numbers(String table, int project, int visitor, int from, int count) {
        String key = table.equals("visitor_alias") ? "alias_id" : "fingerprint_key";
        StringBuilder rows =
                new StringBuilder("INSERT INTO " + table + " (project_id, " + key + ", visitor_id) VALUES ");
        for (int i = 0; i < count; i++) {
            rows.append(i == 0 ? "" : ",").append("(%d,%d,%d)".formatted(project, from + i, visitor));
        }
        return rows.toString();
    }

    private static long status(Connection connection, String name) throws SQLException {
        try (var statement = connection.createStatement();
                var row = statement.executeQuery("SHOW SESSION STATUS LIKE '" + name + "'")) {
            assertThat(row.next()).isTrue();
            return row.getLong(2);
        }
    }

    @Test
    void erasureAskedForAgainWhileItIsCutOff_isCutOffAgain() throws SQLException {
        int project = schema.newProject("UTC");
        try (Connection loader = schema.open();
                Connection other = schema.open()) {
            Erasures.request(other, project, 7, NOW_MS);
            Erasures.Pending first = Erasures.pending(loader, true).get(0);
            Erasures.request(other, project, 7, NOW_MS + 5);
            Erasures.unlink(loader, first, NOW_MS + 6);
            assertThat(Erasures.pending(loader, true))
                    .containsExactly(new Erasures.Pending(project, 7, NOW_MS + 5, false));
            assertThat(Erasures.unlink(loader, NOW_MS + 7)).isTrue();
            assertThat(Erasures.pending(loader, true)).isEmpty();
        }
        schema.execute("DELETE FROM erasure WHERE project_id = " + project);
    }

    @Test
    void sharedSession_goesToWhoIsLeftInIt() throws SQLException {
        int project = schema.newProject("UTC");
        Stream stream = new Stream(850, project);
        for (long[] visitorAndPage : new long[][] {{5, 1}, {6, 2}, {5, 3}, {6, 4}, {5, 5}}) {
            long number = stream.records.size();
            stream.add(
                    new Envelope(project, number, false, NOW_MS + number, 0, visitorAndPage[0], 9, null, null),
                    new Pageview("https://example.com/" + visitorAndPage[1], null, null, 0, null, null));
        }
        LoaderConfig config = LoaderRun.config(TestSchema.newLoaderId(), 10);
        List<Polled> journal = new CopyOnWriteArrayList<>(stream.records);
        try (LoaderRun run =
                LoaderRun.purging(config, () -> new ListSource(stream.journalId, journal), schema, NOW_MS)) {
            run.awaitCommitted(last(journal));
            try (Connection connection = schema.open()) {
                Erasures.request(connection, project, 5, NOW_MS + 1_000);
            }
            run.await("the purge", () -> schema.number("SELECT COUNT(*) FROM erasure WHERE purged_ms IS NULL") == 0);
            assertThat(schema.rows(SHARED + project))
                    .containsExactly("6|2|https://example.com/2|https://example.com/4");
            // It goes on, with what it is now.
            journal.add(stream.add(
                    new Envelope(project, 99, false, NOW_MS + 2_000, 0, 6, 9, null, null),
                    new Pageview("https://example.com/6", null, null, 0, null, null)));
            run.awaitCommitted(last(journal));
        }
        assertThat(schema.rows(SHARED + project)).containsExactly("6|3|https://example.com/2|https://example.com/6");
        assertThat(schema.number("SELECT COUNT(*) FROM pageview WHERE project_id = " + project))
                .isEqualTo(3);
    }

    private static final String SHARED = "SELECT s.visitor_id, s.pageviews, i.url, o.url FROM session s"
            + " JOIN page i ON i.project_id = s.project_id AND i.page_id = s.entry_page_id"
            + " JOIN page o ON o.project_id = s.project_id AND o.page_id = s.exit_page_id WHERE s.project_id = ";

    @Test
    void damagedRecordOfDeletedProject_isCountedAndNotKept() {
        int project = schema.newProject("UTC");
        schema.execute("UPDATE project SET deleted_ms = 1 WHERE project_id = " + project);
        schema.execute("UPDATE control_version SET version = version + 1");
        Stream stream = new Stream(860, project);
        List<Polled> records =
                List.of(damaged(stream, project, 1), damaged(stream, 0, 2), damaged(stream, 1_234_567, 3));
        int loaderId = TestSchema.newLoaderId();
        LoaderRun.load(LoaderRun.config(loaderId, 10), stream.journalId, records, schema, NOW_MS);
        assertThat(schema.rows("SELECT project_id, events FROM ledger WHERE outcome = 'dead_letter' AND loader_id = "
                        + loaderId + " ORDER BY project_id"))
                .containsExactly("0|1", project + "|1", "1234567|1");
        assertThat(schema.rows(
                        "SELECT project_id FROM dead_letter WHERE loader_id = " + loaderId + " ORDER BY project_id"))
                .containsExactly("0", "1234567");
    }

    private static Polled damaged(Stream stream, int project, int index) {
        return new Polled.Damaged(
                new Checkpoint(stream.journalId, 90, index, index, 5), project, "the checksum is wrong", new byte[] {9
                });
    }

    @Test
    void deletedProject_isPurgedWhileOthersAreLoaded_alsoAfterFailures() {
        int project = schema.newProject("UTC");
        int other = schema.newProject("UTC");
        Stream stream = new Stream(900, project, other).add(300);
        int loaderId = TestSchema.newLoaderId();
        LoaderConfig config = LoaderRun.config(loaderId, 20);
        LoaderRun.load(config, stream.journalId, stream.records, schema, NOW_MS);
        Model model = new Model(Map.of(other, ZoneId.of("UTC"), project, ZoneId.of("UTC")), 10_000);
        model.apply(stream.records);
        schema.execute("UPDATE project SET deleted_ms = 1 WHERE project_id = " + project);
        schema.execute("UPDATE control_version SET version = version + 1");
        model.delete(project);
        Random random = new Random(3);
        FaultySource faulty = new FaultySource(schema, true, call -> random.nextInt(60) == 0);
        List<Polled> journal = new CopyOnWriteArrayList<>(stream.records);
        try (LoaderRun run =
                LoaderRun.purging(config, () -> new ListSource(stream.journalId, journal), faulty, NOW_MS)) {
            for (int round = 0; round < 5; round++) {
                int from = stream.records.size();
                stream.add(40);
                List<Polled> added = List.copyOf(stream.records.subList(from, stream.records.size()));
                model.apply(added);
                journal.addAll(added);
                run.awaitCommitted(last(journal));
            }
            run.await(
                    "the purge",
                    () -> schema.number("SELECT COUNT(*) FROM project WHERE purged_ms IS NOT NULL"
                                    + " AND project_id = " + project)
                            == 1);
        }
        assertThat(faulty.failures()).isPositive();
        for (String table : Purge.PROJECT_TABLES) {
            assertThat(schema.number("SELECT COUNT(*) FROM " + table + " WHERE project_id = " + project))
                    .as(table)
                    .isZero();
        }
        assertThat(schema.rows("SELECT table_name FROM information_schema.columns WHERE table_schema = DATABASE()"
                        + " AND column_name = 'project_id'"))
                .containsExactlyInAnyOrderElementsOf(withTombstones());
        assertThat(schema.rows("SELECT name, allowed_domains, settings, public_key = LPAD(project_id, 32, '0'),"
                        + " secret_key_hash = CAST(LPAD(project_id, 32, '0') AS BINARY) FROM project WHERE project_id = "
                        + project))
                .containsExactly("|[]|{}|0|0");
        LoaderModelIT.compareTables(schema, "deleted", model, loaderId, project, other);
    }

    private static List<String> withTombstones() {
        List<String> tables = new java.util.ArrayList<>(Purge.PROJECT_TABLES);
        tables.addAll(List.of("project", "ledger"));
        return tables;
    }

    private static Checkpoint last(List<Polled> records) {
        return ListSource.position(records.get(records.size() - 1));
    }

    private static Envelope at(int project, long afterMs) {
        return new Envelope(project, afterMs, false, NOW_MS + afterMs, 0, 5, 5, null, null);
    }

    private static Pageview view() {
        return new Pageview("https://example.com/", null, null, 0, null, null);
    }
}

package io.micrologs.loader;

import static org.assertj.core.api.Assertions.assertThat;

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
        LoaderModelIT.compareTables(schema, "deleted", model, loaderId, project, other);
    }

    private static List<String> withTombstones() {
        List<String> tables = new java.util.ArrayList<>(Purge.PROJECT_TABLES);
        tables.addAll(List.of("project", "ledger"));
        return tables;
    }

    private static io.micrologs.journal.Checkpoint last(List<Polled> records) {
        return ListSource.position(records.get(records.size() - 1));
    }

    private static Envelope at(int project, long afterMs) {
        return new Envelope(project, afterMs, false, NOW_MS + afterMs, 0, 5, 5, null, null);
    }

    private static Pageview view() {
        return new Pageview("https://example.com/", null, null, 0, null, null);
    }
}

package io.micrologs.loader;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrologs.journal.Polled;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The real tables against a plain model of the same events. */
final class LoaderModelIT {

    private static final long NOW_MS = Stream.START_MS;
    private static TestSchema schema;

    @BeforeAll
    static void migrate() {
        schema = TestSchema.migrated("loader_model");
    }

    @Test
    void randomStreams_inRandomBatches_giveTheModelsTables() {
        for (long seed = 1; seed <= 12; seed++) {
            Random random = new Random(seed);
            int berlin = schema.newProject("Europe/Berlin");
            int kolkata = schema.newProject("Asia/Kolkata");
            int unknown = 1_000_000 + kolkata;
            Stream stream = new Stream(seed, berlin, kolkata, berlin, unknown).add(20 + random.nextInt(300));
            int loaderId = TestSchema.newLoaderId();
            LoaderConfig config = LoaderRun.config(loaderId, 1 + random.nextInt(60));
            int split = random.nextInt(stream.records.size());
            if (split > 0) {
                LoaderRun.load(config, stream.journalId, stream.records.subList(0, split), schema, NOW_MS);
            }
            LoaderRun.load(config, stream.journalId, stream.records, schema, NOW_MS);
            Model model = new Model(
                    Map.of(berlin, ZoneId.of("Europe/Berlin"), kolkata, ZoneId.of("Asia/Kolkata")),
                    config.errorGroupsMax());
            compare(seed, model, stream.records, loaderId, berlin, kolkata, unknown);
            if (seed == 1) {
                assertThat(differences(schema, berlin)).isEmpty();
            }
        }
    }

    @Test
    void groupsBeyondTheLimit_fallIntoOne() {
        int project = schema.newProject("UTC");
        Stream stream = new Stream(500, project).add(150);
        int loaderId = TestSchema.newLoaderId();
        LoaderConfig config = new LoaderConfig(loaderId, 11, 1 << 20, 1, 5, 1_000, 1_000, true);
        LoaderRun.load(config, stream.journalId, stream.records, schema, NOW_MS);
        compare(500, new Model(Map.of(project, ZoneId.of("UTC")), 5), stream.records, loaderId, project);
        assertThat(schema.number("SELECT COUNT(*) FROM error_group WHERE project_id = " + project))
                .isEqualTo(6);
    }

    static void compare(long seed, Model model, List<Polled> records, int loaderId, int... projects) {
        compareTables(schema, "seed " + seed, model.apply(records), loaderId, projects);
    }

    static void compareRollups(TestSchema schema, String what, Model model, int... projects) {
        RollupModel rollups = new RollupModel(model);
        String ids = Arrays.stream(projects).mapToObj(Integer::toString).collect(Collectors.joining(","));
        try {
            RollupModel.Stored stored = new RollupModel.Stored(schema, ids);
            assertThat(difference(stored.counts, rollups.counts()))
                    .as("rollup, %s", what)
                    .isEmpty();
            assertThat(difference(stored.sketches, rollups.sketches()))
                    .as("sketch, %s", what)
                    .isEmpty();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Of lines that are all different. */
    private static List<String> difference(List<String> stored, List<String> expected) {
        Set<String> extra = new TreeSet<>(stored);
        expected.forEach(extra::remove);
        Set<String> missing = new TreeSet<>(expected);
        stored.forEach(missing::remove);
        List<String> difference = new ArrayList<>();
        extra.forEach(line -> difference.add("stored:   " + line));
        missing.forEach(line -> difference.add("expected: " + line));
        return difference;
    }

    static List<String> differences(TestSchema schema, int project) {
        try (Connection connection = schema.open()) {
            return RollupCheck.differences(connection, id -> id == project);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    static void compareTables(TestSchema schema, String what, Model model, int loaderId, int... projects) {
        Map<String, List<String>> expected = model.tables();
        LoaderRun.settle(loaderId, schema);
        compareRollups(schema, what, model, projects);
        Tables.of(schema, loaderId, projects)
                .forEach((table, rows) -> assertThat(rows)
                        .as("%s, %s", table, what)
                        .containsExactlyInAnyOrderElementsOf(expected.get(table)));
    }
}

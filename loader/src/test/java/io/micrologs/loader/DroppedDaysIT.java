package io.micrologs.loader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.sql.Connection;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Days that retention drops, and dumps of what is left, on the real server. */
final class DroppedDaysIT {

    private static final ProgressListener QUIET = (step, done, total) -> {};

    @Test
    void oldDaysGo_andEverythingStillAddsUp() throws Exception {
        TestSchema schema = TestSchema.migrated("dropped_days");
        int project = schema.newProject("Asia/Kolkata");
        Stream stream = new Stream(77, project).add(200);
        int loaderId = TestSchema.newLoaderId();
        LoaderConfig all = LoaderRun.config(loaderId, 20);
        int half = 100;
        LoaderRun.load(all, stream.journalId, stream.records.subList(0, half), schema, Stream.START_MS);
        assertThat(differences(schema, all)).isEmpty();
        LoaderConfig three = new LoaderConfig(loaderId, 20, 1 << 20, 1, 10_000, 1_000, 1_000, true, 3);
        LoaderRun.load(three, stream.journalId, stream.records, schema, stream.nowMs());
        long cutMs = Math.floorDiv(stream.nowMs(), Partitions.DAY_MS) * Partitions.DAY_MS - 3 * Partitions.DAY_MS;
        for (String table : List.of("pageview", "error_event", "audit_event", "link_click")) {
            assertThat(schema.number("SELECT COUNT(*) FROM " + table + " WHERE received_ms < " + cutMs
                            + " AND sequence <= " + half))
                    .as(table)
                    .isZero();
        }
        assertThat(schema.number("SELECT SUM(events) FROM dropped_rows")).isPositive();
        assertThat(schema.number("SELECT COUNT(*) FROM dropped_rows WHERE until_ms > 0"))
                .isZero();
        assertThat(schema.number("SELECT until_ms FROM raw_dropped")).isEqualTo(cutMs);
        assertThat(differences(schema, three)).isEmpty();
        LocalDate first = ReplayIT.day(Stream.START_MS);
        assertThatThrownBy(() -> new Replay(
                                three,
                                () -> new ListSource(stream.journalId, stream.records),
                                schema,
                                LoaderRun.clockFrom(stream.nowMs()),
                                QUIET)
                        .run(first, first))
                .hasMessageContaining("retention.days has dropped " + first);
        // A loader that was stopped between the sums and the drop counts nothing twice.
        Map<String, List<String>> before = ReplayIT.everything(schema);
        schema.execute("INSERT INTO dropped_rows VALUES ('pageview', 9000000000000, " + project + ", 0, 0, 0)");
        try (Connection connection = schema.open()) {
            connection.setAutoCommit(false);
            DroppedDays.drop(connection, 0);
        }
        assertThat(ReplayIT.everything(schema)).isEqualTo(before);
    }

    @Test
    void verify_namesWhatDiffers() throws Exception {
        TestSchema schema = TestSchema.migrated("verify_names");
        int project = schema.newProject("UTC");
        Stream stream = new Stream(78, project).add(150);
        LoaderConfig config = LoaderRun.config(TestSchema.newLoaderId(), 20);
        LoaderRun.load(config, stream.journalId, stream.records, schema, Stream.START_MS);
        assertThat(differences(schema, config)).isEmpty();
        schema.execute("DELETE FROM pageview LIMIT 1");
        schema.execute("UPDATE error_group SET occurrence_count = occurrence_count + 1 LIMIT 1");
        assertThat(differences(schema, config))
                .containsExactly(
                        "stored events and their rows",
                        "totals of projects and links",
                        "sessions and their pageviews",
                        "error groups and their occurrences",
                        "rollups");
        schema.execute("UPDATE link_total SET clicks = clicks + 1 LIMIT 1");
        try (Connection connection = schema.open()) {
            assertThat(new Verify(config, connection, QUIET)
                                    .run(
                                            null,
                                            new Verify.Accepted(null, Map.of()),
                                            Map.of("more", c -> List.of("no", "no")))
                                    .stream()
                                    .filter(outcome -> outcome.check().equals("more"))
                                    .findFirst()
                                    .orElseThrow()
                                    .differences())
                    .containsExactly("no", "no");
        }
    }

    @Test
    void dump_comesBackAsItWas_inAnotherSchema() throws Exception {
        TestSchema schema = TestSchema.migrated("dump_from");
        int project = schema.newProject("Europe/Berlin");
        Stream stream = new Stream(79, project).add(150);
        LoaderConfig config = LoaderRun.config(TestSchema.newLoaderId(), 20);
        LoaderRun.load(config, stream.journalId, stream.records, schema, Stream.START_MS);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Dump.Written written;
        try (Connection connection = schema.open()) {
            written = new Dump(connection, config.loaderId(), QUIET).write(out);
        }
        assertThat(written.checkpoint()).isEqualTo(ListSource.position(stream.records.get(149)));
        TestSchema other = TestSchema.empty("dump_to");
        DumpReader reader = new DumpReader(other.dataSource(), QUIET);
        reader.requireEmpty();
        assertThat(reader.read(new ByteArrayInputStream(out.toByteArray()))).isEqualTo(written.rows());
        assertThat(ReplayIT.everything(other)).isEqualTo(ReplayIT.everything(schema));
        assertThat(partitions(other)).isEqualTo(partitions(schema));
        assertThatThrownBy(reader::requireEmpty).hasMessageContaining("not empty");
    }

    private static List<String> partitions(TestSchema schema) {
        return schema.rows("SELECT table_name, partition_name, partition_description FROM information_schema.partitions"
                + " WHERE table_schema = DATABASE() ORDER BY table_name, partition_ordinal_position");
    }

    /** The checks in which something differs. */
    private static List<String> differences(TestSchema schema, LoaderConfig config) throws Exception {
        try (Connection connection = schema.open()) {
            return new Verify(config, connection, QUIET)
                            .run(null, new Verify.Accepted(null, Map.of()), Map.of("rollups", RollupCheck::differences))
                            .stream()
                            .filter(outcome -> !outcome.differences().isEmpty())
                            .map(outcome -> outcome.check())
                            .toList();
        }
    }
}

package io.micrologs.loader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The schema, its partitions and how rows get into it, on the real server. */
final class SchemaIT {

    private static final long DAY_1_MS = TestSchema.ms("2026-01-10T05:00:00Z");

    @Test
    void migrate_twice_isTheSame_andNewerVersionIsRefused() {
        TestSchema schema = TestSchema.migrated("schema_twice");
        Schema.migrate(schema.dataSource());
        assertThat(schema.number("SELECT version FROM control_version")).isEqualTo(1);
        schema.execute("INSERT INTO schema_history SELECT 99, '99', 'later', type, 'V99__later.sql', 1, installed_by,"
                + " installed_on, 1, 1 FROM schema_history WHERE version = '1'");
        assertThatThrownBy(() -> Schema.migrate(schema.dataSource()))
                .isInstanceOf(SchemaTooNewException.class)
                .hasMessageContaining("schema version 99")
                .hasMessageContaining("versions up to 5");
    }

    @Test
    void migrate_afterItWasStoppedAnywhere_goesOn() throws Exception {
        String sql = migration("V1__first_tables") + migration("V4__rollups");
        List<String> statements =
                List.of(sql.replaceAll("(?m)^--.*$", "").strip().split(";\\s*"));
        TestSchema whole = TestSchema.migrated("schema_whole");
        String history = whole.rows("SHOW CREATE TABLE schema_history").get(0).split("[|]", 2)[1];
        for (int done : List.of(3, statements.size() / 2, statements.size())) {
            TestSchema schema = TestSchema.empty("schema_stopped_" + done);
            schema.execute(history);
            statements.subList(0, done).forEach(schema::execute);
            Schema.migrate(schema.dataSource());
            String tables = "SELECT table_name, column_name, column_type FROM information_schema.columns"
                    + " WHERE table_schema = DATABASE() ORDER BY table_name, ordinal_position";
            assertThat(schema.rows(tables)).isEqualTo(whole.rows(tables));
            assertThat(schema.rows("SELECT one, version FROM control_version")).containsExactly("1|1");
            assertThat(schema.rows("SELECT version, success FROM schema_history"))
                    .containsExactly("1|1", "2|1", "3|1", "4|1", "5|1");
        }
    }

    @Test
    void sketchesOfBefore_getTheirNumbers() {
        TestSchema schema = TestSchema.empty("schema_sketches");
        Schema.migrateTo(schema.dataSource(), "4");
        Random random = new Random(4);
        List<String> expected = new ArrayList<>();
        for (int value = 0; value < 200; value++) {
            int k = 1 + random.nextInt(40);
            BottomK visitors = new BottomK(k);
            random.longs(random.nextInt(90)).forEach(visitors::add);
            byte[] hashes = visitors.toBytes();
            expected.add(value + "|" + BottomK.count(k, hashes));
            schema.execute("INSERT INTO sketch VALUES (1, 1, 1, 1, %d, %d, x'%s')"
                    .formatted(value, k, java.util.HexFormat.of().formatHex(hashes)));
        }
        Schema.migrate(schema.dataSource());
        assertThat(schema.rows("SELECT value_id, visitors FROM sketch ORDER BY value_id"))
                .isEqualTo(expected);
    }

    private static String migration(String name) throws java.io.IOException {
        try (var file = Schema.class.getResourceAsStream("/db/migration/" + name + ".sql")) {
            return new String(
                    java.util.Objects.requireNonNull(file).readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        }
    }

    @Test
    void partitions_aheadAndDropped() throws SQLException {
        TestSchema schema = TestSchema.migrated("schema_partitions");
        Partitions partitions = new Partitions();
        try (Connection connection = schema.open()) {
            connection.setAutoCommit(false);
            partitions.maintain(connection, DAY_1_MS, DAY_1_MS - 2 * Partitions.DAY_MS);
            assertThat(names(schema, "pageview"))
                    .containsExactly(
                            "p20260108",
                            "p20260109",
                            "p20260110",
                            "p20260111",
                            "p20260112",
                            "p20260113",
                            "p20260114",
                            "p20260115",
                            "p20260116",
                            "p20260117",
                            "p_later");
            partitions.maintain(connection, DAY_1_MS, DAY_1_MS);
            assertThat(names(schema, "pageview")).hasSize(11);
            // Away for a month: one partition takes the days between, and what nobody looks up any more is dropped.
            long later = DAY_1_MS + 30 * Partitions.DAY_MS;
            partitions.maintain(connection, later, later);
            assertThat(names(schema, "session"))
                    .contains("p20260117", "p20260209", "p20260216")
                    .doesNotContain("p20260118");
            assertThat(names(schema, "event_seen")).first().isEqualTo("p20260209");
            assertThat(partitions.isLaterUsed()).isFalse();
            schema.execute("INSERT INTO event_seen VALUES (1, " + (later + 20 * Partitions.DAY_MS) + ")");
            partitions.maintain(connection, later, later);
            assertThat(partitions.isLaterUsed()).isTrue();
            // Made when its time comes, the day takes the row over.
            partitions.maintain(connection, later + 14 * Partitions.DAY_MS, later + 14 * Partitions.DAY_MS);
            assertThat(partitions.isLaterUsed()).isFalse();
            assertThat(schema.number("SELECT COUNT(*) FROM event_seen PARTITION (p20260301)"))
                    .isEqualTo(1);
        }
    }

    private static List<String> names(TestSchema schema, String table) {
        return schema.rows("SELECT partition_name FROM information_schema.partitions WHERE table_schema = DATABASE()"
                + " AND table_name = '" + table + "' ORDER BY partition_ordinal_position");
    }

    @Test
    void anyText_comesBackAsItWas_byLoadDataAndByInsert() throws SQLException {
        TestSchema schema = TestSchema.empty("schema_text");
        schema.execute("CREATE TABLE texts (id BIGINT PRIMARY KEY, value MEDIUMTEXT, other VARCHAR(200))"
                + " ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin");
        Table table = Table.of("texts", "id", "value", "other");
        List<@Nullable Object[]> rows = new ArrayList<>();
        Random random = new Random(5);
        for (long id = 0; id < 2_000; id++) {
            rows.add(new Object[] {id, text(random), text(random)});
        }
        List<@Nullable Object[]> inserted = new ArrayList<>();
        rows.forEach(row -> inserted.add(new Object[] {(Long) row[0] + 10_000, row[1], row[2]}));
        TableWriter writer = new TableWriter(true);
        try (Connection connection = schema.open()) {
            writer.append(connection, false, table, rows);
            writer.append(connection, true, table, inserted);
            try (Statement statement = connection.createStatement();
                    var found = statement.executeQuery("SELECT id, value, other FROM texts ORDER BY id")) {
                for (int i = 0; i < 4_000; i++) {
                    assertThat(found.next()).isTrue();
                    @Nullable Object[] row = rows.get(i % 2_000);
                    assertThat(found.getString(2)).as("row %d", i).isEqualTo(row[1]);
                    assertThat(found.getString(3)).as("row %d", i).isEqualTo(row[2]);
                }
            }
            // What LOAD DATA would do in silence is an exception.
            assertThatThrownBy(() -> writer.append(
                            connection, false, table, List.<@Nullable Object[]>of(new Object[] {1L, "again", ""})))
                    .isInstanceOf(LocalInfileException.class);
            assertThatThrownBy(() -> writer.append(connection, false, table, List.<@Nullable Object[]>of(new Object[] {
                        99_999L, "", "x".repeat(201)
                    })))
                    .isInstanceOf(LocalInfileException.class);
        }
    }

    private static final String[] PIECES = {
        "\t", "\n", "\r", "\\", "\0", "\\N", "\\t", "N", "'", "\"", "🎈", "ä", "\u001a", "\u0008", "%", "_", "a", ",",
        "\u2028", "NULL"
    };

    private static @Nullable String text(Random random) {
        if (random.nextInt(10) == 0) {
            return null;
        }
        StringBuilder text = new StringBuilder();
        int pieces = random.nextInt(8);
        for (int i = 0; i < pieces; i++) {
            text.append(PIECES[random.nextInt(PIECES.length)]);
        }
        return text.toString();
    }

    @Test
    void batchOfRows_isOneStatement() throws SQLException {
        TestSchema schema = TestSchema.migrated("schema_rewrite");
        try (Connection connection = schema.open()) {
            TableWriter writer = new TableWriter(false);
            List<@Nullable Object[]> rows = new ArrayList<>();
            for (int i = 0; i < 500; i++) {
                rows.add(new Object[] {1, i, "value " + i});
            }
            long before = inserts(connection);
            writer.upsert(
                    connection, Table.of("term", "project_id", "term_id", "value"), "value = VALUES(value)", rows);
            assertThat(inserts(connection) - before).isEqualTo(1);
        }
    }

    private static long inserts(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                var row = statement.executeQuery("SHOW SESSION STATUS LIKE 'Com_insert'")) {
            assertThat(row.next()).isTrue();
            return row.getLong(2);
        }
    }
}

package io.micrologs.loader;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** Fills an empty schema from a {@link Dump}. Single-threaded: its owner. */
public final class DumpReader {

    private static final int BATCH_ROWS_MAX = 1_000;
    private static final int BATCH_CHARS_MAX = 1 << 20;
    private static final HexFormat HEX = HexFormat.of();

    private final DataSource dataSource;
    private final ProgressListener progress;

    private List<String> columns = List.of();
    private boolean[] binary = new boolean[0];
    private final List<@Nullable Object[]> batch = new ArrayList<>();
    private int batchChars;

    public DumpReader(DataSource dataSource, ProgressListener progress) {
        this.dataSource = dataSource;
        this.progress = progress;
    }

    /** Refuses a schema that has any table: what is there would be mixed with what comes. */
    public void requireEmpty() throws SQLException {
        try (Connection connection = dataSource.getConnection();
                Statement statement = connection.createStatement()) {
            if (!ShadowTables.all(statement).isEmpty()) {
                throw new ToolException("the database is not empty: restoring takes a schema without any table");
            }
        }
    }

    /**
     * Makes the tables as they were, fills them, and brings them up to this program's version. Deleted projects and erased
     * visitors are purged again by the loader: the backup may hold rows of theirs.
     *
     * @return how many rows there were
     */
    public long read(InputStream in) throws SQLException, IOException {
        BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8), 1 << 16);
        expect(Dump.HEAD, lines.readLine());
        String version = word(lines.readLine(), "schema ");
        Schema.migrateTo(dataSource, version);
        long rows = 0;
        try (Connection connection = dataSource.getConnection()) {
            connection.setAutoCommit(false);
            try (Statement statement = connection.createStatement()) {
                statement.execute(
                        "SET SESSION sql_mode = 'STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION,NO_AUTO_VALUE_ON_ZERO'");
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    String[] table = word(line, "table ").split(" ");
                    progress.at("table " + table[0], 0, 0);
                    rows += table(connection, statement, table[0], lines);
                    long nextId = Long.parseLong(table[1]);
                    if (nextId > 0) {
                        statement.execute("ALTER TABLE " + table[0] + " AUTO_INCREMENT = " + nextId);
                    }
                }
                statement.executeUpdate("UPDATE erasure SET unlinked_ms = NULL, purged_ms = NULL");
                statement.executeUpdate("UPDATE project SET purged_ms = NULL WHERE deleted_ms IS NOT NULL");
                statement.executeUpdate("UPDATE control_version SET version = version + 1 WHERE one = 1");
            }
            connection.commit();
        }
        Schema.migrate(dataSource);
        return rows;
    }

    private long table(Connection connection, Statement statement, String table, BufferedReader lines)
            throws SQLException, IOException {
        List<String> partitions = new ArrayList<>();
        String line = lines.readLine();
        for (; line != null && line.startsWith("partition "); line = lines.readLine()) {
            String[] partition = line.split(" ");
            partitions.add("PARTITION " + partition[1] + " VALUES LESS THAN (" + Long.parseLong(partition[2]) + ")");
        }
        if (!partitions.isEmpty()) {
            partitions.add("PARTITION p_later VALUES LESS THAN MAXVALUE");
            statement.execute("ALTER TABLE " + table + " REORGANIZE PARTITION p_later INTO ("
                    + String.join(", ", partitions) + ")");
        }
        // A migration may have left rows of its own.
        statement.executeUpdate("DELETE FROM " + table);
        header(word(line, "columns "));
        long rows = 0;
        line = lines.readLine();
        for (; line != null && line.startsWith("|"); line = lines.readLine()) {
            batch.add(row(line));
            batchChars += line.length();
            rows++;
            if (batch.size() >= BATCH_ROWS_MAX || batchChars >= BATCH_CHARS_MAX) {
                flush(connection, table);
                progress.at("table " + table + ", " + rows + " rows", 0, 0);
            }
        }
        flush(connection, table);
        expect("end " + rows, line);
        return rows;
    }

    private void header(String names) {
        String[] given = names.split("\t", -1);
        binary = new boolean[given.length];
        columns = new ArrayList<>();
        for (int i = 0; i < given.length; i++) {
            binary[i] = given[i].startsWith(Dump.BINARY);
            columns.add(binary[i] ? given[i].substring(Dump.BINARY.length()) : given[i]);
        }
    }

    private @Nullable Object[] row(String line) {
        String[] values = line.substring(1).split("\t", -1);
        if (values.length != binary.length) {
            throw new ToolException("the dump is damaged: a row has " + values.length + " values");
        }
        @Nullable Object[] row = new Object[values.length];
        for (int i = 0; i < values.length; i++) {
            if (!values[i].equals("\\N")) {
                row[i] = binary[i] ? HEX.parseHex(values[i]) : text(values[i]);
            }
        }
        return row;
    }

    private static String text(String escaped) {
        int backslash = escaped.indexOf('\\');
        if (backslash < 0) {
            return escaped;
        }
        StringBuilder text = new StringBuilder(escaped.length());
        for (int i = 0; i < escaped.length(); i++) {
            char c = escaped.charAt(i);
            if (c == '\\') {
                c = switch (escaped.charAt(++i)) {
                    case 't' -> '\t';
                    case 'n' -> '\n';
                    case 'r' -> '\r';
                    case '0' -> '\0';
                    default -> '\\';
                };
            }
            text.append(c);
        }
        return text.toString();
    }

    private void flush(Connection connection, String table) throws SQLException {
        TableWriter.batch(connection, new Table(table, columns).insert(), batch);
        connection.commit();
        batch.clear();
        batchChars = 0;
    }

    private static String word(@Nullable String line, String before) {
        if (line == null || !line.startsWith(before)) {
            throw new ToolException("the dump is damaged: " + before.strip() + " is expected, not "
                    + (line == null ? "the end" : line.substring(0, Math.min(40, line.length()))));
        }
        return line.substring(before.length());
    }

    private static void expect(String expected, @Nullable String line) {
        if (!expected.equals(line)) {
            throw new ToolException("the dump is damaged or of a newer program: " + expected + " is expected, not "
                    + (line == null ? "the end" : line.substring(0, Math.min(40, line.length()))));
        }
    }
}

package io.micrologs.loader;

import io.micrologs.journal.Checkpoint;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * All tables as text, as of one moment, for a backup. It needs no tool of the database's, and any server that the schema
 * runs on can take it. Single-threaded: its owner.
 *
 * <pre>
 *  micrologs-dump 1
 *  schema VERSION
 *  table NAME NEXT_ID          NEXT_ID is 0 where the server gives no numbers
 *  partition NAME UNTIL_MS     for each but the last one
 *  columns NAME… | x:NAME…     tab-separated; x: is binary and written in hexadecimal
 *  |VALUE…                     a row: tab-separated, \N is NULL, \t \n \r \\ \0 are escaped
 *  end ROWS
 * </pre>
 */
public final class Dump {

    static final String HEAD = "micrologs-dump 1";
    static final String BINARY = "x:";
    private static final int TELL_EVERY = 20_000;
    private static final Pattern NEXT_ID = Pattern.compile("AUTO_INCREMENT=(\\d+)");
    private static final HexFormat HEX = HexFormat.of();

    /** What was written: up to where the journal is in it, and how many rows. */
    public record Written(@Nullable Checkpoint checkpoint, String schemaVersion, long rows) {}

    private final Connection connection;
    private final int loaderId;
    private final ProgressListener progress;

    /** @param connection one that may wait long for an answer; it is left in no transaction */
    public Dump(Connection connection, int loaderId, ProgressListener progress) {
        this.connection = connection;
        this.loaderId = loaderId;
        this.progress = progress;
    }

    /** Writes the tables and leaves the stream open. */
    public Written write(OutputStream out) throws SQLException, IOException {
        connection.setAutoCommit(false);
        connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
        try (Statement statement = connection.createStatement()) {
            List<String> tables = ShadowTables.all(statement);
            statement.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT");
            // From here on nothing changes a table's form: a new day's partitions wait until this is done.
            for (String table : tables) {
                statement.executeQuery("SELECT 1 FROM " + table + " LIMIT 1").close();
            }
            Checkpoint checkpoint = Replay.checkpoint(connection, loaderId, false);
            String version = Schema.version(statement);
            Writer text = new BufferedWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8), 1 << 16);
            text.write(HEAD + "\nschema " + version + "\n");
            tables.remove(Schema.HISTORY_TABLE);
            long rows = 0;
            for (int i = 0; i < tables.size(); i++) {
                progress.at("table " + tables.get(i), i, tables.size());
                rows += table(statement, tables.get(i), text, i, tables.size());
            }
            text.flush();
            progress.at("tables", tables.size(), tables.size());
            return new Written(checkpoint, version, rows);
        } finally {
            connection.rollback();
        }
    }

    private long table(Statement statement, String table, Writer text, int at, int of)
            throws SQLException, IOException {
        text.write("table " + table + " " + nextId(statement, table) + "\n");
        for (Map.Entry<Long, String> partition :
                Partitions.read(statement, table).entrySet()) {
            text.write("partition " + partition.getValue() + " " + partition.getKey() + "\n");
        }
        try (Statement rowByRow = connection.createStatement(ResultSet.TYPE_FORWARD_ONLY, ResultSet.CONCUR_READ_ONLY)) {
            // There may be millions.
            rowByRow.setFetchSize(Integer.MIN_VALUE);
            try (ResultSet rows = rowByRow.executeQuery("SELECT * FROM " + table)) {
                boolean[] binary = columns(rows.getMetaData(), text);
                long count = 0;
                while (rows.next()) {
                    row(rows, binary, text);
                    if (++count % TELL_EVERY == 0) {
                        progress.at("table " + table + ", " + count + " rows", at, of);
                    }
                }
                text.write("end " + count + "\n");
                return count;
            }
        }
    }

    private static long nextId(Statement statement, String table) throws SQLException {
        try (ResultSet row = statement.executeQuery("SHOW CREATE TABLE " + table)) {
            Matcher found = NEXT_ID.matcher(row.next() ? row.getString(2) : "");
            return found.find() ? Long.parseLong(found.group(1)) : 0;
        }
    }

    private static boolean[] columns(ResultSetMetaData columns, Writer text) throws SQLException, IOException {
        boolean[] binary = new boolean[columns.getColumnCount()];
        List<String> names = new ArrayList<>();
        for (int i = 0; i < binary.length; i++) {
            int type = columns.getColumnType(i + 1);
            binary[i] = type == Types.BINARY
                    || type == Types.VARBINARY
                    || type == Types.LONGVARBINARY
                    || type == Types.BLOB;
            names.add((binary[i] ? BINARY : "") + columns.getColumnName(i + 1));
        }
        text.write("columns " + String.join("\t", names) + "\n");
        return binary;
    }

    private static void row(ResultSet row, boolean[] binary, Writer text) throws SQLException, IOException {
        text.write('|');
        for (int i = 0; i < binary.length; i++) {
            if (i > 0) {
                text.write('\t');
            }
            if (binary[i]) {
                byte[] bytes = row.getBytes(i + 1);
                text.write(bytes == null ? "\\N" : HEX.formatHex(bytes));
            } else {
                // Numbers and flags as the server writes them.
                byte[] bytes = row.getBytes(i + 1);
                escaped(bytes == null ? null : new String(bytes, StandardCharsets.UTF_8), text);
            }
        }
        text.write('\n');
    }

    private static void escaped(@Nullable String value, Writer text) throws IOException {
        if (value == null) {
            text.write("\\N");
            return;
        }
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            switch (c) {
                case '\t' -> text.write("\\t");
                case '\n' -> text.write("\\n");
                case '\r' -> text.write("\\r");
                case '\\' -> text.write("\\\\");
                case 0 -> text.write("\\0");
                default -> text.write(c);
            }
        }
    }
}

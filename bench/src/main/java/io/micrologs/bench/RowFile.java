package io.micrologs.bench;

import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Rows of one table as text that LOAD DATA reads, cut into batches. Single-threaded. */
final class RowFile implements AutoCloseable {

    private record Row(long key, byte[] text) {}

    private final Path path;
    private final String table;
    private final String columns;
    private final RandomAccessFile file;
    private final long[] ends;
    private final int[] rows;

    private RowFile(Path path, String table, String columns, long[] ends, int[] rows) throws IOException {
        this.path = path;
        this.table = table;
        this.columns = columns;
        this.ends = ends;
        this.rows = rows;
        this.file = new RandomAccessFile(path.toFile(), "r");
    }

    /**
     * Reads rows and writes them to {@code path}, in equal batches by time, each sorted by {@code key}.
     *
     * @param table that they will be loaded into
     * @param from what follows FROM, with the rows' table as t
     */
    static RowFile write(
            Path path, String table, String key, LoadDatabase database, String from, String time, int batches)
            throws SQLException, IOException {
        long count = database.one("SELECT COUNT(*) FROM " + from);
        long[] ends = new long[batches];
        int[] rows = new int[batches];
        try (Statement statement = database.streaming();
                ResultSet result = statement.executeQuery("SELECT t.* FROM " + from + " ORDER BY " + time);
                FileOutputStream disk = new FileOutputStream(path.toFile());
                OutputStream out = new BufferedOutputStream(disk, 1 << 16)) {
            ResultSetMetaData meta = result.getMetaData();
            int keyAt = result.findColumn(key);
            List<Row> batch = new ArrayList<>();
            long written = 0;
            long row = 0;
            for (int i = 0; i < batches; i++) {
                long end = count * (i + 1) / batches;
                while (row < end && result.next()) {
                    batch.add(new Row(result.getLong(keyAt), text(result, meta.getColumnCount())));
                    row++;
                }
                batch.sort(Comparator.comparingLong(Row::key));
                for (Row each : batch) {
                    out.write(each.text());
                    written += each.text().length;
                }
                ends[i] = written;
                rows[i] = batch.size();
                batch.clear();
            }
            out.flush();
            // Else the system would write it while the database does, which is timed then.
            disk.getFD().sync();
            return new RowFile(path, table, columns(meta), ends, rows);
        }
    }

    private static String columns(ResultSetMetaData meta) throws SQLException {
        List<String> names = new ArrayList<>();
        for (int i = 1; i <= meta.getColumnCount(); i++) {
            names.add(meta.getColumnName(i));
        }
        return String.join(", ", names);
    }

    private static byte[] text(ResultSet row, int columns) throws SQLException {
        ByteArrayOutputStream out = new ByteArrayOutputStream(160);
        for (int i = 1; i <= columns; i++) {
            if (i > 1) {
                out.write('\t');
            }
            escape(row.getString(i), out);
        }
        out.write('\n');
        return out.toByteArray();
    }

    /** All bytes of a character beyond ASCII are above 127, so that escaping byte by byte is safe. */
    static void escape(@Nullable String value, ByteArrayOutputStream out) {
        if (value == null) {
            out.write('\\');
            out.write('N');
            return;
        }
        for (byte b : value.getBytes(StandardCharsets.UTF_8)) {
            if (b == '\t' || b == '\n' || b == '\\') {
                out.write('\\');
            }
            out.write(b == '\t' ? 't' : b == '\n' ? 'n' : b);
        }
    }

    String table() {
        return table;
    }

    String loadData() {
        return "LOAD DATA LOCAL INFILE '" + table + "' INTO TABLE " + table
                + " CHARACTER SET utf8mb4 FIELDS TERMINATED BY '\\t' ESCAPED BY '\\\\' LINES TERMINATED BY '\\n' ("
                + columns + ")";
    }

    int rows(int batch) {
        return rows[batch];
    }

    byte[] batch(int batch) throws IOException {
        long start = batch == 0 ? 0 : ends[batch - 1];
        byte[] text = new byte[(int) (ends[batch] - start)];
        file.seek(start);
        file.readFully(text);
        return text;
    }

    @Override
    public void close() throws IOException {
        file.close();
        Files.deleteIfExists(path);
    }
}

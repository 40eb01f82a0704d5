package io.micrologs.loader;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The tables {@code rollup}, {@code sketch} and {@code rollup_closed}, in an open transaction. */
final class RollupTables {

    private static final Table ROLLUP = new Table("rollup", rollupColumns());
    private static final Table SKETCH =
            Table.of("sketch", "project_id", "grain", "dimension", "period", "value_id", "k", "hashes", "visitors");
    private static final String MORE = Metric.NAMES.stream()
            .map(name -> name + " = " + name + " + VALUES(" + name + ")")
            .collect(Collectors.joining(", "));
    static final String SUMS = String.join(", ", Metric.NAMES);
    private static final String DIMENSIONS =
            Dimension.ALL.stream().map(d -> Integer.toString(d.code)).collect(Collectors.joining(","));
    private static final String HOURLY_DIMENSIONS =
            Dimension.HOURLY.stream().map(d -> Integer.toString(d.code)).collect(Collectors.joining(","));

    /** Rows of one statement. */
    static final int ROWS_CHUNK = 5_000;

    /** Projects and grains of one statement. */
    private static final int REOPENED_CHUNK = 400;

    private static final int SKETCHES_DELETED = 1_000;

    /** Sketches of one statement: a few megabytes at most. */
    private static final int SKETCHES_CHUNK = 100;

    private RollupTables() {}

    private static List<String> rollupColumns() {
        List<String> columns = new ArrayList<>(List.of("project_id", "grain", "dimension", "period", "value_id"));
        columns.addAll(Metric.NAMES);
        return columns;
    }

    /** Adds to what is there, some rows a statement. */
    static void add(Connection connection, Tally more) throws SQLException {
        List<@Nullable Object[]> rows = new ArrayList<>();
        more.readCounts((key, sums) -> {
            rows.add(row(key, sums));
            if (rows.size() == ROWS_CHUNK) {
                add(connection, rows);
            }
        });
        add(connection, rows);
    }

    private static void add(Connection connection, List<@Nullable Object[]> rows) throws SQLException {
        TableWriter.batch(connection, ROLLUP.insert() + " ON DUPLICATE KEY UPDATE " + MORE, rows);
        rows.clear();
    }

    private static @Nullable Object[] row(RollupKey key, long[] sums) {
        @Nullable Object[] row = new Object[ROLLUP.columns().size()];
        row[0] = key.projectId();
        row[1] = key.grain().code;
        row[2] = key.dimension().code;
        row[3] = key.period();
        row[4] = key.valueId();
        for (int i = 0; i < Metric.COUNT; i++) {
            // A sum of numbers and NULL is NULL, which takes no byte in the row.
            row[5 + i] = key.dimension().has(i) ? Long.valueOf(sums[i]) : null;
        }
        return row;
    }

    /** Puts those in that are not there, and unites the others with what is. */
    static void unite(Connection connection, SortedMap<RollupKey, BottomK> sketches) throws SQLException {
        List<RollupKey> keys = new ArrayList<>(sketches.keySet());
        for (int from = 0; from < keys.size(); from += SKETCHES_CHUNK) {
            uniteChunk(connection, keys.subList(from, Math.min(keys.size(), from + SKETCHES_CHUNK)), sketches);
        }
    }

    /** Each run of keys that differ in the value only is a range of its own. */
    private static String where(List<RollupKey> keys) {
        StringBuilder where = new StringBuilder();
        RollupKey before = null;
        for (RollupKey key : keys) {
            if (before != null && isBeside(before, key)) {
                where.append(',').append(key.valueId());
            } else {
                where.append(before == null ? " WHERE (" : ")) OR (")
                        .append("project_id = ")
                        .append(key.projectId())
                        .append(" AND grain = ")
                        .append(key.grain().code)
                        .append(" AND dimension = ")
                        .append(key.dimension().code)
                        .append(" AND period = ")
                        .append(key.period())
                        .append(" AND value_id IN (")
                        .append(key.valueId());
            }
            before = key;
        }
        return where.append("))").toString();
    }

    private static boolean isBeside(RollupKey one, RollupKey other) {
        return one.projectId() == other.projectId()
                && one.grain() == other.grain()
                && one.dimension() == other.dimension()
                && one.period() == other.period();
    }

    private static void uniteChunk(Connection connection, List<RollupKey> keys, SortedMap<RollupKey, BottomK> sketches)
            throws SQLException {
        Map<RollupKey, BottomK> changed = new TreeMap<>();
        keys.forEach(key -> changed.put(key, sketches.get(key)));
        readSketches(connection, where(keys), (key, stored) -> {
            BottomK union = BottomK.of(key.dimension().k, stored);
            BottomK more = sketches.get(key);
            if (more != null) {
                union.union(more);
            }
            byte[] bytes = union.toBytes();
            if (java.util.Arrays.equals(bytes, stored)) {
                changed.remove(key);
            } else {
                changed.put(key, union);
            }
        });
        put(connection, changed);
    }

    static void put(Connection connection, Tally sketches) throws SQLException {
        List<@Nullable Object[]> rows = new ArrayList<>();
        sketches.readSketches((key, hashes) -> put(connection, rows, key, hashes));
        put(connection, rows);
    }

    static void put(Connection connection, Map<RollupKey, BottomK> sketches) throws SQLException {
        List<@Nullable Object[]> rows = new ArrayList<>();
        for (Map.Entry<RollupKey, BottomK> sketch : sketches.entrySet()) {
            put(connection, rows, sketch.getKey(), sketch.getValue().toBytes());
        }
        put(connection, rows);
    }

    private static void put(Connection connection, List<@Nullable Object[]> rows, RollupKey key, byte[] hashes)
            throws SQLException {
        rows.add(new Object[] {
            key.projectId(),
            key.grain().code,
            key.dimension().code,
            key.period(),
            key.valueId(),
            key.dimension().k,
            hashes,
            BottomK.count(key.dimension().k, hashes)
        });
        if (rows.size() == SKETCHES_CHUNK) {
            put(connection, rows);
        }
    }

    private static void put(Connection connection, List<@Nullable Object[]> rows) throws SQLException {
        TableWriter.batch(
                connection,
                SKETCH.insert() + " ON DUPLICATE KEY UPDATE k = VALUES(k), hashes = VALUES(hashes),"
                        + " visitors = VALUES(visitors)",
                rows);
        rows.clear();
    }

    @FunctionalInterface
    interface SketchReader {
        void read(RollupKey key, byte[] hashes) throws SQLException;
    }

    static void readSketches(Connection connection, String where, SketchReader reader) throws SQLException {
        readCountedSketches(connection, where, (key, hashes, visitors) -> reader.read(key, hashes));
    }

    @FunctionalInterface
    interface CountedSketchReader {
        /** @param visitors the stored number of what the hashes stand for */
        void read(RollupKey key, byte[] hashes, long visitors) throws SQLException;
    }

    static void readCountedSketches(Connection connection, String where, CountedSketchReader reader)
            throws SQLException {
        String sql = "SELECT project_id, grain, dimension, period, value_id, hashes, visitors FROM sketch" + where;
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                reader.read(key(rows), rows.getBytes(6), rows.getLong(7));
            }
        }
    }

    @FunctionalInterface
    interface CountReader {
        void read(RollupKey key, long[] sums) throws SQLException;
    }

    static void readCounts(Connection connection, String where, CountReader reader) throws SQLException {
        String sql = "SELECT project_id, grain, dimension, period, value_id, " + SUMS + " FROM rollup" + where;
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                long[] sums = new long[Metric.COUNT];
                for (int i = 0; i < Metric.COUNT; i++) {
                    sums[i] = rows.getLong(6 + i);
                }
                reader.read(key(rows), sums);
            }
        }
    }

    private static RollupKey key(ResultSet row) throws SQLException {
        return new RollupKey(
                row.getInt(1),
                Grain.values()[row.getInt(2) - 1],
                Dimension.of(row.getInt(3)),
                row.getInt(4),
                row.getLong(5));
    }

    static String where(int projectId, Grain grain, Dimension dimension) {
        return " WHERE project_id = " + projectId + " AND grain = " + grain.code + " AND dimension = " + dimension.code;
    }

    /** All rows of a period, whatever the dimension. */
    static String wherePeriod(int projectId, Grain grain, int period) {
        return " WHERE project_id = " + projectId + " AND grain = " + grain.code + " AND dimension IN (" + DIMENSIONS
                + ") AND period = " + period;
    }

    /** The quarters of an hour from one time to before another. */
    static String whereQuarters(int projectId, long fromMs, long toMs) {
        return " WHERE project_id = " + projectId + " AND grain = " + Grain.QUARTER_HOUR.code + " AND dimension IN ("
                + HOURLY_DIMENSIONS + ") AND period >= " + Grain.quarter(fromMs) + " AND period < "
                + Grain.quarter(toMs);
    }

    /** In pieces, so that no statement takes long. */
    static void deletePeriod(Connection connection, int projectId, Grain grain, int period) throws SQLException {
        String where = wherePeriod(projectId, grain, period);
        while (!deleteSome(connection, where)) {}
    }

    /** One piece; true when nothing is left. */
    static boolean deleteSome(Connection connection, int projectId, Grain grain, int period) throws SQLException {
        return deleteSome(connection, wherePeriod(projectId, grain, period));
    }

    private static boolean deleteSome(Connection connection, String where) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            int rows = statement.executeUpdate("DELETE FROM rollup" + where + " LIMIT " + ROWS_CHUNK);
            int sketches = statement.executeUpdate("DELETE FROM sketch" + where + " LIMIT " + SKETCHES_DELETED);
            return rows < ROWS_CHUNK && sketches < SKETCHES_DELETED;
        }
    }

    /** The weeks and months of these days of projects are no longer the sums of their days. */
    static void reopen(Connection connection, Map<Integer, ? extends SortedSet<Integer>> days) throws SQLException {
        List<String> periods = new ArrayList<>();
        for (Map.Entry<Integer, ? extends SortedSet<Integer>> project : days.entrySet()) {
            for (Grain grain : Closing.GRAINS) {
                String numbers = project.getValue().stream()
                        .map(grain::periodOf)
                        .distinct()
                        .map(period -> Integer.toString(period))
                        .collect(Collectors.joining(","));
                periods.add("(project_id = " + project.getKey() + " AND grain = " + grain.code + " AND period IN ("
                        + numbers + "))");
            }
        }
        for (int from = 0; from < periods.size(); from += REOPENED_CHUNK) {
            List<String> some = periods.subList(from, Math.min(periods.size(), from + REOPENED_CHUNK));
            try (Statement statement = connection.createStatement()) {
                statement.executeUpdate("DELETE FROM rollup_closed WHERE " + String.join(" OR ", some));
            }
        }
    }

    /** 0 when there is no row, or it is NULL. */
    static long number(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            return row.next() ? row.getLong(1) : 0;
        }
    }
}

package io.micrologs.loader;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Whether the rollups say what the raw rows say. Each day, week and month is read in a snapshot of its own, so that loading
 * can go on meanwhile. Days that retention has taken raw rows of are not looked at.
 */
public final class RollupCheck {

    /** So many differences are told one by one. */
    static final int DIFFERENCES_MAX = 100;

    private static final int TUPLES_MAX = 20_000;

    private final Connection connection;
    private final List<String> found = new ArrayList<>();
    private long more;

    private RollupCheck(Connection connection) {
        this.connection = connection;
    }

    /**
     * One line each: project, grain, dimension, period, value, metric, stored, expected. At most 100, and one that tells
     * how many more there are.
     *
     * @param connection is used for nothing else meanwhile; its isolation and auto-commit are left as they were
     */
    public static List<String> differences(Connection connection) throws SQLException {
        return differences(connection, project -> true);
    }

    static List<String> differences(Connection connection, IntPredicate projects) throws SQLException {
        boolean autoCommit = connection.getAutoCommit();
        int isolation = connection.getTransactionIsolation();
        RollupCheck check = new RollupCheck(connection);
        try {
            connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            connection.setAutoCommit(false);
            for (long projectId : check.numbers("SELECT project_id FROM project WHERE deleted_ms IS NULL")) {
                if (projects.test((int) projectId)) {
                    check.project((int) projectId);
                }
            }
        } finally {
            connection.rollback();
            connection.setTransactionIsolation(isolation);
            connection.setAutoCommit(autoCommit);
        }
        if (check.more > 0) {
            check.found.add("… and " + check.more + " more");
        }
        return check.found;
    }

    private void project(int projectId) throws SQLException {
        Projects.Calendar calendar = Projects.calendar(connection, projectId);
        if (calendar == null || isWaiting(projectId)) {
            return;
        }
        SortedSet<Integer> edges = Rebuild.edges(connection, projectId, calendar);
        if (!edges.isEmpty()) {
            for (int day = edges.first(); day <= edges.last(); day++) {
                snapshot();
                if (isWaiting(projectId)) {
                    return;
                }
                if (day >= RebuildRequests.firstWholeDay(connection, calendar)) {
                    day(projectId, day, calendar);
                }
            }
        }
        for (Grain grain : Closing.GRAINS) {
            String sql = "SELECT period FROM rollup_closed WHERE project_id = " + projectId + " AND grain = "
                    + grain.code + " ORDER BY period";
            for (long period : numbers(sql)) {
                closed(projectId, grain, (int) period);
            }
        }
    }

    /** Then nothing can be said of it. A change of raw rows and the request to count them again come together. */
    private boolean isWaiting(int projectId) throws SQLException {
        boolean waiting =
                RollupTables.number(connection, "SELECT COUNT(*) FROM rollup_rebuild WHERE project_id = " + projectId)
                        > 0;
        if (waiting) {
            add("project " + projectId + ": days wait to be made again; check again when the loader has done it");
        }
        return waiting;
    }

    private List<Long> numbers(String sql) throws SQLException {
        List<Long> numbers = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                numbers.add(rows.getLong(1));
            }
        }
        return numbers;
    }

    private void snapshot() throws SQLException {
        connection.rollback();
        try (Statement statement = connection.createStatement()) {
            statement.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT");
        }
    }

    private void day(int projectId, int day, Projects.Calendar calendar) throws SQLException {
        long fromMs = calendar.startMs(day);
        long toMs = calendar.startMs(day + 1);
        Tuples tuples = new Tuples(new Hash64(), TUPLES_MAX);
        Tally expected = new Tally();
        try (RawRows raw = RawRows.ofDay(connection, projectId, fromMs, toMs, day, tuples, expected)) {
            while (!raw.read(Integer.MAX_VALUE)) {}
        }
        Tally all = new Tally();
        for (long loaderId : numbers("SELECT DISTINCT loader_id FROM rollup_pending")) {
            SpansByProject spans = Rollups.readPending(connection, (int) loaderId, all);
            Rollups.readVisitors(connection, spans.within(projectId, fromMs, toMs), tuples, all);
        }
        Tally stored = new Tally();
        stored.add(
                all,
                key -> key.projectId() == projectId
                        && (key.grain() == Grain.DAY
                                ? key.period() == day
                                : key.period() >= Grain.quarter(fromMs) && key.period() < Grain.quarter(toMs)));
        String ofDay = RollupTables.wherePeriod(projectId, Grain.DAY, day);
        RollupTables.readCounts(connection, ofDay, stored::add);
        RollupTables.readCounts(connection, RollupTables.whereQuarters(projectId, fromMs, toMs), stored::add);
        readSketches(ofDay, stored);
        compare(stored, expected);
    }

    /** Against its days as they are stored: those are checked themselves. */
    private void closed(int projectId, Grain grain, int period) throws SQLException {
        snapshot();
        String still = "SELECT COUNT(*) FROM rollup_closed WHERE project_id = " + projectId + " AND grain = "
                + grain.code + " AND period = " + period;
        if (RollupTables.number(connection, still) == 0) {
            return;
        }
        for (Dimension dimension : Dimension.ALL) {
            Tally stored = new Tally();
            Tally expected = new Tally();
            String whole = RollupTables.where(projectId, grain, dimension) + " AND period = " + period;
            RollupTables.readCounts(connection, whole, stored::add);
            readSketches(whole, stored);
            String days = RollupTables.where(projectId, Grain.DAY, dimension) + " AND period >= "
                    + grain.firstDay(period) + " AND period <= " + grain.lastDay(period);
            RollupTables.readCounts(connection, days, (key, sums) -> expected.add(of(key, grain, period), sums));
            RollupTables.readSketches(
                    connection,
                    days,
                    (key, hashes) -> expected.union(of(key, grain, period), BottomK.of(key.dimension().k, hashes)));
            compare(stored, expected);
        }
    }

    private void readSketches(String where, Tally into) throws SQLException {
        RollupTables.readCountedSketches(connection, where, (key, hashes, visitors) -> {
            into.union(key, BottomK.of(key.dimension().k, hashes));
            long counted = BottomK.count(key.dimension().k, hashes);
            if (visitors != counted) {
                add(where(key) + ", number of visitors: stored " + visitors + ", expected " + counted);
            }
        });
    }

    private static RollupKey of(RollupKey day, Grain grain, int period) {
        return new RollupKey(day.projectId(), grain, day.dimension(), period, day.valueId());
    }

    private void compare(Tally stored, Tally expected) {
        TreeMap<RollupKey, long[]> storedCounts = stored.counts();
        TreeMap<RollupKey, long[]> expectedCounts = expected.counts();
        TreeSet<RollupKey> keys = new TreeSet<>(storedCounts.keySet());
        keys.addAll(expectedCounts.keySet());
        long[] none = new long[Metric.COUNT];
        for (RollupKey key : keys) {
            long[] is = storedCounts.getOrDefault(key, none);
            long[] should = expectedCounts.getOrDefault(key, none);
            for (int i = 0; i < Metric.COUNT; i++) {
                if (is[i] != should[i]) {
                    add(where(key) + ", " + Metric.NAMES.get(i) + ": stored " + is[i] + ", expected " + should[i]);
                }
            }
        }
        TreeMap<RollupKey, BottomK> storedSketches = stored.sketches();
        TreeMap<RollupKey, BottomK> expectedSketches = expected.sketches();
        keys = new TreeSet<>(storedSketches.keySet());
        keys.addAll(expectedSketches.keySet());
        for (RollupKey key : keys) {
            byte[] is = bytes(storedSketches.get(key));
            byte[] should = bytes(expectedSketches.get(key));
            if (!Arrays.equals(is, should)) {
                add(where(key) + ", visitors: stored " + brief(is) + ", expected " + brief(should));
            }
        }
    }

    private static byte[] bytes(@Nullable BottomK sketch) {
        return sketch == null ? new byte[0] : sketch.toBytes();
    }

    private static String brief(byte[] hashes) {
        return hashes.length / BottomK.HASH_BYTES + " hashes (" + HexFormat.of().toHexDigits(Arrays.hashCode(hashes))
                + ")";
    }

    private static String where(RollupKey key) {
        String period = switch (key.grain()) {
            case DAY -> LocalDate.ofEpochDay(key.period()).toString();
            case WEEK, MONTH ->
                key.grain().name().toLowerCase(java.util.Locale.ROOT) + " from "
                        + LocalDate.ofEpochDay(key.grain().firstDay(key.period()));
            case QUARTER_HOUR ->
                java.time.Instant.ofEpochMilli(key.period() * Grain.QUARTER_HOUR_MS)
                        .toString();
        };
        return "project " + key.projectId() + ", "
                + key.dimension().name().toLowerCase(java.util.Locale.ROOT) + ", " + period + ", value "
                + key.valueId();
    }

    private void add(String difference) {
        if (found.size() < DIFFERENCES_MAX) {
            found.add(difference);
        } else {
            more++;
        }
    }
}

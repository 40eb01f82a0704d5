package io.micrologs.loader;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Sums up the days of weeks and months that are over. Single-threaded: loader thread. */
final class Closing {
    /*
     * A week or month is summed up once, when DAYS_OPEN have passed since: longer than a visit lasts, so that its days do
     * not change any more. Then rollup_closed says so, and whoever asks for a long time reads it instead of its days.
     * Where a day of it changes all the same (a visitor is erased, a day is made again, a clock was wrong), that row goes
     * in the transaction that changes the day, and it is summed up again. So what is closed is the sum of its days,
     * always. Counting weeks and months with each batch instead was three times the upserts.
     *
     * It goes in pieces, some values of a dimension each: until the row is there, what is there of it counts for nothing.
     */

    static final List<Grain> GRAINS = List.of(Grain.WEEK, Grain.MONTH);

    /** A visit lasts two days at most. */
    static final int DAYS_OPEN = 3;

    /** Of a piece, each day: 20 sketches of 25 kB are 15 MB a month. */
    private static final int SKETCHES_MAX = 20;

    private static final int ROWS_MAX = 1_000;
    private static final String SUMMED =
            Metric.NAMES.stream().map(name -> "SUM(" + name + ")").collect(Collectors.joining(", "));
    private static final Table CLOSED = Table.of("rollup_closed", "project_id", "grain", "period");

    private record Period(int projectId, Grain grain, int number) {
        boolean has(int ofProjectId, int firstDay, int lastDay) {
            return projectId == ofProjectId && firstDay <= grain.lastDay(number) && lastDay >= grain.firstDay(number);
        }

        List<Integer> daysList() {
            return IntStream.rangeClosed(grain.firstDay(number), grain.lastDay(number))
                    .boxed()
                    .toList();
        }

        String days() {
            return daysList().stream().map(day -> Integer.toString(day)).collect(Collectors.joining(","));
        }
    }

    private final int rowsMax;
    private final int sketchesMax;
    private int lookedDay = Integer.MIN_VALUE;
    private List<Period> open = new ArrayList<>();
    private @Nullable Period current;
    private int dimension;
    private boolean sketches;
    private long fromValue = Long.MIN_VALUE;

    Closing() {
        this(ROWS_MAX, SKETCHES_MAX);
    }

    /** @param rowsMax of each day in a piece */
    Closing(int rowsMax, int sketchesMax) {
        this.rowsMax = rowsMax;
        this.sketchesMax = sketchesMax;
    }

    /** Whether there is something to do as long as the last loaded event is of this UTC day. */
    boolean isDue(int utcDay) {
        return current != null || !open.isEmpty() || utcDay > lookedDay;
    }

    /** Whether weeks or months are left of those that were found. */
    boolean isWorking() {
        return current != null || !open.isEmpty();
    }

    /** Days from this one on have changed. */
    void daysChanged(int fromDay) {
        if (fromDay < lookedDay - DAYS_OPEN) {
            forget();
        }
    }

    /** A day was made again; if its week or month is in hand, some of that is summed up from the day as it was. */
    void dayMade(int projectId, int day) {
        Period period = current;
        if (period != null && period.has(projectId, day, day)) {
            current = null;
        }
    }

    /** What is known of days may no longer be true. */
    void forget() {
        lookedDay = Integer.MIN_VALUE;
        open = new ArrayList<>();
        current = null;
    }

    /** One piece, in the open transaction. */
    void step(Connection connection, int utcDay) throws SQLException {
        Period period = current;
        if (period == null && open.isEmpty()) {
            open = find(connection, utcDay - DAYS_OPEN);
            lookedDay = utcDay;
        } else if (period == null) {
            period = open.get(open.size() - 1);
            if (RollupTables.deleteSome(connection, period.projectId, period.grain, period.number)) {
                open.remove(open.size() - 1);
                dimension = 0;
                sketches = false;
                fromValue = Long.MIN_VALUE;
                current = period;
            }
        } else if (dimension == Dimension.ALL.size()) {
            TableWriter.batch(
                    connection,
                    CLOSED.insert() + " ON DUPLICATE KEY UPDATE period = VALUES(period)",
                    List.<@Nullable Object[]>of(new Object[] {period.projectId, period.grain.code, period.number}));
            current = null;
        } else {
            sum(connection, period);
        }
    }

    /** Those that ended before a day and are not closed, but for those of which days are to be made again. */
    private static List<Period> find(Connection connection, int beforeDay) throws SQLException {
        List<Period> found = new ArrayList<>();
        try (Statement statement = connection.createStatement()) {
            Map<Integer, int[]> spans = new TreeMap<>();
            try (ResultSet rows = statement.executeQuery("SELECT project_id FROM project WHERE deleted_ms IS NULL")) {
                while (rows.next()) {
                    spans.put(rows.getInt(1), new int[] {Integer.MAX_VALUE, Integer.MIN_VALUE});
                }
            }
            for (Map.Entry<Integer, int[]> span : spans.entrySet()) {
                read(statement, span.getKey(), span.getValue());
                for (Grain grain : GRAINS) {
                    find(statement, span.getKey(), grain, span.getValue(), beforeDay, found);
                }
            }
        }
        removeRequested(connection, found);
        return found;
    }

    private static void removeRequested(Connection connection, List<Period> found) throws SQLException {
        String sql = "SELECT project_id, COALESCE(next_day, first_day), last_day FROM rollup_rebuild";
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                int projectId = rows.getInt(1);
                int firstDay = rows.getInt(2);
                int lastDay = rows.getInt(3);
                found.removeIf(period -> period.has(projectId, firstDay, lastDay));
            }
        }
    }

    private static void read(Statement statement, int projectId, int[] span) throws SQLException {
        for (Dimension total : Dimension.HOURLY) {
            try (ResultSet row = statement.executeQuery(
                    "SELECT MIN(period), MAX(period) FROM rollup" + RollupTables.where(projectId, Grain.DAY, total))) {
                if (row.next() && row.getObject(1) != null) {
                    span[0] = Math.min(span[0], row.getInt(1));
                    span[1] = Math.max(span[1], row.getInt(2));
                }
            }
        }
    }

    private static void find(
            Statement statement, int projectId, Grain grain, int[] span, int beforeDay, List<Period> found)
            throws SQLException {
        if (span[0] > span[1]) {
            return;
        }
        List<Integer> closed = new ArrayList<>();
        try (ResultSet rows = statement.executeQuery(
                "SELECT period FROM rollup_closed WHERE project_id = " + projectId + " AND grain = " + grain.code)) {
            while (rows.next()) {
                closed.add(rows.getInt(1));
            }
        }
        for (int period = grain.periodOf(span[0]);
                period <= grain.periodOf(span[1]) && grain.lastDay(period) < beforeDay;
                period++) {
            if (!closed.contains(period)) {
                found.add(new Period(projectId, grain, period));
            }
        }
    }

    /** Some values of one dimension; those that have none are passed over. */
    private void sum(Connection connection, Period period) throws SQLException {
        int written = 0;
        while (written == 0 && dimension < Dimension.ALL.size()) {
            Dimension of = Dimension.ALL.get(dimension);
            long last = lastValue(connection, period, of);
            String days = " WHERE project_id = " + period.projectId + " AND grain = " + Grain.DAY.code
                    + " AND dimension = " + of.code + " AND period IN (" + period.days() + ") AND value_id >= "
                    + fromValue + " AND value_id <= " + last;
            written = sketches ? unite(connection, period, of, days) : add(connection, period, days);
            if (last < Long.MAX_VALUE) {
                fromValue = last + 1;
            } else {
                dimension += sketches || of.k == 0 ? 1 : 0;
                sketches = !sketches && of.k > 0;
                fromValue = Long.MIN_VALUE;
            }
        }
    }

    /**
     * The last value of a piece, in which no day has more than so many: each day is a range of the key, and what is asked of
     * it goes no farther than the piece. To look for the next values of all days at once went through all that come after.
     */
    private long lastValue(Connection connection, Period period, Dimension of) throws SQLException {
        int values = sketches ? sketchesMax : rowsMax;
        String sql = period.daysList().stream()
                .map(day -> "(SELECT value_id FROM " + (sketches ? "sketch" : "rollup")
                        + RollupTables.where(period.projectId, Grain.DAY, of) + " AND period = " + day
                        + " AND value_id >= " + fromValue + " ORDER BY value_id LIMIT 1 OFFSET " + (values - 1) + ")")
                .collect(Collectors.joining(" UNION ALL ", "SELECT MIN(value_id) FROM (", ") AS last_values"));
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            return row.next() && row.getObject(1) != null ? row.getLong(1) : Long.MAX_VALUE;
        }
    }

    private static int add(Connection connection, Period period, String days) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            return statement.executeUpdate("INSERT INTO rollup (project_id, grain, dimension, period, value_id, "
                    + RollupTables.SUMS + ") SELECT project_id, " + period.grain.code + ", dimension, " + period.number
                    + ", value_id, " + SUMMED + " FROM rollup" + days + " GROUP BY project_id, dimension, value_id");
        }
    }

    private static int unite(Connection connection, Period period, Dimension of, String days) throws SQLException {
        Map<RollupKey, BottomK> unions = new TreeMap<>();
        RollupTables.readSketches(
                connection,
                days,
                (key, hashes) -> unions.computeIfAbsent(
                                new RollupKey(key.projectId(), period.grain, of, period.number, key.valueId()),
                                k -> new BottomK(of.k))
                        .union(BottomK.of(of.k, hashes)));
        RollupTables.put(connection, unions);
        return unions.size();
    }
}

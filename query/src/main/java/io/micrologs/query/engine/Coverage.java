package io.micrologs.query.engine;

import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What the tables can tell of some days: which weeks and months are summed up, and what is missing where. */
final class Coverage {
    /** A visit's row may be so much older than a view's that counts for it. */
    static final long VISIT_MS_MAX = 48 * 3_600_000L;

    private static final int CLOSED = 1;
    private static final int WAITING = 2;

    private static final String READ = """
            SELECT 1 AS kind, grain AS a, period AS b FROM rollup_closed
            WHERE project_id = ? AND grain = 2 AND period >= ? AND period <= ?
            UNION ALL
            SELECT 1, grain, period FROM rollup_closed
            WHERE project_id = ? AND grain = 3 AND period >= ? AND period <= ?
            UNION ALL
            SELECT 2, COALESCE(next_day, first_day), last_day FROM rollup_rebuild
            WHERE project_id = ? AND last_day >= ? AND COALESCE(next_day, first_day) <= ?
            UNION ALL
            SELECT 3, until_ms, 0 FROM raw_dropped WHERE one = 1
            """;

    private final Days days;
    private final Map<Grain, Set<Integer>> closed = new EnumMap<>(Grain.class);
    private final List<int[]> requested = new ArrayList<>();
    private long droppedMs;

    private Coverage(Days days) {
        this.days = days;
        closed.put(Grain.WEEK, new HashSet<>());
        closed.put(Grain.MONTH, new HashSet<>());
    }

    static Coverage read(Rows rows, int project, Days days) throws SQLException {
        Coverage coverage = new Coverage(days);
        rows.each(
                READ,
                row -> coverage.add(row.getInt("kind"), row.getLong("a"), row.getLong("b")),
                project,
                Grain.WEEK.periodOf(days.first()),
                Grain.WEEK.periodOf(days.last()),
                project,
                Grain.MONTH.periodOf(days.first()),
                Grain.MONTH.periodOf(days.last()),
                project,
                days.first(),
                days.last());
        return coverage;
    }

    private void add(int kind, long a, long b) {
        if (kind == CLOSED) {
            Set<Integer> periods = closed.get(a == Grain.WEEK.code ? Grain.WEEK : Grain.MONTH);
            if (periods != null) {
                periods.add((int) b);
            }
        } else if (kind == WAITING) {
            requested.add(new int[] {(int) a, (int) b});
        } else {
            droppedMs = a;
        }
    }

    boolean isClosed(Grain grain, int period) {
        Set<Integer> periods = closed.get(grain);
        return periods != null && periods.contains(period);
    }

    /** The first day of which every raw row is there; those before it are not made again either. */
    LocalDate firstWholeDay() {
        return droppedMs <= 0
                ? LocalDate.MIN
                : LocalDate.ofInstant(Instant.ofEpochMilli(droppedMs + VISIT_MS_MAX), days.zone())
                        .plusDays(1);
    }

    boolean isRawWhole() {
        return !days.from().isBefore(firstWholeDay());
    }

    /** Whether rollups of some of the days are still to be made again. */
    boolean isWaiting() {
        long first = Math.max(days.first(), firstWholeDay().toEpochDay());
        return requested.stream().anyMatch(span -> span[1] >= first && span[0] <= days.last());
    }
}

package io.micrologs.query.engine;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The periods whose rollups together are some days: months and weeks that are summed up, and the days that are left. */
final class Pieces {

    /** A period, and the bucket of the question's interval that it is part of. */
    record Piece(Grain grain, int period, long bucket) {}

    private final List<Piece> all;

    private Pieces(List<Piece> all) {
        this.all = all;
    }

    /** @param interval null for one bucket, 0, of whatever time */
    static Pieces of(Query query, @Nullable Interval interval, Coverage coverage) {
        Days days = query.days();
        int later = interval == null ? 0 : query.daysLater();
        List<Piece> pieces = new ArrayList<>();
        Grain longest = interval == null ? Grain.MONTH : interval.grain();
        int day = days.first();
        while (day <= days.last()) {
            // A week that is told so many days later may belong to two.
            Grain grain = later == 0 ? grain(day, days.last(), interval, coverage) : Grain.DAY;
            int period = grain.periodOf(day);
            pieces.add(new Piece(grain, period, interval == null ? 0 : longest.periodOf(day + later)));
            day = grain.lastDay(period) + 1;
        }
        return new Pieces(pieces);
    }

    /**
     * The longest that begins on this day. A week that would take the first days of a summed up month is none, and by month
     * one of two months neither.
     */
    private static Grain grain(int day, int last, @Nullable Interval interval, Coverage coverage) {
        Grain longest = interval == null ? Grain.MONTH : interval.grain();
        if (longest == Grain.MONTH && fits(Grain.MONTH, day, last, coverage)) {
            return Grain.MONTH;
        }
        if (longest == Grain.DAY || !fits(Grain.WEEK, day, last, coverage)) {
            return Grain.DAY;
        }
        if (longest == Grain.WEEK) {
            return Grain.WEEK;
        }
        int end = Grain.WEEK.lastDay(Grain.WEEK.periodOf(day));
        int month = Grain.MONTH.periodOf(end);
        boolean within = month == Grain.MONTH.periodOf(day);
        boolean whole = interval == null && !fits(Grain.MONTH, Grain.MONTH.firstDay(month), last, coverage);
        return within || whole ? Grain.WEEK : Grain.DAY;
    }

    private static boolean fits(Grain grain, int day, int last, Coverage coverage) {
        int period = grain.periodOf(day);
        return grain.firstDay(period) == day && grain.lastDay(period) <= last && coverage.isClosed(grain, period);
    }

    List<Piece> all() {
        return all;
    }

    /** Those that are all of their bucket, or the others. */
    Pieces alone(boolean wanted) {
        return new Pieces(all.stream()
                .filter(piece -> wanted
                        == (all.stream()
                                        .filter(other -> other.bucket == piece.bucket)
                                        .count()
                                == 1))
                .toList());
    }

    boolean isEmpty() {
        return all.isEmpty();
    }

    long bucket(int grain, int period) {
        return all.stream()
                .filter(piece -> piece.grain.code == grain && piece.period == period)
                .findFirst()
                .orElseThrow()
                .bucket;
    }

    /**
     * Rows of a table whose key begins with project, grain, dimension and period; each run of periods is one range.
     *
     * @param values gets what is to be bound
     */
    String runs(int project, Rollup rollup, List<Object> values) {
        StringBuilder text = new StringBuilder("project_id = ? AND (");
        values.add(project);
        int from = 0;
        for (int i = 0; i < all.size(); i++) {
            Piece piece = all.get(i);
            Piece next = i + 1 < all.size() ? all.get(i + 1) : null;
            if (next == null || next.grain != piece.grain || next.period != piece.period + 1) {
                text.append(from == 0 ? "" : " OR ")
                        .append("(grain = ? AND dimension = ? AND period >= ? AND period <= ?)");
                Collections.addAll(values, piece.grain.code, rollup.code, all.get(from).period, piece.period);
                from = i + 1;
            }
        }
        return text.append(')').toString();
    }

    /** The same, so that with a list of values each row is found by its whole key. */
    String points(int project, Rollup rollup, List<Object> values) {
        Map<Grain, List<Integer>> periods = new EnumMap<>(Grain.class);
        all.forEach(piece ->
                periods.computeIfAbsent(piece.grain, grain -> new ArrayList<>()).add(piece.period));
        List<String> grains = new ArrayList<>();
        values.add(project);
        periods.forEach((grain, some) -> {
            grains.add("(grain = ? AND dimension = ? AND period IN " + marks(some.size()) + ")");
            Collections.addAll(values, grain.code, rollup.code);
            values.addAll(some);
        });
        return "project_id = ? AND (" + String.join(" OR ", grains) + ")";
    }

    /** {@code (?, ?, …)} */
    static String marks(int count) {
        return "(" + String.join(", ", Collections.nCopies(count, "?")) + ")";
    }
}

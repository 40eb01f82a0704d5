package io.micrologs.query;

import io.micrologs.http.Reply;
import io.micrologs.query.engine.Counter;
import io.micrologs.query.engine.Days;
import io.micrologs.query.engine.Engine;
import io.micrologs.query.engine.Figures;
import io.micrologs.query.engine.Measure;
import io.micrologs.query.engine.Percent;
import io.micrologs.query.engine.Query;
import io.micrologs.query.engine.RefusedException;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code visitors-returning}: who came for the first time. In the range a visitor is new who was first seen in it; on a day, who
 * was first seen on that day. So a visitor who comes on three days of the range for the first time ever is new on one of
 * them and returning on two, and the days' new ones add up to the range's.
 */
final class ReturningPreset implements Preset {
    private static final List<Measure> MEASURES = List.of(Measure.VISITORS, Measure.NEW_VISITORS);

    private record Data(
            DayRange.Shown range,
            long totalVisitors,
            long newVisitors,
            long returningVisitors,
            double newPct,
            double returningPct,
            List<Day> overTime) {}

    private record Day(@Nullable String date, long newVisitors, long returningVisitors) {}

    @Override
    public Reply answer(Question question, Sql sql) throws SQLException, RefusedException {
        Engine engine = question.engine(sql);
        Days days = question.days();
        Figures total = engine.answer(Query.total(days, MEASURES)).rows().get(0).figures();
        List<Day> overTime = engine.answer(Query.byDay(days, MEASURES)).rows().stream()
                .map(row -> new Day(row.time(), fresh(row.figures()), returning(row.figures())))
                .toList();
        long all = total.of(Counter.VISITORS);
        Data data = new Data(
                DayRange.shown(question.days()),
                all,
                fresh(total),
                returning(total),
                Percent.of(fresh(total), all),
                Percent.of(returning(total), all),
                overTime);
        return Json.ok(data, engine.meta());
    }

    /** All visitors may be an estimate, and one that is too low. */
    private static long fresh(Figures figures) {
        return Math.min(figures.of(Counter.NEWCOMERS), figures.of(Counter.VISITORS));
    }

    private static long returning(Figures figures) {
        return figures.of(Counter.VISITORS) - fresh(figures);
    }
}

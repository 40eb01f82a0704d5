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

/** {@code visitors}: how many came, how often, and day by day. */
final class VisitorsPreset implements Preset {
    private record Data(
            DayRange.Shown range,
            long uniqueVisitors,
            long totalPageviews,
            long totalSessions,
            double bounceRate,
            List<Day> overTime) {}

    private record Day(@Nullable String date, long pageviews, long uniqueVisitors) {}

    @Override
    public Reply answer(Question question, Sql sql) throws SQLException, RefusedException {
        Engine engine = question.engine(sql);
        Days days = question.days();
        // Who comes on two days is one visitor, so the total is no sum of days.
        Query total = Query.total(days, List.of(Measure.VISITORS, Measure.PAGEVIEWS, Measure.BOUNCE_RATE));
        Figures all = engine.answer(total).rows().get(0).figures();
        Query byDay = Query.byDay(days, List.of(Measure.PAGEVIEWS, Measure.VISITORS));
        List<Day> overTime = engine.answer(byDay).rows().stream()
                .map(row -> new Day(
                        row.time(),
                        row.figures().of(Counter.VIEWS),
                        row.figures().of(Counter.VISITORS)))
                .toList();
        Data data = new Data(
                DayRange.shown(question.days()),
                all.of(Counter.VISITORS),
                all.of(Counter.VIEWS),
                all.of(Counter.VISITS),
                Percent.of(all.of(Counter.BOUNCES), all.of(Counter.VISITS)),
                overTime);
        return Json.ok(data, engine.meta());
    }
}

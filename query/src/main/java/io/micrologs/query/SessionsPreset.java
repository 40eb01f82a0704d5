package io.micrologs.query;

import io.micrologs.http.Reply;
import io.micrologs.query.engine.Answer;
import io.micrologs.query.engine.Counter;
import io.micrologs.query.engine.Engine;
import io.micrologs.query.engine.Measure;
import io.micrologs.query.engine.Percent;
import io.micrologs.query.engine.Query;
import io.micrologs.query.engine.RefusedException;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code sessions}: those that started in these days, how long they took and how many pages they saw. */
final class SessionsPreset implements Preset {
    private static final List<Measure> MEASURES =
            List.of(Measure.VISITS, Measure.VISIT_DURATION, Measure.ENGAGED_DURATION, Measure.VIEWS_PER_VISIT);

    private record Data(
            DayRange.Shown range,
            long totalSessions,
            double bounceRate,
            long avgDurationSeconds,
            long avgDurationEngaged,
            double avgPagesPerSession,
            List<Shown> overTime) {}

    private record Shown(@Nullable String date, long sessions, long avgDurationSeconds) {}

    @Override
    public Reply answer(Question question, Sql sql) throws SQLException, RefusedException {
        Engine engine = question.engine(sql);
        List<Answer.Row> days =
                engine.answer(Query.byDay(question.days(), MEASURES)).rows();
        long sessions = sum(days, Counter.VISITS);
        long bounced = sum(days, Counter.BOUNCES);
        Data data = new Data(
                DayRange.shown(question.days()),
                sessions,
                Percent.of(bounced, sessions),
                Percent.seconds(sum(days, Counter.DURATION_MS), sessions),
                Percent.seconds(sum(days, Counter.ENGAGED_MS), sessions - bounced),
                Percent.ratio(sum(days, Counter.VISIT_VIEWS), sessions),
                days.stream()
                        .map(day -> new Shown(
                                day.time(),
                                day.figures().of(Counter.VISITS),
                                Measure.VISIT_DURATION.of(day.figures()).longValue()))
                        .toList());
        return Json.ok(data, engine.meta());
    }

    private static long sum(List<Answer.Row> days, Counter counter) {
        return days.stream().mapToLong(day -> day.figures().of(counter)).sum();
    }
}

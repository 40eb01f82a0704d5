package io.micrologs.query;

import io.micrologs.http.Reply;
import java.sql.SQLException;
import java.util.List;

/** {@code sessions}: those that started in these days, how long they took and how many pages they saw. */
final class SessionsPreset implements Preset {
    private static final String DAYS = """
            SELECT day, COUNT(*) AS sessions, SUM(GREATEST(last_ms - started_ms, 0)) AS duration_ms,
                   SUM(pageviews) AS pageviews,
                   SUM(CASE WHEN pageviews <= 1 THEN 1 ELSE 0 END) AS bounced,
                   SUM(CASE WHEN pageviews <= 1 THEN 0 ELSE GREATEST(last_ms - started_ms, 0) END) AS engaged_ms
            FROM session
            WHERE project_id = ? AND started_ms >= ? AND started_ms < ?
            GROUP BY day
            ORDER BY day
            """;

    private record Data(
            DayRange.Shown range,
            long totalSessions,
            double bounceRate,
            long avgDurationSeconds,
            long avgDurationEngaged,
            double avgPagesPerSession,
            List<Shown> overTime) {}

    private record Shown(String date, long sessions, long avgDurationSeconds) {}

    private record Day(long day, long sessions, long durationMs, long pageviews, long bounced, long engagedMs) {}

    @Override
    public Reply answer(Question question, Sql sql) throws SQLException {
        List<Day> days = sql.rows(
                DAYS,
                row -> new Day(
                        row.getLong("day"),
                        row.getLong("sessions"),
                        row.getLong("duration_ms"),
                        row.getLong("pageviews"),
                        row.getLong("bounced"),
                        row.getLong("engaged_ms")),
                question.project(),
                question.days().fromMs(),
                question.days().untilMs());
        long sessions = days.stream().mapToLong(Day::sessions).sum();
        long bounced = days.stream().mapToLong(Day::bounced).sum();
        return Json.ok(new Data(
                question.days().shown(),
                sessions,
                Percent.of(bounced, sessions),
                seconds(days.stream().mapToLong(Day::durationMs).sum(), sessions),
                seconds(days.stream().mapToLong(Day::engagedMs).sum(), sessions - bounced),
                Percent.ratio(days.stream().mapToLong(Day::pageviews).sum(), sessions),
                days.stream()
                        .map(day ->
                                new Shown(Question.date(day.day), day.sessions, seconds(day.durationMs, day.sessions)))
                        .toList()));
    }

    /** The mean in whole seconds, rounded half up; 0 of nothing. */
    private static long seconds(long sumMs, long count) {
        return count == 0 ? 0 : Math.floorDiv(sumMs * 2 + count * 1_000, count * 2_000);
    }
}

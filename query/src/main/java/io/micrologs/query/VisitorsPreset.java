package io.micrologs.query;

import io.micrologs.http.Reply;
import java.sql.SQLException;
import java.util.List;

/** {@code visitors}: how many came, how often, and day by day. */
final class VisitorsPreset implements Preset {
    private static final String DAYS = """
            SELECT day, COUNT(*) AS pageviews, COUNT(DISTINCT visitor_id) AS unique_visitors
            FROM pageview
            WHERE project_id = ? AND received_ms >= ? AND received_ms < ?
            GROUP BY day
            ORDER BY day
            """;

    /**
     * Not the sum of the days' visitors: who comes on two days is one visitor. Every visitor falls into one of 256 parts, whose
     * counts add up; a database counts many small sets in about half the time that it needs for one large set.
     */
    private static final String VISITORS = """
            SELECT COALESCE(SUM(part.unique_visitors), 0) AS unique_visitors
            FROM (
              SELECT COUNT(DISTINCT visitor_id) AS unique_visitors
              FROM pageview
              WHERE project_id = ? AND received_ms >= ? AND received_ms < ?
              GROUP BY visitor_id & 255
            ) part
            """;

    private static final String SESSIONS = """
            SELECT COUNT(*) AS sessions, COALESCE(SUM(CASE WHEN pageviews <= 1 THEN 1 ELSE 0 END), 0) AS bounced
            FROM session
            WHERE project_id = ? AND started_ms >= ? AND started_ms < ?
            """;

    private record Data(
            DayRange.Shown range,
            long uniqueVisitors,
            long totalPageviews,
            long totalSessions,
            double bounceRate,
            List<Day> overTime) {}

    private record Day(String date, long pageviews, long uniqueVisitors) {}

    private record Sessions(long all, long bounced) {}

    @Override
    public Reply answer(Question question, Sql sql) throws SQLException {
        long from = question.days().fromMs();
        long until = question.days().untilMs();
        List<Day> days = sql.rows(
                DAYS,
                row -> new Day(
                        Question.date(row.getLong("day")), row.getLong("pageviews"), row.getLong("unique_visitors")),
                question.project(),
                from,
                until);
        long visitors = sql.one(VISITORS, row -> row.getLong("unique_visitors"), question.project(), from, until);
        Sessions sessions = sql.one(
                SESSIONS,
                row -> new Sessions(row.getLong("sessions"), row.getLong("bounced")),
                question.project(),
                from,
                until);
        return Json.ok(new Data(
                question.days().shown(),
                visitors,
                days.stream().mapToLong(Day::pageviews).sum(),
                sessions.all,
                Percent.of(sessions.bounced, sessions.all),
                days));
    }
}

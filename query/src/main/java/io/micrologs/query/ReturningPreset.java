package io.micrologs.query;

import io.micrologs.http.Reply;
import java.sql.SQLException;
import java.util.List;

/**
 * {@code visitors-returning}: who came for the first time. In the range a visitor is new who was first seen in it; on a day, who
 * was first seen on that day. So a visitor who comes on three days of the range for the first time ever is new on one of
 * them and returning on two, and the days' new ones add up to the range's.
 */
final class ReturningPreset implements Preset {
    /** First seen by a pageview that counted, so nobody is first seen after a pageview of theirs. */
    private static final String VISITORS = """
            SELECT COUNT(*) AS visitors, COALESCE(SUM(CASE WHEN v.first_seen_ms < ? THEN 1 ELSE 0 END), 0) AS came_back
            FROM (
              SELECT DISTINCT visitor_id
              FROM pageview
              WHERE project_id = ? AND received_ms >= ? AND received_ms < ?
            ) seen
            LEFT JOIN visitor v ON v.project_id = ? AND v.visitor_id = seen.visitor_id
            """;

    /** On the day of their very first pageview, that is the first one of the day, too. */
    private static final String DAYS = """
            SELECT seen.day, COUNT(*) AS visitors,
                   SUM(CASE WHEN v.first_seen_ms < seen.first_ms THEN 1 ELSE 0 END) AS came_back
            FROM (
              SELECT day, visitor_id, MIN(received_ms) AS first_ms
              FROM pageview
              WHERE project_id = ? AND received_ms >= ? AND received_ms < ?
              GROUP BY day, visitor_id
            ) seen
            LEFT JOIN visitor v ON v.project_id = ? AND v.visitor_id = seen.visitor_id
            GROUP BY seen.day
            ORDER BY seen.day
            """;

    private record Data(
            DayRange.Shown range,
            long totalVisitors,
            long newVisitors,
            long returningVisitors,
            double newPct,
            double returningPct,
            List<Day> overTime) {}

    private record Day(String date, long newVisitors, long returningVisitors) {}

    private record Counts(long all, long returning) {}

    @Override
    public Reply answer(Question question, Sql sql) throws SQLException {
        int project = question.project();
        long from = question.days().fromMs();
        long until = question.days().untilMs();
        Counts counts = sql.one(
                VISITORS,
                row -> new Counts(row.getLong("visitors"), row.getLong("came_back")),
                from,
                project,
                from,
                until,
                project);
        List<Day> days = sql.rows(
                DAYS,
                row -> new Day(
                        Question.date(row.getLong("day")),
                        row.getLong("visitors") - row.getLong("came_back"),
                        row.getLong("came_back")),
                project,
                from,
                until,
                project);
        long fresh = counts.all - counts.returning;
        return Json.ok(new Data(
                question.days().shown(),
                counts.all,
                fresh,
                counts.returning,
                Percent.of(fresh, counts.all),
                Percent.of(counts.returning, counts.all),
                days));
    }
}

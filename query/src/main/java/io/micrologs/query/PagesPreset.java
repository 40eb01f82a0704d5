package io.micrologs.query;

import io.micrologs.http.Reply;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code pages}: the most viewed ones. */
final class PagesPreset implements Preset {
    private static final int LIMIT = 20;
    private static final int LIMIT_MAX = 100;

    /**
     * Views and visitors in one pass: picking the pages first and counting visitors for those alone reads every row twice
     * and took five times as long.
     */
    private static final String PAGES = """
            SELECT top.pageviews, top.unique_visitors, p.url, p.title
            FROM (
              SELECT page_id, COUNT(*) AS pageviews, COUNT(DISTINCT visitor_id) AS unique_visitors
              FROM pageview
              WHERE project_id = ? AND received_ms >= ? AND received_ms < ?
              GROUP BY page_id
              ORDER BY pageviews DESC, page_id
              LIMIT ?
            ) top
            LEFT JOIN page p ON p.project_id = ? AND p.page_id = top.page_id
            ORDER BY top.pageviews DESC, top.page_id
            """;

    private record Data(DayRange.Shown range, int count, List<Page> pages) {}

    private record Page(String url, @Nullable String pageTitle, long pageviews, long uniqueVisitors) {}

    @Override
    public Reply answer(Question question, Sql sql) throws SQLException {
        long from = question.days().fromMs();
        long until = question.days().untilMs();
        List<Page> pages = sql.rows(
                PAGES,
                row -> new Page(
                        row.getString("url"),
                        row.getString("title"),
                        row.getLong("pageviews"),
                        row.getLong("unique_visitors")),
                question.project(),
                from,
                until,
                question.limit(LIMIT, LIMIT_MAX),
                question.project());
        return Json.ok(new Data(question.days().shown(), pages.size(), pages));
    }
}

package io.micrologs.query;

import io.micrologs.http.Reply;
import java.sql.SQLException;
import java.util.List;

/** {@code referrers}: where the viewers of pages came from. */
final class ReferrersPreset implements Preset {
    private static final int REFERRERS_MAX = 20;

    private static final String CATEGORIES = """
            SELECT shown, SUM(views) AS pageviews, COUNT(*) AS unique_visitors
            FROM (
              SELECT %s AS shown, visitor_id, COUNT(*) AS views
              FROM pageview
              WHERE project_id = ? AND received_ms >= ? AND received_ms < ?
              GROUP BY %s, visitor_id
            ) seen
            GROUP BY shown
            ORDER BY pageviews DESC, shown
            """.formatted(Named.SHOWN_CATEGORY, Named.SHOWN_CATEGORY);

    private static final String REFERRERS = """
            SELECT t.value AS referrer, top.pageviews
            FROM (
              SELECT referrer_id, COUNT(*) AS pageviews
              FROM pageview
              WHERE project_id = ? AND received_ms >= ? AND received_ms < ? AND referrer_id IS NOT NULL
              GROUP BY referrer_id
              ORDER BY pageviews DESC, referrer_id
              LIMIT ?
            ) top
            LEFT JOIN term t ON t.project_id = ? AND t.term_id = top.referrer_id
            ORDER BY top.pageviews DESC, top.referrer_id
            """;

    private record Data(DayRange.Shown range, List<Category> byCategory, List<Referrer> topReferrers) {}

    private record Category(String category, long pageviews, long uniqueVisitors) {}

    private record Referrer(String referrerUrl, long pageviews) {}

    @Override
    public Reply answer(Question question, Sql sql) throws SQLException {
        long from = question.days().fromMs();
        long until = question.days().untilMs();
        List<Category> categories = sql.rows(
                CATEGORIES,
                row -> new Category(
                        Named.category(row.getInt("shown")), row.getLong("pageviews"), row.getLong("unique_visitors")),
                question.project(),
                from,
                until);
        List<Referrer> referrers = sql.rows(
                REFERRERS,
                row -> new Referrer(row.getString("referrer"), row.getLong("pageviews")),
                question.project(),
                from,
                until,
                REFERRERS_MAX,
                question.project());
        return Json.ok(new Data(question.days().shown(), categories, referrers));
    }
}

package io.micrologs.query;

import io.micrologs.http.Reply;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code utm}: pageviews by the campaign that their own URL names. */
final class UtmPreset implements Preset {
    /** Who follows no link of ours can make names up in any number, so there has to be an end. */
    private static final int CAMPAIGNS_MAX = 1_000;

    private static final String CAMPAIGNS = """
            SELECT source.value AS source, medium.value AS medium, campaign.value AS campaign,
                   top.pageviews, top.unique_visitors
            FROM (
              SELECT p.utm_source_id, p.utm_medium_id, p.utm_campaign_id, COUNT(*) AS pageviews,
                     COUNT(DISTINCT v.visitor_id) AS unique_visitors
              FROM pageview v
              JOIN page p ON p.project_id = v.project_id AND p.page_id = v.page_id
              WHERE v.project_id = ? AND v.received_ms >= ? AND v.received_ms < ? AND p.utm_campaign_id IS NOT NULL
              GROUP BY p.utm_source_id, p.utm_medium_id, p.utm_campaign_id
              ORDER BY pageviews DESC, p.utm_campaign_id, p.utm_source_id, p.utm_medium_id
              LIMIT ?
            ) top
            LEFT JOIN term campaign ON campaign.project_id = ? AND campaign.term_id = top.utm_campaign_id
            LEFT JOIN term source ON source.project_id = ? AND source.term_id = top.utm_source_id
            LEFT JOIN term medium ON medium.project_id = ? AND medium.term_id = top.utm_medium_id
            ORDER BY top.pageviews DESC, top.utm_campaign_id, top.utm_source_id, top.utm_medium_id
            """;

    private record Data(DayRange.Shown range, int count, List<Campaign> campaigns) {}

    private record Campaign(
            @Nullable String utmSource,
            @Nullable String utmMedium,
            String utmCampaign,
            long pageviews,
            long uniqueVisitors) {}

    @Override
    public Reply answer(Question question, Sql sql) throws SQLException {
        int project = question.project();
        List<Campaign> campaigns = sql.rows(
                CAMPAIGNS,
                row -> new Campaign(
                        row.getString("source"),
                        row.getString("medium"),
                        row.getString("campaign"),
                        row.getLong("pageviews"),
                        row.getLong("unique_visitors")),
                project,
                question.days().fromMs(),
                question.days().untilMs(),
                CAMPAIGNS_MAX,
                project,
                project,
                project);
        return Json.ok(new Data(question.days().shown(), campaigns.size(), campaigns));
    }
}

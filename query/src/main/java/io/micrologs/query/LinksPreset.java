package io.micrologs.query;

import io.micrologs.http.Reply;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code links}: every link of the project, with the clicks of people in these days. */
final class LinksPreset implements Preset {
    private static final String LINKS = """
            SELECT l.code, l.label, l.destination_url, l.created_ms,
                   COALESCE(c.clicks, 0) AS total_clicks, COALESCE(c.unique_clicks, 0) AS unique_clicks
            FROM link l
            LEFT JOIN (
              SELECT link_id, COUNT(*) AS clicks, COUNT(DISTINCT client_key) AS unique_clicks
              FROM link_click
              WHERE project_id = ? AND received_ms >= ? AND received_ms < ? AND is_bot = FALSE
              GROUP BY link_id
            ) c ON c.link_id = l.link_id
            WHERE l.project_id = ? AND l.deleted_ms IS NULL
            ORDER BY total_clicks DESC, l.link_id DESC
            """;

    private final ShortUrls shortUrls;

    LinksPreset(ShortUrls shortUrls) {
        this.shortUrls = shortUrls;
    }

    private record Data(DayRange.Shown range, int count, List<Link> links) {}

    private record Link(
            String code,
            String shortUrl,
            @Nullable String label,
            String destinationUrl,
            long totalClicks,
            long uniqueClicks,
            String createdAt) {}

    @Override
    public Reply answer(Question question, Sql sql) throws SQLException {
        List<Link> links = sql.rows(
                LINKS,
                row -> new Link(
                        row.getString("code"),
                        shortUrls.of(question.request(), row.getString("code")),
                        row.getString("label"),
                        row.getString("destination_url"),
                        row.getLong("total_clicks"),
                        row.getLong("unique_clicks"),
                        question.time(row.getLong("created_ms"))),
                question.project(),
                question.days().fromMs(),
                question.days().untilMs(),
                question.project());
        return Json.ok(new Data(question.days().shown(), links.size(), links));
    }
}

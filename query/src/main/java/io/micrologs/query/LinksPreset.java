package io.micrologs.query;

import io.micrologs.http.Reply;
import io.micrologs.query.engine.Answer;
import io.micrologs.query.engine.Attribute;
import io.micrologs.query.engine.Counter;
import io.micrologs.query.engine.Engine;
import io.micrologs.query.engine.Figures;
import io.micrologs.query.engine.Measure;
import io.micrologs.query.engine.Query;
import io.micrologs.query.engine.RefusedException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code links}: every link of the project, with the clicks of people in these days. */
final class LinksPreset implements Preset {
    private static final String LINKS = """
            SELECT link_id, code, label, destination_url, created_ms
            FROM link
            WHERE project_id = ? AND deleted_ms IS NULL
            ORDER BY link_id DESC
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
    public Reply answer(Question question, Sql sql) throws SQLException, RefusedException {
        Engine engine = question.engine(sql);
        Query clicked = Query.top(
                question.days(), Attribute.LINK, Integer.MAX_VALUE, List.of(Measure.CLICKS, Measure.UNIQUE_CLICKS));
        Map<Long, Figures> figures = new HashMap<>();
        for (Answer.Row row : engine.answer(clicked).rows()) {
            figures.put(row.values().get(0).number(), row.figures());
        }
        List<Link> links = new ArrayList<>(sql.rows(
                LINKS,
                row -> {
                    Figures of = figures.getOrDefault(row.getLong("link_id"), Figures.NONE);
                    return new Link(
                            row.getString("code"),
                            shortUrls.of(question.request(), row.getString("code")),
                            row.getString("label"),
                            row.getString("destination_url"),
                            of.of(Counter.CLICKS),
                            of.of(Counter.CLICKERS),
                            question.time(row.getLong("created_ms")));
                },
                question.project()));
        // The newest first among those with as many clicks, as they were read.
        links.sort(Comparator.comparingLong(Link::totalClicks).reversed());
        return Json.ok(new Data(DayRange.shown(question.days()), links.size(), links), engine.meta());
    }
}

package io.micrologs.query;

import io.micrologs.http.Reply;
import io.micrologs.query.engine.Attribute;
import io.micrologs.query.engine.Counter;
import io.micrologs.query.engine.Engine;
import io.micrologs.query.engine.Measure;
import io.micrologs.query.engine.Query;
import io.micrologs.query.engine.RefusedException;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code pages}: the most viewed ones. */
final class PagesPreset implements Preset {
    private static final int LIMIT = 20;
    private static final int LIMIT_MAX = 100;

    private record Data(DayRange.Shown range, int count, List<Page> pages) {}

    private record Page(@Nullable String url, @Nullable String pageTitle, long pageviews, long uniqueVisitors) {}

    @Override
    public Reply answer(Question question, Sql sql) throws SQLException, RefusedException {
        Engine engine = question.engine(sql);
        Query top = Query.top(
                question.days(),
                Attribute.PAGE,
                question.limit(LIMIT, LIMIT_MAX),
                List.of(Measure.PAGEVIEWS, Measure.VISITORS));
        List<Page> pages = engine.answer(top).rows().stream()
                .map(row -> new Page(
                        row.text(0),
                        row.text(1),
                        row.figures().of(Counter.VIEWS),
                        row.figures().of(Counter.VISITORS)))
                .toList();
        return Json.ok(new Data(DayRange.shown(question.days()), pages.size(), pages), engine.meta());
    }
}

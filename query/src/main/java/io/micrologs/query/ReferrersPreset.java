package io.micrologs.query;

import io.micrologs.http.Reply;
import io.micrologs.query.engine.Attribute;
import io.micrologs.query.engine.Counter;
import io.micrologs.query.engine.Days;
import io.micrologs.query.engine.Engine;
import io.micrologs.query.engine.Filter;
import io.micrologs.query.engine.Measure;
import io.micrologs.query.engine.Query;
import io.micrologs.query.engine.RefusedException;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code referrers}: where the viewers of pages came from. */
final class ReferrersPreset implements Preset {
    private static final int REFERRERS_MAX = 20;

    private record Data(DayRange.Shown range, List<Category> byCategory, List<Referrer> topReferrers) {}

    private record Category(@Nullable String category, long pageviews, long uniqueVisitors) {}

    private record Referrer(@Nullable String referrerUrl, long pageviews) {}

    @Override
    public Reply answer(Question question, Sql sql) throws SQLException, RefusedException {
        Engine engine = question.engine(sql);
        Days days = question.days();
        Query categories =
                Query.top(days, Attribute.CATEGORY, Integer.MAX_VALUE, List.of(Measure.PAGEVIEWS, Measure.VISITORS));
        Query referrers = Query.top(
                days, Attribute.REFERRER, REFERRERS_MAX, List.of(Measure.PAGEVIEWS), Filter.named(Attribute.REFERRER));
        Data data = new Data(
                DayRange.shown(question.days()),
                engine.answer(categories).rows().stream()
                        .map(row -> new Category(
                                row.text(0),
                                row.figures().of(Counter.VIEWS),
                                row.figures().of(Counter.VISITORS)))
                        .toList(),
                engine.answer(referrers).rows().stream()
                        .map(row -> new Referrer(row.text(0), row.figures().of(Counter.VIEWS)))
                        .toList());
        return Json.ok(data, engine.meta());
    }
}

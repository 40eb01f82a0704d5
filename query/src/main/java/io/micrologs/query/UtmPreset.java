package io.micrologs.query;

import io.micrologs.http.Reply;
import io.micrologs.query.engine.Attribute;
import io.micrologs.query.engine.Counter;
import io.micrologs.query.engine.Engine;
import io.micrologs.query.engine.Filter;
import io.micrologs.query.engine.Measure;
import io.micrologs.query.engine.Query;
import io.micrologs.query.engine.RefusedException;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code utm}: pageviews by the campaign that their own URL names. */
final class UtmPreset implements Preset {
    /** Who follows no link of ours can make names up in any number, so there has to be an end. */
    private static final int CAMPAIGNS_MAX = 1_000;

    private record Data(DayRange.Shown range, int count, List<Campaign> campaigns) {}

    private record Campaign(
            @Nullable String utmSource,
            @Nullable String utmMedium,
            @Nullable String utmCampaign,
            long pageviews,
            long uniqueVisitors) {}

    @Override
    public Reply answer(Question question, Sql sql) throws SQLException, RefusedException {
        Engine engine = question.engine(sql);
        Query top = Query.top(
                question.days(),
                Attribute.CAMPAIGN,
                CAMPAIGNS_MAX,
                List.of(Measure.PAGEVIEWS, Measure.VISITORS),
                Filter.named(Attribute.CAMPAIGN));
        List<Campaign> campaigns = engine.answer(top).rows().stream()
                .map(row -> new Campaign(
                        row.text(0),
                        row.text(1),
                        row.text(2),
                        row.figures().of(Counter.VIEWS),
                        row.figures().of(Counter.VISITORS)))
                .toList();
        return Json.ok(new Data(DayRange.shown(question.days()), campaigns.size(), campaigns), engine.meta());
    }
}

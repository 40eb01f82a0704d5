package io.micrologs.query;

import io.micrologs.http.Reply;
import io.micrologs.query.engine.Attribute;
import io.micrologs.query.engine.Counter;
import io.micrologs.query.engine.Days;
import io.micrologs.query.engine.Engine;
import io.micrologs.query.engine.Figures;
import io.micrologs.query.engine.Filter;
import io.micrologs.query.engine.Measure;
import io.micrologs.query.engine.Named;
import io.micrologs.query.engine.Operator;
import io.micrologs.query.engine.Query;
import io.micrologs.query.engine.RefusedException;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** {@code link-detail}: one link, and whence, where, with what and when people clicked it. */
final class LinkDetailPreset implements Preset {
    /** By the link's own index, whatever the statistics say: by the primary key all clicks of the project are read. */
    private static final String CLICKS = """
            FROM link_click FORCE INDEX (of_link)
            WHERE link_id = ? AND project_id = ? AND received_ms >= ? AND received_ms < ? AND is_bot = FALSE
            """;

    private static final String BY_COUNTRY = "SELECT country, COUNT(*) AS clicks\n" + CLICKS + """
              AND country IS NOT NULL
            GROUP BY country
            ORDER BY clicks DESC, country
            """;

    private static final String BY_CATEGORY =
            "SELECT " + Named.SHOWN_CATEGORY + " AS shown, COUNT(*) AS clicks\n" + CLICKS + """
            GROUP BY shown
            ORDER BY clicks DESC, shown
            """;

    private static final String BY_DEVICE = "SELECT device, COUNT(*) AS clicks\n" + CLICKS + """
            GROUP BY device
            ORDER BY clicks DESC, device
            """;

    private record Data(
            DayRange.Shown range,
            Link link,
            long totalClicks,
            long uniqueClicks,
            List<Country> byCountry,
            List<Category> byReferrer,
            List<Device> byDevice,
            List<Day> overTime) {}

    private record Link(int id, String code, @Nullable String label, String destinationUrl, String createdAt) {}

    private record Country(@Nullable String country, String countryCode, long clicks) {}

    private record Category(String category, long clicks) {}

    private record Device(String deviceType, long clicks) {}

    private record Day(@Nullable String date, long clicks) {}

    @Override
    public Reply answer(Question question, Sql sql) throws SQLException, RefusedException {
        String code = question.text("code");
        if (code == null || code.isBlank()) {
            return Json.failure(400, "code is required");
        }
        Optional<LinkStore.Stored> found = LinkStore.find(sql, question.project(), code);
        if (found.isEmpty()) {
            return Json.failure(404, "Link not found");
        }
        LinkStore.Stored link = found.get();
        Object[] clicks = {
            link.id(),
            question.project(),
            question.days().fromMs(),
            question.days().untilMs()
        };
        Engine engine = question.engine(sql);
        Days days = question.days();
        Filter ofLink = new Filter(Attribute.LINK, Operator.IS, List.of(link.code()));
        Query total = Query.total(days, List.of(Measure.CLICKS, Measure.UNIQUE_CLICKS), ofLink);
        Figures all = engine.answer(total).rows().get(0).figures();
        Query byDay = Query.byDay(days, List.of(Measure.CLICKS), ofLink);
        List<Day> overTime = engine.answer(byDay).rows().stream()
                .map(row -> new Day(row.time(), row.figures().of(Counter.CLICKS)))
                .toList();
        engine.readRawRows();
        Data data = new Data(
                DayRange.shown(question.days()),
                new Link(link.id(), link.code(), link.label(), link.destinationUrl(), question.time(link.createdMs())),
                all.of(Counter.CLICKS),
                all.of(Counter.CLICKERS),
                sql.rows(
                        BY_COUNTRY,
                        row -> new Country(
                                Named.country(row.getString("country")),
                                row.getString("country"),
                                row.getLong("clicks")),
                        clicks),
                sql.rows(
                        BY_CATEGORY,
                        row -> new Category(Named.category(row.getInt("shown")), row.getLong("clicks")),
                        clicks),
                sql.rows(
                        BY_DEVICE,
                        row -> new Device(Named.device(row.getInt("device")), row.getLong("clicks")),
                        clicks),
                overTime);
        return Json.ok(data, engine.meta());
    }
}

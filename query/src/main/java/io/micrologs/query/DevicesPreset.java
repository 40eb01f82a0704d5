package io.micrologs.query;

import io.micrologs.http.Reply;
import io.micrologs.query.engine.Answer;
import io.micrologs.query.engine.Attribute;
import io.micrologs.query.engine.Counter;
import io.micrologs.query.engine.Days;
import io.micrologs.query.engine.Engine;
import io.micrologs.query.engine.Measure;
import io.micrologs.query.engine.Named;
import io.micrologs.query.engine.Query;
import io.micrologs.query.engine.RefusedException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** {@code devices}: what pages were viewed with. A pageview has what its session began with. */
final class DevicesPreset implements Preset {
    private record Data(DayRange.Shown range, List<Device> byDevice, List<Os> byOs, List<Browser> byBrowser) {}

    private record Device(@Nullable String deviceType, long pageviews, long uniqueVisitors) {}

    private record Os(String os, long pageviews) {}

    private record Browser(String browser, long pageviews) {}

    @Override
    public Reply answer(Question question, Sql sql) throws SQLException, RefusedException {
        Engine engine = question.engine(sql);
        Days days = question.days();
        Query devices =
                Query.top(days, Attribute.DEVICE, Integer.MAX_VALUE, List.of(Measure.PAGEVIEWS, Measure.VISITORS));
        Data data = new Data(
                DayRange.shown(question.days()),
                engine.answer(devices).rows().stream()
                        .map(row -> new Device(
                                row.text(0),
                                row.figures().of(Counter.VIEWS),
                                row.figures().of(Counter.VISITORS)))
                        .toList(),
                families(engine, days, Attribute.OS).stream()
                        .map(os -> new Os(os.getKey(), os.getValue()))
                        .toList(),
                families(engine, days, Attribute.BROWSER).stream()
                        .map(browser -> new Browser(browser.getKey(), browser.getValue()))
                        .toList());
        return Json.ok(data, engine.meta());
    }

    /** By name, since one that is not known may have a number or none. */
    private static List<Map.Entry<String, Long>> families(Engine engine, Days days, Attribute attribute)
            throws SQLException, RefusedException {
        Map<String, Long> families = new HashMap<>();
        Query all = Query.top(days, attribute, Integer.MAX_VALUE, List.of(Measure.PAGEVIEWS));
        for (Answer.Row row : engine.answer(all).rows()) {
            String name = Objects.requireNonNullElse(row.text(0), Named.UNKNOWN);
            families.merge(name, row.figures().of(Counter.VIEWS), Long::sum);
        }
        List<Map.Entry<String, Long>> entries = new ArrayList<>(families.entrySet());
        entries.sort(Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder())
                .thenComparing(Map.Entry.comparingByKey()));
        return entries;
    }
}

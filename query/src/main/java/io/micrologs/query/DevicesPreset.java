package io.micrologs.query;

import io.micrologs.http.Reply;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code devices}: what pages were viewed with. A pageview has what its session began with. */
final class DevicesPreset implements Preset {
    private static final String BY_DEVICE = """
            SELECT device, SUM(views) AS pageviews, COUNT(*) AS unique_visitors
            FROM (
              SELECT COALESCE(s.device, 0) AS device, v.visitor_id, COUNT(*) AS views
              FROM pageview v
              LEFT JOIN session s ON s.project_id = v.project_id AND s.session_token = v.session_token
                AND s.started_ms = v.session_started_ms
              WHERE v.project_id = ? AND v.received_ms >= ? AND v.received_ms < ?
              GROUP BY COALESCE(s.device, 0), v.visitor_id
            ) seen
            GROUP BY device
            ORDER BY pageviews DESC, device
            """;

    private static final String BY_FAMILY = """
            SELECT f.pageviews, os.value AS os, browser.value AS browser
            FROM (
              SELECT s.os_id, s.browser_id, COUNT(*) AS pageviews
              FROM pageview v
              LEFT JOIN session s ON s.project_id = v.project_id AND s.session_token = v.session_token
                AND s.started_ms = v.session_started_ms
              WHERE v.project_id = ? AND v.received_ms >= ? AND v.received_ms < ?
              GROUP BY s.os_id, s.browser_id
            ) f
            LEFT JOIN term os ON os.project_id = ? AND os.term_id = f.os_id
            LEFT JOIN term browser ON browser.project_id = ? AND browser.term_id = f.browser_id
            """;

    private record Data(DayRange.Shown range, List<Device> byDevice, List<Os> byOs, List<Browser> byBrowser) {}

    private record Device(String deviceType, long pageviews, long uniqueVisitors) {}

    private record Os(String os, long pageviews) {}

    private record Browser(String browser, long pageviews) {}

    private record Family(@Nullable String os, @Nullable String browser, long pageviews) {}

    @Override
    public Reply answer(Question question, Sql sql) throws SQLException {
        int project = question.project();
        long from = question.days().fromMs();
        long until = question.days().untilMs();
        List<Device> devices = sql.rows(
                BY_DEVICE,
                row -> new Device(
                        Named.device(row.getInt("device")), row.getLong("pageviews"), row.getLong("unique_visitors")),
                project,
                from,
                until);
        Map<String, Long> systems = new HashMap<>();
        Map<String, Long> browsers = new HashMap<>();
        for (Family family : sql.rows(
                BY_FAMILY,
                row -> new Family(row.getString("os"), row.getString("browser"), row.getLong("pageviews")),
                project,
                from,
                until,
                project,
                project)) {
            systems.merge(family.os == null ? Named.UNKNOWN : family.os, family.pageviews, Long::sum);
            browsers.merge(family.browser == null ? Named.UNKNOWN : family.browser, family.pageviews, Long::sum);
        }
        return Json.ok(new Data(
                question.days().shown(),
                devices,
                biggestFirst(systems).stream()
                        .map(os -> new Os(os.getKey(), os.getValue()))
                        .toList(),
                biggestFirst(browsers).stream()
                        .map(browser -> new Browser(browser.getKey(), browser.getValue()))
                        .toList()));
    }

    private static List<Map.Entry<String, Long>> biggestFirst(Map<String, Long> counts) {
        List<Map.Entry<String, Long>> entries = new ArrayList<>(counts.entrySet());
        entries.sort(Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder())
                .thenComparing(Map.Entry.comparingByKey()));
        return entries;
    }
}

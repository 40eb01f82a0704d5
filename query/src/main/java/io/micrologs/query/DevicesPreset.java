package io.micrologs.query;

import io.micrologs.http.Reply;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** {@code devices}: what pages were viewed with. A pageview has what its session began with. */
final class DevicesPreset implements Preset {
    /**
     * Three lists of one pass: each session's pageviews are counted before its device is looked up, and what browsers and
     * systems have is added up to their device's, with NULL for what was added up. 0 is what is unknown.
     */
    private static final String FAMILIES = """
            SELECT device, os, browser, SUM(views) AS pageviews, COUNT(DISTINCT visitor_id) AS unique_visitors
            FROM (
              SELECT COALESCE(s.device, 0) AS device, COALESCE(s.os_id, 0) AS os, COALESCE(s.browser_id, 0) AS browser,
                v.visitor_id, v.views
              FROM (
                SELECT session_token, session_started_ms, visitor_id, COUNT(*) AS views
                FROM pageview
                WHERE project_id = ? AND received_ms >= ? AND received_ms < ?
                GROUP BY session_token, session_started_ms, visitor_id
              ) v
              LEFT JOIN session s ON s.project_id = ? AND s.session_token = v.session_token
                AND s.started_ms = v.session_started_ms
            ) seen
            GROUP BY device, os, browser WITH ROLLUP
            """;

    private record Data(DayRange.Shown range, List<Device> byDevice, List<Os> byOs, List<Browser> byBrowser) {}

    private record Device(String deviceType, long pageviews, long uniqueVisitors) {}

    private record Os(String os, long pageviews) {}

    private record Browser(String browser, long pageviews) {}

    /** Null for what is added up. */
    private record Family(
            @Nullable Integer device,
            @Nullable Long os,
            @Nullable Long browser,
            long pageviews,
            long uniqueVisitors) {
        static Family read(ResultSet row) throws SQLException {
            return new Family(
                    row.getObject("device", Integer.class),
                    row.getObject("os", Long.class),
                    row.getObject("browser", Long.class),
                    row.getLong("pageviews"),
                    row.getLong("unique_visitors"));
        }
    }

    @Override
    public Reply answer(Question question, Sql sql) throws SQLException {
        int project = question.project();
        long from = question.days().fromMs();
        long until = question.days().untilMs();
        List<Family> families = sql.rows(FAMILIES, Family::read, project, from, until, project);
        Map<Integer, Device> byCode = new TreeMap<>();
        Map<Long, Long> byOs = new HashMap<>();
        Map<Long, Long> byBrowser = new HashMap<>();
        for (Family family : families) {
            if (family.device != null && family.os == null) {
                byCode.put(
                        family.device,
                        new Device(Named.device(family.device), family.pageviews, family.uniqueVisitors));
            } else if (family.os != null && family.browser != null) {
                byOs.merge(family.os, family.pageviews, Long::sum);
                byBrowser.merge(family.browser, family.pageviews, Long::sum);
            }
        }
        List<Device> devices = new ArrayList<>(byCode.values());
        devices.sort(Comparator.comparingLong(Device::pageviews).reversed());
        Set<Long> ids = new HashSet<>(byOs.keySet());
        ids.addAll(byBrowser.keySet());
        Map<Long, String> names = Terms.of(sql, project, ids);
        Map<String, Long> systems = named(byOs, names);
        Map<String, Long> browsers = named(byBrowser, names);
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

    private static Map<String, Long> named(Map<Long, Long> counts, Map<Long, String> names) {
        Map<String, Long> named = new HashMap<>();
        counts.forEach((id, pageviews) -> named.merge(names.getOrDefault(id, Named.UNKNOWN), pageviews, Long::sum));
        return named;
    }

    private static List<Map.Entry<String, Long>> biggestFirst(Map<String, Long> counts) {
        List<Map.Entry<String, Long>> entries = new ArrayList<>(counts.entrySet());
        entries.sort(Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder())
                .thenComparing(Map.Entry.comparingByKey()));
        return entries;
    }
}

package io.micrologs.loader;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The real tables in the form of {@link Model#tables}. */
final class Tables {

    private Tables() {}

    static Map<String, List<String>> of(TestSchema schema, int loaderId, int... projects) {
        String ids =
                java.util.Arrays.stream(projects).mapToObj(Integer::toString).collect(Collectors.joining(","));
        String in = " IN (" + ids + ")";
        Map<String, List<String>> tables = new HashMap<>();
        tables.put("pageview", schema.rows("""
                        SELECT v.project_id, v.received_ms, v.sequence, v.day, v.visitor_id, v.session_token,
                          v.session_started_ms, p.url, v.category, r.value
                        FROM pageview v LEFT JOIN page p ON p.project_id = v.project_id AND p.page_id = v.page_id
                        LEFT JOIN term r ON r.project_id = v.project_id AND r.term_id = v.referrer_id
                        WHERE v.project_id""" + in));
        tables.put("session", schema.rows(sessions() + in));
        tables.put("visitor", schema.rows("SELECT * FROM visitor WHERE project_id" + in));
        tables.put(
                "visitor_alias",
                schema.rows("SELECT project_id, alias_id, visitor_id FROM visitor_alias WHERE project_id" + in));
        tables.put("visitor_fingerprint", schema.rows("SELECT * FROM visitor_fingerprint WHERE project_id" + in));
        tables.put("page", schema.rows("""
                        SELECT p.project_id, p.url, p.title, a.value, b.value, c.value, d.value, e.value
                        FROM page p LEFT JOIN term a ON a.project_id = p.project_id AND a.term_id = p.utm_source_id
                        LEFT JOIN term b ON b.project_id = p.project_id AND b.term_id = p.utm_medium_id
                        LEFT JOIN term c ON c.project_id = p.project_id AND c.term_id = p.utm_campaign_id
                        LEFT JOIN term d ON d.project_id = p.project_id AND d.term_id = p.utm_content_id
                        LEFT JOIN term e ON e.project_id = p.project_id AND e.term_id = p.utm_term_id
                        WHERE p.project_id""" + in));
        tables.put("term", schema.rows("SELECT project_id, value FROM term WHERE project_id" + in));
        tables.put("stack", schema.rows("SELECT project_id, trace FROM stack WHERE project_id" + in));
        tables.put("error_group", schema.rows("""
                        SELECT project_id, error_type, message, file, line, environment, severity, status,
                          occurrence_count, status_ms, first_seen_ms, last_seen_ms, last_sequence
                        FROM error_group WHERE project_id""" + in));
        tables.put("error_event", schema.rows("""
                        SELECT e.project_id, e.received_ms, e.sequence, e.day,
                          g.project_id, g.error_type, g.message, g.file, g.line,
                          e.severity, e.environment, e.occurred_ms, e.visitor_id, e.session_token,
                          u.value, s.trace, e.context, e.device, o.value, b.value, e.country, r.value, c.value
                        FROM error_event e LEFT JOIN error_group g ON g.group_id = e.group_id
                        LEFT JOIN term u ON u.project_id = e.project_id AND u.term_id = e.url_id
                        LEFT JOIN stack s ON s.project_id = e.project_id AND s.stack_id = e.stack_id
                        LEFT JOIN term o ON o.project_id = e.project_id AND o.term_id = e.os_id
                        LEFT JOIN term b ON b.project_id = e.project_id AND b.term_id = e.browser_id
                        LEFT JOIN term r ON r.project_id = e.project_id AND r.term_id = e.region_id
                        LEFT JOIN term c ON c.project_id = e.project_id AND c.term_id = e.city_id
                        WHERE e.project_id""" + in));
        tables.put("link_click", schema.rows("""
                        SELECT k.project_id, k.received_ms, k.sequence, k.day, k.link_id, k.client_key, k.is_bot,
                          k.category, f.value, k.device, o.value, b.value, k.country, r.value, c.value
                        FROM link_click k
                        LEFT JOIN term f ON f.project_id = k.project_id AND f.term_id = k.referrer_id
                        LEFT JOIN term o ON o.project_id = k.project_id AND o.term_id = k.os_id
                        LEFT JOIN term b ON b.project_id = k.project_id AND b.term_id = k.browser_id
                        LEFT JOIN term r ON r.project_id = k.project_id AND r.term_id = k.region_id
                        LEFT JOIN term c ON c.project_id = k.project_id AND c.term_id = k.city_id
                        WHERE k.project_id""" + in));
        tables.put("link_total", schema.rows("SELECT * FROM link_total WHERE project_id" + in));
        tables.put("project_total", schema.rows("SELECT * FROM project_total WHERE project_id" + in));
        tables.put("audit_event", schema.rows("SELECT * FROM audit_event WHERE project_id" + in));
        tables.put(
                "ledger", schema.rows("SELECT project_id, outcome, events FROM ledger WHERE loader_id = " + loaderId));
        return tables;
    }

    private static String sessions() {
        StringBuilder columns =
                new StringBuilder("SELECT s.project_id, s.session_token, s.started_ms, s.last_ms, s.day,"
                        + " s.pageviews, s.visitor_id, i.url, o.url, s.category, s.device, s.country");
        StringBuilder joins = new StringBuilder(" FROM session s"
                + " LEFT JOIN page i ON i.project_id = s.project_id AND i.page_id = s.entry_page_id"
                + " LEFT JOIN page o ON o.project_id = s.project_id AND o.page_id = s.exit_page_id");
        List<String> terms = List.of(
                "referrer_id",
                "utm_source_id",
                "utm_medium_id",
                "utm_campaign_id",
                "utm_content_id",
                "utm_term_id",
                "screen_id",
                "time_zone_id",
                "language_id",
                "os_id",
                "os_version_id",
                "browser_id",
                "browser_version_id",
                "region_id",
                "city_id");
        for (int i = 0; i < terms.size(); i++) {
            columns.append(", t").append(i).append(".value");
            joins.append(" LEFT JOIN term t%d ON t%d.project_id = s.project_id AND t%d.term_id = s.%s"
                    .formatted(i, i, i, terms.get(i)));
        }
        return columns + joins.toString() + " WHERE s.project_id";
    }
}

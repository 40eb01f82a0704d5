package io.micrologs.query;

import io.micrologs.query.TestInstallation.TestProject;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Random visits, errors, audits and clicks with everything that is known of them, as raw rows. */
final class EngineRows {
    /** Columns of a session that are ids of texts, but for the pages. */
    private static final List<String> TERMS = List.of(
            "referrer",
            "utm_source",
            "utm_medium",
            "utm_campaign",
            "utm_content",
            "utm_term",
            "screen",
            "language",
            "os",
            "os_version",
            "browser",
            "browser_version",
            "region",
            "city");

    /**
     * Something that was counted, and what it has, by the names of answers.
     *
     * @param newcomer whether the visitor was never there before
     */
    record Row(
            TestProject project,
            long ms,
            long visitor,
            boolean newcomer,
            int pageviews,
            long durationMs,
            Map<String, @Nullable String> values) {}

    static final int DAYS = 60;

    final List<Row> views = new ArrayList<>();
    final List<Row> visits = new ArrayList<>();
    final List<Row> errors = new ArrayList<>();
    final List<Row> audits = new ArrayList<>();
    final List<Row> clicks = new ArrayList<>();

    private final RandomGenerator random;
    private final Sql sql;
    private final Set<String> known = new HashSet<>();
    private final Map<Integer, List<String>> links = new HashMap<>();
    private long sequence;

    private EngineRows(RandomGenerator random, Sql sql) {
        this.random = random;
        this.sql = sql;
    }

    /** @param times within which all of it is, for each event another one */
    static EngineRows write(
            TestInstallation installation, List<TestProject> projects, int visits, RandomGenerator random, Instant last)
            throws SQLException {
        return Sql.inTransaction(installation.dataSource, sql -> {
            EngineRows rows = new EngineRows(random, sql);
            for (TestProject project : projects) {
                rows.links(project);
                List<Long> starts = Stream.generate(() -> last.minusMillis(
                                        random.nextLong(Duration.ofDays(DAYS).toMillis()))
                                .toEpochMilli())
                        .limit(visits)
                        .sorted()
                        .toList();
                Set<Long> seen = new HashSet<>();
                for (long start : starts) {
                    rows.visit(project, start, seen);
                    rows.others(project, start);
                }
            }
            return rows;
        });
    }

    private void links(TestProject project) throws SQLException {
        List<String> codes = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            String code = "L%03d%04d".formatted(project.id(), i);
            codes.add(code);
            sql.update(
                    "INSERT INTO link (link_id, project_id, code, destination_url, is_active, created_ms, updated_ms)"
                            + " VALUES (?, ?, ?, 'https://a.example/', TRUE, 0, 0)",
                    project.id() * 10 + i,
                    project.id(),
                    code);
        }
        links.put(project.id(), codes);
    }

    /** All views of a visit are of one visitor, and the first one of a new visitor is new. */
    private void visit(TestProject project, long startedMs, Set<Long> seen) throws SQLException {
        int count = random.nextInt(1, 5);
        long lastMs = startedMs + (count == 1 ? random.nextInt(2_000) : random.nextLong(30_000_000));
        long visitor = random.nextLong(-25, 60);
        long token = ++sequence;
        Map<String, @Nullable String> values = place();
        put(values, "device", one("unknown", "desktop", "mobile", "tablet"));
        put(values, "os", maybe(one("Windows", "iOS", "Linux")));
        put(values, "os_version", values.get("os") == null ? null : maybe("1" + random.nextInt(3)));
        put(values, "browser", maybe(one("Chrome", "Safari", "100%_\\!x")));
        put(values, "browser_version", values.get("browser") == null ? null : maybe("1" + random.nextInt(3)));
        put(values, "screen", maybe(one("1920x1080", "390x844")));
        put(values, "language", maybe(one("de", "en")));
        List<String> urls = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            urls.add(url());
        }
        Map<String, @Nullable String> first = new HashMap<>(values);
        own(first, urls.get(0));
        put(values, "entry_page", urls.get(0));
        put(values, "exit_page", urls.get(count - 1));
        first.putAll(values);
        for (int i = 0; i < count; i++) {
            Map<String, @Nullable String> of = new HashMap<>(values);
            own(of, urls.get(i));
            if (i == 0) {
                of.putAll(first);
            }
            put(of, "page", urls.get(i));
            long ms = i == 0 ? startedMs : startedMs + (lastMs - startedMs) * i / count;
            view(project, ms, visitor, seen.add(visitor), token, startedMs, of);
        }
        visits.add(new Row(project, startedMs, visitor, false, count, lastMs - startedMs, first));
        session(project, token, startedMs, lastMs, count, visitor, first);
    }

    /** What a view has of its own: the referrer with its category, and what its URL says. */
    private void own(Map<String, @Nullable String> values, String url) {
        put(values, "category", one("unknown", "direct", "organic_search", "social", "referral", "email", "ai"));
        put(values, "referrer", maybe("https://ref.example/" + random.nextInt(5)));
        int page = Integer.parseInt(url.substring(url.length() - 2));
        put(values, "utm_source", page % 3 == 0 ? null : "source " + page % 4);
        put(values, "utm_medium", page % 4 == 0 ? null : "mail");
        put(values, "utm_campaign", page % 5 == 0 ? null : "campaign_" + page % 3);
        put(values, "utm_content", page % 2 == 0 ? null : "blue");
        put(values, "utm_term", page % 7 == 0 ? "shoes" : null);
    }

    private void view(
            TestProject project,
            long ms,
            long visitor,
            boolean newcomer,
            long token,
            long startedMs,
            Map<String, @Nullable String> values)
            throws SQLException {
        views.add(new Row(project, ms, visitor, newcomer, 0, 0, values));
        if (newcomer) {
            sql.update(
                    "INSERT INTO visitor (project_id, visitor_id, first_seen_ms) VALUES (?, ?, ?)",
                    project.id(),
                    visitor,
                    ms);
        }
        sql.update(
                """
                INSERT INTO pageview (project_id, received_ms, sequence, day, visitor_id, session_token,
                  session_started_ms, page_id, category, referrer_id)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
                project.id(),
                ms,
                ++sequence,
                day(project, ms),
                visitor,
                token,
                startedMs,
                page(project, values),
                category(values),
                term(project, values.get("referrer")));
    }

    private void session(
            TestProject project,
            long token,
            long startedMs,
            long lastMs,
            int count,
            long visitor,
            Map<String, @Nullable String> values)
            throws SQLException {
        List<@Nullable Object> row = new ArrayList<>(Arrays.asList(
                project.id(),
                token,
                startedMs,
                lastMs,
                day(project, startedMs),
                count,
                visitor,
                id(values.get("entry_page")),
                id(values.get("exit_page")),
                category(values),
                device(values),
                values.get("country")));
        for (String name : TERMS) {
            row.add(term(project, values.get(name)));
        }
        sql.update(
                "INSERT INTO session (project_id, session_token, started_ms, last_ms, day, pageviews, visitor_id,"
                        + " entry_page_id, exit_page_id, category, device, country, "
                        + String.join(
                                ", ", TERMS.stream().map(name -> name + "_id").toList())
                        + ") VALUES (?" + ", ?".repeat(row.size() - 1) + ")",
                row.toArray());
    }

    private void others(TestProject project, long startedMs) throws SQLException {
        long ms = startedMs + random.nextInt(1_000);
        if (random.nextInt(2) == 0) {
            error(project, ms);
        }
        if (random.nextInt(4) == 0) {
            audits.add(new Row(project, ms, 0, false, 0, 0, Map.of()));
            sql.update(
                    "INSERT INTO audit_event (project_id, received_ms, sequence, day, action) VALUES (?, ?, ?, ?, 'a')",
                    project.id(),
                    ms,
                    ++sequence,
                    day(project, ms));
        }
        if (random.nextInt(2) == 0) {
            click(project, ms);
        }
    }

    private void error(TestProject project, long ms) throws SQLException {
        Map<String, @Nullable String> values = machine();
        String type = one("TypeError", "RangeError", "typeerror");
        String severity = one("info", "warning", "error", "critical");
        put(values, "error_type", type);
        put(values, "severity", severity);
        int group = project.id() * 100
                + random.nextInt(3)
                + 10 * List.of("TypeError", "RangeError", "typeerror").indexOf(type);
        put(values, "group", "" + group);
        errors.add(new Row(project, ms, 0, false, 0, 0, values));
        if (known.add("group " + group)) {
            sql.update("""
                    INSERT INTO error_group (group_id, project_id, fingerprint, error_type, message, severity,
                      environment, status, status_ms, occurrence_count, first_seen_ms, last_seen_ms, last_sequence)
                    VALUES (?, ?, ?, ?, 'm', 1, 1, 1, 0, 1, 0, 0, 0)
                    """, group, project.id(), Keys.sha256("" + group), type);
        }
        sql.update(
                """
                INSERT INTO error_event (project_id, received_ms, sequence, day, group_id, severity, environment, device,
                  country, region_id, city_id, os_id, browser_id)
                VALUES (?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?)
                """,
                project.id(),
                ms,
                ++sequence,
                day(project, ms),
                group,
                List.of("", "info", "warning", "error", "critical").indexOf(severity),
                device(values),
                values.get("country"),
                term(project, values.get("region")),
                term(project, values.get("city")),
                term(project, values.get("os")),
                term(project, values.get("browser")));
    }

    private void click(TestProject project, long ms) throws SQLException {
        Map<String, @Nullable String> values = machine();
        put(values, "category", one("unknown", "direct", "referral", "ai"));
        put(values, "referrer", maybe("https://ref.example/" + random.nextInt(5)));
        int link = random.nextInt(3);
        put(values, "link", links.getOrDefault(project.id(), List.of()).get(link));
        boolean bot = random.nextInt(4) == 0;
        long client = random.nextLong(12);
        if (!bot) {
            clicks.add(new Row(project, ms, client, false, 0, 0, values));
        }
        sql.update(
                """
                INSERT INTO link_click (project_id, received_ms, sequence, day, link_id, client_key, is_bot, category,
                  device, country, region_id, city_id, os_id, browser_id, referrer_id)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
                project.id(),
                ms,
                ++sequence,
                day(project, ms),
                project.id() * 10 + link,
                client,
                bot,
                category(values),
                device(values),
                values.get("country"),
                term(project, values.get("region")),
                term(project, values.get("city")),
                term(project, values.get("os")),
                term(project, values.get("browser")),
                term(project, values.get("referrer")));
    }

    private Map<String, @Nullable String> machine() {
        Map<String, @Nullable String> values = place();
        put(values, "device", one("unknown", "desktop", "mobile", "tablet"));
        put(values, "os", maybe(one("Windows", "iOS")));
        put(values, "browser", maybe(one("Chrome", "100%_\\!x")));
        return values;
    }

    private Map<String, @Nullable String> place() {
        Map<String, @Nullable String> values = new HashMap<>();
        put(values, "country", maybe(one("DE", "US", "FR")));
        boolean located = values.get("country") != null;
        put(values, "region", located ? maybe(one("North", "South")) : null);
        put(values, "city", located ? maybe(one("Springfield", "Neustadt")) : null);
        return values;
    }

    private static void put(Map<String, @Nullable String> values, String name, @Nullable String value) {
        values.put(name, value);
    }

    private String url() {
        return "https://a.example/" + one("blog/", "shop_", "") + "%02d".formatted(random.nextInt(12));
    }

    private String one(String... texts) {
        return texts[random.nextInt(texts.length)];
    }

    private @Nullable String maybe(String text) {
        return random.nextInt(4) == 0 ? null : text;
    }

    private Object page(TestProject project, Map<String, @Nullable String> values) throws SQLException {
        String url = values.get("page");
        if (known.add("page " + project.id() + " " + url)) {
            sql.update(
                    "INSERT INTO page (project_id, page_id, url, utm_source_id, utm_medium_id, utm_campaign_id,"
                            + " utm_content_id, utm_term_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    project.id(),
                    id(url),
                    url,
                    term(project, values.get("utm_source")),
                    term(project, values.get("utm_medium")),
                    term(project, values.get("utm_campaign")),
                    term(project, values.get("utm_content")),
                    term(project, values.get("utm_term")));
        }
        return id(url);
    }

    private static long id(@Nullable String text) {
        return TestRows.hash(String.valueOf(text));
    }

    private @Nullable Long term(TestProject project, @Nullable String value) throws SQLException {
        if (value == null) {
            return null;
        }
        if (known.add("term " + project.id() + " " + value)) {
            sql.update(
                    "INSERT INTO term (project_id, term_id, value) VALUES (?, ?, ?)", project.id(), id(value), value);
        }
        return id(value);
    }

    private static int category(Map<String, @Nullable String> values) {
        return List.of("unknown", "direct", "organic_search", "social", "referral", "email", "ai")
                .indexOf(values.get("category"));
    }

    private static int device(Map<String, @Nullable String> values) {
        return List.of("unknown", "desktop", "mobile", "tablet").indexOf(values.get("device"));
    }

    static long day(TestProject project, long ms) {
        return LocalDate.ofInstant(Instant.ofEpochMilli(ms), project.zone()).toEpochDay();
    }
}

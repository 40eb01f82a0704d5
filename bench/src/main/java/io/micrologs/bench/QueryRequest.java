package io.micrologs.bench;

import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One question that is measured. In path and body {@code {range}}, {@code {from}} and {@code {to}} stand for the days that
 * are asked for, {@code {filters}} for what narrows them, {@code {error}} for the number of an error group and {@code {link}} for
 * a link's code.
 *
 * @param body null: a GET
 * @param daysMax what asks for more days is refused
 */
record QueryRequest(String name, String path, @Nullable String body, int daysMax) {
    /** As far as a range may reach. */
    private static final int YEAR = 365;

    private static final int MONTH = 30;
    private static final String ENGINE = "/api/v1/query";

    /** Of the contract, as sites that have it ask for them. */
    private static final List<QueryRequest> CONTRACT = List.of(
            get("visitors", "/api/analytics/visitors.php?{range}"),
            get("visitors-returning", "/api/analytics/visitors-returning.php?{range}"),
            get("sessions", "/api/analytics/sessions.php?{range}"),
            get("pages", "/api/analytics/pages.php?{range}"),
            get("devices", "/api/analytics/devices.php?{range}"),
            get("locations", "/api/analytics/locations.php?{range}"),
            get("referrers", "/api/analytics/referrers.php?{range}"),
            get("utm", "/api/analytics/utm.php?{range}"),
            get("errors", "/api/analytics/errors.php?{range}"),
            get("errors-trend", "/api/analytics/errors-trend.php?{range}"),
            get("error-detail", "/api/analytics/error-detail.php?{range}&id={error}"),
            get("audits", "/api/analytics/audits.php?{range}"),
            get("links", "/api/analytics/links.php?{range}"),
            get("link-detail", "/api/analytics/link-detail.php?{range}&code={link}"));

    /** What a dashboard shows, as {@value #ENGINE} is asked for it; these take filters. */
    private static final List<QueryRequest> DASHBOARD = List.of(
            engine(
                    "totals with comparison",
                    "visitors visits pageviews bounce_rate visit_duration views_per_visit",
                    "",
                    true),
            engine("by hour", "pageviews visits", "hour", false).upTo(MONTH),
            engine("by day", "visitors visits pageviews", "day", false),
            engine("by month", "visitors visits pageviews", "month", false),
            engine("pages", "visitors pageviews", "page", false),
            engine("entry pages", "visits bounce_rate", "entry_page", false),
            engine("exit pages", "visits", "exit_page", false),
            engine("categories", "visitors visits pageviews", "category", false),
            engine("referrers", "visitors pageviews", "referrer", false),
            engine("UTM sources", "visitors pageviews", "utm_source", false),
            engine("UTM campaigns", "visitors pageviews", "utm_campaign", false),
            engine("countries", "visitors pageviews", "country", false),
            engine("cities", "pageviews visits", "city", false),
            engine("devices", "visitors pageviews", "device", false),
            engine("systems", "visitors pageviews", "os", false),
            engine("browsers", "visitors pageviews", "browser", false),
            engine("browser versions", "pageviews visits", "browser_version", false),
            engine("screens", "pageviews visits", "screen", false),
            engine("languages", "pageviews visits", "language", false),
            engine("errors by type", "errors error_groups", "error_type", false),
            engine("error rate by day", "errors error_rate", "day", false),
            engine("clicks by link", "clicks unique_clicks", "link", false));

    /** Everything that is measured, and the only place that knows. One more is one more line. */
    static final List<QueryRequest> ALL = all();

    /**
     * The floor: everything that a question goes through (connection, limit, key, worker, pool), with one statement that finds no
     * row. Its answer is 404.
     */
    static final QueryRequest FLOOR = get("floor", "/api/analytics/link-detail.php?{range}&code=none0000");

    static final int FLOOR_STATUS = 404;

    private static List<QueryRequest> all() {
        List<QueryRequest> all = new ArrayList<>(CONTRACT);
        all.addAll(DASHBOARD);
        return List.copyOf(all);
    }

    /**
     * Those that were named, in the order in which they are measured.
     *
     * @param names of questions, or {@code contract} or {@code dashboard}; none: all
     */
    static List<QueryRequest> named(List<String> names) {
        if (names.isEmpty()) {
            return ALL;
        }
        List<QueryRequest> named = new ArrayList<>();
        for (String name : names) {
            List<QueryRequest> found = named(name);
            if (found.isEmpty()) {
                throw new BenchException("--questions has no " + name + "; there are contract, dashboard, "
                        + ALL.stream().map(QueryRequest::name).collect(Collectors.joining(", ")));
            }
            named.addAll(found);
        }
        return ALL.stream().filter(named::contains).toList();
    }

    private static List<QueryRequest> named(String name) {
        return switch (name) {
            case "contract" -> CONTRACT;
            case "dashboard" -> DASHBOARD;
            default -> ALL.stream().filter(request -> request.name.equals(name)).toList();
        };
    }

    /**
     * The days that are asked for, both inclusive.
     *
     * @param filtered whether only what comes from one country counts
     */
    record Span(String name, LocalDate from, LocalDate to, boolean filtered) {
        /** The last month and the last year before {@code until}, and that month of one country. */
        static List<Span> before(LocalDate until) {
            LocalDate month = until.minusDays(MONTH);
            LocalDate last = until.minusDays(1);
            return List.of(
                    new Span("30 days", month, last, false),
                    new Span("12 months", until.minusDays(YEAR), last, false),
                    new Span("30 days, one country", month, last, true));
        }

        long days() {
            return ChronoUnit.DAYS.between(from, to) + 1;
        }
    }

    /** What was found in the data to ask about; null when there is no such thing. */
    record Found(
            @Nullable String error,
            @Nullable String link,
            @Nullable String country) {
        static final Found NOTHING = new Found(null, null, null);

        boolean has(QueryRequest request) {
            return (error != null || !request.mentions("{error}")) && (link != null || !request.mentions("{link}"));
        }
    }

    static QueryRequest get(String name, String path) {
        return new QueryRequest(name, path, null, YEAR);
    }

    static QueryRequest post(String name, String path, String body) {
        return new QueryRequest(name, path, body, YEAR);
    }

    /** @param metrics and dimensions: by spaces; all known names are in docs/api.md */
    private static QueryRequest engine(String name, String metrics, String dimensions, boolean compared) {
        return post(
                "query: " + name,
                ENGINE,
                "{\"metrics\":" + array(metrics) + ",\"dimensions\":" + array(dimensions)
                        + ",\"range\":\"custom\",\"from\":\"{from}\",\"to\":\"{to}\",\"filters\":[{filters}]"
                        + (compared ? ",\"compare\":\"previous_period\"" : "") + "}");
    }

    private static String array(String names) {
        return Arrays.stream(names.split(" ", -1))
                .filter(name -> !name.isEmpty())
                .map(name -> '"' + name + '"')
                .collect(Collectors.joining(",", "[", "]"));
    }

    private QueryRequest upTo(int days) {
        return new QueryRequest(name, path, body, days);
    }

    private boolean mentions(String what) {
        return path.contains(what) || (body != null && body.contains(what));
    }

    boolean fits(Span span) {
        return span.days() <= daysMax && (!span.filtered() || mentions("{filters}"));
    }

    QueryRequest filledIn(Span span, Found found) {
        return new QueryRequest(
                name, filledIn(path, span, found), body == null ? null : filledIn(body, span, found), daysMax);
    }

    private static String filledIn(String text, Span span, Found found) {
        String filters = span.filtered()
                ? "{\"dimension\":\"country\",\"operator\":\"is\",\"values\":[\"" + found.country() + "\"]}"
                : "";
        return text.replace("{range}", "range=custom&from=" + span.from() + "&to=" + span.to())
                .replace("{from}", span.from().toString())
                .replace("{to}", span.to().toString())
                .replace("{filters}", filters)
                .replace("{error}", String.valueOf(found.error()))
                .replace("{link}", String.valueOf(found.link()));
    }
}

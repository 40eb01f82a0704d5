package io.micrologs.bench;

import java.time.LocalDate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One question that is measured. In path and body {@code {range}}, {@code {from}} and {@code {to}} stand for the days that
 * are asked for, {@code {error}} for the number of an error group and {@code {link}} for a link's code.
 *
 * @param body null: a GET
 */
record QueryRequest(String name, String path, @Nullable String body) {

    /** Everything that is measured. One more is one more line. */
    static final List<QueryRequest> ALL = List.of(
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

    /**
     * The floor: everything that a question goes through (connection, limit, key, worker, pool), with one statement that finds no
     * row. Its answer is 404.
     */
    static final QueryRequest FLOOR = get("floor", "/api/analytics/link-detail.php?{range}&code=none0000");

    static final int FLOOR_STATUS = 404;

    /** The days that are asked for, both inclusive. */
    record Days(String name, LocalDate from, LocalDate to) {
        /** As far as a range may reach. */
        private static final int YEAR = 365;

        private static final int MONTH = 30;

        /** The last month and the last year before {@code until}. */
        static List<Days> before(LocalDate until) {
            return List.of(
                    new Days("30 days", until.minusDays(MONTH), until.minusDays(1)),
                    new Days("12 months", until.minusDays(YEAR), until.minusDays(1)));
        }
    }

    /** What was found in the data to ask about; null when there is no such thing. */
    record Found(@Nullable String error, @Nullable String link) {
        boolean has(QueryRequest request) {
            return (error != null || !request.mentions("{error}")) && (link != null || !request.mentions("{link}"));
        }
    }

    static QueryRequest get(String name, String path) {
        return new QueryRequest(name, path, null);
    }

    static QueryRequest post(String name, String path, String body) {
        return new QueryRequest(name, path, body);
    }

    private boolean mentions(String what) {
        return path.contains(what) || (body != null && body.contains(what));
    }

    QueryRequest filledIn(Days days, Found found) {
        return new QueryRequest(name, filledIn(path, days, found), body == null ? null : filledIn(body, days, found));
    }

    private static String filledIn(String text, Days days, Found found) {
        return text.replace("{range}", "range=custom&from=" + days.from() + "&to=" + days.to())
                .replace("{from}", days.from().toString())
                .replace("{to}", days.to().toString())
                .replace("{error}", String.valueOf(found.error()))
                .replace("{link}", String.valueOf(found.link()));
    }
}

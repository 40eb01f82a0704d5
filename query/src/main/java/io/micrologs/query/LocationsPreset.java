package io.micrologs.query;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.micrologs.http.Reply;
import java.sql.SQLException;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** {@code locations}: where pages were viewed, as far as it is known. A pageview has its session's place. */
final class LocationsPreset implements Preset {
    private static final int PLACES_MAX = 50;

    private static final String VIEWS = """
            FROM pageview v
            JOIN session s ON s.project_id = v.project_id AND s.session_token = v.session_token
              AND s.started_ms = v.session_started_ms
            WHERE v.project_id = ? AND v.received_ms >= ? AND v.received_ms < ?
            """;

    private static final String COUNTRIES = """
            SELECT country, SUM(views) AS pageviews, COUNT(*) AS unique_visitors
            FROM (
              SELECT s.country, v.visitor_id, COUNT(*) AS views
            """ + VIEWS + """
                AND s.country IS NOT NULL
              GROUP BY s.country, v.visitor_id
            ) seen
            GROUP BY country
            ORDER BY pageviews DESC, country
            LIMIT ?
            """;

    private static final String REGIONS = """
            SELECT top.country, region.value AS region, top.pageviews
            FROM (
              SELECT s.country, s.region_id, COUNT(*) AS pageviews
            """ + VIEWS + """
                AND s.country IS NOT NULL AND s.region_id IS NOT NULL
              GROUP BY s.country, s.region_id
              ORDER BY pageviews DESC, s.country, s.region_id
              LIMIT ?
            ) top
            LEFT JOIN term region ON region.project_id = ? AND region.term_id = top.region_id
            ORDER BY top.pageviews DESC, top.country, top.region_id
            """;

    /** A city is told apart by its region, which some data leave out. */
    private static final String CITIES = """
            SELECT top.country, region.value AS region, city.value AS city, top.pageviews
            FROM (
              SELECT s.country, s.region_id, s.city_id, COUNT(*) AS pageviews
            """ + VIEWS + """
                AND s.country IS NOT NULL AND s.city_id IS NOT NULL
              GROUP BY s.country, s.region_id, s.city_id
              ORDER BY pageviews DESC, s.country, s.city_id, s.region_id
              LIMIT ?
            ) top
            LEFT JOIN term city ON city.project_id = ? AND city.term_id = top.city_id
            LEFT JOIN term region ON region.project_id = ? AND region.term_id = top.region_id
            ORDER BY top.pageviews DESC, top.country, top.city_id, top.region_id
            """;

    private final Supplier<@Nullable String> note;

    /** @param note what is to be said about the age of the locations; null for nothing */
    LocationsPreset(Supplier<@Nullable String> note) {
        this.note = note;
    }

    private record Data(DayRange.Shown range, List<Country> byCountry, List<Region> byRegion, List<City> byCity) {}

    private record Country(@Nullable String country, String countryCode, long pageviews, long uniqueVisitors) {}

    private record Region(@Nullable String country, String countryCode, String region, long pageviews) {}

    private record City(String city, @Nullable String region, String countryCode, long pageviews) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record Meta(@Nullable String locations) {
        static @Nullable Meta of(@Nullable String note) {
            return note == null ? null : new Meta(note);
        }
    }

    @Override
    public Reply answer(Question question, Sql sql) throws SQLException {
        int project = question.project();
        long from = question.days().fromMs();
        long until = question.days().untilMs();
        List<Country> countries = sql.rows(
                COUNTRIES,
                row -> new Country(
                        Named.country(row.getString("country")),
                        row.getString("country"),
                        row.getLong("pageviews"),
                        row.getLong("unique_visitors")),
                project,
                from,
                until,
                PLACES_MAX);
        List<Region> regions = sql.rows(
                REGIONS,
                row -> new Region(
                        Named.country(row.getString("country")),
                        row.getString("country"),
                        row.getString("region"),
                        row.getLong("pageviews")),
                project,
                from,
                until,
                PLACES_MAX,
                project);
        List<City> cities = sql.rows(
                CITIES,
                row -> new City(
                        row.getString("city"),
                        row.getString("region"),
                        row.getString("country"),
                        row.getLong("pageviews")),
                project,
                from,
                until,
                PLACES_MAX,
                project,
                project);
        return Json.ok(new Data(question.days().shown(), countries, regions, cities), Meta.of(note.get()));
    }
}

package io.micrologs.query;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.micrologs.http.Reply;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** {@code locations}: where pages were viewed, as far as it is known. A pageview has its session's place. */
final class LocationsPreset implements Preset {
    private static final int PLACES_MAX = 50;
    private static final String EVERYWHERE = "";

    /**
     * Three lists of one pass: each session's pageviews are counted before its place is looked up, and a city's rows are
     * added up to its region's and its country's, with NULL for what was added up. 0 is a region or city that is unknown.
     */
    private static final String PLACES = """
            SELECT country, region, city, SUM(views) AS pageviews, COUNT(DISTINCT visitor_id) AS unique_visitors
            FROM (
              SELECT s.country, COALESCE(s.region_id, 0) AS region, COALESCE(s.city_id, 0) AS city, v.visitor_id, v.views
              FROM (
                SELECT session_token, session_started_ms, visitor_id, COUNT(*) AS views
                FROM pageview
                WHERE project_id = ? AND received_ms >= ? AND received_ms < ?
                GROUP BY session_token, session_started_ms, visitor_id
              ) v
              STRAIGHT_JOIN session s ON s.project_id = ? AND s.session_token = v.session_token
                AND s.started_ms = v.session_started_ms
              WHERE s.country IS NOT NULL
            ) seen
            GROUP BY country, region, city WITH ROLLUP
            """;

    private static final Comparator<Place> MOST_VIEWED =
            Comparator.comparingLong(Place::pageviews).reversed().thenComparing(Place::country);

    private static final Comparator<Place> IN_REGION =
            Comparator.<Place, Boolean>comparing(place -> place.regionId() != 0).thenComparingLong(Place::regionId);

    private final Supplier<@Nullable String> note;

    /** @param note what is to be said about the age of the locations; null for nothing */
    LocationsPreset(Supplier<@Nullable String> note) {
        this.note = note;
    }

    private record Data(DayRange.Shown range, List<Country> byCountry, List<Region> byRegion, List<City> byCity) {}

    private record Country(@Nullable String country, String countryCode, long pageviews, long uniqueVisitors) {}

    private record Region(
            @Nullable String country,
            String countryCode,
            @Nullable String region,
            long pageviews) {}

    private record City(@Nullable String city, @Nullable String region, String countryCode, long pageviews) {}

    /** Null for what is added up. */
    private record Place(
            String country, @Nullable Long region, @Nullable Long city, long pageviews, long uniqueVisitors) {
        static Place read(ResultSet row) throws SQLException {
            return new Place(
                    Objects.requireNonNullElse(row.getString("country"), EVERYWHERE),
                    row.getObject("region", Long.class),
                    row.getObject("city", Long.class),
                    row.getLong("pageviews"),
                    row.getLong("unique_visitors"));
        }

        long regionId() {
            return region == null ? 0 : region;
        }

        long cityId() {
            return city == null ? 0 : city;
        }

        boolean isCountry() {
            return region == null && !country.equals(EVERYWHERE);
        }

        boolean isRegion() {
            return regionId() != 0 && city == null;
        }

        boolean isCity() {
            return cityId() != 0;
        }
    }

    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record Meta(@Nullable String locations) {
        static @Nullable Meta of(@Nullable String note) {
            return note == null ? null : new Meta(note);
        }
    }

    @Override
    public Reply answer(Question question, Sql sql) throws SQLException {
        int project = question.project();
        DayRange days = question.days();
        List<Place> places = sql.rows(PLACES, Place::read, project, days.fromMs(), days.untilMs(), project);
        List<Place> countries = top(places, Place::isCountry, MOST_VIEWED);
        List<Place> regions = top(places, Place::isRegion, MOST_VIEWED.thenComparingLong(Place::regionId));
        List<Place> cities = top(
                places,
                Place::isCity,
                MOST_VIEWED.thenComparingLong(Place::cityId).thenComparing(IN_REGION));
        Map<Long, String> names = Terms.of(
                sql,
                project,
                Stream.concat(regions.stream(), cities.stream())
                        .flatMap(place -> Stream.of(place.regionId(), place.cityId()))
                        .toList());
        return Json.ok(
                new Data(
                        days.shown(),
                        countries.stream()
                                .map(place -> new Country(
                                        Named.country(place.country),
                                        place.country,
                                        place.pageviews,
                                        place.uniqueVisitors))
                                .toList(),
                        regions.stream()
                                .map(place -> new Region(
                                        Named.country(place.country),
                                        place.country,
                                        names.get(place.regionId()),
                                        place.pageviews))
                                .toList(),
                        cities.stream()
                                .map(place -> new City(
                                        names.get(place.cityId()),
                                        names.get(place.regionId()),
                                        place.country,
                                        place.pageviews))
                                .toList()),
                Meta.of(note.get()));
    }

    private static List<Place> top(List<Place> places, Predicate<Place> which, Comparator<Place> order) {
        return places.stream().filter(which).sorted(order).limit(PLACES_MAX).toList();
    }
}

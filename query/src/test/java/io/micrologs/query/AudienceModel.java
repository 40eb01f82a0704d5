package io.micrologs.query;

import static java.util.Comparator.comparing;
import static java.util.stream.Collectors.groupingBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.micrologs.query.AudienceRows.Click;
import io.micrologs.query.AudienceRows.View;
import io.micrologs.query.AudienceRows.Visit;
import io.micrologs.query.TestInstallation.TestProject;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** The answers about visits, places, devices and clicks by counting one by one: the contract's words, no SQL. */
final class AudienceModel {
    private static final List<String> DEVICES = List.of("unknown", "desktop", "mobile", "tablet");
    private static final List<String> CATEGORIES =
            List.of("unknown", "direct", "organic_search", "social", "referral", "email", "referral");

    private final AudienceRows rows;
    private final TestProject project;
    private final LocalDate from;
    private final LocalDate to;

    AudienceModel(AudienceRows rows, TestProject project, LocalDate from, LocalDate to) {
        this.rows = rows;
        this.project = project;
        this.from = from;
        this.to = to;
    }

    String returning() {
        List<View> views = views();
        List<Object> days = new ArrayList<>();
        byDay(views, View::ms).forEach((date, ofDay) -> {
            long fresh = visitors(ofDay.stream()
                    .filter(view -> date(rows.firstSeen(view)).toString().equals(date))
                    .toList());
            days.add(map("date", date, "new_visitors", fresh, "returning_visitors", visitors(ofDay) - fresh));
        });
        long all = visitors(views);
        long fresh = visitors(
                views.stream().filter(view -> inRange(rows.firstSeen(view))).toList());
        return json(map(
                "range",
                range(),
                "total_visitors",
                all,
                "new_visitors",
                fresh,
                "returning_visitors",
                all - fresh,
                "new_pct",
                percent(fresh, all),
                "returning_pct",
                percent(all - fresh, all),
                "over_time",
                days));
    }

    String sessions() {
        List<Visit> visits = rows.visits.stream()
                .filter(visit -> visit.project() == project && inRange(visit.startedMs()))
                .toList();
        List<Visit> engaged =
                visits.stream().filter(visit -> visit.pageviews() > 1).toList();
        List<Object> days = new ArrayList<>();
        byDay(visits, Visit::startedMs)
                .forEach((date, ofDay) ->
                        days.add(map("date", date, "sessions", ofDay.size(), "avg_duration_seconds", seconds(ofDay))));
        long pages = visits.stream().mapToLong(Visit::pageviews).sum();
        return json(map(
                "range", range(),
                "total_sessions", visits.size(),
                "bounce_rate", percent(visits.size() - engaged.size(), visits.size()),
                "avg_duration_seconds", seconds(visits),
                "avg_duration_engaged", seconds(engaged),
                "avg_pages_per_session", quotient(pages, visits.size(), 2).doubleValue(),
                "over_time", days));
    }

    String devices() {
        Map<String, List<View>> byDevice = views().stream()
                .collect(groupingBy(view -> DEVICES.get(view.visit().device())));
        return json(map(
                "range", range(),
                "by_device",
                        sorted(byDevice, comparing(DEVICES::indexOf), 50).stream()
                                .map(name -> map(
                                        "device_type", name,
                                        "pageviews", size(byDevice, name),
                                        "unique_visitors", visitors(of(byDevice, name))))
                                .toList(),
                "by_os", families("os", view -> view.visit().os()),
                "by_browser", families("browser", view -> view.visit().browser())));
    }

    private List<Object> families(String key, Function<View, @Nullable String> family) {
        Map<String, List<View>> views =
                views().stream().collect(groupingBy(view -> Objects.requireNonNullElse(family.apply(view), "Unknown")));
        List<Object> shown = new ArrayList<>();
        sorted(views, Comparator.naturalOrder(), 1_000)
                .forEach(name -> shown.add(map(key, name, "pageviews", size(views, name))));
        return shown;
    }

    private record Place(
            String country,
            @Nullable String region,
            @Nullable String city) {
        /** Decides between two of the same size: the number that the place has in rollups. */
        long number() {
            long code = country.charAt(0) << 8 | country.charAt(1);
            return region == null && city == null ? code : TestRows.hash(code + "|" + part(region) + "|" + part(city));
        }
    }

    String locations() {
        List<View> located =
                views().stream().filter(view -> view.visit().country() != null).toList();
        Map<Place, List<View>> countries = places(located, visit -> new Place(country(visit), null, null));
        Map<Place, List<View>> regions = places(
                located.stream().filter(view -> view.visit().region() != null).toList(),
                visit -> new Place(country(visit), visit.region(), null));
        Map<Place, List<View>> cities = places(
                located.stream().filter(view -> view.visit().city() != null).toList(),
                visit -> new Place(country(visit), visit.region(), visit.city()));
        Comparator<Place> ties = comparing(Place::number);
        return json(map(
                "range", range(),
                "by_country",
                        sorted(countries, ties, 50).stream()
                                .map(place -> map(
                                        "country", name(place.country),
                                        "country_code", place.country,
                                        "pageviews", size(countries, place),
                                        "unique_visitors", visitors(of(countries, place))))
                                .toList(),
                "by_region",
                        sorted(regions, ties, 50).stream()
                                .map(place -> map(
                                        "country",
                                        name(place.country),
                                        "country_code",
                                        place.country,
                                        "region",
                                        place.region,
                                        "pageviews",
                                        size(regions, place)))
                                .toList(),
                "by_city",
                        sorted(cities, ties, 50).stream()
                                .map(place -> map(
                                        "city", place.city,
                                        "region", place.region,
                                        "country_code", place.country,
                                        "pageviews", size(cities, place)))
                                .toList()));
    }

    private static Map<Place, List<View>> places(List<View> views, Function<Visit, Place> place) {
        return views.stream().collect(groupingBy(view -> place.apply(view.visit())));
    }

    private static String country(Visit visit) {
        return Objects.requireNonNull(visit.country());
    }

    private static long part(@Nullable String text) {
        return text == null ? 0 : TestRows.hash(text);
    }

    String referrers() {
        Map<String, List<View>> categories =
                views().stream().collect(groupingBy(view -> CATEGORIES.get(view.category())));
        Map<String, List<View>> referrers = views().stream()
                .filter(view -> view.referrer() != null)
                .collect(groupingBy(view -> Objects.requireNonNull(view.referrer())));
        return json(map(
                "range", range(),
                "by_category",
                        sorted(categories, comparing(CATEGORIES::indexOf), 50).stream()
                                .map(name -> map(
                                        "category", name,
                                        "pageviews", size(categories, name),
                                        "unique_visitors", visitors(of(categories, name))))
                                .toList(),
                "top_referrers",
                        sorted(referrers, comparing(TestRows::hash), 20).stream()
                                .map(url -> map("referrer_url", url, "pageviews", size(referrers, url)))
                                .toList()));
    }

    private record Campaign(
            @Nullable String source, @Nullable String medium, String name) {
        static Campaign of(AudienceRows.Page page) {
            return new Campaign(page.source(), page.medium(), Objects.requireNonNull(page.campaign()));
        }

        long number() {
            return TestRows.hash(part(source) + "|" + part(medium) + "|" + part(name));
        }
    }

    String utm() {
        Map<Campaign, List<View>> campaigns = views().stream()
                .filter(view -> view.page().campaign() != null)
                .collect(groupingBy(view -> Campaign.of(view.page())));
        List<Campaign> sorted = sorted(campaigns, comparing(Campaign::number), 1_000);
        return json(map(
                "range", range(),
                "count", sorted.size(),
                "campaigns",
                        sorted.stream()
                                .map(campaign -> map(
                                        "utm_source", campaign.source,
                                        "utm_medium", campaign.medium,
                                        "utm_campaign", campaign.name,
                                        "pageviews", size(campaigns, campaign),
                                        "unique_visitors", visitors(of(campaigns, campaign))))
                                .toList()));
    }

    /** Of one link: totals, and lists of what its clicks have. */
    String clicks(int link, Map<String, Object> shown) {
        List<Click> clicks = clicks(link);
        Map<String, List<Click>> countries = clicks.stream()
                .filter(click -> click.country() != null)
                .collect(groupingBy(click -> Objects.requireNonNull(click.country())));
        Map<String, List<Click>> categories =
                clicks.stream().collect(groupingBy(click -> CATEGORIES.get(click.category())));
        Map<String, List<Click>> devices = clicks.stream().collect(groupingBy(click -> DEVICES.get(click.device())));
        List<Object> days = new ArrayList<>();
        byDay(clicks, Click::ms).forEach((date, ofDay) -> days.add(map("date", date, "clicks", ofDay.size())));
        return json(map(
                "range", range(),
                "link", shown,
                "total_clicks", clicks.size(),
                "unique_clicks", uniqueClicks(link),
                "by_country",
                        sorted(countries, Comparator.naturalOrder(), 300).stream()
                                .map(code -> map(
                                        "country", name(code), "country_code", code, "clicks", size(countries, code)))
                                .toList(),
                "by_referrer",
                        sorted(categories, comparing(CATEGORIES::indexOf), 50).stream()
                                .map(name -> map("category", name, "clicks", size(categories, name)))
                                .toList(),
                "by_device",
                        sorted(devices, comparing(DEVICES::indexOf), 50).stream()
                                .map(name -> map("device_type", name, "clicks", size(devices, name)))
                                .toList(),
                "over_time", days));
    }

    List<Click> clicks(int link) {
        return rows.clicks.stream()
                .filter(click -> click.project() == project && click.link() == link)
                .filter(click -> !click.bot() && inRange(click.ms()))
                .toList();
    }

    long uniqueClicks(int link) {
        return clicks(link).stream().map(Click::client).distinct().count();
    }

    Map<String, Object> range() {
        return map("from", from + " 00:00:00", "to", to + " 23:59:59");
    }

    static Map<String, Object> map(@Nullable Object... keysAndValues) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            map.put(String.valueOf(keysAndValues[i]), keysAndValues[i + 1]);
        }
        return map;
    }

    static String json(Object value) {
        try {
            return new ObjectMapper().writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static <K, V> List<K> sorted(Map<K, List<V>> groups, Comparator<K> ties, int limit) {
        return groups.keySet().stream()
                .sorted(comparing((K key) -> -size(groups, key)).thenComparing(ties))
                .limit(limit)
                .toList();
    }

    private static <K, V> List<V> of(Map<K, List<V>> groups, K key) {
        return groups.getOrDefault(key, List.of());
    }

    private static <K, V> int size(Map<K, List<V>> groups, K key) {
        return of(groups, key).size();
    }

    private List<View> views() {
        return rows.views.stream()
                .filter(view -> view.visit().project() == project && inRange(view.ms()))
                .toList();
    }

    private static long visitors(List<View> views) {
        return views.stream().map(View::visitor).distinct().count();
    }

    private <T> Map<String, List<T>> byDay(List<T> events, ToLongFunction<T> ms) {
        return new TreeMap<>(events.stream()
                .collect(groupingBy(event -> date(ms.applyAsLong(event)).toString())));
    }

    private boolean inRange(long ms) {
        LocalDate date = date(ms);
        return !date.isBefore(from) && !date.isAfter(to);
    }

    private LocalDate date(long ms) {
        return Instant.ofEpochMilli(ms).atZone(project.zone()).toLocalDate();
    }

    private static String name(String country) {
        return new Locale("", country).getDisplayCountry(Locale.ENGLISH);
    }

    private static double percent(long part, long whole) {
        return quotient(part * 100, whole, 1).doubleValue();
    }

    private static long seconds(List<Visit> visits) {
        long ms = visits.stream()
                .mapToLong(visit -> visit.lastMs() - visit.startedMs())
                .sum();
        return quotient(ms, visits.size() * 1_000L, 0).longValue();
    }

    private static BigDecimal quotient(long dividend, long divisor, int decimals) {
        return divisor == 0
                ? BigDecimal.ZERO
                : BigDecimal.valueOf(dividend).divide(BigDecimal.valueOf(divisor), decimals, RoundingMode.HALF_UP);
    }
}

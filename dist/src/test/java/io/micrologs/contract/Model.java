package io.micrologs.contract;

import io.micrologs.contract.Visit.Agent;
import io.micrologs.contract.Visit.Campaign;
import io.micrologs.contract.Visit.Place;
import io.micrologs.contract.Visit.Source;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;

/**
 * What the analytics of one day must say about visits, all within 300 seconds: counted by hand, in plain collections. Lists
 * of equal counts have no order, so answers are compared as sets of rows and their counts as a falling row.
 */
final class Model {
    private record View(Visit visit, Session session, String category) {}

    private static final class Session {
        final Visit first;
        final String category;
        int views = 1;

        Session(Visit first) {
            this.first = first;
            category = first.source() == Source.OWN ? "direct" : first.source().category;
        }
    }

    private final List<View> views = new ArrayList<>();
    private final Map<String, Session> sessions = new LinkedHashMap<>();
    private final Set<String> seen = new HashSet<>();

    /** False for a repeat. */
    boolean add(Visit visit) {
        Session session = sessions.get(visit.session());
        if (!seen.add(visit.visitor() + " " + visit.page().url())) {
            return false;
        }
        if (session == null) {
            session = new Session(visit);
            sessions.put(visit.session(), session);
        } else {
            session.views++;
        }
        String category = visit.source() == Source.OWN ? session.category : visit.source().category;
        views.add(new View(visit, session, category));
        return true;
    }

    int pageviews() {
        return views.size();
    }

    int visitors() {
        return distinct(views);
    }

    int sessions() {
        return sessions.size();
    }

    double bounceRate() {
        long bounced =
                sessions.values().stream().filter(session -> session.views == 1).count();
        return Math.round(1000.0 * bounced / sessions.size()) / 10.0;
    }

    double pagesPerSession() {
        return Math.round(100.0 * views.size() / sessions.size()) / 100.0;
    }

    Set<Map<String, Object>> pages() {
        return rows(
                view -> Map.of(
                        "url",
                        view.visit.page().url(),
                        "page_title",
                        view.visit.page().title()),
                true);
    }

    Set<Map<String, Object>> categories() {
        return rows(view -> Map.of("category", view.category), true);
    }

    Set<Map<String, Object>> referrers() {
        return rows(
                view -> view.visit.source() == Source.OWN || view.visit.source() == Source.NONE
                        ? null
                        : Map.of("referrer_url", view.visit.source().referrer),
                false);
    }

    Set<Map<String, Object>> devices() {
        return rows(view -> Map.of("device_type", agent(view).device), true);
    }

    Set<Map<String, Object>> systems() {
        return rows(view -> Map.of("os", agent(view).os), false);
    }

    Set<Map<String, Object>> browsers() {
        return rows(view -> Map.of("browser", agent(view).browser), false);
    }

    Set<Map<String, Object>> countries() {
        return rows(
                view -> place(view).code == null
                        ? null
                        : Map.of("country", place(view).country, "country_code", place(view).code),
                true);
    }

    Set<Map<String, Object>> regions() {
        return rows(
                view -> place(view).region == null
                        ? null
                        : Map.of(
                                "country", place(view).country,
                                "country_code", place(view).code,
                                "region", place(view).region),
                false);
    }

    Set<Map<String, Object>> cities() {
        return rows(
                view -> place(view).city == null
                        ? null
                        : Map.of(
                                "city", place(view).city,
                                "region", place(view).region,
                                "country_code", place(view).code),
                false);
    }

    Set<Map<String, Object>> campaigns() {
        return rows(
                view -> {
                    Campaign campaign = view.visit.page().campaign();
                    return campaign == null
                            ? null
                            : Map.of(
                                    "utm_source", campaign.source(),
                                    "utm_medium", campaign.medium(),
                                    "utm_campaign", campaign.name());
                },
                true);
    }

    /** The device and the place are the session's, from its first pageview. */
    private static Agent agent(View view) {
        return view.session.first.agent();
    }

    private static Place place(View view) {
        return view.session.first.place();
    }

    private Set<Map<String, Object>> rows(Function<View, Map<String, String>> key, boolean withVisitors) {
        Map<Map<String, String>, List<View>> groups = new HashMap<>();
        for (View view : views) {
            Map<String, String> of = key.apply(view);
            if (of != null) {
                groups.computeIfAbsent(of, none -> new ArrayList<>()).add(view);
            }
        }
        Set<Map<String, Object>> rows = new HashSet<>();
        groups.forEach((names, group) -> {
            Map<String, Object> row = new HashMap<>(names);
            row.put("pageviews", group.size());
            if (withVisitors) {
                row.put("unique_visitors", distinct(group));
            }
            rows.add(row);
        });
        return rows;
    }

    private static int distinct(List<View> views) {
        return (int) views.stream().map(view -> view.visit.visitor()).distinct().count();
    }

    /** Whether the counts fall. */
    static boolean biggestFirst(List<Map<String, Object>> rows) {
        List<Integer> counts = rows.stream()
                .map(row -> (Integer) Objects.requireNonNull(row.get("pageviews")))
                .toList();
        return counts.equals(counts.stream().sorted(Comparator.reverseOrder()).toList());
    }
}

package io.micrologs.query;

import static java.util.Comparator.comparing;
import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.micrologs.query.TestInstallation.TestProject;
import io.micrologs.query.TestRows.Audit;
import io.micrologs.query.TestRows.Group;
import io.micrologs.query.TestRows.Occurrence;
import io.micrologs.query.TestRows.View;
import io.micrologs.query.TestRows.Visit;
import java.io.IOException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The answers by counting rows one by one: the contract's words, no SQL. */
final class PlainModel {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final List<String> SEVERITIES = List.of("", "info", "warning", "error", "critical");
    private static final List<String> ENVIRONMENTS = List.of("", "production", "staging", "development");
    private static final List<String> STATUSES = List.of("", "open", "investigating", "resolved", "ignored");

    private final TestRows rows;
    private final TestProject project;
    private final LocalDate from;
    private final LocalDate to;

    PlainModel(TestRows rows, TestProject project, LocalDate from, LocalDate to) {
        this.rows = rows;
        this.project = project;
        this.from = from;
        this.to = to;
    }

    JsonNode visitors() {
        List<View> views = views();
        List<Visit> visits = rows.visits.stream()
                .filter(visit -> visit.project() == project && inRange(visit.startedMs()))
                .toList();
        long bounced = visits.stream().filter(visit -> visit.pageviews() == 1).count();
        ObjectNode data = data();
        data.put("unique_visitors", distinctVisitors(views));
        data.put("total_pageviews", (long) views.size());
        data.put("total_sessions", (long) visits.size());
        data.put("bounce_rate", visits.isEmpty() ? 0.0 : Math.round(bounced * 1_000.0 / visits.size()) / 10.0);
        ArrayNode days = data.putArray("over_time");
        byDay(views, View::ms)
                .forEach((day, ofDay) -> days.addObject()
                        .put("date", day)
                        .put("pageviews", (long) ofDay.size())
                        .put("unique_visitors", distinctVisitors(ofDay)));
        return data;
    }

    JsonNode pages(int limit) {
        Map<String, List<View>> byUrl = views().stream().collect(groupingBy(View::url));
        List<String> urls = byUrl.keySet().stream()
                .sorted(comparing((String url) -> -byUrl.get(url).size()).thenComparing(TestRows::hash))
                .limit(limit)
                .toList();
        ObjectNode data = data();
        data.put("count", urls.size());
        ArrayNode pages = data.putArray("pages");
        for (String url : urls) {
            String title = rows.titles.get(project.id() + " " + url);
            pages.addObject()
                    .put("url", url)
                    .put("page_title", title.equals("null") ? null : title)
                    .put("pageviews", (long) byUrl.get(url).size())
                    .put("unique_visitors", distinctVisitors(byUrl.get(url)));
        }
        return data;
    }

    JsonNode errors(int limit, @Nullable String status, @Nullable String severity, @Nullable String environment) {
        List<Group> seen = rows.groups.stream()
                .filter(group -> group.project == project && inRange(group.lastMs))
                .sorted(comparing((Group group) -> -group.lastMs).thenComparing(group -> -group.lastSequence))
                .toList();
        List<Group> shown = seen.stream()
                .filter(group -> status == null || STATUSES.get(group.status).equals(status))
                .filter(group ->
                        severity == null || SEVERITIES.get(group.severity).equals(severity))
                .filter(group -> environment == null
                        || ENVIRONMENTS.get(group.environment).equals(environment))
                .limit(limit)
                .toList();
        ObjectNode data = data();
        ObjectNode summary = data.putObject("summary").put("total", (long) seen.size());
        for (String name : STATUSES.subList(1, 5)) {
            summary.put(
                    name,
                    seen.stream()
                            .filter(group -> STATUSES.get(group.status).equals(name))
                            .count());
        }
        summary.put(
                "critical", seen.stream().filter(group -> group.severity == 4).count());
        summary.put("error", seen.stream().filter(group -> group.severity == 3).count());
        data.put("count", shown.size());
        ArrayNode errors = data.putArray("errors");
        shown.forEach(group -> errors.add(group(group)));
        return data;
    }

    JsonNode errorDetail(Group group) throws IOException {
        List<Occurrence> all = rows.occurrences.stream()
                .filter(event -> event.group() == group && inRange(event.ms()))
                .sorted(comparing(Occurrence::ms)
                        .thenComparing(Occurrence::sequence)
                        .reversed())
                .toList();
        ObjectNode data = data();
        data.set("group", group(group));
        ArrayNode days = data.putArray("over_time");
        byDay(all, Occurrence::ms)
                .forEach((day, ofDay) -> days.addObject().put("date", day).put("occurrences", (long) ofDay.size()));
        ArrayNode events = data.putArray("events");
        for (Occurrence event : all.subList(0, Math.min(100, all.size()))) {
            ObjectNode shown = events.addObject()
                    .put("id", event.sequence())
                    .put("stack_trace", event.stack())
                    .put("url", event.url())
                    .put("environment", ENVIRONMENTS.get(event.environment()))
                    .put("severity", SEVERITIES.get(event.severity()));
            shown.set("context", json(event.context()));
            shown.put("created_at", time(event.ms()));
            shown.putObject("device")
                    .put(
                            "type",
                            List.of("unknown", "desktop", "mobile", "tablet").get(event.device()))
                    .put("os", event.os())
                    .put("browser", event.browser());
            shown.putObject("location")
                    .put("country", country(event.country()))
                    .put("country_code", event.country())
                    .put("city", event.city());
        }
        return data;
    }

    private static @Nullable String country(@Nullable String code) {
        return code == null ? null : code.equals("DE") ? "Germany" : "Japan";
    }

    /** @param only null: of all groups */
    JsonNode errorsTrend(@Nullable Group only) {
        List<Occurrence> all = rows.occurrences.stream()
                .filter(event -> event.group().project == project && inRange(event.ms()))
                .filter(event -> only == null || event.group() == only)
                .toList();
        Map<Group, List<Occurrence>> byGroup = all.stream().collect(groupingBy(Occurrence::group));
        ObjectNode data = data();
        data.put("group_id", only == null ? null : only.id);
        data.put("total_occurrences", all.size());
        data.put("total_groups", byGroup.size());
        ArrayNode top = data.putArray("top_groups");
        byGroup.keySet().stream()
                .sorted(comparing((Group group) -> -byGroup.get(group).size()).thenComparing(group -> group.id))
                .limit(5)
                .forEach(group -> top.addObject()
                        .put("id", group.id)
                        .put("error_type", group.type)
                        .put("message", group.message)
                        .put("severity", SEVERITIES.get(group.severity))
                        .put("status", STATUSES.get(group.status))
                        .put("occurrences", byGroup.get(group).size()));
        ArrayNode days = data.putArray("over_time");
        byDay(all, Occurrence::ms)
                .forEach((day, ofDay) -> days.addObject()
                        .put("date", day)
                        .put("occurrences", ofDay.size())
                        .put(
                                "unique_groups",
                                ofDay.stream().map(Occurrence::group).distinct().count()));
        return data;
    }

    JsonNode audits(int limit, @Nullable String action, @Nullable String actor) throws IOException {
        List<Audit> all = rows.audits.stream()
                .filter(audit -> audit.project() == project && inRange(audit.ms()))
                .toList();
        List<Audit> shown = all.stream()
                .filter(audit -> action == null || action.equals(audit.action()))
                .filter(audit -> actor == null || actor.equals(audit.actor()))
                .sorted(comparing(Audit::ms).thenComparing(Audit::sequence).reversed())
                .limit(limit)
                .toList();
        ObjectNode data = data();
        data.put("count", shown.size());
        ArrayNode top = data.putArray("top_actions");
        all.stream().collect(groupingBy(Audit::action, counting())).entrySet().stream()
                .sorted(Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder())
                        .thenComparing(Map.Entry.comparingByKey()))
                .limit(20)
                .forEach(entry -> top.addObject().put("action", entry.getKey()).put("count", entry.getValue()));
        ArrayNode logs = data.putArray("logs");
        for (Audit audit : shown) {
            ObjectNode log = logs.addObject()
                    .put("id", audit.sequence())
                    .put("action", audit.action())
                    .put("actor", audit.actor());
            log.set("context", json(audit.context()));
            log.put("created_at", time(audit.ms()));
        }
        return data;
    }

    private ObjectNode group(Group group) {
        return NODES.objectNode()
                .put("id", group.id)
                .put("error_type", group.type)
                .put("message", group.message)
                .put("file", group.file)
                .put("line", group.line)
                .put("severity", SEVERITIES.get(group.severity))
                .put("environment", ENVIRONMENTS.get(group.environment))
                .put("status", STATUSES.get(group.status))
                .put("occurrence_count", group.occurrences)
                .put("first_seen", time(group.firstMs))
                .put("last_seen", time(group.lastMs));
    }

    private ObjectNode data() {
        ObjectNode data = NODES.objectNode();
        data.putObject("range").put("from", from + " 00:00:00").put("to", to + " 23:59:59");
        return data;
    }

    private List<View> views() {
        return rows.views.stream()
                .filter(view -> view.project() == project && inRange(view.ms()))
                .toList();
    }

    private static long distinctVisitors(List<View> views) {
        return views.stream().map(View::visitor).distinct().count();
    }

    private <T> Map<String, List<T>> byDay(List<T> events, ToLongFunction<T> ms) {
        Map<String, List<T>> days = new TreeMap<>();
        days.putAll(Stream.of(events)
                .flatMap(List::stream)
                .collect(groupingBy(event -> date(ms.applyAsLong(event)).toString())));
        return days;
    }

    private boolean inRange(long ms) {
        LocalDate date = date(ms);
        return !date.isBefore(from) && !date.isAfter(to);
    }

    private LocalDate date(long ms) {
        return Instant.ofEpochMilli(ms).atZone(project.zone()).toLocalDate();
    }

    private String time(long ms) {
        return DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss")
                .format(Instant.ofEpochMilli(ms).atZone(project.zone()));
    }

    private static JsonNode json(@Nullable String text) throws IOException {
        return text == null ? NODES.nullNode() : new ObjectMapper().readTree(text);
    }
}

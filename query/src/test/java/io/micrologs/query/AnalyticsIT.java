package io.micrologs.query;

import static io.micrologs.query.TestInstallation.encoded;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.micrologs.query.TestInstallation.Answer;
import io.micrologs.query.TestInstallation.TestProject;
import io.micrologs.query.TestRows.Group;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Every figure of every answer against {@link PlainModel}, for projects that share visitors, URLs and actions. */
class AnalyticsIT {
    private static final long SEED = 20_260_320;
    private static final Instant NOW = Instant.parse("2026-03-20T15:00:00Z");
    private static final List<String> WEIRD = List.of(
            "</script><script>alert(1)</script>",
            "\u202Eשלום \u2066عالم\u2069",
            "🐋 𝕏 👩‍👩‍👧",
            "quote\" back\\slash / tab\t nul\0 line\u2028",
            "' OR 1=1 -- ",
            "plain");

    private static TestInstallation installation;
    private static TestRows rows;
    private static final List<TestProject> projects = new ArrayList<>();

    @BeforeAll
    static void load() throws Exception {
        installation = TestInstallation.start("query_analytics", NOW);
        rows = new TestRows(installation);
        projects.add(installation.project("New York", ZoneId.of("America/New_York")));
        projects.add(installation.project("Kolkata", ZoneId.of("Asia/Kolkata")));
        projects.add(installation.project("UTC", ZoneOffset.UTC));
        RandomGenerator random = new Random(SEED);
        List<Group> groups = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            groups.add(rows.group(
                    any(projects, random),
                    any(WEIRD, random),
                    any(WEIRD, random) + i,
                    random.nextInt(3) == 0 ? null : any(WEIRD, random),
                    random.nextInt(3) == 0 ? null : random.nextInt(1, Integer.MAX_VALUE),
                    random.nextInt(1, 5),
                    random.nextInt(1, 4),
                    random.nextInt(1, 5)));
        }
        for (int i = 0; i < 1_500; i++) {
            String url = "https://example.com/" + any(WEIRD, random) + random.nextInt(8);
            String title = (url.hashCode() & 3) == 0 ? null : any(WEIRD, random);
            rows.view(any(projects, random), time(random), random.nextLong(-40, 40), url, title);
            if (i % 3 == 0) {
                rows.visit(any(projects, random), time(random), random.nextInt(1, 4));
                rows.audit(
                        any(projects, random),
                        time(random),
                        any(WEIRD, random) + random.nextInt(6),
                        random.nextBoolean() ? null : any(WEIRD, random),
                        context(random));
                rows.occurrence(
                        any(groups, random),
                        time(random),
                        random.nextInt(1, 5),
                        random.nextInt(1, 4),
                        random.nextBoolean() ? null : url,
                        random.nextBoolean() ? null : "at " + any(WEIRD, random) + "\n  at b",
                        context(random));
            }
        }
        // More than an answer shows of one group, many of them in one millisecond.
        for (int i = 0; i < 150; i++) {
            rows.occurrence(groups.get(0), NOW.minusMillis(i / 50), 1, 1, null, null, null);
        }
        installation.countAgain();
    }

    @AfterAll
    static void close() {
        installation.close();
    }

    private record Span(String query, LocalDate from, LocalDate to) {}

    /** Over both changes of the clock in New York, and over days with nothing in them. */
    private static List<Span> spans(TestProject project) {
        LocalDate today = LocalDate.ofInstant(NOW, project.zone());
        return List.of(
                new Span("", today.minusDays(30), today),
                new Span("range=1d", today.minusDays(1), today),
                new Span("range=7d", today.minusDays(7), today),
                new Span("range=9999d", today.minusDays(365), today),
                span("2026-03-08", "2026-03-08"),
                span("2026-03-07", "2026-03-09"),
                span("2025-11-02", "2025-11-02"),
                span("2025-11-01", "2025-11-03"),
                span("2024-01-01", "2024-02-01"),
                span("2030-01-01", "2030-01-01"));
    }

    private static Span span(String from, String to) {
        return new Span("range=custom&from=" + from + "&to=" + to, LocalDate.parse(from), LocalDate.parse(to));
    }

    @Test
    void visitors_agreeWithThePlainModel() throws Exception {
        for (TestProject project : projects) {
            for (Span span : spans(project)) {
                same(project, "visitors?" + span.query, model(project, span).visitors());
            }
        }
    }

    @Test
    void pages_agreeWithThePlainModel_whateverTheLimit() throws Exception {
        for (TestProject project : projects) {
            for (Span span : spans(project)) {
                same(project, "pages?" + span.query, model(project, span).pages(20));
                same(
                        project,
                        "pages?limit=3&" + span.query,
                        model(project, span).pages(3));
                same(
                        project,
                        "pages?limit=0&" + span.query,
                        model(project, span).pages(1));
                same(
                        project,
                        "pages?limit=-9&" + span.query,
                        model(project, span).pages(1));
                same(
                        project,
                        "pages?limit=1000&" + span.query,
                        model(project, span).pages(100));
                same(
                        project,
                        "pages?limit=many&" + span.query,
                        model(project, span).pages(20));
            }
        }
    }

    @Test
    void errors_agreeWithThePlainModel_withAndWithoutFilters() throws Exception {
        for (TestProject project : projects) {
            for (Span span : spans(project)) {
                PlainModel model = model(project, span);
                same(project, "errors?" + span.query, model.errors(50, null, null, null));
                same(project, "errors?limit=2&" + span.query, model.errors(2, null, null, null));
                same(project, "errors?status=open&" + span.query, model.errors(50, "open", null, null));
                same(project, "errors?severity=critical&" + span.query, model.errors(50, null, "critical", null));
                same(
                        project,
                        "errors?status=resolved&severity=info&environment=staging&" + span.query,
                        model.errors(50, "resolved", "info", "staging"));
                same(
                        project,
                        "errors?status=OPEN&severity=fatal&environment=&" + span.query,
                        model.errors(50, null, null, null));
            }
        }
    }

    @Test
    void errorDetail_agreesWithThePlainModel() throws Exception {
        for (Group group : rows.groups) {
            for (Span span : spans(group.project)) {
                same(
                        group.project,
                        "error-detail?id=" + group.id + "&" + span.query,
                        model(group.project, span).errorDetail(group));
            }
        }
    }

    @Test
    void errorsTrend_agreesWithThePlainModel_ofAllGroupsAndOfOne() throws Exception {
        for (TestProject project : projects) {
            for (Span span : spans(project)) {
                same(project, "errors-trend?" + span.query, model(project, span).errorsTrend(null));
                same(
                        project,
                        "errors-trend?group_id=&" + span.query,
                        model(project, span).errorsTrend(null));
            }
        }
        for (Group group : rows.groups.subList(0, 12)) {
            for (Span span : spans(group.project)) {
                same(
                        group.project,
                        "errors-trend?group_id=" + group.id + "&" + span.query,
                        model(group.project, span).errorsTrend(group));
            }
        }
    }

    @Test
    void errorsTrendOfAnotherProjectsGroup_hasNothing_andOfNoGroupIs400() throws Exception {
        Group group = rows.groups.get(0);
        TestProject other = projects.stream()
                .filter(project -> project != group.project)
                .findFirst()
                .orElseThrow();
        JsonNode data = installation
                .analytics("errors-trend?group_id=" + group.id, other)
                .data();
        assertThat(data.path("total_occurrences").intValue()).isZero();
        assertThat(data.path("top_groups")).isEmpty();
        for (String id : List.of("0", "-1", "abc", "1.5")) {
            Answer answer = installation.analytics("errors-trend?group_id=" + id, other);
            assertThat(answer.message()).isEqualTo("group_id must be the id of an error group");
            assertThat(answer.status()).isEqualTo(400);
        }
    }

    @Test
    void audits_agreeWithThePlainModel_withAndWithoutFilters() throws Exception {
        for (TestProject project : projects) {
            for (Span span : spans(project)) {
                PlainModel model = model(project, span);
                same(project, "audits?" + span.query, model.audits(50, null, null));
                same(project, "audits?limit=200&" + span.query, model.audits(200, null, null));
                for (String weird : WEIRD) {
                    String action = weird + 1;
                    same(
                            project,
                            "audits?action=" + encoded(action) + "&" + span.query,
                            model.audits(50, action, null));
                    same(project, "audits?actor=" + encoded(weird) + "&" + span.query, model.audits(50, null, weird));
                    same(
                            project,
                            "audits?actor=" + encoded(weird) + "&action=" + encoded(action) + "&" + span.query,
                            model.audits(50, action, weird));
                }
            }
        }
    }

    @Test
    void auditFilters_areExact_trailingSpacesAndCaseIncluded() throws Exception {
        TestProject project = installation.project("Exact", ZoneOffset.UTC);
        rows.audit(project, NOW, "login", "Ann", null);
        rows.audit(project, NOW, "login ", "ann", null);
        rows.audit(project, NOW, "Login", "Ann ", null);
        PlainModel model = model(project, new Span("", LocalDate.of(2026, 2, 18), LocalDate.of(2026, 3, 20)));
        for (String action : List.of("login", "login ", "Login")) {
            same(project, "audits?action=" + encoded(action), model.audits(50, action, null));
        }
        for (String actor : List.of("Ann", "ann", "Ann ")) {
            same(project, "audits?actor=" + encoded(actor), model.audits(50, null, actor));
        }
    }

    @Test
    void anotherProjectsGroup_isNotFound_andItsRowsAreNotCounted() throws Exception {
        TestProject empty = installation.project("Empty", ZoneOffset.UTC);
        for (Group group : rows.groups) {
            for (TestProject other : projects) {
                if (group.project != other) {
                    Answer answer = installation.analytics("error-detail?id=" + group.id, other);
                    assertThat(answer.status()).isEqualTo(404);
                    assertThat(answer.text()).isEqualTo("{\"success\":false,\"message\":\"Error group not found\"}");
                }
            }
        }
        PlainModel nothing = model(empty, new Span("", LocalDate.of(2026, 2, 18), LocalDate.of(2026, 3, 20)));
        same(empty, "visitors", nothing.visitors());
        same(empty, "pages", nothing.pages(20));
        same(empty, "errors", nothing.errors(50, null, null, null));
        same(empty, "audits", nothing.audits(50, null, null));
    }

    @Test
    void weirdText_isSentAsItIs() throws Exception {
        TestProject project = installation.project("Weird", ZoneOffset.UTC);
        String url = "https://example.com/</script>?q=שלום\u202E🐋";
        rows.view(project, NOW, 1, url, "é/\u2028");
        installation.countAgain(project);
        assertThat(installation.analytics("pages", project).text())
                .contains("\"url\":\"" + url + "\",\"page_title\":\"é/\u2028\"");
    }

    @Test
    void lastInstantOfADay_andFirstOfTheNext_areTwoDays_inEveryZone() throws Exception {
        for (String zone : List.of("America/New_York", "Asia/Kolkata", "Pacific/Apia", "America/Havana")) {
            TestProject project = installation.project("Days in " + zone, ZoneId.of(zone));
            for (String date : List.of("2026-03-08", "2025-11-02", "2025-12-31")) {
                LocalDate day = LocalDate.parse(date);
                Instant next = day.plusDays(1).atStartOfDay(project.zone()).toInstant();
                rows.view(project, next.minusMillis(1), 1, "https://a.example/last", null);
                rows.view(project, next, 1, "https://a.example/first", null);
                installation.countAgain(project);
                Span only = span(date, date);
                JsonNode visitors = installation
                        .analytics("visitors?" + only.query, project)
                        .data();
                assertThat(visitors.path("total_pageviews").longValue()).isOne();
                assertThat(visitors.path("over_time").path(0).path("date").textValue())
                        .isEqualTo(date);
                JsonNode pages =
                        installation.analytics("pages?" + only.query, project).data();
                assertThat(pages.path("pages").findValuesAsText("url")).containsExactly("https://a.example/last");
            }
        }
    }

    private static void same(TestProject project, String endpointAndQuery, JsonNode expected) throws Exception {
        Answer answer = installation.analytics(endpointAndQuery, project);
        assertThat(answer.status())
                .as("%s of %s: %s", endpointAndQuery, project.name(), answer.text())
                .isEqualTo(200);
        assertThat(answer.json().path("success").booleanValue()).isTrue();
        // Through text, so that 1 and 1L are the same number, and with keys in the contract's order.
        ObjectMapper mapper = new ObjectMapper();
        assertThat(mapper.writeValueAsString(answer.data()))
                .as("%s of %s, seed %d", endpointAndQuery, project.name(), SEED)
                .isEqualTo(mapper.writeValueAsString(expected));
    }

    private static PlainModel model(TestProject project, Span span) {
        return new PlainModel(rows, project, span.from, span.to);
    }

    /** Most within the last 35 days, some around each change of the clock, many in the same second. */
    private static Instant time(RandomGenerator random) {
        return switch (random.nextInt(8)) {
            case 0 -> Instant.parse("2026-03-08T00:00:00Z").plus(Duration.ofMinutes(random.nextInt(48 * 60)));
            case 1 -> Instant.parse("2025-11-01T20:00:00Z").plus(Duration.ofMinutes(random.nextInt(48 * 60)));
            case 2 -> NOW.minusMillis(random.nextInt(3));
            default -> NOW.minusMillis(random.nextLong(Duration.ofDays(35).toMillis()));
        };
    }

    private static @Nullable String context(RandomGenerator random) {
        return switch (random.nextInt(3)) {
            case 0 -> null;
            case 1 -> "{\"cart\":[1,2.5,{\"id\":\"</script>🐋\"}],\"ok\":true}";
            default -> "[null,\"א\"]";
        };
    }

    private static <T> T any(List<T> items, RandomGenerator random) {
        return items.get(random.nextInt(items.size()));
    }
}

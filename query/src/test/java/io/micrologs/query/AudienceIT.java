package io.micrologs.query;

import static io.micrologs.query.AudienceModel.json;
import static io.micrologs.query.AudienceModel.map;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.micrologs.query.AudienceRows.Click;
import io.micrologs.query.AudienceRows.Page;
import io.micrologs.query.AudienceRows.View;
import io.micrologs.query.AudienceRows.Visit;
import io.micrologs.query.TestInstallation.Answer;
import io.micrologs.query.TestInstallation.TestProject;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Every figure about visits and clicks against {@link AudienceModel}, for projects that share visitors, pages and places. */
class AudienceIT {
    private static final long SEED = 20_260_321;
    private static final Instant NOW = Instant.parse("2026-03-20T15:00:00Z");
    private static final List<String> PLACES = List.of("Berlin", "Paris", "Łódź", "São Paulo", "東京", "Springfield");

    private static TestInstallation installation;
    private static AudienceRows rows;
    private static final List<TestProject> projects = new ArrayList<>();
    private static final List<LinkStore.Stored> links = new ArrayList<>();

    @BeforeAll
    static void load() throws Exception {
        installation = TestInstallation.start("query_audience", NOW);
        rows = new AudienceRows(installation);
        for (ZoneId zone : List.of(ZoneId.of("America/New_York"), ZoneId.of("Asia/Kolkata"), ZoneOffset.UTC)) {
            projects.add(installation.project(zone.getId(), zone));
        }
        LinkStore store =
                new LinkStore(new ControlStore(installation.dataSource, changed -> {}), () -> installation.now, 1_000);
        RandomGenerator random = new Random(SEED);
        for (int i = 0; i < 9; i++) {
            int owner = any(projects, random).id();
            links.add(Objects.requireNonNull(store.create(owner, "https://a.example/" + i, i == 3 ? null : "L" + i)
                    .link()));
        }
        for (int i = 0; i < 500; i++) {
            visit(i, random);
        }
        rows.visitors();
        for (int i = 0; i < 600; i++) {
            LinkStore.Stored link = any(links.subList(0, 8), random);
            TestProject owner = projects.stream()
                    .filter(project -> project.id() == link.projectId())
                    .findFirst()
                    .orElseThrow();
            rows.click(new Click(
                    owner,
                    link.id(),
                    time(random).toEpochMilli(),
                    random.nextLong(40),
                    random.nextInt(4) == 0,
                    random.nextInt(7),
                    random.nextInt(4),
                    random.nextInt(3) == 0 ? null : country(random)));
        }
        installation.countAgain();
    }

    @AfterAll
    static void close() {
        installation.close();
    }

    private static void visit(int token, RandomGenerator random) throws Exception {
        long started = time(random).toEpochMilli();
        int views = random.nextInt(1, 5);
        long last = started
                + (views == 1
                        ? random.nextInt(5_000)
                        : random.nextLong(Duration.ofHours(6).toMillis()));
        String country = random.nextInt(4) == 0 ? null : country(random);
        Visit visit = new Visit(
                any(projects, random),
                token,
                started,
                last,
                views,
                random.nextInt(4),
                random.nextInt(5) == 0 ? null : any(List.of("Windows", "macOS", "iOS", "Android"), random),
                random.nextInt(5) == 0 ? null : any(List.of("Chrome", "Safari", "Firefox", "Edge"), random),
                country,
                country == null || random.nextInt(3) == 0 ? null : "Region " + random.nextInt(12),
                country == null || random.nextInt(4) == 0 ? null : any(PLACES, random));
        rows.visit(visit);
        long visitor = random.nextLong(-60, 60);
        for (int i = 0; i < views; i++) {
            int page = random.nextInt(40);
            rows.view(new View(
                    visit,
                    i == 0 ? started : started + (last - started) * i / views,
                    random.nextInt(20) == 0 ? visitor + 1 : visitor,
                    new Page(
                            "https://a.example/" + page,
                            page % 5 == 0 ? null : "source " + page % 3,
                            page % 4 == 0 ? null : "medium " + page % 2,
                            page % 3 == 0 ? null : "campaign " + page % 7),
                    random.nextInt(7),
                    random.nextInt(3) == 0 ? null : "https://ref.example/" + random.nextInt(35)));
        }
    }

    private record Span(String query, LocalDate from, LocalDate to) {}

    private static List<Span> spans(TestProject project) {
        LocalDate today = LocalDate.ofInstant(NOW, project.zone());
        List<Span> spans = new ArrayList<>(List.of(
                new Span("", today.minusDays(30), today),
                new Span("range=1d", today.minusDays(1), today),
                new Span("range=365d", today.minusDays(365), today)));
        for (String days : List.of(
                "2026-03-08 2026-03-08", "2026-03-07 2026-03-09", "2025-11-02 2025-11-02", "2030-01-01 2030-01-01")) {
            String[] ends = days.split(" ", 2);
            spans.add(new Span(
                    "range=custom&from=" + ends[0] + "&to=" + ends[1],
                    LocalDate.parse(ends[0]),
                    LocalDate.parse(ends[1])));
        }
        return spans;
    }

    @Test
    void visitorsReturning_agreesWithTheModel() throws Exception {
        same("visitors-returning", AudienceModel::returning);
    }

    @Test
    void sessions_agreeWithTheModel() throws Exception {
        same("sessions", AudienceModel::sessions);
    }

    @Test
    void devices_agreeWithTheModel() throws Exception {
        same("devices", AudienceModel::devices);
    }

    @Test
    void locations_agreeWithTheModel() throws Exception {
        same("locations", AudienceModel::locations);
    }

    @Test
    void ageOfLocations_isToldBesideTheData_ifThereIsSomethingToTell() throws Exception {
        assertThat(installation
                        .analytics("locations", projects.get(0))
                        .json()
                        .path("meta")
                        .toString())
                .isEqualTo("{\"source\":\"rollups\",\"visitors\":\"exact\"}");
        installation.locationNote = "of 2019";
        try {
            assertThat(installation
                            .analytics("locations", projects.get(0))
                            .json()
                            .path("meta")
                            .toString())
                    .isEqualTo("{\"locations\":\"of 2019\",\"source\":\"rollups\",\"visitors\":\"exact\"}");
        } finally {
            installation.locationNote = null;
        }
    }

    @Test
    void referrers_agreeWithTheModel() throws Exception {
        same("referrers", AudienceModel::referrers);
    }

    @Test
    void utm_agreesWithTheModel() throws Exception {
        same("utm", AudienceModel::utm);
    }

    @Test
    void links_agreeWithTheModel() throws Exception {
        for (TestProject project : projects) {
            for (Span span : spans(project)) {
                AudienceModel model = new AudienceModel(rows, project, span.from, span.to);
                Answer answer = installation.analytics("links?" + span.query, project);
                List<Object> expected = new ArrayList<>();
                links.stream()
                        .filter(link -> link.projectId() == project.id())
                        .sorted(Comparator.comparing((LinkStore.Stored link) ->
                                        -model.clicks(link.id()).size())
                                .thenComparing(link -> -link.id()))
                        .forEach(link -> expected.add(map(
                                "code", link.code(),
                                "short_url",
                                        "http://127.0.0.1:"
                                                + answer.response().uri().getPort() + "/api/redirect.php?c="
                                                + link.code(),
                                "label", link.label(),
                                "destination_url", link.destinationUrl(),
                                "total_clicks", model.clicks(link.id()).size(),
                                "unique_clicks", model.uniqueClicks(link.id()),
                                "created_at", Times.text(NOW, project.zone()))));
                assertThat(answer.data().toString())
                        .as("%s of %s", span, project.name())
                        .isEqualTo(json(map("range", model.range(), "count", expected.size(), "links", expected)));
            }
        }
    }

    @Test
    void linkDetail_agreesWithTheModel_andIsTheOwnersAlone() throws Exception {
        for (LinkStore.Stored link : links) {
            for (TestProject project : projects) {
                if (project.id() != link.projectId()) {
                    refused("link-detail?code=" + link.code(), project, 404, "Link not found");
                    continue;
                }
                for (Span span : spans(project)) {
                    AudienceModel model = new AudienceModel(rows, project, span.from, span.to);
                    assertThat(installation
                                    .analytics("link-detail?code=" + link.code() + "&" + span.query, project)
                                    .data()
                                    .toString())
                            .as("%s of %s", span, link)
                            .isEqualTo(model.clicks(
                                    link.id(),
                                    map(
                                            "id", link.id(),
                                            "code", link.code(),
                                            "label", link.label(),
                                            "destination_url", link.destinationUrl(),
                                            "created_at", Times.text(NOW, project.zone()))));
                }
            }
        }
        for (String query : List.of("", "?code=", "?code=%20")) {
            refused("link-detail" + query, projects.get(0), 400, "code is required");
        }
        refused("link-detail?code=nonsense", projects.get(0), 404, "Link not found");
    }

    @Test
    void projectWithoutAnything_hasZeros() throws Exception {
        TestProject empty = installation.project("Empty", ZoneOffset.UTC);
        AudienceModel model = new AudienceModel(rows, empty, LocalDate.of(2026, 2, 18), LocalDate.of(2026, 3, 20));
        assertThat(data("visitors-returning", empty))
                .isEqualTo(model.returning())
                .contains("\"new_pct\":0.0");
        assertThat(data("sessions", empty)).isEqualTo(model.sessions()).contains("\"avg_pages_per_session\":0.0");
        assertThat(data("devices", empty)).isEqualTo(model.devices());
        assertThat(data("locations", empty)).isEqualTo(model.locations());
        assertThat(data("referrers", empty)).isEqualTo(model.referrers());
        assertThat(data("utm", empty)).isEqualTo(model.utm());
        assertThat(data("links", empty)).endsWith("\"count\":0,\"links\":[]}");
    }

    private interface Expected extends Function<AudienceModel, String> {}

    private static void same(String endpoint, Expected expected) throws Exception {
        for (TestProject project : projects) {
            for (Span span : spans(project)) {
                assertThat(data(endpoint + "?" + span.query, project))
                        .as("%s of %s in %s, seed %d", endpoint, project.name(), span, SEED)
                        .isEqualTo(expected.apply(new AudienceModel(rows, project, span.from, span.to)));
            }
        }
    }

    private static String data(String endpointAndQuery, TestProject project) throws Exception {
        Answer answer = installation.analytics(endpointAndQuery, project);
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.data().toString();
    }

    private static void refused(String endpointAndQuery, TestProject project, int status, String message)
            throws Exception {
        Answer answer = installation.analytics(endpointAndQuery, project);
        JsonNode json = answer.json();
        assertThat(json.toString()).isEqualTo("{\"success\":false,\"message\":\"" + message + "\"}");
        assertThat(answer.status()).isEqualTo(status);
    }

    /** Most within the last 35 days, some around each change of the clock in New York. */
    private static Instant time(RandomGenerator random) {
        return switch (random.nextInt(8)) {
            case 0 -> Instant.parse("2026-03-08T00:00:00Z").plus(Duration.ofMinutes(random.nextInt(48 * 60)));
            case 1 -> Instant.parse("2025-11-01T20:00:00Z").plus(Duration.ofMinutes(random.nextInt(48 * 60)));
            default -> NOW.minusMillis(random.nextLong(Duration.ofDays(35).toMillis()));
        };
    }

    private static String country(RandomGenerator random) {
        return any(List.of("DE", "FR", "PL", "BR", "JP", "US", "XK", "GB"), random);
    }

    private static <T> T any(List<T> items, RandomGenerator random) {
        return items.get(random.nextInt(items.size()));
    }
}

package io.micrologs.contract;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import io.micrologs.contract.Installation.Project;
import io.micrologs.contract.Visit.Agent;
import io.micrologs.contract.Visit.Campaign;
import io.micrologs.contract.Visit.Page;
import io.micrologs.contract.Visit.Place;
import io.micrologs.contract.Visit.Source;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every number of the analytics, against {@link Model}, while another project's events come in between. */
class AnalyticsContractIT {
    private static final long SEED = 20_260_101;
    private static final int VISITS = 400;

    private static final Installation SERVER = Installation.shared();
    private static final Project MINE = SERVER.project("shop.example");
    private static final Project OTHER = SERVER.project("other.example");
    private static final Project EMPTY = SERVER.project("empty.example");
    private static final Model MODEL = new Model();
    private static final Model OTHER_MODEL = new Model();
    private static int repeats;

    private static final List<Page> PAGES = List.of(
            new Page("https://shop.example/", "Shöp – 家", null),
            new Page("https://shop.example/a", "A", null),
            new Page("https://shop.example/b?x=1&y=%C3%A4", "B \uD83D\uDE00", null),
            new Page(
                    "https://shop.example/c?utm_source=news&utm_medium=mail&utm_campaign=spring",
                    "C",
                    new Campaign("news", "mail", "spring")),
            new Page(
                    "https://shop.example/d?utm_source=ads&utm_medium=cpc&utm_campaign=br%C3%BCcke&utm_term=x",
                    "D", new Campaign("ads", "cpc", "brücke")));

    @BeforeAll
    static void visit() {
        Random random = new Random(SEED);
        for (int i = 0; i < VISITS; i++) {
            repeats += send(MINE, MODEL, random) ? 0 : 1;
            if (i % 3 == 0) {
                send(OTHER, OTHER_MODEL, random);
            }
        }
        SERVER.awaitLoaded(MINE);
        SERVER.awaitLoaded(OTHER);
    }

    /** Visitors stay with one device and place, as people do; each has up to three sessions. */
    private static boolean send(Project project, Model model, Random random) {
        int person = random.nextInt(60);
        Agent agent = Agent.values()[person % Agent.values().length];
        Place place = Place.values()[person / 3 % Place.values().length];
        Source source = Source.values()[random.nextInt(Source.values().length)];
        Visit visit = new Visit(
                "visitor-" + person,
                "session-" + person + "-" + random.nextInt(3),
                PAGES.get(random.nextInt(PAGES.size())),
                agent,
                place,
                project == MINE || source != Source.OWN ? source : Source.NONE);
        SERVER.post("/api/track/pageview.php")
                .key(project.publicKey())
                .header("User-Agent", agent.userAgent)
                .from(place.address(1 + person))
                .json(visit.body())
                .accepted();
        return model.add(visit);
    }

    private static JsonNode answer(String name) {
        return SERVER.get("/api/analytics/" + name).key(MINE.secretKey()).ok();
    }

    private static List<Map<String, Object>> rows(JsonNode array) {
        return Call.JSON.convertValue(array, new TypeReference<>() {});
    }

    private static void isSet(JsonNode array, Set<Map<String, Object>> expected) {
        List<Map<String, Object>> rows = rows(array);
        assertThat(new HashSet<>(rows)).isEqualTo(expected);
        assertThat(rows).hasSameSizeAs(expected);
        assertThat(Model.biggestFirst(rows)).as("biggest first").isTrue();
    }

    private static String today() {
        return LocalDate.now(SERVER.zone()).toString();
    }

    @Test
    void visitors() {
        JsonNode data = answer("visitors.php");
        assertThat(data.fieldNames())
                .toIterable()
                .containsExactly(
                        "range", "unique_visitors", "total_pageviews", "total_sessions", "bounce_rate", "over_time");
        assertThat(data.path("unique_visitors").asInt()).isEqualTo(MODEL.visitors());
        assertThat(data.path("total_pageviews").asInt()).isEqualTo(MODEL.pageviews());
        assertThat(data.path("total_sessions").asInt()).isEqualTo(MODEL.sessions());
        assertThat(data.path("bounce_rate").asDouble()).isEqualTo(MODEL.bounceRate());
        assertThat(rows(data.path("over_time")))
                .containsExactly(
                        Map.of("date", today(), "pageviews", MODEL.pageviews(), "unique_visitors", MODEL.visitors()));
    }

    @Test
    void returning() {
        JsonNode data = answer("visitors-returning.php?range=1d");
        assertThat(data.fieldNames())
                .toIterable()
                .containsExactly(
                        "range",
                        "total_visitors",
                        "new_visitors",
                        "returning_visitors",
                        "new_pct",
                        "returning_pct",
                        "over_time");
        assertThat(data.path("total_visitors").asInt()).isEqualTo(MODEL.visitors());
        assertThat(data.path("new_visitors").asInt()).isEqualTo(MODEL.visitors());
        assertThat(data.path("returning_visitors").asInt()).isZero();
        assertThat(data.path("new_pct").asDouble()).isEqualTo(100);
        assertThat(data.path("returning_pct").asDouble()).isZero();
        assertThat(rows(data.path("over_time")))
                .containsExactly(Map.of("date", today(), "new_visitors", MODEL.visitors(), "returning_visitors", 0));
    }

    @Test
    void sessions() {
        JsonNode data = answer("sessions.php");
        assertThat(data.fieldNames())
                .toIterable()
                .containsExactly(
                        "range",
                        "total_sessions",
                        "bounce_rate",
                        "avg_duration_seconds",
                        "avg_duration_engaged",
                        "avg_pages_per_session",
                        "over_time");
        assertThat(data.path("total_sessions").asInt()).isEqualTo(MODEL.sessions());
        assertThat(data.path("bounce_rate").asDouble()).isEqualTo(MODEL.bounceRate());
        assertThat(data.path("avg_pages_per_session").asDouble()).isEqualTo(MODEL.pagesPerSession());
        assertThat(data.path("avg_duration_seconds").asDouble()).isBetween(0.0, 300.0);
        assertThat(data.path("avg_duration_engaged").asDouble())
                .isGreaterThanOrEqualTo(data.path("avg_duration_seconds").asDouble());
        assertThat(data.path("over_time")).hasSize(1);
        assertThat(data.path("over_time").get(0).fieldNames())
                .toIterable()
                .containsExactly("date", "sessions", "avg_duration_seconds");
        assertThat(data.path("over_time").get(0).path("sessions").asInt()).isEqualTo(MODEL.sessions());
    }

    @Test
    void pages() {
        JsonNode data = answer("pages.php");
        assertThat(data.fieldNames()).toIterable().containsExactly("range", "count", "pages");
        assertThat(data.path("count").asInt()).isEqualTo(PAGES.size());
        isSet(data.path("pages"), MODEL.pages());
        assertThat(answer("pages.php?limit=2").path("pages")).hasSize(2);
        assertThat(answer("pages.php?limit=0").path("pages")).hasSize(1);
        assertThat(answer("pages.php?limit=101").path("pages")).hasSize(PAGES.size());
    }

    @Test
    void devices() {
        JsonNode data = answer("devices.php");
        assertThat(data.fieldNames()).toIterable().containsExactly("range", "by_device", "by_os", "by_browser");
        isSet(data.path("by_device"), MODEL.devices());
        isSet(data.path("by_os"), MODEL.systems());
        isSet(data.path("by_browser"), MODEL.browsers());
    }

    @Test
    void locations() {
        JsonNode data = answer("locations.php");
        assertThat(data.fieldNames()).toIterable().containsExactly("range", "by_country", "by_region", "by_city");
        isSet(data.path("by_country"), MODEL.countries());
        isSet(data.path("by_region"), MODEL.regions());
        isSet(data.path("by_city"), MODEL.cities());
    }

    @Test
    void referrers() {
        JsonNode data = answer("referrers.php");
        assertThat(data.fieldNames()).toIterable().containsExactly("range", "by_category", "top_referrers");
        isSet(data.path("by_category"), MODEL.categories());
        isSet(data.path("top_referrers"), MODEL.referrers());
    }

    @Test
    void utm() {
        JsonNode data = answer("utm.php");
        assertThat(data.fieldNames()).toIterable().containsExactly("range", "count", "campaigns");
        assertThat(data.path("count").asInt()).isEqualTo(2);
        isSet(data.path("campaigns"), MODEL.campaigns());
    }

    @Test
    void ledger_balances() {
        JsonNode ledger = SERVER.ledger(MINE);
        assertThat(ledger.path("accepted").asInt()).isEqualTo(VISITS);
        assertThat(ledger.path("stored").asInt()).isEqualTo(MODEL.pageviews());
        assertThat(ledger.path("dropped").path("repeat").asInt()).isEqualTo(repeats);
        assertThat(ledger.path("pending").asInt()).isZero();
    }

    @Test
    void theOtherProject_hasItsOwnNumbers() {
        JsonNode data =
                SERVER.get("/api/analytics/visitors.php").key(OTHER.secretKey()).ok();
        assertThat(data.path("total_pageviews").asInt()).isEqualTo(OTHER_MODEL.pageviews());
        assertThat(data.path("unique_visitors").asInt()).isEqualTo(OTHER_MODEL.visitors());
        assertThat(data.path("total_sessions").asInt()).isEqualTo(OTHER_MODEL.sessions());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "visitors",
                "visitors-returning",
                "sessions",
                "pages",
                "devices",
                "locations",
                "referrers",
                "utm",
                "errors",
                "errors-trend",
                "audits",
                "links"
            })
    void everyAnswer_hasItsRange_andNothingOfOthers(String name) {
        for (String ending : List.of("", ".php")) {
            JsonNode data = SERVER.get("/api/analytics/" + name + ending)
                    .key(EMPTY.secretKey())
                    .ok();
            LocalDate day = LocalDate.now(SERVER.zone());
            assertThat(data.path("range"))
                    .isEqualTo(Call.JSON.valueToTree(
                            Map.of("from", day.minusDays(30) + " 00:00:00", "to", day + " 23:59:59")));
            for (JsonNode value : data) {
                if (value.isArray()) {
                    assertThat(value).isEmpty();
                } else if (value.isNumber()) {
                    assertThat(value.asDouble()).isZero();
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"visitors", "devices", "errors", "audits", "links", "errors-trend"})
    void ranges(String name) {
        LocalDate day = LocalDate.now(SERVER.zone());
        List<String[]> good = new ArrayList<>(List.of(
                new String[] {"range=1d", day.minusDays(1).toString(), day.toString()},
                new String[] {"range=0d", day.minusDays(1).toString(), day.toString()},
                new String[] {"range=999d", day.minusDays(365).toString(), day.toString()},
                new String[] {"range=custom&from=2024-02-29&to=2024-02-29", "2024-02-29", "2024-02-29"},
                new String[] {"range=custom&from=2024-03-01&to=2025-03-01", "2024-03-01", "2025-03-01"}));
        for (String[] range : good) {
            JsonNode data = answer(name + ".php?" + range[0]);
            assertThat(data.path("range").path("from").asText()).isEqualTo(range[1] + " 00:00:00");
            assertThat(data.path("range").path("to").asText()).isEqualTo(range[2] + " 23:59:59");
        }
        Map<String, String> bad = Map.of(
                "range=custom&from=2026-02-31&to=2026-03-01", "Invalid date format. Use YYYY-MM-DD",
                "range=custom&from=2026-2-1&to=2026-03-01", "Invalid date format. Use YYYY-MM-DD",
                "range=custom&from=2026-02-01", "Invalid date format. Use YYYY-MM-DD",
                "range=custom&from=2026-03-02&to=2026-03-01", "'from' must be before 'to'",
                "range=custom&from=2024-01-01&to=2026-01-01", "Custom date range cannot exceed 365 days");
        bad.forEach((query, message) -> SERVER.get("/api/analytics/" + name + ".php?" + query)
                .key(MINE.secretKey())
                .send()
                .isRefusal(400, message));
        for (String range : List.of("30", "d", "-1d", "1w", "custom2", "")) {
            Call.Answer answer = SERVER.get("/api/analytics/" + name + ".php?range=" + range)
                    .key(MINE.secretKey())
                    .send();
            assertThat(answer.status()).as(range).isEqualTo(400);
            assertThat(answer.message()).contains("Nd").contains("custom");
        }
    }
}

package io.micrologs.contract;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.micrologs.contract.Installation.Project;
import io.micrologs.contract.Visit.Agent;
import io.micrologs.contract.Visit.Place;
import io.micrologs.contract.Visit.Source;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tracked links: their life, their redirects, their clicks. */
class LinksContractIT {
    private static final Installation SERVER = Installation.shared();
    private static final String DESTINATION = "https://shop.example/sale?a=1&b=%20#x";

    private static JsonNode create(Project project, Map<String, ?> body) {
        return SERVER.post("/api/links/create.php")
                .key(project.secretKey())
                .json(body)
                .ok();
    }

    private static String code(Project project) {
        return create(project, Map.of("destination_url", DESTINATION))
                .path("code")
                .asText();
    }

    private static Call edit(Project project, Map<String, ?> body) {
        return SERVER.post("/api/links/edit.php").key(project.secretKey()).json(body);
    }

    private static JsonNode analytics(Project project, String name) {
        SERVER.awaitLoaded(project);
        return SERVER.get("/api/analytics/" + name).key(project.secretKey()).ok();
    }

    @Test
    void create_answersCodeAndShortUrl_andListsNewestFirst() {
        Project project = SERVER.project();
        JsonNode created = create(project, Map.of("destination_url", DESTINATION, "label", "ä".repeat(300)));
        assertThat(created.fieldNames()).toIterable().containsExactly("code", "short_url", "destination_url", "label");
        String code = created.path("code").asText();
        assertThat(code).matches("[A-Za-z0-9]{8}");
        assertThat(created.path("short_url").asText()).isEqualTo(SERVER.url() + "/api/redirect.php?c=" + code);
        assertThat(created.path("destination_url").asText()).isEqualTo(DESTINATION);
        assertThat(created.path("label").asText()).isEqualTo("ä".repeat(255));
        String second = code(project);
        JsonNode list =
                SERVER.get("/api/links/list.php").key(project.secretKey()).ok();
        assertThat(list.path("count").asInt()).isEqualTo(2);
        assertThat(list.path("links").findValuesAsText("code")).containsExactly(second, code);
        JsonNode detail = SERVER.get("/api/links/detail.php?code=" + code)
                .key(project.secretKey())
                .ok();
        assertThat(detail.fieldNames())
                .toIterable()
                .containsExactly(
                        "id",
                        "code",
                        "short_url",
                        "destination_url",
                        "label",
                        "is_active",
                        "total_clicks",
                        "created_at");
        assertThat(detail).isEqualTo(list.path("links").get(1));
        assertThat(detail.path("is_active").asBoolean()).isTrue();
        assertThat(detail.path("created_at").asText()).matches("\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ftp://shop.example/",
                "javascript:alert(1)",
                "//shop.example/",
                "shop.example",
                "https://",
                "https://shop.example/\r\nx: y",
                "https://user:secret@shop.example/",
                "data:text/html,x"
            })
    void destination_isHttpOrHttps(String bad) {
        Project project = SERVER.project();
        String code = code(project);
        SERVER.post("/api/links/create.php")
                .key(project.secretKey())
                .json(Map.of("destination_url", bad))
                .send()
                .isRefusal(400, "destination_url is not a valid URL");
        edit(project, Map.of("code", code, "destination_url", bad))
                .send()
                .isRefusal(400, "destination_url is not a valid URL");
    }

    @Test
    void refusals() {
        Project project = SERVER.project();
        Project other = SERVER.project();
        String code = code(project);
        for (Map<String, ?> body : List.of(Map.of("label", "x"), Map.of("destination_url", ""))) {
            SERVER.post("/api/links/create.php")
                    .key(project.secretKey())
                    .json(body)
                    .send()
                    .isRefusal(400, "destination_url is required");
        }
        SERVER.get("/api/links/detail.php")
                .key(project.secretKey())
                .send()
                .isRefusal(400, "code query parameter is required");
        SERVER.get("/api/links/detail.php?code=nothing1")
                .key(project.secretKey())
                .send()
                .isRefusal(404, "Link not found");
        edit(project, Map.of("code", code))
                .send()
                .isRefusal(400, "Nothing to update. Provide destination_url, label, or is_active.");
        edit(project, Map.of("code", code, "destination_url", ""))
                .send()
                .isRefusal(400, "destination_url cannot be empty");
        edit(project, Map.of("code", code, "is_active", "no")).send().isRefusal(400, "is_active must be a boolean");
        edit(project, Map.of("code", "nothing1", "label", "x")).send().isRefusal(404, "Link not found");
        SERVER.get("/api/analytics/link-detail.php")
                .key(project.secretKey())
                .send()
                .isRefusal(400, "code is required");
        SERVER.get("/api/analytics/link-detail.php?code=nothing1")
                .key(project.secretKey())
                .send()
                .isRefusal(404, "Link not found");

        SERVER.get("/api/links/detail.php?code=" + code)
                .key(other.secretKey())
                .send()
                .isRefusal(404, "Link not found");
        edit(other, Map.of("code", code, "label", "x")).send().isRefusal(404, "Link not found");
        SERVER.post("/api/links/delete.php")
                .key(other.secretKey())
                .json(Map.of("code", code))
                .send()
                .isRefusal(404, "Link not found");
        SERVER.get("/api/analytics/link-detail.php?code=" + code)
                .key(other.secretKey())
                .send()
                .isRefusal(404, "Link not found");
        assertThat(SERVER.get("/api/links/list.php").key(other.secretKey()).ok().path("links"))
                .isEmpty();
        assertThat(SERVER.get("/api/analytics/links.php")
                        .key(other.secretKey())
                        .ok()
                        .path("links"))
                .isEmpty();
    }

    @Test
    void redirect_followsEveryChangeAtOnce() {
        Project project = SERVER.project();
        String code = code(project);
        for (String path : List.of("/api/redirect.php?c=", "/api/redirect?c=")) {
            Call.Answer answer = SERVER.get(path + code).send();
            assertThat(answer.status()).isEqualTo(302);
            assertThat(answer.header("location")).isEqualTo(DESTINATION);
        }
        isText(SERVER.get("/api/redirect.php").send(), 400, "Missing link code");
        isText(SERVER.get("/api/redirect.php?c=").send(), 400, "Missing link code");
        isText(SERVER.get("/api/redirect.php?c=nothing1").send(), 404, "Link not found");

        JsonNode edited = edit(
                        project,
                        Map.of("code", code, "destination_url", "http://b.example/", "label", "new", "is_active", true))
                .ok();
        assertThat(edited.fieldNames())
                .toIterable()
                .containsExactly("id", "code", "short_url", "destination_url", "label", "is_active", "created_at");
        assertThat(SERVER.get("/api/redirect.php?c=" + code).send().header("location"))
                .isEqualTo("http://b.example/");
        edit(project, Map.of("code", code, "is_active", false)).ok();
        isText(SERVER.get("/api/redirect.php?c=" + code).send(), 404, "Link not found");
        edit(project, Map.of("code", code, "is_active", true)).ok();
        assertThat(SERVER.get("/api/redirect.php?c=" + code).send().status()).isEqualTo(302);
        assertThat(SERVER.post("/api/links/delete.php")
                        .key(project.secretKey())
                        .json(Map.of("code", code))
                        .ok())
                .isEqualTo(Call.JSON.valueToTree(Map.of("code", code)));
        isText(SERVER.get("/api/redirect.php?c=" + code).send(), 404, "Link not found");
        SERVER.get("/api/links/detail.php?code=" + code)
                .key(project.secretKey())
                .send()
                .isRefusal(404, "Link not found");
    }

    private static void isText(Call.Answer answer, int status, String text) {
        assertThat(answer.status() + " " + answer.body().strip()).isEqualTo(status + " " + text);
        assertThat(answer.header("content-type")).startsWith("text/plain");
    }

    @Test
    void clicks_areCountedByPlaceReferrerAndDevice_withoutBots() {
        Project project = SERVER.project();
        String code = code(project);
        String quiet = code(project);
        click(code, Agent.SAFARI_IPHONE, Place.BERLIN, 1, Source.GOOGLE);
        click(code, Agent.SAFARI_IPHONE, Place.BERLIN, 1, Source.NONE);
        click(code, Agent.FIREFOX_LINUX, Place.ZURICH, 2, Source.FACEBOOK);
        click(code, Agent.CHROME_WINDOWS, Place.NOWHERE, 3, Source.NONE);
        SERVER.get("/api/redirect.php?c=" + code)
                .header("User-Agent", "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)")
                .send();

        JsonNode detail = analytics(project, "link-detail.php?code=" + code);
        assertThat(detail.fieldNames())
                .toIterable()
                .containsExactly(
                        "range",
                        "link",
                        "total_clicks",
                        "unique_clicks",
                        "by_country",
                        "by_referrer",
                        "by_device",
                        "over_time");
        assertThat(detail.path("link").fieldNames())
                .toIterable()
                .containsExactly("id", "code", "label", "destination_url", "created_at");
        assertThat(detail.path("total_clicks").asInt()).isEqualTo(4);
        assertThat(detail.path("unique_clicks").asInt()).isEqualTo(3);
        isSet(
                detail.path("by_country"),
                Set.of(
                        Map.of("country", "Germany", "country_code", "DE", "clicks", 2),
                        Map.of("country", "Switzerland", "country_code", "CH", "clicks", 1)));
        isSet(
                detail.path("by_referrer"),
                Set.of(
                        Map.of("category", "direct", "clicks", 2),
                        Map.of("category", "organic_search", "clicks", 1),
                        Map.of("category", "social", "clicks", 1)));
        isSet(
                detail.path("by_device"),
                Set.of(Map.of("device_type", "mobile", "clicks", 2), Map.of("device_type", "desktop", "clicks", 2)));
        assertThat(detail.path("over_time").get(0).path("clicks").asInt()).isEqualTo(4);

        JsonNode links = analytics(project, "links.php");
        assertThat(links.path("count").asInt()).isEqualTo(2);
        assertThat(links.path("links").get(0).fieldNames())
                .toIterable()
                .containsExactly(
                        "code", "short_url", "label", "destination_url", "total_clicks", "unique_clicks", "created_at");
        assertThat(links.path("links").get(0).path("unique_clicks").asInt()).isEqualTo(3);
        assertThat(links.path("links").get(1).path("code").asText()).isEqualTo(quiet);
        assertThat(links.path("links").get(1).path("total_clicks").asInt()).isZero();
        assertThat(SERVER.get("/api/links/detail.php?code=" + code)
                        .key(project.secretKey())
                        .ok()
                        .path("total_clicks")
                        .asInt())
                .isEqualTo(4);
    }

    private static void isSet(JsonNode array, Set<Map<String, Object>> expected) {
        Set<JsonNode> rows = new HashSet<>();
        array.forEach(rows::add);
        Set<JsonNode> wanted = new HashSet<>();
        expected.forEach(row -> wanted.add(Call.JSON.valueToTree(row)));
        assertThat(rows).isEqualTo(wanted);
    }

    private static void click(String code, Agent agent, Place place, int number, Source source) {
        Call call = SERVER.get("/api/redirect.php?c=" + code)
                .header("User-Agent", agent.userAgent)
                .from(place.address(number));
        if (source.referrer != null) {
            call.header("Referer", source.referrer);
        }
        assertThat(call.send().status()).isEqualTo(302);
    }
}

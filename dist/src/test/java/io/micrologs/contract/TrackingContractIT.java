package io.micrologs.contract;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.micrologs.contract.Installation.Project;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The three tracking endpoints: fields, limits, domain lock, cross-origin answers, bots, and what becomes of the events. */
class TrackingContractIT {
    private static final Installation SERVER = Installation.shared();
    private static final String LONG = "ä€\uD83D\uDE00";

    private static Map<String, Object> view(String visitor, String session, String url) {
        return new HashMap<>(Map.of("visitor_id", visitor, "session_token", session, "url", url));
    }

    private static Call track(String kind, Project project, Map<String, ?> body) {
        return SERVER.post("/api/track/" + kind + ".php")
                .key(project.publicKey())
                .json(body);
    }

    private static JsonNode analytics(Project project, String name) {
        SERVER.awaitLoaded(project);
        return SERVER.get("/api/analytics/" + name).key(project.secretKey()).ok();
    }

    private static JsonNode ledger(Project project) {
        SERVER.awaitLoaded(project);
        return SERVER.ledger(project);
    }

    /** {@code text} over and over, to so many code points. */
    private static String points(int count) {
        int[] points = LONG.codePoints().toArray();
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < count; i++) {
            text.appendCodePoint(points[i % points.length]);
        }
        return text.toString();
    }

    // Pageviews

    @ParameterizedTest
    @ValueSource(strings = {"url", "visitor_id", "session_token"})
    void pageview_needsItsThreeFields(String field) {
        Project project = SERVER.project();
        List<Object> missing = new ArrayList<>(List.of("", "  "));
        missing.add(null);
        for (Object value : missing) {
            Map<String, Object> body = view("v", "s", "https://shop.example/");
            body.put(field, value);
            track("pageview", project, body).send().isRefusal(400, "url, visitor_id and session_token are required");
        }
        for (Object value : List.of(7, true, List.of("x"), Map.of("a", 1))) {
            Map<String, Object> body = view("v", "s", "https://shop.example/");
            body.put(field, value);
            assertThat(track("pageview", project, body).send().status()).isEqualTo(400);
        }
        assertThat(ledger(project).path("accepted").asInt()).isZero();
    }

    @Test
    void pageview_isCutByWholeCharacters() {
        Project project = SERVER.project();
        Map<String, Object> body = view(points(300), points(300), "https://shop.example/" + points(2_100));
        body.put("page_title", points(600));
        body.put("referrer", "https://ref.example/" + points(2_100));
        body.put("fingerprint", points(300));
        body.put("screen_resolution", points(30));
        body.put("timezone", points(150));
        track("pageview", project, body).accepted();
        JsonNode page = analytics(project, "pages.php").path("pages").get(0);
        assertThat(page.path("url").asText()).isEqualTo("https://shop.example/" + points(2_048 - 21));
        assertThat(page.path("page_title").asText()).isEqualTo(points(512));
        assertThat(analytics(project, "referrers.php")
                        .path("top_referrers")
                        .get(0)
                        .path("referrer_url")
                        .asText())
                .isEqualTo("https://ref.example/" + points(2_048 - 20));
    }

    @Test
    void pageview_sameVisitorSameUrl_countsOnce() {
        Project project = SERVER.project();
        for (String session : List.of("s1", "s1", "s2")) {
            track("pageview", project, view("v", session, " https://shop.example/ "))
                    .accepted();
        }
        track("pageview", project, view("w", "s3", "https://shop.example/")).accepted();
        track("pageview", project, view("v", "s1", "https://shop.example/other"))
                .accepted();
        JsonNode visitors = analytics(project, "visitors.php");
        assertThat(visitors.path("total_pageviews").asInt()).isEqualTo(3);
        assertThat(visitors.path("unique_visitors").asInt()).isEqualTo(2);
        assertThat(visitors.path("total_sessions").asInt()).isEqualTo(2);
        assertThat(visitors.path("bounce_rate").asDouble()).isEqualTo(50);
        assertThat(ledger(project).path("dropped").path("repeat").asInt()).isEqualTo(2);
    }

    @Test
    void eventId_countsOnce_onEveryEndpoint_andForItsProjectAlone() {
        Project project = SERVER.project();
        Project other = SERVER.project();
        for (int i = 0; i < 2; i++) {
            Map<String, Object> body = view("v" + i, "s" + i, "https://shop.example/" + i);
            body.put("event_id", "pageview-1");
            track("pageview", project, body).accepted();
            track("pageview", other, body).accepted();
            track("error", project, Map.of("message", "m", "event_id", "error_1"))
                    .accepted();
            track("audit", project, Map.of("action", "a", "event_id", "AUDIT-1"))
                    .accepted();
        }
        assertThat(analytics(project, "visitors.php").path("total_pageviews").asInt())
                .isEqualTo(1);
        assertThat(analytics(other, "visitors.php").path("total_pageviews").asInt())
                .isEqualTo(1);
        assertThat(analytics(project, "errors.php")
                        .path("errors")
                        .get(0)
                        .path("occurrence_count")
                        .asInt())
                .isEqualTo(1);
        assertThat(analytics(project, "audits.php").path("count").asInt()).isEqualTo(1);
        assertThat(ledger(project).path("dropped").path("duplicate").asInt()).isEqualTo(3);
        for (String bad : List.of("", "a b", "ä", "x".repeat(65), "a.b")) {
            assertThat(track("audit", project, Map.of("action", "a", "event_id", bad))
                            .send()
                            .status())
                    .as(bad)
                    .isEqualTo(400);
        }
    }

    @Test
    void knownFingerprint_fromTheSameAddress_isTheSameVisitor() {
        Project project = SERVER.project();
        String home = Call.freshAddress();
        for (String visitor : List.of("first", "second", "third")) {
            Map<String, Object> body = view(visitor, "s-" + visitor, "https://shop.example/" + visitor);
            body.put("fingerprint", "phone");
            track("pageview", project, body)
                    .from(visitor.equals("third") ? Call.freshAddress() : home)
                    .accepted();
        }
        assertThat(analytics(project, "visitors.php").path("unique_visitors").asInt())
                .isEqualTo(2);
    }

    @Test
    void sessionTokens_belongToTheirProject() {
        Project project = SERVER.project();
        Project other = SERVER.project();
        track("pageview", project, view("v", "same", "https://shop.example/1")).accepted();
        track("pageview", other, view("v", "same", "https://shop.example/2")).accepted();
        assertThat(analytics(project, "sessions.php").path("bounce_rate").asDouble())
                .isEqualTo(100);
        assertThat(analytics(other, "sessions.php").path("bounce_rate").asDouble())
                .isEqualTo(100);
    }

    @Test
    void bots_getNoContent_afterKeyAndFields_andCountNothing() {
        Project project = SERVER.project();
        Map<String, Object> good = view("v", "s", "https://shop.example/");
        List<String> bots = List.of(
                "",
                "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
                "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
                "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/141.0.0.0 Safari/537.36",
                "curl/8.5.0",
                "python-requests/2.32.3",
                "Go-http-client/2.0",
                "axios/1.7.7",
                "okhttp/4.12.0",
                "Java-http-client/17.0.9",
                "facebookexternalhit/1.1");
        for (String agent : bots) {
            Call.Answer answer =
                    track("pageview", project, good).header("User-Agent", agent).send();
            assertThat(answer.status()).as(agent).isEqualTo(204);
            assertThat(answer.body()).isEmpty();
        }
        for (String header : List.of("Accept-Language", "Accept")) {
            assertThat(track("pageview", project, good)
                            .header(header, null)
                            .send()
                            .status())
                    .as(header)
                    .isEqualTo(204);
        }
        track("pageview", project, good)
                .header("User-Agent", "curl/8.5.0")
                .key("0".repeat(32))
                .send()
                .isRefusal(401, "Invalid API key");
        track("pageview", project, Map.of("url", "x"))
                .header("User-Agent", "curl/8.5.0")
                .send()
                .isRefusal(400, "url, visitor_id and session_token are required");
        track("pageview", project, good)
                .header("X-Test-Mode", "1")
                .header("User-Agent", "curl/8.5.0")
                .send();
        track("error", project, Map.of("message", "m"))
                .header("User-Agent", "curl/8.5.0")
                .accepted();
        JsonNode ledger = ledger(project);
        assertThat(ledger.path("accepted").asInt()).isEqualTo(1);
        Installation.await(
                "the refusals to be counted",
                java.time.Duration.ofSeconds(30),
                () -> SERVER.ledger(project).path("refused").path("bot").asInt() == bots.size() + 3);
        assertThat(SERVER.ledger(project).path("refused").path("fields").asInt())
                .isEqualTo(1);
    }

    // Keys, domains, origins

    @Test
    void domainLock_isForPublicKeys_byOriginElseReferer() {
        Project project = SERVER.project("https://WWW.shop.example/", "bücher.example");
        Map<String, Object> body = Map.of("action", "a");
        for (String good : List.of(
                "https://shop.example",
                "http://www.shop.example:8080",
                "https://a.b.SHOP.example",
                "https://xn--bcher-kva.example")) {
            track("audit", project, body).header("Origin", good).accepted();
            track("audit", project, body).header("Referer", good + "/page?x").accepted();
        }
        for (String bad : List.of(
                "https://example",
                "https://notshop.example",
                "https://shop.example.evil.example",
                "https://evil.example/shop.example",
                "null",
                "shop.example",
                "file://",
                "https://shop.example@evil.example")) {
            track("audit", project, body)
                    .header("Origin", bad)
                    .send()
                    .isRefusal(403, "Domain not allowed for this key");
        }
        track("audit", project, body)
                .header("Origin", "https://evil.example")
                .header("Referer", "https://shop.example/")
                .send()
                .isRefusal(403, "Domain not allowed for this key");
        track("audit", project, body).accepted();
        track("audit", project, body)
                .key(project.secretKey())
                .header("Origin", "https://evil.example")
                .accepted();
    }

    @ParameterizedTest
    @ValueSource(strings = {"pageview", "error", "audit"})
    void preflight_isAnsweredForAnyOrigin_andEveryAnswerAllowsTheRequests(String kind) {
        Project project = SERVER.project();
        String address = Call.freshAddress();
        for (int i = 0; i < 130; i++) {
            Call.Answer preflight = SERVER.call("OPTIONS", "/api/track/" + kind + ".php")
                    .from(address)
                    .header("Origin", "https://any.example")
                    .header("Access-Control-Request-Method", "POST")
                    .header("Access-Control-Request-Headers", "content-type,x-api-key")
                    .send();
            assertThat(preflight.status()).isBetween(200, 204);
            assertThat(preflight.header("access-control-allow-origin")).isEqualTo("https://any.example");
            assertThat(preflight.header("access-control-allow-methods"))
                    .isEqualTo("GET, POST, PUT, PATCH, DELETE, OPTIONS");
            assertThat(preflight.header("access-control-allow-headers")).isEqualTo("Content-Type, X-API-Key");
            assertThat(preflight.header("access-control-max-age")).isEqualTo("86400");
        }
        Map<String, Object> body = Map.of("nothing", "known");
        List<Call.Answer> answers = List.of(
                track(kind, project, body)
                        .header("Origin", "https://shop.example")
                        .from(address)
                        .send(),
                track(kind, project, body)
                        .header("Origin", "https://evil.example")
                        .send(),
                track(kind, project, body)
                        .key("")
                        .header("Origin", "https://shop.example")
                        .send(),
                SERVER.get("/api/track/" + kind + ".php")
                        .header("Origin", "https://shop.example")
                        .send(),
                track(kind, project, body)
                        .body("x".repeat(65_537))
                        .header("Origin", "https://shop.example")
                        .send());
        assertThat(answers).extracting(Call.Answer::status).containsExactly(400, 403, 401, 405, 413);
        assertThat(answers)
                .allSatisfy(answer ->
                        assertThat(answer.header("access-control-allow-origin")).startsWith("https://"));
    }

    @Test
    void keyInTheQuery_andPlainText_needNoPreflight() {
        Project project = SERVER.project();
        SERVER.post("/api/track/audit.php?k=" + project.publicKey())
                .body("{\"action\":\"a\"}")
                .header("Content-Type", "text/plain;charset=UTF-8")
                .accepted();
        SERVER.post("/api/track/audit.php?k=" + project.secretKey())
                .body("{\"action\":\"a\"}")
                .send()
                .isRefusal(401, "Invalid API key");
    }

    // Errors and audits

    @Test
    void error_hasItsDefaults_andGroupsByTypeMessageFileAndLine() {
        Project project = SERVER.project();
        track("error", project, Map.of("message", "m")).accepted();
        track("error", project, Map.of("message", "m", "severity", "fatal", "environment", "test", "line", "x"))
                .accepted();
        track("error", project, Map.of("message", "m", "line", 0, "context", "text"))
                .accepted();
        track("error", project, Map.of("message", "m", "line", -3, "context", 7))
                .accepted();
        track("error", project, Map.of("message", "m", "line", 4_294_967_296L)).accepted();
        track("error", project, Map.of("message", "m", "line", 7, "severity", "critical"))
                .accepted();
        track("error", project, Map.of("message", "m", "line", "7", "severity", "warning"))
                .accepted();
        JsonNode errors = analytics(project, "errors.php");
        assertThat(errors.path("count").asInt()).isEqualTo(2);
        JsonNode newest = errors.path("errors").get(0);
        assertThat(newest.fieldNames())
                .toIterable()
                .containsExactly(
                        "id",
                        "error_type",
                        "message",
                        "file",
                        "line",
                        "severity",
                        "environment",
                        "status",
                        "occurrence_count",
                        "first_seen",
                        "last_seen");
        assertThat(newest.path("line").asInt()).isEqualTo(7);
        assertThat(newest.path("severity").asText()).isEqualTo("warning");
        assertThat(newest.path("occurrence_count").asInt()).isEqualTo(2);
        JsonNode first = errors.path("errors").get(1);
        assertThat(first.path("error_type").asText()).isEqualTo("Unknown");
        assertThat(first.path("line").isNull()).isTrue();
        assertThat(first.path("file").isNull()).isTrue();
        assertThat(first.path("severity").asText()).isEqualTo("error");
        assertThat(first.path("environment").asText()).isEqualTo("production");
        assertThat(first.path("status").asText()).isEqualTo("open");
        assertThat(first.path("occurrence_count").asInt()).isEqualTo(5);
    }

    @Test
    void error_isCut_andItsContextKeptUpTo8192Bytes() {
        Project project = SERVER.project();
        Map<String, Object> fits = Map.of("k", "x".repeat(8_192 - 8));
        track(
                        "error",
                        project,
                        Map.of(
                                "message", points(1_100),
                                "error_type", points(120),
                                "file", points(600),
                                "stack", "s".repeat(20_000),
                                "url", "https://shop.example/" + points(2_100),
                                "context", fits))
                .accepted();
        track("error", project, Map.of("message", "m", "context", Map.of("k", "x".repeat(8_192 - 7))))
                .accepted();
        JsonNode errors = analytics(project, "errors.php").path("errors");
        JsonNode cut = errors.get(1);
        assertThat(cut.path("message").asText()).isEqualTo(points(1_024));
        assertThat(cut.path("error_type").asText()).isEqualTo(points(100));
        assertThat(cut.path("file").asText()).isEqualTo(points(512));
        JsonNode event = analytics(
                        project, "error-detail.php?id=" + cut.path("id").asInt())
                .path("events")
                .get(0);
        assertThat(event.path("stack_trace").asText()).hasSize(20_000);
        assertThat(event.path("url").asText()).isEqualTo("https://shop.example/" + points(2_048 - 21));
        assertThat(event.path("context")).isEqualTo(Call.JSON.valueToTree(fits));
        assertThat(event.path("device").path("browser").asText()).isEqualTo("Firefox");
        JsonNode tooLong = analytics(
                        project,
                        "error-detail.php?id=" + errors.get(0).path("id").asInt())
                .path("events")
                .get(0);
        assertThat(tooLong.path("context").isNull()).isTrue();
    }

    @Test
    void audit_isCut_filtered_andNewestFirst() {
        Project project = SERVER.project();
        track("audit", project, Map.of("action", points(120), "actor", points(300)))
                .accepted();
        for (int i = 0; i < 5; i++) {
            track(
                            "audit",
                            project,
                            Map.of("action", i % 2 == 0 ? "even" : "odd", "actor", "anna", "context", List.of(i)))
                    .accepted();
        }
        JsonNode audits = analytics(project, "audits.php");
        assertThat(audits.fieldNames()).toIterable().containsExactly("range", "count", "top_actions", "logs");
        assertThat(audits.path("count").asInt()).isEqualTo(6);
        assertThat(audits.path("top_actions").get(0))
                .isEqualTo(Call.JSON.valueToTree(Map.of("action", "even", "count", 3)));
        assertThat(audits.path("logs").get(0).path("context")).isEqualTo(Call.JSON.valueToTree(List.of(4)));
        assertThat(audits.path("logs").get(5).path("action").asText()).isEqualTo(points(100));
        assertThat(audits.path("logs").get(5).path("actor").asText()).isEqualTo(points(255));
        assertThat(analytics(project, "audits.php?action=odd").path("logs")).hasSize(2);
        assertThat(analytics(project, "audits.php?actor=anna&limit=4")
                        .path("count")
                        .asInt())
                .isEqualTo(4);
        assertThat(analytics(project, "audits.php?actor=ann").path("logs")).isEmpty();
    }

    @Test
    void missingMessageOrAction_isNamed() {
        Project project = SERVER.project();
        for (Object value : List.of("", " ")) {
            track("error", project, Map.of("message", value)).send().isRefusal(400, "message is required");
            track("audit", project, Map.of("action", value)).send().isRefusal(400, "action is required");
        }
        track("error", project, Map.of("x", 1)).send().isRefusal(400, "message is required");
        track("audit", project, Map.of("x", 1)).send().isRefusal(400, "action is required");
    }

    // Groups and their status

    @Test
    void status_ofGroups_changes_reopens_andStaysWithItsProject() {
        Project project = SERVER.project();
        Project other = SERVER.project();
        for (String message : List.of("a", "b", "c")) {
            track("error", project, Map.of("message", message)).accepted();
        }
        track("error", other, Map.of("message", "theirs")).accepted();
        List<Integer> ids = new ArrayList<>();
        analytics(project, "errors.php")
                .path("errors")
                .forEach(group -> ids.add(0, group.path("id").asInt()));
        int theirs =
                analytics(other, "errors.php").path("errors").get(0).path("id").asInt();

        JsonNode changed = status(project, Map.of("ids", List.of(ids.get(0), ids.get(1), theirs), "status", "resolved"))
                .json()
                .path("data");
        assertThat(changed)
                .isEqualTo(Call.JSON.valueToTree(Map.of(
                        "updated",
                        2,
                        "ids",
                        List.of(ids.get(0), ids.get(1)),
                        "status",
                        "resolved",
                        "not_found",
                        List.of(theirs))));
        JsonNode again = status(project, Map.of("id", ids.get(1), "status", "resolved"))
                .json()
                .path("data");
        assertThat(again.path("updated").asInt()).isZero();
        assertThat(again.has("not_found")).isFalse();
        status(project, Map.of("id", ids.get(2), "status", "ignored"));
        status(project, Map.of("id", theirs, "status", "resolved"))
                .isRefusal(404, "No matching error groups found for this project");

        for (String message : List.of("a", "c")) {
            track("error", project, Map.of("message", message)).accepted();
        }
        Map<Integer, String> states = new HashMap<>();
        analytics(project, "errors.php")
                .path("errors")
                .forEach(group -> states.put(
                        group.path("id").asInt(), group.path("status").asText()));
        assertThat(states).isEqualTo(Map.of(ids.get(0), "open", ids.get(1), "resolved", ids.get(2), "ignored"));
        assertThat(analytics(other, "errors.php")
                        .path("errors")
                        .get(0)
                        .path("status")
                        .asText())
                .isEqualTo("open");
        assertThat(analytics(project, "errors.php?status=resolved")
                        .path("count")
                        .asInt())
                .isEqualTo(1);
        assertThat(analytics(project, "errors.php?status=nonsense")
                        .path("count")
                        .asInt())
                .isEqualTo(3);
        assertThat(SERVER.get("/api/analytics/error-detail.php?id=" + theirs)
                        .key(project.secretKey())
                        .send()
                        .message())
                .isEqualTo("Error group not found");
    }

    @Test
    void status_refusals() {
        Project project = SERVER.project();
        status(project, Map.of("status", "open")).isRefusal(400, "ids (array) or id (integer) is required");
        status(project, Map.of("ids", List.of(), "status", "open"))
                .isRefusal(400, "ids (array) or id (integer) is required");
        status(project, Map.of("ids", List.of("x", -1, 0), "status", "open")).isRefusal(400, "No valid IDs provided");
        status(project, Map.of("ids", java.util.Collections.nCopies(101, 1), "status", "open"))
                .isRefusal(400, "Maximum 100 IDs per request");
        assertThat(status(project, Map.of("id", 1, "status", "closed")).status())
                .isEqualTo(400);
        status(project, Map.of("id", 2_000_000_000, "status", "open"))
                .isRefusal(404, "No matching error groups found for this project");
    }

    private static Call.Answer status(Project project, Map<String, ?> body) {
        return SERVER.post("/api/track/errors-update-status.php")
                .key(project.secretKey())
                .json(body)
                .send();
    }

    @Test
    void trend_countsOccurrencesAndGroups() {
        Project project = SERVER.project();
        for (String message : List.of("a", "a", "b", "a", "c")) {
            track("error", project, Map.of("message", message)).accepted();
        }
        JsonNode trend = analytics(project, "errors-trend.php");
        assertThat(trend.fieldNames())
                .toIterable()
                .containsExactly("range", "group_id", "total_occurrences", "total_groups", "top_groups", "over_time");
        assertThat(trend.path("group_id").isNull()).isTrue();
        assertThat(trend.path("total_occurrences").asInt()).isEqualTo(5);
        assertThat(trend.path("total_groups").asInt()).isEqualTo(3);
        JsonNode top = trend.path("top_groups").get(0);
        assertThat(top.path("message").asText()).isEqualTo("a");
        assertThat(top.path("occurrences").asInt()).isEqualTo(3);
        assertThat(trend.path("over_time").get(0).path("unique_groups").asInt()).isEqualTo(3);
        JsonNode one =
                analytics(project, "errors-trend.php?group_id=" + top.path("id").asInt());
        assertThat(one.path("group_id").asInt()).isEqualTo(top.path("id").asInt());
        assertThat(one.path("total_occurrences").asInt()).isEqualTo(3);
    }
}

package io.micrologs.contract;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.micrologs.contract.Installation.Project;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Two projects crossed on every operation that the server describes: one asks, with everything that is its own, for what is
 * the other's, by the other's very ids. One that this class has no crossed requests for fails it.
 */
class TenantsIT {
    private static final Installation SERVER = Installation.shared();
    /** In everything that the victim stores. */
    private static final String MARK = "alphamark";

    private static final Project VICTIM = SERVER.project("alpha.example");
    private static final Project THIEF = SERVER.project("beta.example");

    /** Path → what the thief asks there. */
    private static final Map<String, Consumer<Crossed>> CROSSED = new HashMap<>();

    private static String code;
    private static int linkId;
    private static int groupId;

    private static final class Crossed {
        private final Operation operation;
        private int asked;

        Crossed(Operation operation) {
            this.operation = operation;
        }

        /** With the thief's secret key and address; the answer must not show anything of the victim's. */
        Call.Answer get(String query) {
            return check(SERVER.call("GET", operation.path() + query).key(THIEF.secretKey()));
        }

        Call.Answer post(Map<String, Object> body) {
            return check(SERVER.post(operation.path()).json(body).key(THIEF.secretKey()));
        }

        Call.Answer check(Call call) {
            Call.Answer answer = call.send();
            asked++;
            assertThat(answer.body())
                    .as(operation.toString())
                    .doesNotContain(MARK)
                    .doesNotContain(VICTIM.publicKey())
                    .doesNotContain("alpha.example");
            assertThat(answer.status()).as(operation.toString()).isLessThan(500);
            return answer;
        }
    }

    @BeforeAll
    static void fill() {
        Map<String, Object> view = Map.of(
                "url",
                "https://alpha.example/" + MARK + "?utm_campaign=" + MARK + "&utm_source=" + MARK,
                "page_title",
                MARK,
                "referrer",
                "https://" + MARK + ".example/",
                "visitor_id",
                "shared-visitor",
                "session_token",
                "shared-session",
                "event_id",
                "shared-event");
        SERVER.post("/api/track/pageview.php")
                .key(VICTIM.publicKey())
                .json(view)
                .accepted();
        SERVER.post("/api/track/error.php")
                .key(VICTIM.secretKey())
                .json(Map.of("message", MARK, "stack", MARK, "context", Map.of("a", MARK)))
                .accepted();
        SERVER.post("/api/track/audit.php")
                .key(VICTIM.secretKey())
                .json(Map.of("action", MARK, "actor", MARK))
                .accepted();
        JsonNode link = SERVER.post("/api/links/create.php")
                .key(VICTIM.secretKey())
                .json(Map.of("destination_url", "https://" + MARK + ".example/", "label", MARK))
                .ok();
        code = link.path("code").asText();
        SERVER.get("/api/redirect.php?c=" + code)
                .header("Referer", "https://" + MARK + ".example/")
                .send();
        SERVER.awaitLoaded(VICTIM);
        linkId = SERVER.get("/api/links/detail.php?code=" + code)
                .key(VICTIM.secretKey())
                .ok()
                .path("id")
                .asInt();
        groupId = SERVER.get("/api/analytics/errors.php")
                .key(VICTIM.secretKey())
                .ok()
                .path("errors")
                .path(0)
                .path("id")
                .asInt();
        assertThat(List.of(linkId, groupId)).doesNotContain(0);
        reads();
        writes();
        administration();
    }

    private static void reads() {
        String everyId = "?id=" + groupId + "&group_id=" + groupId + "&code=" + code + "&project_id=" + VICTIM.id()
                + "&project=" + VICTIM.id() + "&action=" + MARK + "&actor=" + MARK + "&k=" + VICTIM.publicKey();
        for (String name : List.of(
                "visitors",
                "visitors-returning",
                "sessions",
                "pages",
                "devices",
                "locations",
                "referrers",
                "utm",
                "errors",
                "audits",
                "links")) {
            CROSSED.put("/api/analytics/" + name + ".php", crossed -> {
                crossed.get("");
                crossed.get(everyId);
            });
        }
        CROSSED.put("/api/analytics/errors-trend.php", crossed -> {
            crossed.get("");
            Call.Answer trend = crossed.get(everyId);
            assertThat(trend.json().path("data").path("total_occurrences").asInt(0))
                    .isZero();
            assertThat(trend.json().path("data").path("over_time")).isEmpty();
        });
        CROSSED.put(
                "/api/analytics/error-detail.php",
                crossed -> crossed.get(everyId).isRefusal(404, "Error group not found"));
        CROSSED.put(
                "/api/analytics/link-detail.php",
                crossed -> crossed.get(everyId).isRefusal(404, "Link not found"));
        CROSSED.put("/api/links/list.php", crossed -> {
            assertThat(crossed.get(everyId).json().path("data").path("count").asInt())
                    .isZero();
        });
        CROSSED.put("/api/links/detail.php", crossed -> crossed.get(everyId).isRefusal(404, "Link not found"));
        CROSSED.put("/api/v1/query", crossed -> {
            Map<String, Object> link = Map.of("dimension", "link", "operator", "is", "values", List.of(code));
            Map<String, Object> page =
                    Map.of("dimension", "page", "operator", "contains", "values", List.of("alpha.example"));
            for (Map<String, Object> question : List.<Map<String, Object>>of(
                    Map.of(
                            "metrics",
                            List.of("pageviews", "visitors"),
                            "dimensions",
                            List.of("page"),
                            "filters",
                            List.of(page)),
                    Map.of(
                            "metrics",
                            List.of("clicks"),
                            "dimensions",
                            List.of("referrer"),
                            "filters",
                            List.of(link)))) {
                Call.Answer answer = crossed.post(question);
                assertThat(answer.status()).isEqualTo(200);
                assertThat(answer.json().path("data").path("rows")).isEmpty();
            }
            crossed.post(Map.of("metrics", List.of("pageviews"), "dimensions", List.of("page")));
            crossed.post(Map.of("metrics", List.of("errors"), "dimensions", List.of("error_type", "country")));
        });
        CROSSED.put("/api/v1/ledger", crossed -> {
            JsonNode lines = crossed.get(everyId).json().path("data").path("projects");
            assertThat(lines).hasSize(1);
            assertThat(lines.get(0).path("id").asInt()).isEqualTo(THIEF.id());
            crossed.check(SERVER.get("/api/v1/ledger").key(VICTIM.secretKey()).admin(THIEF.secretKey()))
                    .isRefusal(401, "Unauthorized");
        });
    }

    private static void writes() {
        Map<String, Object> link = Map.of("code", code, "id", linkId, "project_id", VICTIM.id(), "label", "stolen");
        CROSSED.put("/api/links/edit.php", crossed -> {
            crossed.post(link).isRefusal(404, "Link not found");
            crossed.post(Map.of("code", code, "is_active", false)).isRefusal(404, "Link not found");
            crossed.post(Map.of("code", code, "destination_url", "https://evil.example/"))
                    .isRefusal(404, "Link not found");
        });
        CROSSED.put("/api/links/delete.php", crossed -> crossed.post(link).isRefusal(404, "Link not found"));
        CROSSED.put("/api/links/create.php", crossed -> {
            Map<String, Object> fields = new HashMap<>(link);
            fields.put("destination_url", "https://beta.example/");
            String made = crossed.post(fields).json().path("data").path("code").asText();
            assertThat(made).isNotEmpty().isNotEqualTo(code);
            SERVER.post("/api/links/delete.php")
                    .key(THIEF.secretKey())
                    .json(Map.of("code", made))
                    .ok();
        });
        CROSSED.put("/api/track/errors-update-status.php", crossed -> {
            for (Map<String, Object> ids : List.<Map<String, Object>>of(
                    Map.of("id", groupId, "status", "ignored"),
                    Map.of("ids", List.of(groupId), "status", "resolved", "project_id", VICTIM.id()))) {
                crossed.post(ids).isRefusal(404, "No matching error groups found for this project");
            }
        });
        Map<String, Object> event = Map.of(
                "type",
                "pageview",
                "url",
                "https://beta.example/",
                "visitor_id",
                "shared-visitor",
                "session_token",
                "shared-session",
                "event_id",
                "shared-event",
                "message",
                "m",
                "action",
                "a",
                "project_id",
                VICTIM.id());
        CROSSED.put(
                "/api/v1/events",
                crossed -> assertThat(crossed.check(SERVER.post("/api/v1/events")
                                        .key(THIEF.secretKey())
                                        .body("[" + text(event) + "]"))
                                .status())
                        .isEqualTo(202));
        for (String kind : List.of("pageview", "error", "audit")) {
            CROSSED.put("/api/track/" + kind + ".php", crossed -> {
                String path = "/api/track/" + kind + ".php";
                crossed.check(SERVER.post(path + "?k=" + VICTIM.publicKey())
                        .key(THIEF.publicKey())
                        .json(event));
                // The victim's key is on its pages for all to read: from the thief's page it opens nothing.
                for (String page : List.of("Origin", "Referer")) {
                    crossed.check(SERVER.post(path)
                                    .key(VICTIM.publicKey())
                                    .header(page, "https://beta.example")
                                    .json(event))
                            .isRefusal(403, "Domain not allowed for this key");
                }
            });
        }
    }

    /** The thief's keys in the administrator's place, with the victim's number. */
    private static void administration() {
        Map<String, Object> body = Map.of(
                "id",
                VICTIM.id(),
                "name",
                "stolen",
                "allowed_domains",
                List.of("beta.example"),
                "confirm",
                VICTIM.name(),
                "is_active",
                false);
        for (String name : List.of("create", "edit", "toggle", "regenerate-keys", "delete", "list")) {
            CROSSED.put("/api/projects/" + name + ".php", crossed -> {
                for (String key : List.of(THIEF.secretKey(), THIEF.publicKey(), VICTIM.publicKey())) {
                    Call call = SERVER.call(crossed.operation.method(), crossed.operation.path())
                            .key(THIEF.secretKey())
                            .admin(key);
                    crossed.check(crossed.operation.method().equals("POST") ? call.json(body) : call)
                            .isRefusal(401, "Unauthorized");
                }
            });
        }
    }

    private static String text(Object value) {
        return Call.JSON.valueToTree(value).toString();
    }

    @Test
    void everyOperation_keepsTheProjectsApart() {
        Map<String, String> before = everythingOf(VICTIM);
        assertThat(before.values()).anyMatch(text -> text.contains(MARK));
        Map<String, Integer> asked = new LinkedHashMap<>();
        for (Operation operation : Operation.all(SERVER)) {
            if (!operation.security().isEmpty()) {
                Consumer<Crossed> requests = CROSSED.get(operation.path());
                assertThat(requests)
                        .as("crossed requests for %s: a new endpoint needs some here", operation)
                        .isNotNull();
                Crossed crossed = new Crossed(operation);
                requests.accept(crossed);
                asked.put(operation.toString(), crossed.asked);
            }
        }
        assertThat(asked).hasSizeGreaterThan(28).doesNotContainValue(0);
        SERVER.awaitLoaded(THIEF);
        SERVER.awaitLoaded(VICTIM);
        assertThat(everythingOf(VICTIM)).isEqualTo(before);
        // Its own, though the ids were the victim's.
        JsonNode own =
                SERVER.get("/api/analytics/visitors.php").key(THIEF.secretKey()).ok();
        assertThat(own.path("total_sessions").asInt()).isEqualTo(1);
    }

    /** What the project's own key shows of it, from every operation that reads. */
    private static Map<String, String> everythingOf(Project project) {
        Map<String, String> shown = new TreeMap<>();
        for (Operation operation : Operation.all(SERVER)) {
            // Refusals are counted there, which is what the thief's are.
            if (operation.method().equals("GET") && operation.takes("SecretKey") && !operation.takes("AdminKey")) {
                Call.Answer answer = SERVER.get(operation.path() + "?id=" + groupId + "&code=" + code)
                        .key(project.secretKey())
                        .send();
                assertThat(answer.status()).as(operation.toString()).isEqualTo(200);
                shown.put(operation.toString(), answer.body());
            }
        }
        Call.Answer click =
                SERVER.get("/api/redirect.php?c=" + code).header("Accept", null).send();
        shown.put("where its link leads", click.status() + " " + click.header("location"));
        return shown;
    }
}

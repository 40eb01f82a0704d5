package io.micrologs.contract;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.micrologs.contract.Installation.Project;
import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Projects and their keys. */
class ProjectsContractIT {
    private static final Installation SERVER = Installation.shared();

    private static Call admin(String action, Map<String, ?> body) {
        return SERVER.post("/api/projects/" + action + ".php")
                .admin(SERVER.adminKey())
                .json(body);
    }

    private static JsonNode listed(Project project) {
        for (JsonNode item : SERVER.get("/api/projects/list.php")
                .admin(SERVER.adminKey())
                .ok()
                .path("projects")) {
            if (item.path("id").asInt() == project.id()) {
                return item;
            }
        }
        return Call.JSON.missingNode();
    }

    private static Map<String, Object> fields(Object name, Object domains) {
        Map<String, Object> fields = new HashMap<>();
        fields.put("name", name);
        fields.put("allowed_domains", domains);
        return fields;
    }

    @Test
    void create_cleansDomains_andShowsTheSecretOnce() {
        JsonNode data = admin(
                        "create",
                        fields(
                                "Ä shop",
                                List.of(" HTTPS://Shop.Example/ ", "shop.example", "b.example", "", "x".repeat(254))))
                .ok();
        assertThat(data.fieldNames())
                .toIterable()
                .containsExactly("id", "name", "allowed_domains", "secret_key", "public_key");
        assertThat(data.path("allowed_domains")).isEqualTo(Call.JSON.valueToTree(List.of("shop.example", "b.example")));
        assertThat(data.path("secret_key").asText()).matches("[0-9a-f]{64}");
        assertThat(data.path("public_key").asText()).matches("[0-9a-f]{32}");
        String all = SERVER.get("/api/projects/list.php")
                .admin(SERVER.adminKey())
                .send()
                .body();
        assertThat(all)
                .doesNotContain(data.path("secret_key").asText())
                .contains(data.path("public_key").asText());
    }

    @Test
    void create_refusals() {
        List<String> good = List.of("a.example");
        admin("create", fields("", good)).send().isRefusal(400, "name is required");
        admin("create", fields(null, good)).send().isRefusal(400, "name is required");
        admin("create", fields("x".repeat(101), good)).send().isRefusal(400, "name must be 100 characters or less");
        for (Object none : List.of(List.of(), "a.example", 7, Map.of("a", 1))) {
            admin("create", fields("x", none)).send().isRefusal(400, "allowed_domains must be a non-empty array");
        }
        admin("create", fields("x", Collections.nCopies(21, "a.example")))
                .send()
                .isRefusal(400, "Maximum 20 allowed domains per project");
        admin("create", fields("x", List.of("", " ", 7))).send().isRefusal(400, "No valid domains provided");
        admin("create", fields("\uD83D\uDE00".repeat(100), good)).ok();
    }

    @Test
    void edit_changesNameOrDomains_andTheLockAtOnce() {
        Project project = SERVER.project("a.example");
        JsonNode edited = admin("edit", Map.of("id", project.id(), "allowed_domains", List.of("b.example")))
                .ok();
        assertThat(edited.fieldNames())
                .toIterable()
                .containsExactly("id", "name", "allowed_domains", "is_active", "updated_at");
        assertThat(edited.path("name").asText()).isEqualTo(project.name());
        for (String[] origin : new String[][] {{"https://a.example", "403"}, {"https://b.example", "202"}}) {
            assertThat(SERVER.post("/api/track/audit.php")
                            .key(project.publicKey())
                            .header("Origin", origin[0])
                            .json(Map.of("action", "x"))
                            .send()
                            .status())
                    .isEqualTo(Integer.parseInt(origin[1]));
        }
        admin("edit", Map.of("id", project.id(), "name", "renamed")).ok();
        assertThat(listed(project).path("name").asText()).isEqualTo("renamed");
        admin("edit", Map.of("id", project.id()))
                .send()
                .isRefusal(400, "Nothing to update. Provide name or allowed_domains.");
        for (String action : List.of("edit", "toggle", "regenerate-keys", "delete")) {
            admin(action, Map.of("name", "x", "confirm", "x")).send().isRefusal(400, "id is required");
            admin(action, Map.of("id", 2_000_000_000, "name", "x", "confirm", "x"))
                    .send()
                    .isRefusal(404, "Project not found");
        }
        admin("edit", fields("x", List.of())).send().isRefusal(400, "id is required");
        admin("edit", Map.of("id", project.id(), "allowed_domains", List.of()))
                .send()
                .isRefusal(400, "allowed_domains must be a non-empty array");
        admin("edit", Map.of("id", project.id(), "name", "x".repeat(101)))
                .send()
                .isRefusal(400, "name must be 100 characters or less");
    }

    @Test
    void toggle_flipsOrSets() {
        Project project = SERVER.project();
        for (boolean expected : new boolean[] {false, true}) {
            assertThat(admin("toggle", Map.of("id", project.id())).ok())
                    .isEqualTo(Call.JSON.valueToTree(
                            Map.of("id", project.id(), "name", project.name(), "is_active", expected)));
        }
        admin("toggle", Map.of("id", project.id(), "is_active", "yes"))
                .send()
                .isRefusal(400, "is_active must be a boolean");
        assertThat(listed(project).path("is_active").asBoolean()).isTrue();
    }

    @Test
    void regenerate_rotatesWhatIsAsked() {
        Project project = SERVER.project();
        JsonNode data = admin("regenerate-keys", Map.of("id", project.id(), "rotate_secret", false))
                .ok();
        assertThat(data.has("secret_key")).isFalse();
        assertThat(data.path("public_key").asText()).matches("[0-9a-f]{32}").isNotEqualTo(project.publicKey());
        SERVER.get("/api/links/list.php").key(project.secretKey()).ok();
        admin("regenerate-keys", Map.of("id", project.id(), "rotate_secret", false, "rotate_public", false))
                .send()
                .isRefusal(400, "Nothing to rotate. Set rotate_secret and/or rotate_public to true.");
    }

    @Test
    void delete_needsTheExactName_andTakesEverythingAtOnce() {
        Project project = SERVER.project();
        String code = SERVER.post("/api/links/create.php")
                .key(project.secretKey())
                .json(Map.of("destination_url", "https://a.example/"))
                .ok()
                .path("code")
                .asText();
        SERVER.post("/api/track/audit.php")
                .key(project.secretKey())
                .json(Map.of("action", "x"))
                .accepted();
        SERVER.awaitLoaded(project);
        for (Object wrong : List.of("", project.name().toUpperCase(java.util.Locale.ROOT), 7)) {
            Call.Answer refused = admin("delete", Map.of("id", project.id(), "confirm", wrong))
                    .send();
            assertThat(refused.status()).isEqualTo(400);
            assertThat(refused.message()).contains("confirm");
        }
        assertThat(admin("delete", Map.of("id", project.id(), "confirm", project.name()))
                        .ok())
                .isEqualTo(Call.JSON.valueToTree(Map.of("id", project.id(), "name", project.name())));
        SERVER.get("/api/links/list.php").key(project.secretKey()).send().isRefusal(401, "Invalid API key");
        SERVER.post("/api/track/audit.php")
                .key(project.publicKey())
                .json(Map.of("action", "x"))
                .send()
                .isRefusal(401, "Invalid API key");
        assertThat(SERVER.get("/api/redirect.php?c=" + code).send().status()).isEqualTo(404);
        assertThat(listed(project).isMissingNode()).isTrue();
        admin("toggle", Map.of("id", project.id())).send().isRefusal(404, "Project not found");
    }

    @Test
    void list_countsLinksPageviewsAndErrorGroups() {
        Project project = SERVER.project();
        for (int i = 0; i < 2; i++) {
            SERVER.post("/api/track/error.php")
                    .key(project.secretKey())
                    .json(Map.of("message", "m"))
                    .accepted();
            SERVER.post("/api/track/pageview.php")
                    .key(project.publicKey())
                    .json(Map.of("url", "https://shop.example/" + i, "visitor_id", "v", "session_token", "s"))
                    .accepted();
        }
        SERVER.post("/api/links/create.php")
                .key(project.secretKey())
                .json(Map.of("destination_url", "https://a.example/"))
                .ok();
        SERVER.awaitLoaded(project);
        Installation.await(
                "the totals",
                Duration.ofSeconds(10),
                () -> listed(project)
                        .path("stats")
                        .equals(Call.JSON.valueToTree(
                                Map.of("total_links", 1, "total_pageviews", 2, "total_errors", 1))));
        assertThat(listed(project).fieldNames())
                .toIterable()
                .containsExactly(
                        "id",
                        "name",
                        "public_key",
                        "allowed_domains",
                        "is_active",
                        "stats",
                        "created_at",
                        "updated_at");
    }

    @Test
    void verify_tellsAboutAKey_withoutAdminKey() {
        Project project = SERVER.project("a.example");
        for (String[] key : new String[][] {{project.publicKey(), "public"}, {project.secretKey(), "secret"}}) {
            assertThat(SERVER.post("/api/projects/verify.php")
                            .json(Map.of("key", key[0]))
                            .ok())
                    .isEqualTo(Call.JSON.valueToTree(Map.of(
                            "valid",
                            true,
                            "key_type",
                            key[1],
                            "project_name",
                            project.name(),
                            "allowed_domains",
                            List.of("a.example"))));
        }
        assertThat(SERVER.post("/api/projects/verify.php")
                        .json(Map.of("key", "x"))
                        .ok())
                .isEqualTo(Call.JSON.valueToTree(Map.of("valid", false)));
        SERVER.post("/api/projects/verify.php").json(Map.of("key", "")).send().isRefusal(400, "key is required");
    }

    // What goes beyond the original

    @Test
    void settings_decideWhoIsLeftOut_andIsCounted() {
        Project project = SERVER.project();
        Map<String, Object> body = Map.of("url", "https://shop.example/", "visitor_id", "v", "session_token", "s");
        Call gpc = SERVER.post("/api/track/pageview.php")
                .key(project.publicKey())
                .json(body)
                .header("Sec-GPC", "1");
        assertThat(gpc.send().status()).isEqualTo(204);
        admin(
                        "edit",
                        Map.of(
                                "id",
                                project.id(),
                                "settings",
                                Map.of("gpc", false, "dnt", true, "exclude_cidrs", List.of("203.0.113.0/24"))))
                .ok();
        gpc.accepted();
        Call view =
                SERVER.post("/api/track/pageview.php").key(project.publicKey()).json(body);
        assertThat(view.header("DNT", "1").send().status()).isEqualTo(204);
        view.header("DNT", null);
        assertThat(view.from("203.0.113.9").send().status()).isEqualTo(204);
        view.from("203.0.114.9").accepted();
        Installation.await(
                "the refusals to be counted",
                Duration.ofSeconds(30),
                () -> SERVER.ledger(project)
                        .path("refused")
                        .equals(Call.JSON.valueToTree(Map.of("dnt", 1, "excluded", 1, "gpc", 1))));
        for (Object bad : List.of(
                "x",
                Map.of("gpc", "no"),
                Map.of("exclude_cidrs", List.of("203.0.113.0/33")),
                Map.of("exclude_cidrs", "x"))) {
            assertThat(admin("edit", Map.of("id", project.id(), "settings", bad))
                            .send()
                            .status())
                    .as(bad.toString())
                    .isEqualTo(400);
        }
    }

    @Test
    void cookieless_makesVisitorsFromTheRequest() {
        Project project = SERVER.project();
        admin("edit", Map.of("id", project.id(), "settings", Map.of("cookieless", true)))
                .ok();
        for (String address : List.of("203.0.113.1", "203.0.113.1", "203.0.113.2")) {
            for (String page : List.of("a", "b")) {
                SERVER.post("/api/track/pageview.php")
                        .key(project.publicKey())
                        .from(address)
                        .json(Map.of("url", "https://shop.example/" + page))
                        .accepted();
            }
        }
        SERVER.awaitLoaded(project);
        JsonNode visitors = SERVER.get("/api/analytics/visitors.php")
                .key(project.secretKey())
                .ok();
        assertThat(visitors.path("unique_visitors").asInt()).isEqualTo(2);
        assertThat(visitors.path("total_sessions").asInt()).isEqualTo(2);
        assertThat(visitors.path("total_pageviews").asInt()).isEqualTo(4);
        assertThat(visitors.path("bounce_rate").asDouble()).isZero();
    }
}

package io.micrologs.query;

import static io.micrologs.query.TestInstallation.ADMIN_KEY;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.micrologs.query.TestInstallation.Answer;
import io.micrologs.query.TestInstallation.TestProject;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Edit, toggle, key rotation and deletion of one project, beside another that nothing happens to. */
class ProjectChangesIT {
    private static final List<String> CHANGES = List.of("edit", "toggle", "regenerate-keys", "delete");

    private static TestInstallation installation;
    private TestProject project;
    private TestProject other;
    private String others;

    @BeforeAll
    static void start() {
        installation = TestInstallation.start("query_changes", Instant.parse("2026-03-20T20:00:00Z"));
    }

    @AfterAll
    static void close() {
        installation.close();
    }

    @BeforeEach
    void projects() throws Exception {
        project = installation.project("Shop \"1\"", ZoneId.of("Asia/Kolkata"));
        other = installation.project("Other", ZoneOffset.UTC);
        others = listed(other.id()).toString();
    }

    @Test
    void edit_changesWhatIsGiven_andAnswersTheProject() throws Exception {
        installation.now = Instant.parse("2026-03-21T20:00:00Z");
        assertThat(post("edit", "{\"id\":%d,\"name\":\" Café \"}").text())
                .isEqualTo("{\"success\":true,\"message\":\"OK\",\"data\":{\"id\":" + project.id()
                        + ",\"name\":\"Café\",\"allowed_domains\":[\"example.com\"],\"is_active\":true,"
                        + "\"updated_at\":\"2026-03-22 01:30:00\"}}");
        assertThat(post("edit", "{\"id\":\"%d\",\"allowed_domains\":[\"HTTPS://B.example/\",\"b.example\"]}")
                        .data()
                        .toString())
                .contains("\"name\":\"Café\",\"allowed_domains\":[\"b.example\"]");
        assertThat(inForce(project.id()).allowedDomains()).containsExactly("b.example");
        assertThat(listed(project.id()).path("updated_at").textValue()).isEqualTo("2026-03-22 01:30:00");
        assertThat(listed(other.id()).toString()).isEqualTo(others);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"id\":%d} | Nothing to update. Provide name or allowed_domains.",
                "{\"id\":%d,\"is_active\":false} | Nothing to update. Provide name or allowed_domains.",
                "{\"id\":%d,\"name\":\" \"} | name is required",
                "{\"id\":%d,\"name\":null} | name is required",
                "{\"id\":%d,\"name\":7} | name is required",
                "{\"id\":%d,\"name\":1e400} | name is required",
                "{\"id\":%d,\"name\":\"a\\u0000\"} | name contains a NUL character",
                "{\"id\":%d,\"name\":\"a\\ud83d\"} | name contains half a surrogate pair",
                "{\"id\":%d,\"name\":\"a\\udc0b\"} | name contains half a surrogate pair",
                "{\"id\":%d,\"name\":\"A\",\"name\":\"B\"} | Invalid or missing JSON body",
                "{\"id\":%d,\"name\":\"A\",\"allowed_domains\":[\"a.example\",\"a\\u0000\"]} | allowed_domains[1] contains a NUL character",
                "{\"id\":%d,\"allowed_domains\":[\"\\ud83da\"]} | allowed_domains[0] contains half a surrogate pair",
                "{\"id\":%d,\"settings\":{\"exclude_cidrs\":[\"10.0.0.0\\u0000\"]}} | settings.exclude_cidrs[0] contains a NUL character",
                "{\"id\":%d,\"name\":\"A\",\"allowed_domains\":[]} | allowed_domains must be a non-empty array",
                "{\"id\":%d,\"allowed_domains\":\"a\"} | allowed_domains must be a non-empty array",
                "{\"id\":%d,\"allowed_domains\":[1]} | No valid domains provided",
                "{\"id\":%d,\"settings\":[]} | settings must be an object with any of cookieless, fingerprint, gpc, dnt, exclude_cidrs",
                "{\"id\":%d,\"settings\":null} | settings must be an object with any of cookieless, fingerprint, gpc, dnt, exclude_cidrs",
                "{\"id\":%d,\"settings\":{\"gpc\":1}} | settings.gpc must be a boolean",
                "{\"id\":%d,\"settings\":{\"cookieless\":\"true\"}} | settings.cookieless must be a boolean",
                "{\"id\":%d,\"settings\":{\"fingerprint\":null}} | settings.fingerprint must be a boolean",
                "{\"id\":%d,\"settings\":{\"dnt\":[]}} | settings.dnt must be a boolean",
                "{\"id\":%d,\"settings\":{\"track\":true}} | settings has no track. It may have cookieless, fingerprint, gpc, dnt, exclude_cidrs",
                "{\"id\":%d,\"settings\":{\"exclude_cidrs\":\"10.0.0.0/8\"}} | settings.exclude_cidrs must be an array of addresses or CIDR blocks such as 203.0.113.0/24",
                "{\"id\":%d,\"settings\":{\"exclude_cidrs\":[\"10.0.0.0/8\",\"10.0.0.0/33\"]}} | settings.exclude_cidrs[1] is no address or CIDR block such as 203.0.113.0/24",
                "{\"id\":%d,\"settings\":{\"exclude_cidrs\":[10]}} | settings.exclude_cidrs[0] is no address or CIDR block such as 203.0.113.0/24"
            })
    void editWithBadFields_is400_andChangesNothing(String body, String message) throws Exception {
        String before = listed(project.id()).toString();
        refused(post("edit", body), 400, message);
        assertThat(listed(project.id()).toString()).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1e400", "-1e400", "99999999999999999999", "4294967297", "1.0", "\"1e2\"", "true", "[1]"})
    void idThatNoProjectHas_is400(String id) throws Exception {
        for (String path : CHANGES) {
            String body = "{\"id\":" + id + ",\"name\":\"A\",\"confirm\":\"A\"}";
            refused(installation.post("/api/projects/" + path, body, "X-Admin-Key", ADMIN_KEY), 400, "id is required");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"name", "key", "confirm"})
    void textThatCannotBeStored_is400_wheneverItIsAskedFor(String field) throws Exception {
        for (String path : List.of("create", "edit", "toggle", "regenerate-keys", "delete", "verify")) {
            String body = "{\"id\":" + project.id() + ",\"" + field + "\":\"\\ud83d\"}";
            refused(
                    installation.post("/api/projects/" + path, body, "X-Admin-Key", ADMIN_KEY),
                    400,
                    field + " contains half a surrogate pair");
        }
    }

    @Test
    void settings_mergeIntoWhatIsThere_andAreAnsweredBesideTheData() throws Exception {
        String defaults = "{\"cookieless\":false,\"fingerprint\":true,\"gpc\":true,\"dnt\":false,\"exclude_cidrs\":[]}";
        assertThat(settings(project.id())).isEqualTo(defaults);
        Answer answer = post(
                "edit",
                "{\"id\":%d,\"settings\":{\"dnt\":true,\"exclude_cidrs\":[\" 10.0.0.0/8\",\"10.0.0.0/8\",\"::1\"]}}");
        assertThat(answer.json().path("meta").toString())
                .isEqualTo("{\"settings\":{\"" + project.id()
                        + "\":{\"cookieless\":false,\"fingerprint\":true,\"gpc\":true,"
                        + "\"dnt\":true,\"exclude_cidrs\":[\"10.0.0.0/8\",\"::1\"]}}}");
        post("edit", "{\"id\":%d,\"settings\":{\"cookieless\":true,\"gpc\":false}}");
        assertThat(inForce(project.id()).settings())
                .isEqualTo(new ProjectSettings(true, true, false, true, List.of("10.0.0.0/8", "::1")));
        assertThat(post("edit", "{\"id\":%d,\"settings\":{}}").status()).isEqualTo(200);
        assertThat(settings(project.id())).contains("\"cookieless\":true").contains("\"dnt\":true");
        assertThat(settings(other.id())).isEqualTo(defaults);
    }

    @Test
    void excludeCidrs_mayBe50_andNotOneMore() throws Exception {
        assertThat(post("edit", "{\"id\":%d,\"settings\":{\"exclude_cidrs\":" + cidrs(50) + "}}")
                        .status())
                .isEqualTo(200);
        refused(
                post("edit", "{\"id\":%d,\"settings\":{\"exclude_cidrs\":" + cidrs(51) + "}}"),
                400,
                "settings.exclude_cidrs may have at most 50 entries, has 51");
        assertThat(inForce(project.id()).settings().excludeCidrs()).hasSize(50);
    }

    @Test
    void create_takesSettings_andRefusesBadOnes() throws Exception {
        String start = "{\"name\":\"With settings\",\"allowed_domains\":[\"a.example\"],\"settings\":";
        Answer answer =
                installation.post("/api/projects/create", start + "{\"cookieless\":true}}", "X-Admin-Key", ADMIN_KEY);
        int id = answer.data().path("id").intValue();
        assertThat(answer.json()
                        .path("meta")
                        .path("settings")
                        .path("" + id)
                        .path("cookieless")
                        .booleanValue())
                .isTrue();
        assertThat(inForce(id).settings()).isEqualTo(new ProjectSettings(true, true, true, false, List.of()));
        refused(
                installation.post("/api/projects/create", start + "{\"gpc\":\"no\"}}", "X-Admin-Key", ADMIN_KEY),
                400,
                "settings.gpc must be a boolean");
    }

    @Test
    void toggle_flips_orSets_andKeysStopAtOnce() throws Exception {
        assertThat(post("toggle", "{\"id\":%d}").text())
                .isEqualTo("{\"success\":true,\"message\":\"OK\",\"data\":{\"id\":" + project.id()
                        + ",\"name\":\"Shop \\\"1\\\"\",\"is_active\":false}}");
        assertThat(works(project.secretKey())).isFalse();
        assertThat(valid(project.publicKey())).isFalse();
        assertThat(inForce(project.id()).active()).isFalse();
        assertThat(post("toggle", "{\"id\":%d,\"is_active\":false}")
                        .data()
                        .path("is_active")
                        .booleanValue())
                .isFalse();
        assertThat(post("toggle", "{\"id\":%d}").data().path("is_active").booleanValue())
                .isTrue();
        assertThat(works(project.secretKey())).isTrue();
        assertThat(post("toggle", "{\"id\":%d,\"is_active\":true}")
                        .data()
                        .path("is_active")
                        .booleanValue())
                .isTrue();
        assertThat(listed(other.id()).toString()).isEqualTo(others);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"true\"", "1", "0", "null", "[]", "{}"})
    void toggleToNoBoolean_is400(String value) throws Exception {
        refused(post("toggle", "{\"id\":%d,\"is_active\":" + value + "}"), 400, "is_active must be a boolean");
        assertThat(works(project.secretKey())).isTrue();
    }

    @Test
    void rotation_replacesWhatIsAsked_andOldKeysStopAtOnce() throws Exception {
        JsonNode both = post("regenerate-keys", "{\"id\":%d}").data();
        String secret = both.path("secret_key").textValue();
        String shown = both.path("public_key").textValue();
        assertThat(both.toString())
                .isEqualTo("{\"id\":" + project.id() + ",\"name\":\"Shop \\\"1\\\"\",\"secret_key\":\"" + secret
                        + "\",\"public_key\":\"" + shown + "\"}");
        assertThat(works(project.secretKey())).isFalse();
        assertThat(valid(project.publicKey())).isFalse();
        assertThat(works(secret)).isTrue();
        assertThat(valid(shown)).isTrue();

        JsonNode one =
                post("regenerate-keys", "{\"id\":%d,\"rotate_public\":false}").data();
        assertThat(one.has("public_key")).isFalse();
        assertThat(works(secret)).isFalse();
        assertThat(valid(shown)).isTrue();
        assertThat(works(one.path("secret_key").textValue())).isTrue();

        assertThat(post("regenerate-keys", "{\"id\":%d,\"rotate_secret\":false}")
                        .data()
                        .has("secret_key"))
                .isFalse();
        assertThat(works(one.path("secret_key").textValue())).isTrue();
        assertThat(valid(shown)).isFalse();
        assertThat(works(other.secretKey())).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"rotate_secret\":false,\"rotate_public\":false | Nothing to rotate. Set rotate_secret and/or rotate_public to true.",
                "\"rotate_secret\":\"false\" | rotate_secret must be a boolean",
                "\"rotate_public\":1 | rotate_public must be a boolean",
                "\"rotate_public\":null | rotate_public must be a boolean"
            })
    void rotationOfNothing_is400(String fields, String message) throws Exception {
        refused(post("regenerate-keys", "{\"id\":%d," + fields + "}"), 400, message);
        assertThat(works(project.secretKey())).isTrue();
        assertThat(valid(project.publicKey())).isTrue();
    }

    @Test
    void delete_stopsKeysAndLinksAtOnce_andLeavesATombstone() throws Exception {
        String code = link(project);
        String otherCode = link(other);
        assertThat(post("delete", "{\"id\":%d,\"confirm\":\"Shop \\\"1\\\"\"}").text())
                .isEqualTo("{\"success\":true,\"message\":\"OK\",\"data\":{\"id\":" + project.id()
                        + ",\"name\":\"Shop \\\"1\\\"\"}}");
        assertThat(works(project.secretKey())).isFalse();
        assertThat(valid(project.publicKey())).isFalse();
        assertThat(listed(project.id()).isMissingNode()).isTrue();
        assertThat(last().projects()).noneMatch(keys -> keys.id() == project.id());
        assertThat(last().links())
                .noneMatch(link -> link.code().equals(code))
                .anyMatch(link -> link.code().equals(otherCode));
        assertThat(installation.api.projects().read())
                .usingRecursiveComparison()
                .isEqualTo(last());
        assertThat(works(other.secretKey())).isTrue();
        for (String change : CHANGES) {
            refused(post(change, "{\"id\":%d,\"confirm\":\"Shop \\\"1\\\"\"}"), 404, "Project not found");
        }
        assertThat(installation.count(
                        "SELECT COUNT(*) AS n FROM project WHERE deleted_ms = ? AND project_id = ?",
                        installation.now.toEpochMilli(),
                        project.id()))
                .isOne();
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"shop \\\"1\\\"\"", "\"Shop\"", "\" Shop \\\"1\\\"\"", "true", "null", "[\"Shop\"]"})
    void deleteWithoutTheExactName_is400_andSaysIt(String confirm) throws Exception {
        refused(
                post("delete", "{\"id\":%d,\"confirm\":" + confirm + "}"),
                400,
                "This deletes the project and all its data. Pass confirm with its exact name: \"Shop \"1\"\"");
        assertThat(works(project.secretKey())).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'' | Invalid or missing JSON body",
                "{} | Invalid or missing JSON body",
                "[1] | Invalid or missing JSON body",
                "{\"id\":1,\"id\":2} | Invalid or missing JSON body",
                "{\"a\":1} | id is required",
                "{\"id\":null} | id is required",
                "{\"id\":0} | id is required",
                "{\"id\":-1} | id is required",
                "{\"id\":1.5} | id is required",
                "{\"id\":true} | id is required",
                "{\"id\":\"one\"} | id is required",
                "{\"id\":[1]} | id is required",
                "{\"id\":4294967297} | id is required",
                "{\"id\":1e400} | id is required"
            })
    void changeWithoutBodyOrId_is400(String body, String message) throws Exception {
        for (String change : CHANGES) {
            refused(post(change, body), 400, message);
        }
    }

    @Test
    void changeOfNoProject_is404_whateverElseIsWrong() throws Exception {
        for (String change : CHANGES) {
            refused(post(change, "{\"id\":999999,\"is_active\":7,\"name\":\"\"}"), 404, "Project not found");
        }
    }

    @Test
    void changeWithoutAdminKey_is401_beforeTheBodyIsRead_andGetIs405() throws Exception {
        for (String change : CHANGES) {
            String path = "/api/projects/" + change;
            for (String php : List.of("", ".php")) {
                refused(installation.post(path + php, "nonsense"), 401, "Unauthorized");
                refused(
                        installation.post(path + php, "nonsense", "X-Admin-Key", project.secretKey()),
                        401,
                        "Unauthorized");
                refused(installation.method("GET", path + php), 405, "Method not allowed");
            }
        }
    }

    private String link(TestProject owner) throws Exception {
        return installation
                .post(
                        "/api/links/create",
                        "{\"destination_url\":\"https://example.com/\"}",
                        "X-API-Key",
                        owner.secretKey())
                .data()
                .path("code")
                .textValue();
    }

    /** {@code body} with the project's id for {@code %d}. */
    private Answer post(String change, String body) throws Exception {
        return installation.post(
                "/api/projects/" + change, body.replace("%d", "" + project.id()), "X-Admin-Key", ADMIN_KEY);
    }

    private static ControlSnapshot last() {
        return installation.published.get(installation.published.size() - 1);
    }

    private static ControlSnapshot.ProjectKeys inForce(int id) {
        return last().projects().stream()
                .filter(keys -> keys.id() == id)
                .findFirst()
                .orElseThrow();
    }

    private static JsonNode listed(int id) throws Exception {
        Answer list = installation.get("/api/projects/list", "X-Admin-Key", ADMIN_KEY);
        for (JsonNode listed : list.data().path("projects")) {
            if (listed.path("id").intValue() == id) {
                return listed;
            }
        }
        return list.json().path("missing");
    }

    private static String settings(int id) throws Exception {
        return installation
                .get("/api/projects/list", "X-Admin-Key", ADMIN_KEY)
                .json()
                .path("meta")
                .path("settings")
                .path("" + id)
                .toString();
    }

    private static boolean works(String secretKey) throws Exception {
        return installation
                        .get("/api/analytics/visitors", "X-API-Key", secretKey)
                        .status()
                == 200;
    }

    private static boolean valid(String key) throws Exception {
        return installation
                .post("/api/projects/verify", "{\"key\":\"" + key + "\"}")
                .data()
                .path("valid")
                .booleanValue();
    }

    private static String cidrs(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> "\"10.0." + i + ".0/24\"")
                .collect(Collectors.joining(",", "[", "]"));
    }

    private static void refused(Answer answer, int status, String message) {
        assertThat(answer.message()).isEqualTo(message);
        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.json().size()).isEqualTo(2);
    }
}

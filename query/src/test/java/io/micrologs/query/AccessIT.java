package io.micrologs.query;

import static io.micrologs.query.TestInstallation.ADMIN_KEY;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrologs.query.TestInstallation.Answer;
import io.micrologs.query.TestInstallation.TestProject;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may ask what, and the words in which everybody else is refused. */
class AccessIT {
    private static final List<String> ENDPOINTS = List.of(
            "visitors",
            "visitors-returning",
            "sessions",
            "pages",
            "devices",
            "locations",
            "referrers",
            "utm",
            "links",
            "link-detail",
            "errors",
            "errors-trend",
            "error-detail",
            "audits");

    private static TestInstallation installation;
    private static TestProject project;

    @BeforeAll
    static void start() throws Exception {
        installation = TestInstallation.start("query_access", Instant.parse("2026-03-20T15:00:00Z"));
        project = installation.project("Shop", ZoneOffset.UTC);
    }

    @AfterAll
    static void close() {
        installation.close();
    }

    @Test
    void analyticsWithoutKey_is401() throws Exception {
        for (String endpoint : ENDPOINTS) {
            refused(installation.get("/api/analytics/" + endpoint), 401, "API key is required");
            refused(installation.get("/api/analytics/" + endpoint, "X-API-Key", ""), 401, "API key is required");
        }
    }

    @Test
    void analyticsWithAnyOtherKeyThanASecretOne_is401_beforeItsParametersAreRead() throws Exception {
        List<String> keys = List.of(project.publicKey(), "0".repeat(64), project.secretKey() + "0", ADMIN_KEY);
        for (String endpoint : ENDPOINTS) {
            for (String key : keys) {
                refused(
                        installation.get("/api/analytics/" + endpoint + "?range=nonsense", "X-API-Key", key),
                        401,
                        "Invalid API key");
            }
            refused(
                    installation.get("/api/analytics/" + endpoint + "?k=" + project.secretKey()),
                    401,
                    "API key is required");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "range=nonsense | Invalid range. Use Nd with N from 1 to 365, or custom with from and to as YYYY-MM-DD",
                "range=custom | Invalid date format. Use YYYY-MM-DD",
                "range=custom&from=2026-02-31&to=2026-03-01 | Invalid date format. Use YYYY-MM-DD",
                "range=custom&from=2026-03-02&to=2026-03-01 | 'from' must be before 'to'",
                "range=custom&from=2025-01-01&to=2026-03-01 | Custom date range cannot exceed 365 days"
            })
    void badRange_is400OnEveryEndpoint(String query, String message) throws Exception {
        for (String endpoint : ENDPOINTS) {
            refused(installation.analytics(endpoint + "?id=1&" + query, project), 400, message);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "?id=", "?id=0", "?id=abc", "?id=-1", "?id=1.5", "?id=99999999999999999999", "?id[]=1"})
    void errorDetailWithoutUsableId_is400(String query) throws Exception {
        refused(installation.analytics("error-detail" + query, project), 400, "id is required");
    }

    @Test
    void errorDetailOfUnknownGroup_is404() throws Exception {
        refused(installation.analytics("error-detail?id=999999999999", project), 404, "Error group not found");
    }

    @Test
    void everyEndpoint_answersWithAndWithoutPhp() throws Exception {
        for (String endpoint : ENDPOINTS) {
            String path = "/api/analytics/" + endpoint;
            assertThat(installation
                            .get(path + ".php", "X-API-Key", project.secretKey())
                            .text())
                    .isEqualTo(installation
                            .get(path, "X-API-Key", project.secretKey())
                            .text());
        }
        assertThat(installation
                        .get("/api/projects/list.php", "X-Admin-Key", ADMIN_KEY)
                        .status())
                .isEqualTo(200);
        assertThat(installation
                        .post("/api/projects/verify.php", "{\"key\":\"x\"}")
                        .status())
                .isEqualTo(200);
        assertThat(installation
                        .post("/api/projects/create.php", "{}", "X-Admin-Key", ADMIN_KEY)
                        .status())
                .isEqualTo(400);
    }

    @Test
    void wrongMethod_is405_whateverTheKey() throws Exception {
        for (String endpoint : ENDPOINTS) {
            refused(installation.method("POST", "/api/analytics/" + endpoint), 405, "Method not allowed");
        }
        refused(installation.method("GET", "/api/projects/create"), 405, "Method not allowed");
        refused(installation.method("POST", "/api/projects/list"), 405, "Method not allowed");
        refused(installation.method("GET", "/api/projects/verify"), 405, "Method not allowed");
    }

    @Test
    void projectsWithWrongOrMissingAdminKey_is401_beforeTheBodyIsRead() throws Exception {
        for (String key : List.of("", "wrong", ADMIN_KEY + "x", project.secretKey())) {
            refused(installation.post("/api/projects/create", "nonsense", "X-Admin-Key", key), 401, "Unauthorized");
            refused(installation.get("/api/projects/list", "X-Admin-Key", key), 401, "Unauthorized");
        }
        refused(installation.post("/api/projects/create", "{}"), 401, "Unauthorized");
        refused(installation.get("/api/projects/list"), 401, "Unauthorized");
    }

    @Test
    void disabledProject_isRefusedEverywhere_untilItIsEnabledAgain() throws Exception {
        TestProject other = installation.project("Disabled", ZoneOffset.UTC);
        change("UPDATE project SET is_active = FALSE WHERE project_id = ?", other.id());
        refused(installation.analytics("visitors", other), 401, "Invalid API key");
        assertThat(verified(other.secretKey())).isEqualTo("{\"valid\":false}");
        assertThat(verified(other.publicKey())).isEqualTo("{\"valid\":false}");
        change("UPDATE project SET is_active = TRUE WHERE project_id = ?", other.id());
        assertThat(installation.analytics("visitors", other).status()).isEqualTo(200);
    }

    @Test
    void deletedProject_isVisibleNowhere() throws Exception {
        TestProject other = installation.project("Deleted", ZoneOffset.UTC);
        change("UPDATE project SET deleted_ms = 1 WHERE project_id = ?", other.id());
        refused(installation.analytics("visitors", other), 401, "Invalid API key");
        assertThat(verified(other.publicKey())).isEqualTo("{\"valid\":false}");
        assertThat(installation
                        .get("/api/projects/list", "X-Admin-Key", ADMIN_KEY)
                        .text())
                .contains("\"Shop\"")
                .doesNotContain("\"Deleted\"");
        assertThat(installation.published.get(installation.published.size() - 1).projects())
                .noneMatch(keys -> keys.id() == other.id());
    }

    private static String verified(String key) throws Exception {
        return installation
                .post("/api/projects/verify", "{\"key\":\"" + key + "\"}")
                .data()
                .toString();
    }

    /** As another process would. */
    private static void change(String sql, Object... values) throws Exception {
        installation.update(sql, values);
        installation.update("UPDATE control_version SET version = version + 1 WHERE one = 1");
        assertThat(installation.api.projects().refreshIfChanged()).isTrue();
        assertThat(installation.api.projects().refreshIfChanged()).isFalse();
    }

    private static void refused(Answer answer, int status, String message) {
        assertThat(answer.text()).isEqualTo("{\"success\":false,\"message\":\"" + message + "\"}");
        assertThat(answer.status()).isEqualTo(status);
    }
}

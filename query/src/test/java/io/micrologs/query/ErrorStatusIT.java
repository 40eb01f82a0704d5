package io.micrologs.query;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrologs.query.TestInstallation.Answer;
import io.micrologs.query.TestInstallation.TestProject;
import java.time.Instant;
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

/** What people say about error groups: theirs, and only theirs. */
class ErrorStatusIT {
    private static final Instant NOW = Instant.parse("2026-03-20T20:00:00Z");

    private static TestInstallation installation;
    private static TestRows rows;
    private static int groups;
    private TestProject project;
    private TestProject other;
    private long open;
    private long resolved;
    private long foreign;

    @BeforeAll
    static void start() {
        installation = TestInstallation.start("query_status", NOW);
        rows = new TestRows(installation);
    }

    @AfterAll
    static void close() {
        installation.close();
    }

    @BeforeEach
    void groups() throws Exception {
        project = installation.project("Shop", ZoneOffset.UTC);
        other = installation.project("Other", ZoneOffset.UTC);
        open = group(project, 1);
        resolved = group(project, 3);
        foreign = group(other, 1);
    }

    @Test
    void oneId_isUpdated() throws Exception {
        assertThat(post("{\"id\":" + open + ",\"status\":\"resolved\"}").text())
                .isEqualTo("{\"success\":true,\"message\":\"OK\",\"data\":{\"updated\":1,\"ids\":[" + open
                        + "],\"status\":\"resolved\"}}");
        assertThat(status(open)).isEqualTo(3);
        assertThat(statusMs(open)).isEqualTo(NOW.toEpochMilli());
        assertThat(status(foreign)).isEqualTo(1);
    }

    @Test
    void manyIds_countThoseThatChanged_andNameThoseThatAreNotThere() throws Exception {
        String ids =
                "[" + resolved + "," + open + ",999999999," + open + ",\"" + open + "\"," + foreign + ",\"x\",-3,null]";
        assertThat(post("{\"ids\":" + ids + ",\"status\":\"resolved\"}").data().toString())
                .isEqualTo("{\"updated\":1,\"ids\":[" + resolved + "," + open
                        + "],\"status\":\"resolved\",\"not_found\":[999999999," + foreign + "]}");
        assertThat(status(foreign)).isEqualTo(1);
        // Resolved once more: what came before this must not reopen it.
        assertThat(statusMs(resolved)).isEqualTo(NOW.toEpochMilli());
    }

    @Test
    void eachStatus_canBeSet_andShowsInErrors() throws Exception {
        for (String status : List.of("investigating", "ignored", "resolved", "open")) {
            post("{\"id\":" + open + ",\"status\":\"" + status + "\"}");
            assertThat(installation
                            .analytics("error-detail?id=" + open, project)
                            .data()
                            .path("group")
                            .path("status")
                            .textValue())
                    .isEqualTo(status);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"status\":\"open\"} | ids (array) or id (integer) is required",
                "{\"ids\":[],\"status\":\"open\"} | ids (array) or id (integer) is required",
                "{\"ids\":7,\"status\":\"open\"} | ids (array) or id (integer) is required",
                "{\"id\":null,\"status\":\"open\"} | ids (array) or id (integer) is required",
                "{\"id\":\"x\",\"status\":\"open\"} | No valid IDs provided",
                "{\"id\":0,\"status\":\"open\"} | No valid IDs provided",
                "{\"id\":1.5,\"status\":\"open\"} | No valid IDs provided",
                "{\"id\":1e400,\"status\":\"open\"} | No valid IDs provided",
                "{\"id\":99999999999999999999,\"status\":\"open\"} | No valid IDs provided",
                "{\"id\":1,\"status\":\"open\\u0000\"} | status contains a NUL character",
                "{\"id\":[1],\"status\":\"open\"} | No valid IDs provided",
                "{\"ids\":[-1,\"x\",null,{},1e400],\"status\":\"open\"} | No valid IDs provided",
                "{\"id\":1} | 'status must be one of: open, investigating, resolved, ignored'",
                "{\"id\":1,\"status\":\"closed\"} | 'status must be one of: open, investigating, resolved, ignored'",
                "{\"id\":1,\"status\":\"OPEN\"} | 'status must be one of: open, investigating, resolved, ignored'",
                "{\"id\":1,\"status\":3} | 'status must be one of: open, investigating, resolved, ignored'",
                "{\"id\":1,\"status\":[\"open\"]} | 'status must be one of: open, investigating, resolved, ignored'",
                "{} | Invalid or missing JSON body",
                "[1] | Invalid or missing JSON body"
            })
    void badFields_are400(String body, String message) throws Exception {
        refused(post(body), 400, message);
    }

    @Test
    void hundredIds_areGood_andOneMoreIs400() throws Exception {
        assertThat(post("{\"ids\":" + ids(100) + ",\"status\":\"open\"}").status())
                .isEqualTo(200);
        refused(post("{\"ids\":" + ids(101) + ",\"status\":\"open\"}"), 400, "Maximum 100 IDs per request");
    }

    @Test
    void noneOfThem_is404() throws Exception {
        refused(
                post("{\"ids\":[999999999," + foreign + "],\"status\":\"ignored\"}"),
                404,
                "No matching error groups found for this project");
        assertThat(status(foreign)).isEqualTo(1);
    }

    @Test
    void keyAndMethod_areCheckedBeforeTheBody() throws Exception {
        String path = "/api/track/errors-update-status";
        for (String php : List.of("", ".php")) {
            refused(installation.post(path + php, "x"), 401, "API key is required");
            refused(installation.post(path + php, "x", "X-API-Key", project.publicKey()), 401, "Invalid API key");
            refused(installation.method("GET", path + php), 405, "Method not allowed");
        }
    }

    /** The project's first group among ids that are none. */
    private String ids(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> "" + (i == 0 ? open : 900_000_000 + i))
                .collect(Collectors.joining(",", "[", "]"));
    }

    private static long group(TestProject owner, int status) throws Exception {
        return rows.group(owner, "T", "m" + groups++, null, null, 3, 1, status).id;
    }

    private static long status(long group) throws Exception {
        return installation.count("SELECT status AS n FROM error_group WHERE group_id = ?", group);
    }

    private static long statusMs(long group) throws Exception {
        return installation.count("SELECT status_ms AS n FROM error_group WHERE group_id = ?", group);
    }

    private Answer post(String body) throws Exception {
        return installation.post("/api/track/errors-update-status", body, "X-API-Key", project.secretKey());
    }

    private static void refused(Answer answer, int status, String message) {
        assertThat(answer.text()).isEqualTo("{\"success\":false,\"message\":\"" + message + "\"}");
        assertThat(answer.status()).isEqualTo(status);
    }
}

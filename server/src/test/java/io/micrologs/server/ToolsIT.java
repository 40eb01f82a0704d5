package io.micrologs.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ArrayNode;
import io.micrologs.loader.RebuildRequests.Request;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The operator's tools beside a running server: what is broken is named, mended, saved and made again. */
class ToolsIT {

    private static final Duration SOON = Duration.ofSeconds(60);
    private static final List<String> ENDPOINTS = List.of(
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
            "error-detail",
            "audits",
            "links");

    /** Without those that came back to nothing, which are as good as none. */
    private static final String COUNTS =
            "SELECT * FROM rollup WHERE COALESCE(events, 0) <> 0 OR COALESCE(visits, 0) <> 0"
                    + " OR COALESCE(visit_views, 0) <> 0 ORDER BY project_id, grain, dimension, period, value_id";

    private static final String SKETCHES =
            "SELECT project_id, grain, dimension, period, value_id, k, HEX(hashes), visitors"
                    + " FROM sketch ORDER BY project_id, grain, dimension, period, value_id";

    @TempDir
    Path temp;

    @Test
    void whatIsBrokenIsNamedMendedSavedAndMadeAgain() throws Exception {
        Path data = temp.resolve("data");
        Path again = temp.resolve("again");
        Path file = temp.resolve("backup.zip");
        Map<String, String> answers;
        try (ServerProcess server = ServerProcess.start(data, ServerProcess.freePort(), "serve")) {
            server.awaitAccepting();
            send(server, "first", 60);
            String today = LocalDate.now(ZoneOffset.UTC).toString();
            assertThat(Tool.run(data, "verify").output()).contains("everything is equal");
            Tool.sql(
                    data,
                    "DELETE FROM pageview WHERE sequence % 2 = 0",
                    "UPDATE session SET pageviews = 77",
                    "UPDATE error_group SET status = 4, occurrence_count = 1");
            Tool broken = Tool.run(data, "verify");
            assertThat(broken.exit()).isEqualTo(1);
            assertThat(broken.output()).contains("DIFFERS  sessions and their pageviews");
            Tool replayed = Tool.run(data, "replay", "--day", today);
            assertThat(replayed.output()).contains("exchanging rows").contains("replayed " + today);
            assertThat(replayed.exit()).isZero();
            assertThat(Tool.run(data, "verify").exit()).isZero();
            Tool refused = Tool.run(data, "replay", "--day", "2020-01-01");
            assertThat(refused.exit()).isEqualTo(1);
            assertThat(refused.output()).contains("2020-01-01 is not wholly in the journal");
            assertThat(Tool.run(data, "replay", "--day", "yesterday").exit()).isEqualTo(2);

            deadLetter(server);
            rebuildRollups(server);

            assertThat(Tool.run(data, "backup", file.toString()).exit()).isZero();
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                    .isEqualTo("rw-------");
            assertThat(Tool.run(data, "backup", file.toString()).output()).contains("is there already");
            assertThat(Tool.run(data, "restore", file.toString()).output()).contains("is not empty");
            answers = answers(server);
        }
        Path damaged = temp.resolve("damaged.zip");
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 3] ^= 4;
        Files.write(damaged, bytes);
        assertThat(Tool.run(again, "restore", damaged.toString()).output()).contains("it is damaged");
        assertThat(again).doesNotExist();
        Tool restored = Tool.run(again, "restore", file.toString());
        assertThat(restored.output()).contains("restored").contains("table pageview");
        assertThat(again.resolve("cookieless-salts.properties")).doesNotExist();
        try (ServerProcess server = ServerProcess.start(again, ServerProcess.freePort(), "serve")) {
            server.awaitAccepting();
            assertThat(answers(server)).isEqualTo(answers);
            send(server, "second", 5);
            assertThat(Tool.run(again, "verify").output()).contains("everything is equal");
        }
    }

    /** Set aside while its column is too narrow, tried in vain, and loaded once when it is not. */
    private static void deadLetter(ServerProcess server) throws Exception {
        Path data = server.data();
        Tool.sql(data, "ALTER TABLE audit_event MODIFY action VARCHAR(5) NOT NULL");
        String event =
                "[{\"type\":\"audit\",\"action\":\"logout\",\"event_id\":\"l\",\"context\":{\"pin\":\"hunter2\"}}]";
        assertThat(server.post("/api/v1/events", server.secretKey(), event).statusCode())
                .isEqualTo(202);
        ServerProcess.await("the dead letter", SOON, () -> line(server, "dead_lettered") == 1);
        String id = Tool.run(data, "deadletters", "list")
                .output()
                .lines()
                .filter(line -> line.matches("[0-9a-f]{16}-.*"))
                .findFirst()
                .orElseThrow()
                .split(" ")[0];
        assertThat(Tool.run(data, "deadletters", "show", id).output())
                .contains("AuditEvent")
                .contains("logout")
                .doesNotContain("hunter2");
        Tool vain = Tool.run(data, "deadletters", "retry", id);
        assertThat(vain.output()).contains(id + " stays: SQL state 22001");
        assertThat(vain.exit()).isEqualTo(1);
        Tool.sql(data, "ALTER TABLE audit_event MODIFY action VARCHAR(100) NOT NULL");
        assertThat(Tool.run(data, "deadletters", "retry", "--all").output()).contains(id + " is loaded: stored");
        assertThat(Tool.run(data, "deadletters", "retry", id).output()).contains("there is no dead letter " + id);
        assertThat(line(server, "dead_lettered")).isZero();
        assertThat(Tool.run(data, "verify").exit()).isZero();
        // Also while nothing comes.
        awaitCounts(data);
        assertThat(Tool.run(data, "verify").exit()).isZero();
    }

    private static void awaitCounts(Path data) {
        ServerProcess.await("its counts", SOON, () -> Tool.number(data, "SELECT COUNT(*) FROM rollup_pending") == 0);
    }

    private static void rebuildRollups(ServerProcess server) throws Exception {
        Path data = server.data();
        Tool.sql(
                data,
                "UPDATE rollup SET events = events + 1 WHERE dimension = 0",
                "UPDATE rollup SET visits = 0, bounces = -1 WHERE dimension = 5",
                "DELETE FROM rollup WHERE dimension IN (1, 12, 32)",
                "DELETE FROM sketch WHERE dimension = 1",
                "UPDATE sketch SET hashes = '' WHERE dimension = 0",
                "DELETE FROM tuple");
        Tool broken = Tool.run(data, "verify");
        assertThat(broken.exit()).isEqualTo(1);
        assertThat(broken.output())
                .contains("DIFFERS  rollups and sketches and their rows")
                .contains("project 1, total, ")
                .contains(", events: stored ");
        CompletableFuture<Void> sending = CompletableFuture.runAsync(() -> {
            for (int i = 0; i < 5; i++) {
                send(server, "beside" + i, 40);
            }
        });
        Tool rebuilt = Tool.run(data, "rebuild", "rollups");
        sending.get();
        assertThat(rebuilt.output()).contains("counting days again").containsPattern("counted [12] days again");
        assertThat(rebuilt.exit()).isZero();
        assertThat(Tool.run(data, "verify").output()).contains("everything is equal");
        try (Connection connection = Tool.connect(data)) {
            // Done before anybody looked.
            assertThat(RebuildWatch.await(connection, List.of(new Request(0, 1, 0, 3)), true, (step, done, all) -> {}))
                    .isEqualTo(new RebuildWatch.Result(true, 3));
        }

        // And to the byte, when nothing comes meanwhile.
        awaitCounts(data);
        List<String> counts = Tool.rows(data, COUNTS);
        List<String> sketches = Tool.rows(data, SKETCHES);
        assertThat(counts).hasSizeGreaterThan(30);
        assertThat(sketches).hasSizeGreaterThan(10);
        Tool.sql(data, "DELETE FROM rollup", "DELETE FROM sketch");
        String today = LocalDate.now(ZoneOffset.UTC).toString();
        String yesterday = LocalDate.parse(today).minusDays(1).toString();
        assertThat(Tool.run(data, "rebuild", "rollups", "--from", yesterday).exit())
                .isZero();
        assertThat(Tool.rows(data, COUNTS)).isEqualTo(counts);
        assertThat(Tool.rows(data, SKETCHES)).isEqualTo(sketches);
        badRanges(data, today, yesterday);
    }

    private static void badRanges(Path data, String today, String yesterday) throws Exception {
        assertThat(Tool.run(data, "rebuild", "rollups", "--from", "2021-01-01", "--to", "2021-12-31")
                        .output())
                .contains("there is nothing to count in these days");
        Tool backwards = Tool.run(data, "rebuild", "rollups", "--from", today, "--to", yesterday);
        assertThat(backwards.output()).contains("--from " + today + " is after --to " + yesterday);
        assertThat(backwards.exit()).isEqualTo(1);
        assertThat(Tool.run(data, "rebuild", "rollups", "--from", "2999-01-01").output())
                .contains("--from 2999-01-01 is in the future");
        Tool notADay = Tool.run(data, "rebuild", "rollups", "--from", "2026-02-30");
        assertThat(notADay.output()).contains("a day such as 2026-01-31");
        assertThat(notADay.exit()).isEqualTo(2);
        assertThat(Tool.run(data, "rebuild", "rollups", "--project", "77").output())
                .contains("there is no project 77");
        Tool.sql(data, "UPDATE raw_dropped SET until_ms = UNIX_TIMESTAMP('2021-06-01') * 1000");
        Tool dropped = Tool.run(data, "rebuild", "rollups", "--from", "2021-06-01");
        assertThat(dropped.output())
                .contains("raw rows of days before 2021-06-04 were dropped by retention")
                .contains("begin with --from 2021-06-04");
        assertThat(dropped.exit()).isEqualTo(1);
        assertThat(Tool.run(data, "rebuild", "rollups", "--to", "2021-05-01").exit())
                .isEqualTo(1);
        Tool.sql(data, "UPDATE raw_dropped SET until_ms = 0");
    }

    private static void send(ServerProcess server, String name, int views) {
        ArrayNode events = ServerProcess.JSON.createArrayNode();
        for (int i = 0; i < views; i++) {
            events.addObject()
                    .put("type", "pageview")
                    .put("url", "https://example.com/" + i % 7 + "?utm_source=a")
                    .put("page_title", "Größe " + i % 7)
                    .put("visitor_id", name + i % 11)
                    .put("session_token", name + i % 13)
                    .put("event_id", name + i);
            events.addObject()
                    .put("type", "error")
                    .put("error_type", "E" + i % 3)
                    .put("message", "m");
            events.addObject().put("type", "audit").put("action", "login");
        }
        long before = line(server, "accepted");
        assertThat(server.post("/api/v1/events", server.secretKey(), events.toString())
                        .statusCode())
                .isEqualTo(202);
        ServerProcess.await(
                "all to be loaded",
                SOON,
                () -> line(server, "accepted") == before + 3L * views
                        && line(server, "pending") == 0
                        && server.isCounted());
    }

    private static long line(ServerProcess server, String field) {
        return server.get("/api/v1/ledger", server.secretKey())
                .path("projects")
                .path(0)
                .path(field)
                .asLong(-1);
    }

    private static Map<String, String> answers(ServerProcess server) {
        Map<String, String> answers = new LinkedHashMap<>();
        for (String endpoint : ENDPOINTS) {
            String question = endpoint.equals("error-detail") ? "?id=1" : "?range=7d";
            answers.put(
                    endpoint,
                    server.get("/api/analytics/" + endpoint + ".php" + question, server.secretKey())
                            .toString());
        }
        answers.put("projects", server.list().toString());
        // Waiting for a start is counted as refused requests.
        answers.put(
                "ledger",
                server.get("/api/v1/ledger", server.secretKey()).toString().replaceAll("\"refused\":\\{[^}]*}", ""));
        return answers;
    }
}

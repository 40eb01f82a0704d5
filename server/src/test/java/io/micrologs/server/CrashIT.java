package io.micrologs.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Acknowledged means counted, once, when processes are killed while events come in. */
class CrashIT {

    private static final int PAGEVIEWS = 3_000;

    @TempDir
    Path temp;

    @Test
    void killOfEverything_eachPageviewCountsOnce() {
        try (ServerProcess server = ServerProcess.serve(temp.resolve("data"))) {
            killAmid(server, server::killAll, true);
            killAmid(server, server::killAll, true);
            assertCounted(server, 2 * PAGEVIEWS);
        }
    }

    @Test
    void killOfTheJvmAlone_eachPageviewCountsOnce() {
        try (ServerProcess server = ServerProcess.serve(temp.resolve("data"))) {
            killAmid(server, server::killJvm, true);
            killAmid(server, server::killJvm, true);
            assertCounted(server, 2 * PAGEVIEWS);
        }
    }

    @Test
    void killOfTheDatabaseAlone_eachPageviewCountsOnceAndNoneIsRefused() {
        try (ServerProcess server = ServerProcess.serve(temp.resolve("data"))) {
            Load load = killAmid(server, () -> ServerProcess.signal("-9", String.valueOf(server.databasePid())), false);
            assertThat(load.refused).hasValue(0);
            assertThat(load.unanswered).hasValue(0);
            assertCounted(server, PAGEVIEWS);
        }
    }

    @Test
    void databaseThatHangs_isSeenInHealth_andRefusesNothing() {
        try (ServerProcess server = ServerProcess.serve(temp.resolve("data"))) {
            String database = String.valueOf(server.databasePid());
            ServerProcess.signal("-STOP", database);
            try (Load load = new Load(server, 0, 500)) {
                load.finish();
                assertThat(load.refused).hasValue(0);
                ServerProcess.await(
                        "health to notice",
                        Duration.ofSeconds(30),
                        () -> server.health().path("status").asText().equals("unhealthy"));
            } finally {
                ServerProcess.signal("-CONT", database);
            }
            assertCounted(server, 500);
        }
    }

    private int sent;

    private Load killAmid(ServerProcess server, Runnable kill, boolean restart) {
        try (Load load = new Load(server, sent, sent + PAGEVIEWS)) {
            sent += PAGEVIEWS;
            ServerProcess.await(
                    "a third of the pageviews", Duration.ofSeconds(60), () -> load.acknowledged.get() > PAGEVIEWS / 3);
            kill.run();
            if (restart) {
                server.restart();
            }
            load.finish();
            return load;
        }
    }

    static void assertCounted(ServerProcess server, int pageviews) {
        JsonNode[] seen = new JsonNode[1];
        JsonNode[] last = new JsonNode[1];
        String what = "the database to answer and the backlog to be loaded";
        ServerProcess.await(() -> what + "; health: " + last[0], Duration.ofSeconds(60), () -> {
            JsonNode health = server.health();
            last[0] = health;
            if (!health.path("status").asText().equals("healthy")
                    || health.path("checks").path("loader").path("lag_events").asLong(-1) != 0) {
                return false;
            }
            seen[0] = server.get("/api/analytics/visitors.php?range=1d", server.secretKey());
            return true;
        });
        JsonNode ledger = server.get("/api/v1/ledger", server.secretKey());
        assertThat(ledger.path("balances").asBoolean()).as("%s", ledger).isTrue();
        assertThat(seen[0].path("total_pageviews").asInt()).isEqualTo(pageviews);
        assertThat(seen[0].path("unique_visitors").asInt()).isEqualTo(pageviews);
        assertThat(seen[0].path("total_sessions").asInt()).isEqualTo(pageviews);
        JsonNode project = server.list().path("projects").get(0);
        assertThat(project.path("stats").path("total_pageviews").asInt()).isEqualTo(pageviews);
    }
}

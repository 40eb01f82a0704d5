package io.micrologs.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrologs.database.TestDatabase;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ingestion goes on without the database: with one that {@code database.url} names stopped, with the embedded one hanging. */
class DatabaseDownIT {

    private static final int PAGEVIEWS = 6_000;

    @TempDir
    Path temp;

    @Test
    void databaseStoppedUnderLoad_everythingIsAcceptedAndLoadedLater() {
        TestDatabase database = TestDatabase.shared();
        String[] external = ServerProcess.onDatabase(database.jdbcUrl("down_under_load"));
        try (ServerProcess server = ServerProcess.serve(temp.resolve("data"), external)) {
            database.stop();
            try (Load load = new Load(server, 0, PAGEVIEWS)) {
                ServerProcess.await(
                        "health to say that the database is away",
                        Duration.ofSeconds(30),
                        () -> server.health()
                                .path("checks")
                                .path("database")
                                .path("status")
                                .asText()
                                .equals("fail"));
                load.finish();
                assertThat(load.refused).hasValue(0);
                assertThat(load.unanswered).hasValue(0);
            } finally {
                database.start();
            }
            server.assertCounted(PAGEVIEWS);
        }
    }

    @Test
    void restartWithoutTheDatabase_acceptsAndRedirectsFromTheSnapshot() {
        TestDatabase database = TestDatabase.shared();
        String[] external = ServerProcess.onDatabase(database.jdbcUrl("down_at_start"));
        try (ServerProcess server = ServerProcess.serve(temp.resolve("data"), external)) {
            String made = server.post(
                            "/api/links/create.php",
                            server.secretKey(),
                            "{\"destination_url\":\"https://example.test/sale\"}")
                    .body();
            String code = ServerProcess.json(made).path("data").path("code").asText();
            assertThat(server.terminate()).isZero();
            database.stop();
            try {
                server.restart();
                try (Load load = new Load(server, 0, 100)) {
                    load.finish();
                    assertThat(load.refused).hasValue(0);
                }
                follow(server, code);
            } finally {
                database.start();
            }
            server.assertCounted(100);
            assertThat(server.get("/api/links/detail.php?code=" + code, server.secretKey())
                            .path("total_clicks")
                            .asInt())
                    .isEqualTo(1);
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
            server.assertCounted(500);
        }
    }

    private static void follow(ServerProcess server, String code) {
        HttpResponse<String> answer = ServerProcess.send(server.request("/api/redirect.php?c=" + code)
                .header("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0")
                .header("Accept", "*/*")
                .header("Accept-Language", "en")
                .build());
        assertThat(answer.statusCode()).isEqualTo(302);
        assertThat(answer.headers().firstValue("location")).hasValue("https://example.test/sale");
    }
}

package io.micrologs.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.micrologs.database.TestDatabase;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A data directory and its database: how they come to belong together, and what happens when they do not. */
class InstallationIT {
    private static final Duration SOON = Duration.ofSeconds(120);
    private static final String AUDIT = "{\"action\":\"login\"}";

    private final Map<String, String> urls = new HashMap<>();

    @TempDir
    Path temp;

    @Test
    void newEmptyDatabaseUnderAnOldDirectory_loadsNothing_saysSo_andLosesNothing() {
        Path data = temp.resolve("data");
        String key;
        try (ServerProcess first = serve(data, "installation_right")) {
            first.awaitAccepting();
            key = first.secretKey();
            try (Load load = new Load(first, 0, 50)) {
                load.finish();
            }
            first.assertCounted(50);
        }
        try (ServerProcess wrong = serve(data, "installation_empty")) {
            JsonNode loader = awaitRefusal(wrong);
            assertThat(loader.path("message").asText())
                    .startsWith(
                            "the database has no projects, while the journal has events of some, so nothing is loaded")
                    .contains("Set database.url to the right database")
                    .doesNotContain(temp.toString());
            assertThat(wrong.health()
                            .path("checks")
                            .path("database")
                            .path("message")
                            .asText())
                    .isEqualTo(loader.path("message").asText());
            try (Load load = new Load(wrong, 50, 100)) {
                load.finish();
                assertThat(load.refused).hasValue(0);
            }
            HttpResponse<String> question = ServerProcess.send(wrong.request("/api/analytics/visitors")
                    .header("X-API-Key", key)
                    .build());
            assertThat(question.statusCode()).as(question.body()).isEqualTo(503);
            assertThat(question.headers().firstValue("retry-after")).isPresent();
        }
        try (ServerProcess right = serve(data, "installation_right")) {
            right.awaitAccepting();
            assertThat(right.secretKey()).isEqualTo(key);
            right.assertCounted(100);
        }
    }

    @Test
    void databaseOfAnotherInstallation_isRefused() {
        Path data = temp.resolve("mine");
        try (ServerProcess other = serve(temp.resolve("other"), "installation_other")) {
            other.awaitAccepting();
        }
        try (ServerProcess mine = serve(data, "installation_mine")) {
            mine.awaitAccepting();
        }
        try (ServerProcess crossed = serve(data, "installation_other")) {
            assertThat(awaitRefusal(crossed).path("message").asText())
                    .startsWith("the database is of another installation");
        }
        try (ServerProcess moved = serve(temp.resolve("new directory"), "installation_other")) {
            ServerProcess.await(
                    "a new directory to belong to the database",
                    SOON,
                    () -> moved.health().path("status").asText().equals("healthy"));
        }
    }

    /** Whatever comes before there is a project cannot be judged, and must not be dropped by its client. */
    @Test
    void firstStart_answers503WithRetryAfter_untilThereIsAProject() throws Exception {
        Path data = temp.resolve("data");
        int unavailable = 0;
        try (ServerProcess server = serve(data, "installation_first_start")) {
            long deadline = System.nanoTime() + SOON.toNanos();
            while (true) {
                assertThat(System.nanoTime()).as(server.output()).isLessThan(deadline);
                Properties keys = firstProject(data);
                HttpResponse<String> answer;
                try {
                    answer = server.post("/api/track/audit", keys.getProperty("secret_key", "0".repeat(64)), AUDIT);
                } catch (UncheckedIOException e) {
                    // Nobody listens yet.
                    continue;
                }
                if (answer.statusCode() == 503) {
                    unavailable++;
                    assertThat(answer.headers().firstValue("retry-after")).isPresent();
                } else if (!firstProject(data).containsKey("project_id") || keys.containsKey("secret_key")) {
                    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
                    break;
                }
            }
        }
        assertThat(unavailable).isPositive();
    }

    private static Properties firstProject(Path data) {
        Path file = data.resolve("first-project.txt");
        return Files.exists(file) ? ServerProcess.properties(file) : new Properties();
    }

    private static JsonNode awaitRefusal(ServerProcess server) {
        JsonNode[] loader = new JsonNode[1];
        ServerProcess.await(() -> "the loader to be refused; " + server.output(), SOON, () -> {
            loader[0] = server.health().path("checks").path("loader");
            return loader[0].path("message").asText().startsWith("the database ");
        });
        assertThat(loader[0].path("status").asText()).isEqualTo("fail");
        return loader[0];
    }

    private ServerProcess serve(Path data, String schema) {
        // Asking for it makes it anew.
        String url = urls.computeIfAbsent(schema, TestDatabase.shared()::jdbcUrl);
        return ServerProcess.start(data, ServerProcess.freePort(), "serve", ServerProcess.onDatabase(url));
    }
}

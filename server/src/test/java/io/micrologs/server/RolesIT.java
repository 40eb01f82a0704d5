package io.micrologs.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One role a process, on one data directory: the journal and the embedded database are shared, the locks are not. */
class RolesIT {

    private static final Duration SOON = Duration.ofSeconds(60);

    private static final String PAGEVIEW =
            "{\"url\":\"https://example.test/\",\"visitor_id\":\"v\",\"session_token\":\"s\",\"event_id\":\"e\"}";

    @TempDir
    Path temp;

    @Test
    void ingestLoadAndQuery_inProcessesOfTheirOwn_countWhatWasSent() throws Exception {
        Path data = temp.resolve("data");
        try (ServerProcess load = ServerProcess.start(data, ServerProcess.freePort(), "load");
                ServerProcess ingest = ServerProcess.start(data, ServerProcess.freePort(), "ingest");
                ServerProcess query = ServerProcess.start(data, ServerProcess.freePort(), "query")) {
            Properties project = createProject(load, data);
            String publicKey = project.getProperty("public_key");

            ServerProcess.await("the new project's key to be in force at the edge", SOON, () -> {
                try {
                    HttpResponse<String> answer = ingest.post("/api/track/pageview", publicKey, PAGEVIEW);
                    assertThat(answer.statusCode()).as(answer.body()).isIn(202, 401, 503);
                    return answer.statusCode() == 202;
                } catch (UncheckedIOException e) {
                    // It does not listen yet.
                    return false;
                }
            });
            ServerProcess.await("the event to be counted", SOON, () -> pageviews(query, project) == 1);
            assertThat(query.health().path("status").asText()).isEqualTo("healthy");
            assertThat(query.health().path("checks").has("journal")).isFalse();

            HttpResponse<String> toggled = ServerProcess.send(query.request("/api/projects/toggle.php")
                    .header("X-Admin-Key", query.adminKey())
                    .POST(BodyPublishers.ofString("{\"id\":" + project.getProperty("project_id") + "}"))
                    .build());
            assertThat(toggled.statusCode()).as(toggled.body()).isEqualTo(200);
            ServerProcess.await(
                    "the edge in another process to refuse the disabled project's key",
                    SOON,
                    () -> ingest.post("/api/track/pageview", publicKey, PAGEVIEW)
                                    .statusCode()
                            == 401);
        }
    }

    @Test
    void secondServerOnTheDirectory_endsAndSaysWhoHoldsIt() {
        Path data = temp.resolve("data");
        try (ServerProcess first = ServerProcess.serve(data)) {
            ServerProcess second = ServerProcess.start(data, ServerProcess.freePort(), "serve");
            assertThat(second.awaitExit()).isEqualTo(1);
            assertThat(second.output()).contains("append.lock").contains(String.valueOf(first.pid()));
            assertThat(first.health().path("status").asText()).isEqualTo("healthy");
        }
    }

    @Test
    void domainGivenAtALaterStart_isAllowedWhenTheServerSaysThatItRuns() {
        Path data = temp.resolve("data");
        try (ServerProcess first = ServerProcess.serve(data)) {
            assertThat(postFrom(first, "https://example.com")).isEqualTo(403);
        }
        try (ServerProcess second = ServerProcess.serve(data, "--domain", "example.com")) {
            ServerProcess.await(
                    "the start text",
                    SOON,
                    () -> second.output().contains("for pages of localhost, 127.0.0.1, example.com"));
            assertThat(postFrom(second, "https://example.com")).isEqualTo(202);
            assertThat(postFrom(second, "https://other.com")).isEqualTo(403);
        }
    }

    private static int postFrom(ServerProcess server, String origin) {
        return ServerProcess.send(server.request("/api/track/pageview?k=" + server.publicKey())
                        .header("Origin", origin)
                        .header("User-Agent", ServerProcess.BROWSER)
                        .header("Accept", "*/*")
                        .header("Accept-Language", "en")
                        .POST(HttpRequest.BodyPublishers.ofString(PAGEVIEW))
                        .build())
                .statusCode();
    }

    @Test
    void takenPort_endsWithOneLine() {
        try (ServerProcess first = ServerProcess.serve(temp.resolve("one"))) {
            ServerProcess second = ServerProcess.start(temp.resolve("two"), first.port(), "serve");
            assertThat(second.awaitExit()).isEqualTo(1);
            assertThat(second.output().lines().filter(line -> line.startsWith("micrologs: ")))
                    .singleElement()
                    .asString()
                    .contains(String.valueOf(first.port()))
                    .contains("http.port");
        }
    }

    private static int pageviews(ServerProcess query, Properties project) {
        return query.get("/api/analytics/visitors", project.getProperty("secret_key"))
                .path("total_pageviews")
                .asInt();
    }

    /** By the command line, while the others run. */
    private static Properties createProject(ServerProcess load, Path data) throws Exception {
        Properties project = new Properties();
        ServerProcess.await("the database to take a project", SOON, () -> {
            PrintStream out = System.out;
            ByteArrayOutputStream printed = new ByteArrayOutputStream();
            try {
                System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
                if (!load.alive()) {
                    throw new AssertionError(load.output());
                }
                String[] command = {"project", "create", "--domain", "example.test", "--data.dir", data.toString()};
                return Files.exists(data.resolve("mariadb/port")) && Main.run(command, Map.of()) == 0;
            } finally {
                System.setOut(out);
                try {
                    project.load(new StringReader(printed.toString(StandardCharsets.UTF_8)));
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            }
        });
        return project;
    }
}

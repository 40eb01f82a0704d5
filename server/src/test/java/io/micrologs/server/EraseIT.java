package io.micrologs.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EraseIT {
    private static final Duration SOON = Duration.ofSeconds(30);

    @TempDir
    Path temp;

    @Test
    void erase_takesOneVisitorsData_besideARunningServer() throws JsonProcessingException {
        try (ServerProcess server = ServerProcess.serve(temp.resolve("data"))) {
            for (String visitor : new String[] {"anna", "bert"}) {
                for (int i = 0; i < 3; i++) {
                    Map<String, ?> body = Map.of(
                            "url", "https://localhost/" + i, "visitor_id", visitor, "session_token", visitor + "-s");
                    assertThat(server.post(
                                            "/api/track/pageview.php",
                                            server.publicKey(),
                                            ServerProcess.JSON.writeValueAsString(body))
                                    .statusCode())
                            .isEqualTo(202);
                }
            }
            ServerProcess.await("the pageviews", SOON, () -> pageviews(server) == 6);

            assertThat(run(server, "erase", "--project", "1", "--visitor", "anna"))
                    .isZero();
            assertThat(server.output()).contains("noted: what project 1 has of this visitor up to now is erased");
            assertThat(run(server, "erase", "--project", "1", "--visitor", "nobody"))
                    .isZero();
            assertThat(server.output()).contains("project 1 has counted nobody under this number");

            ServerProcess.await("one visitor to be left", SOON, () -> pageviews(server) == 3);
            JsonNode visitors = server.get("/api/analytics/visitors.php", server.secretKey());
            assertThat(visitors.path("unique_visitors").asInt()).isEqualTo(1);
            assertThat(visitors.path("total_sessions").asInt()).isEqualTo(1);
            assertThat(server.list()
                            .path("projects")
                            .get(0)
                            .path("stats")
                            .path("total_pageviews")
                            .asInt())
                    .isEqualTo(3);
        }
    }

    @Test
    void erase_ofWhatIsNotThere_saysSo() {
        try (ServerProcess server = ServerProcess.serve(temp.resolve("data"))) {
            assertThat(run(server, "erase", "--project", "7", "--visitor", "anna"))
                    .isEqualTo(1);
            assertThat(server.output()).contains("there is no project 7; `micrologs project list` shows them");
            assertThat(run(server, "erase", "--project", "1", "--visitor", " ")).isEqualTo(1);
            assertThat(server.output()).contains("--visitor is empty");
        }
    }

    @Test
    void erase_inADirectoryWithoutAnInstallation_makesNothing() throws IOException {
        for (String salt : List.of("", "--hash.salt=" + "s".repeat(32))) {
            Path nowhere = temp.resolve("mistyped");
            List<String> arguments = new ArrayList<>(List.of("--project", "1", "--visitor", "anna"));
            if (!salt.isEmpty()) {
                arguments.add(salt);
            }
            try (ServerProcess tool = ServerProcess.start(nowhere, 0, "erase", arguments.toArray(String[]::new))) {
                assertThat(tool.awaitExit()).isEqualTo(1);
                assertThat(tool.output()).contains("there is no database in " + nowhere);
            }
            assertThat(nowhere).doesNotExist();
        }
    }

    /** Its output goes to the server's. */
    private static int run(ServerProcess server, String command, String... arguments) {
        try (ServerProcess tool = ServerProcess.start(server.data(), server.port(), command, arguments)) {
            return tool.awaitExit();
        }
    }

    private static int pageviews(ServerProcess server) {
        return server.get("/api/analytics/visitors.php", server.secretKey())
                .path("total_pageviews")
                .asInt();
    }
}

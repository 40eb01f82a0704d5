package io.micrologs.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Limits on a real server, and over a {@code kill -9} of it. */
class RateLimitIT {
    private static final String BLOCKED = "198.51.100.7";
    private static final String COUNTED = "198.51.100.8";

    @TempDir
    Path temp;

    private int sent;

    @Test
    void countsAndBlocks_surviveKill9() {
        // Long spans, because a start on a busy machine must not outlast a window.
        String[] settings = {
            "--ratelimit.enabled",
            "true",
            "--ratelimit.window",
            "30m",
            "--ratelimit.block",
            "2h",
            "--trusted.proxies",
            "127.0.0.1/32"
        };
        try (ServerProcess server = ServerProcess.serve(temp.resolve("data"), settings)) {
            pass(server, BLOCKED, 60);
            HttpResponse<String> refused = pageview(server, BLOCKED);
            assertThat(refused.statusCode()).isEqualTo(429);
            assertThat(ServerProcess.json(refused.body()).path("error").asText())
                    .contains("60 in 1800 s");
            assertThat(refused.headers().firstValueAsLong("Retry-After")).hasValue(7_200);
            pass(server, COUNTED, 40);

            server.killAll();
            server.restart();

            HttpResponse<String> stillRefused = pageview(server, BLOCKED);
            assertThat(stillRefused.statusCode()).isEqualTo(429);
            assertThat(stillRefused.headers().firstValueAsLong("Retry-After").orElse(0))
                    .isBetween(6_000L, 7_200L);
            pass(server, COUNTED, 20);
            assertThat(pageview(server, COUNTED).statusCode()).isEqualTo(429);
            assertThat(pageview(server, "198.51.100.9").statusCode()).isEqualTo(202);

            JsonNode check = server.health().path("checks").path("ratelimit");
            assertThat(check.path("status").asText()).isEqualTo("ok");
            assertThat(check.path("blocks").asInt()).isEqualTo(1);
            assertThat(check.path("refused").asInt()).isEqualTo(2);
            ServerProcess.await(
                    "the block in the log",
                    Duration.ofSeconds(10),
                    () -> server.output().contains("addresses by endpoint: {/api/track/pageview=1}"));
            assertThat(server.output()).doesNotContain("198.51.100");
            server.assertCounted(121);
        }
    }

    private void pass(ServerProcess server, String client, int times) {
        for (int i = 0; i < times; i++) {
            HttpResponse<String> answer = pageview(server, client);
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
        }
    }

    private HttpResponse<String> pageview(ServerProcess server, String client) {
        int number = sent++;
        String body = "{\"url\":\"https://example.test/" + number + "\",\"visitor_id\":\"v" + number
                + "\",\"session_token\":\"s" + number + "\"}";
        return server.postFor(client, "/api/track/pageview.php", server.publicKey(), body);
    }
}

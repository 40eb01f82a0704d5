package io.micrologs.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrologs.http.RawClient.Answer;
import io.micrologs.http.limit.RateLimiter;
import io.micrologs.http.limit.RateLimiterConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(LeakCheck.class)
class GateTest {
    @TempDir
    Path temp;

    private static final Reply FULL = Reply.failure(503, "Full");

    private final Queue<String> refused = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean full = new AtomicBoolean();

    @SuppressWarnings("NullAway.Init")
    private RateLimiter limiter;

    @SuppressWarnings("NullAway.Init")
    private HttpServer server;

    @BeforeEach
    void start() {
        limiter =
                RateLimiter.open(RateLimiterConfig.defaults(temp.resolve("req"), new byte[32]), InstantSource.system());
        start(List.of("127.0.0.1"));
    }

    private void start(List<String> proxies) {
        HttpConfig base = HttpConfig.defaults("127.0.0.1", 0);
        Routes routes = Routes.builder()
                .crossOrigin("/track", Set.of("POST"), e -> e.respond(Reply.json(202, "{}")))
                .on("/read", Set.of("GET"), (WorkerEndpoint) r -> Reply.json(200, "{}"))
                .on("/free", Set.of("GET"), (LoopEndpoint) e -> e.respond(Reply.json(200, "{}")))
                .limit("/track", 3)
                .limit("/read", 2)
                .limitIfThere("/not/here", 2)
                .onRefusal("/track", refused::add)
                .onOverload("/track", () -> full.get() ? FULL : null)
                .build();
        server = HttpServer.start(
                new HttpConfig(
                        base.host(),
                        0,
                        proxies,
                        base.connectionsMax(),
                        base.connectionsPerAddressMax(),
                        base.headerDeadline(),
                        base.bodyDeadline(),
                        base.idleDeadline(),
                        1_024,
                        base.workerThreads(),
                        base.workerQueueMax()),
                routes,
                limiter);
    }

    @AfterEach
    void close() {
        server.close();
        limiter.close();
    }

    private static String request(String line, String address, String... headers) {
        StringBuilder text = new StringBuilder(line + " HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: " + address + "\r\n");
        for (String header : headers) {
            text.append(header).append("\r\n");
        }
        return text + (line.startsWith("POST") ? "Content-Length: 0\r\n\r\n" : "\r\n");
    }

    @Test
    void oneTooMany_is429WithWhatToDo_retryAfterAndCors() throws IOException {
        try (RawClient client = new RawClient(server.port())) {
            for (int i = 0; i < 3; i++) {
                String path = i == 1 ? "/track.php" : "/track";
                assertThat(client.send(request("POST " + path, "1.2.3.4"))
                                .read()
                                .status())
                        .isEqualTo(202);
            }
            Answer answer = client.send(request("POST /track", "1.2.3.4", "Origin: https://shop.example"))
                    .read();
            assertThat(answer.status()).isEqualTo(429);
            assertThat(answer.body())
                    .isEqualTo("{\"error\": \"Too many requests: 3 in 60 s are allowed here. Try again in 900 s.\"}");
            assertThat(answer.header("retry-after")).isEqualTo("900");
            assertThat(answer.header("access-control-allow-origin")).isEqualTo("https://shop.example");
            assertThat(answer.header("access-control-expose-headers")).isEqualTo("Retry-After");
            assertThat(answer.header("content-type")).isEqualTo("application/json; charset=utf-8");
            assertThat(refused).containsExactly("rate_limit");

            assertThat(client.send(request("POST /track", "1.2.3.5")).read().status())
                    .isEqualTo(202);
            assertThat(client.send(request("GET /read", "1.2.3.4")).read().status())
                    .isEqualTo(200);
        }
    }

    @Test
    void preflightsAndWrongMethods_areNeitherLimitedNorCounted() throws IOException {
        try (RawClient client = new RawClient(server.port())) {
            for (int i = 0; i < 10; i++) {
                assertThat(client.send(request("OPTIONS /track", "1.2.3.4"))
                                .read()
                                .status())
                        .isEqualTo(204);
                assertThat(client.send(request("GET /track", "1.2.3.4")).read().status())
                        .isEqualTo(405);
            }
            for (int i = 0; i < 3; i++) {
                assertThat(client.send(request("POST /track", "1.2.3.4")).read().status())
                        .isEqualTo(202);
            }
            assertThat(client.send(request("POST /track", "1.2.3.4")).read().status())
                    .isEqualTo(429);
            assertThat(client.send(request("OPTIONS /track", "1.2.3.4")).read().status())
                    .isEqualTo(204);
            assertThat(client.send(request("GET /track", "1.2.3.4")).read().status())
                    .isEqualTo(405);
        }
        assertThat(refused).hasSize(12).contains("method", "rate_limit");
    }

    @Test
    void overload_isAnsweredBeforeMethodAndLimit_andNotCounted() throws IOException {
        full.set(true);
        try (RawClient client = new RawClient(server.port())) {
            for (int i = 0; i < 10; i++) {
                assertThat(client.send(request("POST /track", "1.2.3.4")).read().body())
                        .contains("Full");
            }
            assertThat(client.send(request("GET /track", "1.2.3.4")).read().status())
                    .isEqualTo(503);
            assertThat(client.send(request("OPTIONS /track", "1.2.3.4")).read().status())
                    .isEqualTo(204);
            full.set(false);
            for (int i = 0; i < 3; i++) {
                assertThat(client.send(request("POST /track", "1.2.3.4")).read().status())
                        .isEqualTo(202);
            }
            full.set(true);
            assertThat(client.send(request("POST /track", "1.2.3.4")).read().status())
                    .isEqualTo(503);
        }
        assertThat(refused).isEmpty();
    }

    @Test
    void headCountsAsGet_andRoutesWithoutLimitAreFree() throws IOException {
        try (RawClient client = new RawClient(server.port())) {
            assertThat(client.send(request("HEAD /read", "::1")).read(false).status())
                    .isEqualTo(200);
            assertThat(client.send(request("GET /read", "::1")).read().status()).isEqualTo(200);
            assertThat(client.send(request("GET /read", "::1")).read().status()).isEqualTo(429);
            for (int i = 0; i < 200; i++) {
                assertThat(client.send(request("GET /free", "::1")).read().status())
                        .isEqualTo(200);
            }
        }
    }

    @Test
    void largeOrMalformedRequests_areToldToTheRoute_andNotCounted() throws IOException {
        for (int i = 0; i < 5; i++) {
            try (RawClient client = new RawClient(server.port())) {
                client.send("POST /track HTTP/1.1\r\nHost: a\r\nContent-Length: 1025\r\n\r\n");
                assertThat(client.read().status()).isEqualTo(413);
            }
            try (RawClient client = new RawClient(server.port())) {
                client.send("POST /track HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");
                assertThat(client.read().status()).isEqualTo(400);
            }
        }
        assertThat(refused)
                .containsExactly(
                        "too_large",
                        "malformed",
                        "too_large",
                        "malformed",
                        "too_large",
                        "malformed",
                        "too_large",
                        "malformed",
                        "too_large",
                        "malformed");
        try (RawClient client = new RawClient(server.port())) {
            assertThat(client.send(request("POST /track", "127.0.0.1")).read().status())
                    .isEqualTo(202);
        }
    }

    @Test
    void forwardedHeadersOfAPeerThatIsNotTrusted_areNoticed_andNotBelieved() throws IOException {
        server.close();
        start(List.of());
        try (RawClient client = new RawClient(server.port())) {
            client.send("GET /free HTTP/1.1\r\nHost: a\r\n\r\n").read();
            assertThat(server.untrustedProxy()).isEmpty();
            for (int i = 0; i < 3; i++) {
                assertThat(client.send(request("POST /track", "1.2.3." + i))
                                .read()
                                .status())
                        .isEqualTo(202);
            }
            assertThat(client.send(request("POST /track", "1.2.3.9")).read().status())
                    .isEqualTo(429);
            assertThat(server.untrustedProxy()).hasValue("127.0.0.1");
        }
    }

    @Test
    void forwardedHeadersOfATrustedPeer_areNoReasonToWarn() throws IOException {
        try (RawClient client = new RawClient(server.port())) {
            client.send(request("POST /track", "1.2.3.4")).read();
            assertThat(server.untrustedProxy()).isEmpty();
        }
    }

    @Test
    void limitOfAPathThatIsNotThere_isAnError() {
        Routes.Builder routes = Routes.builder();
        assertThatThrownBy(() -> routes.limit("/no", 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> routes.limit("/no", 0)).hasMessageContaining("1 to 10000");
    }
}

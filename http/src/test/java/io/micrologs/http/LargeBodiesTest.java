package io.micrologs.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrologs.http.RawClient.Answer;
import io.micrologs.http.limit.RateLimiter;
import io.micrologs.http.limit.RateLimiterConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A path may take longer bodies than the others, but only so many of them at a time. */
class LargeBodiesTest {
    private static final int LARGE = 4 << 20;
    private static final int ORDINARY = 65_536;

    private static final Reply WHO = Reply.failure(401, "Who?");

    @TempDir
    Path temp;

    private final Queue<String> refused = new ConcurrentLinkedQueue<>();
    private final BlockingQueue<Exchange> waiting = new LinkedBlockingQueue<>();
    private final HttpServer server = HttpServer.start(
            HttpConfig.defaults("127.0.0.1", 0),
            Routes.builder()
                    .on("/large", Set.of("POST"), (LoopEndpoint) waiting::add)
                    .on("/other", Set.of("POST"), (LoopEndpoint) waiting::add)
                    .bodyMax("/large", LARGE, 2, LargeBodiesTest::withoutKey)
                    .onRefusal("/large", refused::add)
                    .build());

    @AfterEach
    void close() {
        server.close();
    }

    @Test
    void longBody_isTakenThereAlone_upToItsOwnCap() throws Exception {
        try (RawClient client = new RawClient(server.port())) {
            client.send(post("/large", LARGE));
            assertThat(answered()).isEqualTo(LARGE);
            assertThat(client.read().status()).isEqualTo(200);
            assertThat(client.send(post("/large.php", LARGE + 1)).read().status())
                    .isEqualTo(413);
        }
        try (RawClient client = new RawClient(server.port())) {
            assertThat(client.send(post("/other", ORDINARY + 1)).read().status())
                    .isEqualTo(413);
        }
    }

    @Test
    void moreThanThereIsRoomFor_are503_untilOneIsAnswered() throws Exception {
        try (RawClient one = new RawClient(server.port());
                RawClient two = new RawClient(server.port());
                RawClient small = new RawClient(server.port())) {
            one.send(post("/large", ORDINARY + 1));
            Exchange first = taken();
            two.send(post("/large", ORDINARY + 1));
            taken();
            assertRefused();
            small.send(post("/large", ORDINARY));
            assertThat(answered()).isEqualTo(ORDINARY);
            assertThat(small.read().status()).isEqualTo(200);

            first.loop().execute(() -> first.respond(Reply.json(200, "{}")));
            assertThat(one.read().status()).isEqualTo(200);
            one.send(post("/large", ORDINARY + 1));
            taken();
            assertRefused();
        }
    }

    @Test
    void strangers_areAnsweredByTheEndpointsRefusal_andTakeNoRoom() throws Exception {
        try (RawClient one = new RawClient(server.port());
                RawClient two = new RawClient(server.port());
                RawClient three = new RawClient(server.port())) {
            for (RawClient client : List.of(one, two, three)) {
                client.send(head("POST", "/large", LARGE, "") + "x".repeat(ORDINARY + 1));
                assertThat(client.read().status()).isEqualTo(401);
            }
            try (RawClient known = new RawClient(server.port())) {
                known.send(post("/large", LARGE));
                assertThat(answered()).isEqualTo(LARGE);
                assertThat(known.read().status()).isEqualTo(200);
            }
        }
        assertThat(refused).isEmpty();
    }

    @Test
    void room_isNotTakenByAWrongMethod() throws Exception {
        try (RawClient client = new RawClient(server.port())) {
            client.send(head("PUT", "/large", LARGE, "X-API-Key: k\r\n") + "x".repeat(ORDINARY + 1));
            assertThat(client.read().status()).isEqualTo(405);
        }
        assertThat(refused).containsExactly("method");
    }

    @Test
    void refusal_reachesAClientThatFirstSendsAllOfItsBody() throws Exception {
        try (RawClient one = new RawClient(server.port());
                RawClient two = new RawClient(server.port());
                RawClient three = new RawClient(server.port());
                RawClient stranger = new RawClient(server.port());
                RawClient tooMuch = new RawClient(server.port())) {
            one.send(post("/large", LARGE));
            taken();
            two.send(post("/large", LARGE));
            taken();
            assertThat(three.send(post("/large", LARGE)).read().status()).isEqualTo(503);
            assertThat(stranger.send(head("POST", "/large", LARGE, "") + "x".repeat(LARGE))
                            .read()
                            .status())
                    .isEqualTo(401);
            assertThat(tooMuch.send(post("/large", LARGE + (1 << 19))).read().status())
                    .isEqualTo(413);
        }
        assertThat(refused).containsExactly("busy", "too_large");
    }

    @Test
    void largeBody_countsOnceAgainstTheLimit_andTakesNoRoomBeyondIt() throws Exception {
        Routes routes = Routes.builder()
                .on("/large", Set.of("POST"), (LoopEndpoint) e -> e.respond(Reply.json(200, "{}")))
                .bodyMax("/large", LARGE, 1, LargeBodiesTest::withoutKey)
                .limit("/large", 2)
                .build();
        try (RateLimiter limiter =
                        RateLimiter.open(RateLimiterConfig.defaults(temp, new byte[32]), InstantSource.system());
                HttpServer limited = HttpServer.start(HttpConfig.defaults("127.0.0.1", 0), routes, limiter)) {
            for (int status : new int[] {200, 200, 429}) {
                try (RawClient client = new RawClient(limited.port())) {
                    assertThat(client.send(post("/large", LARGE)).read().status())
                            .isEqualTo(status);
                }
            }
        }
    }

    private static @Nullable Reply withoutKey(Exchange exchange) {
        return exchange.header("x-api-key") == null ? WHO : null;
    }

    private void assertRefused() throws IOException {
        try (RawClient client = new RawClient(server.port())) {
            Answer answer = client.send(post("/large", ORDINARY + 1)).read();
            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.header("retry-after")).isEqualTo("1");
        }
    }

    private int answered() throws InterruptedException {
        Exchange exchange = taken();
        int length = exchange.bodyLength();
        exchange.loop().execute(() -> exchange.respond(Reply.json(200, "{}")));
        return length;
    }

    private Exchange taken() throws InterruptedException {
        Exchange exchange = waiting.poll(10, TimeUnit.SECONDS);
        assertThat(exchange).isNotNull();
        return exchange;
    }

    private static String post(String path, int length) {
        return head("POST", path, length, "X-API-Key: k\r\n") + "x".repeat(length);
    }

    private static String head(String method, String path, int length, String header) {
        return method + " " + path + " HTTP/1.1\r\nHost: a\r\n" + header + "Content-Length: " + length + "\r\n\r\n";
    }
}

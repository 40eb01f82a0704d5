package io.micrologs.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrologs.http.RawClient.Answer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(LeakCheck.class)
class HttpServerTest {
    private static final int BODY_MAX = 65_536;
    private static final Reply BIG = Reply.json(200, "\"" + "x".repeat(10_000) + "\"");

    /** Requests to /later wait here until the test answers them. */
    private final BlockingQueue<Exchange> later = new LinkedBlockingQueue<>();

    /** How often /big was asked. */
    private final AtomicInteger big = new AtomicInteger();

    private final CountDownLatch workerGate = new CountDownLatch(1);
    private HttpServer server = start(config(HttpConfig.defaults("127.0.0.1", 0), List.of(), 1_000));

    @AfterEach
    void close() {
        workerGate.countDown();
        server.close();
    }

    // ---- routing

    @Test
    void get_answersWithAndWithoutPhp() throws IOException {
        try (RawClient client = new RawClient(server.port())) {
            assertThat(client.send(get("/hello")).read().body()).isEqualTo("{\"hello\":true}");
            assertThat(client.send(get("/hello.php?x=1")).read().status()).isEqualTo(200);
        }
    }

    @Test
    void unknownPath_is404InTheEnvelope() throws IOException {
        try (RawClient client = new RawClient(server.port())) {
            Answer answer = client.send(get("/nothing")).read();
            assertThat(answer.status()).isEqualTo(404);
            assertThat(answer.body()).isEqualTo("{\"success\":false,\"message\":\"Not found\"}");
            assertThat(answer.header("content-type")).isEqualTo("application/json; charset=utf-8");
            assertThat(answer.header("x-content-type-options")).isEqualTo("nosniff");
            assertThat(answer.header("date")).endsWith("GMT");
        }
    }

    @Test
    void wrongMethod_is405WithAllow() throws IOException {
        try (RawClient client = new RawClient(server.port())) {
            Answer answer =
                    client.send("DELETE /hello HTTP/1.1\r\nHost: a\r\n\r\n").read();
            assertThat(answer.status()).isEqualTo(405);
            assertThat(answer.body()).isEqualTo("{\"success\":false,\"message\":\"Method not allowed\"}");
            assertThat(answer.header("allow")).isEqualTo("GET, HEAD, OPTIONS");
        }
    }

    @Test
    void head_hasTheLengthAndNoBody() throws IOException {
        try (RawClient client = new RawClient(server.port())) {
            Answer answer =
                    client.send("HEAD /hello HTTP/1.1\r\nHost: a\r\n\r\n").read(false);
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.header("content-length")).isEqualTo("14");
            assertThat(client.send(get("/hello")).read().status()).isEqualTo(200);
        }
    }

    @Test
    void prefix_takesWhatHasNoRouteOfItsOwn() throws IOException {
        try (RawClient client = new RawClient(server.port())) {
            assertThat(client.send(get("/files/a/b")).read().body()).isEqualTo("\"/files/a/b\"");
            assertThat(client.send(get("/files")).read().status()).isEqualTo(404);
        }
    }

    @Test
    void alias_isTheSameRouteUnderItsOnePath() throws IOException {
        try (RawClient client = new RawClient(server.port())) {
            assertThat(client.send(post("/other/e", "{}")).read().body()).isEqualTo("{}");
            assertThat(client.send(post("/other/e.php", "{}")).read().status()).isEqualTo(404);
        }
        Routes routes = Routes.builder()
                .alias("/b", "/a")
                .on("/a", Set.of("GET"), (LoopEndpoint) e -> {})
                .limit("/a", 7)
                .build();
        assertThat(routes.find("/b")).isNotNull().isSameAs(routes.find("/a"));
        assertThatThrownBy(() -> Routes.builder().alias("/b", "/none").build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("no endpoint for /none");
    }

    @Test
    void absoluteForm_isRouted() throws IOException {
        try (RawClient client = new RawClient(server.port())) {
            assertThat(client.send("GET http://a/hello HTTP/1.1\r\nHost: a\r\n\r\n")
                            .read()
                            .status())
                    .isEqualTo(200);
        }
    }

    @Test
    void query_isDecoded() throws IOException {
        try (RawClient client = new RawClient(server.port())) {
            assertThat(client.send(get("/worker?b=2&a=x%20%C3%A4+%zz")).read().body())
                    .isEqualTo("a=x ä %zz");
        }
    }

    // ---- order and framing

    @Test
    void pipelined_keepsOrderWhenAnswersComeLate() throws Exception {
        try (RawClient client = new RawClient(server.port())) {
            client.send(post("/later", "1") + get("/hello") + post("/later", "2") + post("/echo", "3"));
            answerLater("first");
            assertThat(client.read().body()).isEqualTo("first");
            assertThat(client.read().body()).isEqualTo("{\"hello\":true}");
            answerLater("second");
            assertThat(client.read().body()).isEqualTo("second");
            assertThat(client.read().body()).isEqualTo("3");
            assertThat(client.send(get("/hello")).read().status()).isEqualTo(200);
        }
    }

    @Test
    void pipelined_moreThanOneReadHolds_areAllAnsweredInOrder() throws Exception {
        int count = 5_000;
        try (RawClient client = new RawClient(server.port())) {
            Thread writer = new Thread(() -> {
                try {
                    StringBuilder all = new StringBuilder(post("/later", "x"));
                    for (int i = 0; i < count; i++) {
                        all.append(post("/echo", Integer.toString(i)));
                    }
                    client.send(all.toString());
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            });
            writer.start();
            answerLater("first");
            assertThat(client.read().body()).isEqualTo("first");
            for (int i = 0; i < count; i++) {
                assertThat(client.read().body()).isEqualTo(Integer.toString(i));
            }
            writer.join();
        }
    }

    @Test
    void requestInSingleBytes_isAnswered() throws IOException {
        try (RawClient client = new RawClient(server.port())) {
            for (byte b : post("/echo", "split ä body").getBytes(StandardCharsets.UTF_8)) {
                client.send(new byte[] {b});
            }
            assertThat(client.read().body()).isEqualTo("split ä body");
        }
    }

    @Test
    void chunkedBody_isPutTogether() throws IOException {
        try (RawClient client = new RawClient(server.port())) {
            client.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
            client.send("6\r\n world\r\n0\r\n\r\n");
            assertThat(client.read().body()).isEqualTo("hello world");
        }
    }

    @Test
    void bodyOfExactlyTheCap_isTaken() throws IOException {
        String body = "x".repeat(BODY_MAX);
        try (RawClient client = new RawClient(server.port())) {
            assertThat(client.send(post("/echo", body)).read().body()).isEqualTo(body);
            assertThat(client.send(post("/echo", "small")).read().body()).isEqualTo("small");
        }
    }

    @Test
    void bodyOneByteOverTheCap_is413_readableByAClientThatGoesOnSending() throws IOException {
        try (RawClient client = new RawClient(server.port())) {
            client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: " + (BODY_MAX + 1) + "\r\n\r\n");
            client.send(new byte[BODY_MAX + 1]);
            assertLast(client, 413, "Payload too large");
        }
    }

    @Test
    void chunkedBodyOverTheCap_is413() throws IOException {
        try (RawClient client = new RawClient(server.port())) {
            client.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
            for (int i = 0; i < 9; i++) {
                client.send("2000\r\n" + "y".repeat(0x2000) + "\r\n");
            }
            assertLast(client, 413, "Payload too large");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
                "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
                "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
                "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3, 3\r\n\r\nabc",
                "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
                "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: abc\r\n\r\n",
                "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\nabc",
                "POST /echo HTTP/1.1\r\nHost : a\r\n\r\n",
                "GET /hello HTTP/1.1\r\n\r\n",
                "GET /hello HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
                "nonsense\r\n\r\n",
            })
    void ambiguousFraming_isOne400ThenTheEnd(String request) throws IOException {
        try (RawClient client = new RawClient(server.port())) {
            client.send(request + get("/hello"));
            assertLast(client, 400, "Bad request");
        }
    }

    @Test
    void faultBehindAPipelinedRequest_isAnsweredInOrder() throws Exception {
        try (RawClient client = new RawClient(server.port())) {
            client.send(post("/later", "1") + "nonsense\r\n\r\n");
            answerLater("first");
            assertThat(client.read().body()).isEqualTo("first");
            assertLast(client, 400, "Bad request");
        }
    }

    @Test
    void oversizedUri_is414() throws IOException {
        try (RawClient client = new RawClient(server.port())) {
            client.send(get("/" + "u".repeat(RequestDecoder.URI_BYTES_MAX)));
            assertLast(client, 414, "URI too long");
        }
    }

    @Test
    void oversizedHeaders_are431() throws IOException {
        try (RawClient client = new RawClient(server.port())) {
            client.send(
                    "GET /hello HTTP/1.1\r\nHost: a\r\nX: " + "h".repeat(RequestDecoder.HEADER_BYTES_MAX) + "\r\n\r\n");
            assertLast(client, 431, "Request header fields too large");
        }
    }

    @Test
    void http2_is505() throws IOException {
        try (RawClient client = new RawClient(server.port())) {
            client.send("GET /hello HTTP/2.0\r\nHost: a\r\n\r\n");
            assertThat(client.read().status()).isIn(400, 505);
            assertThat(client.rest()).isEmpty();
        }
    }

    @Test
    void http10_closesUnlessAskedToStay() throws IOException {
        try (RawClient client = new RawClient(server.port())) {
            Answer kept = client.send("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
                    .read();
            assertThat(kept.header("connection")).isEqualTo("keep-alive");
            Answer last = client.send("GET /hello HTTP/1.0\r\n\r\n").read();
            assertThat(last.status()).isEqualTo(200);
            assertThat(last.header("connection")).isEqualTo("close");
            assertThat(client.rest()).isEmpty();
        }
    }

    @Test
    void connectionClose_isHonoured() throws IOException {
        try (RawClient client = new RawClient(server.port())) {
            Answer last = client.send("GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                    .read();
            assertThat(last.header("connection")).isEqualTo("close");
            assertThat(client.rest()).isEmpty();
        }
    }

    @Test
    void expectContinue_isAskedToGoOn() throws IOException {
        try (RawClient client = new RawClient(server.port())) {
            client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
            assertThat(client.read().status()).isEqualTo(100);
            assertThat(client.send("ok").read().body()).isEqualTo("ok");
        }
    }

    @Test
    void expectContinueWithTooLargeALength_is413AtOnce() throws IOException {
        try (RawClient client = new RawClient(server.port())) {
            client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\nExpect: 100-continue\r\n\r\n");
            assertLast(client, 413, "Payload too large");
        }
    }

    // ---- clients that go

    @Test
    void clientThatEndsItsOutput_stillGetsItsAnswers() throws Exception {
        try (RawClient client = new RawClient(server.port())) {
            client.send(post("/later", "1") + get("/hello"));
            client.endOutput();
            answerLater("first");
            assertThat(client.read().body()).isEqualTo("first");
            assertThat(client.read().body()).isEqualTo("{\"hello\":true}");
            assertThat(client.rest()).isEmpty();
        }
    }

    @Test
    void clientThatClosesMidRequest_leavesTheServerWell() throws IOException {
        for (int i = 0; i < 20; i++) {
            try (RawClient client = new RawClient(server.port())) {
                client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
            }
        }
        try (RawClient client = new RawClient(server.port())) {
            assertThat(client.send(get("/hello")).read().status()).isEqualTo(200);
        }
    }

    @Test
    void answerToAClientThatLeft_isDropped() throws Exception {
        Exchange exchange;
        try (RawClient client = new RawClient(server.port())) {
            client.send(post("/later", "1"));
            exchange = later.take();
        }
        CountDownLatch answered = new CountDownLatch(1);
        exchange.loop().execute(() -> {
            exchange.respond(Reply.json(200, "late"));
            answered.countDown();
        });
        assertThat(answered.await(5, TimeUnit.SECONDS)).isTrue();
    }

    // ---- deadlines and caps

    @Test
    void slowHeaders_are408AfterAnAbsoluteDeadline() throws IOException {
        restart(quick());
        try (RawClient client = new RawClient(server.port())) {
            client.send(get("/hello")).read();
            long start = System.nanoTime();
            drip(client, "GET /hello HTTP/1.1\r\nX: ");
            assertLast(client, 408, "Request timeout");
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
        }
    }

    @Test
    void slowBody_is408AfterAnAbsoluteDeadline() throws IOException {
        restart(quick());
        try (RawClient client = new RawClient(server.port())) {
            client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n");
            drip(client, "");
            assertLast(client, 408, "Request timeout");
        }
    }

    @Test
    void idleConnection_isClosedWithoutAWord() throws IOException {
        restart(quick());
        try (RawClient client = new RawClient(server.port())) {
            client.send(get("/hello")).read();
            assertThat(client.rest()).isEmpty();
        }
    }

    @Test
    void slowEndpoint_isNotCutByTheClientsDeadlines() throws Exception {
        restart(quick());
        try (RawClient client = new RawClient(server.port());
                RawClient idle = new RawClient(server.port())) {
            client.send(post("/later", "1"));
            idle.send(get("/hello")).read();
            assertThat(idle.rest()).isEmpty();
            answerLater("late");
            assertThat(client.read().body()).isEqualTo("late");
        }
    }

    @Test
    void oneConnectionTooMany_is503() throws IOException {
        restart(config(HttpConfig.defaults("127.0.0.1", 0), List.of(), 2));
        try (RawClient one = new RawClient(server.port());
                RawClient two = new RawClient(server.port());
                RawClient three = new RawClient(server.port())) {
            one.send(get("/hello")).read();
            two.send(get("/hello")).read();
            Answer refused = three.read();
            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.header("retry-after")).isEqualTo("1");
            assertThat(three.rest()).isEmpty();
        }
        awaitStatus(200, get("/hello"));
    }

    // ---- proxies

    @Test
    void untrustedPeer_isItsOwnClient() throws IOException {
        try (RawClient client = new RawClient(server.port())) {
            assertThat(client.send(forwarded("9.9.9.9", "https", "evil.example"))
                            .read()
                            .body())
                    .isEqualTo("127.0.0.1 http://a");
        }
    }

    @Test
    void trustedPeer_namesTheClientAndTheBase() throws IOException {
        restart(config(HttpConfig.defaults("127.0.0.1", 0), List.of("127.0.0.0/8", "10.0.0.0/8"), 1_000));
        try (RawClient client = new RawClient(server.port())) {
            assertThat(client.send(forwarded("6.6.6.6, 9.9.9.9, 10.1.2.3", "https", "stats.example.com"))
                            .read()
                            .body())
                    .isEqualTo("9.9.9.9 https://stats.example.com");
        }
    }

    // ---- workers

    @Test
    void workerThatThrows_is500() throws IOException {
        try (RawClient client = new RawClient(server.port())) {
            Answer answer = client.send(get("/broken")).read();
            assertThat(answer.status()).isEqualTo(500);
            assertThat(answer.body()).isEqualTo("{\"success\":false,\"message\":\"Internal error\"}");
            assertThat(client.send(get("/hello")).read().status()).isEqualTo(200);
        }
    }

    @Test
    void loopEndpointThatThrows_is500AndTheEnd() throws IOException {
        try (RawClient client = new RawClient(server.port())) {
            client.send(get("/broken-loop"));
            assertLast(client, 500, "Internal error");
        }
    }

    @Test
    void fullWorkerQueue_is503WithRetryAfter() throws IOException {
        List<RawClient> clients = new ArrayList<>();
        try {
            // 2 running and 2 waiting is what there is room for.
            for (int i = 0; i < 5; i++) {
                clients.add(new RawClient(server.port()).send(get("/blocked")));
            }
            long busy = 0;
            awaitAnswerOfOne(clients);
            workerGate.countDown();
            for (RawClient client : clients) {
                Answer answer = client.read();
                if (answer.status() == 503) {
                    busy++;
                    assertThat(answer.header("retry-after")).isEqualTo("1");
                }
            }
            assertThat(busy).isEqualTo(1);
        } finally {
            for (RawClient client : clients) {
                client.close();
            }
        }
    }

    @Test
    void largeWorkerReply_isCompressedWhenAccepted() throws IOException {
        try (RawClient client = new RawClient(server.port())) {
            String request = "GET /large HTTP/1.1\r\nHost: a\r\nAccept-Encoding: %s\r\n\r\n";
            Answer packed = client.send(request.formatted("br, gzip")).read();
            assertThat(packed.header("content-encoding")).isEqualTo("gzip");
            assertThat(Integer.parseInt(packed.header("content-length"))).isLessThan(500);
            Answer plain = client.send(request.formatted("gzip;q=0")).read();
            assertThat(plain.body()).hasSize(5_000);
        }
    }

    // ---- cross-origin

    @Test
    void crossOriginRoute_allowsTheOriginOnEveryAnswer() throws IOException {
        String origin = "Host: a\r\nOrigin: https://shop.example\r\n";
        try (RawClient client = new RawClient(server.port())) {
            Answer preflight =
                    client.send("OPTIONS /echo HTTP/1.1\r\n" + origin + "\r\n").read();
            assertThat(preflight.status()).isEqualTo(204);
            assertThat(preflight.header("access-control-allow-methods"))
                    .isEqualTo("GET, POST, PUT, PATCH, DELETE, OPTIONS");
            assertThat(preflight.header("access-control-allow-headers")).isEqualTo("Content-Type, X-API-Key");
            assertThat(preflight.header("access-control-max-age")).isEqualTo("86400");
            Answer wrongMethod =
                    client.send("GET /echo HTTP/1.1\r\n" + origin + "\r\n").read();
            Answer tooLarge = client.send("POST /echo HTTP/1.1\r\n" + origin + "Content-Length: 9999999\r\n\r\n")
                    .read();
            assertThat(tooLarge.status()).isEqualTo(413);
            assertThat(List.of(preflight, wrongMethod, tooLarge)).allSatisfy(answer -> {
                assertThat(answer.header("access-control-allow-origin")).isEqualTo("https://shop.example");
                assertThat(answer.header("vary")).isEqualTo("Origin");
            });
        }
    }

    @Test
    void otherRoute_allowsNoOrigin() throws IOException {
        try (RawClient client = new RawClient(server.port())) {
            Answer answer = client.send("GET /hello HTTP/1.1\r\nHost: a\r\nOrigin: https://x.example\r\n\r\n")
                    .read();
            assertThat(answer.headers()).doesNotContainKey("access-control-allow-origin");
        }
    }

    // ---- static files

    @Test
    void staticFile_hasEtagAndGzip() throws IOException {
        try (RawClient client = new RawClient(server.port())) {
            Answer plain = client.send(get("/static.js")).read();
            assertThat(plain.body()).hasSize(4_000);
            assertThat(plain.header("cache-control")).isEqualTo("public, max-age=3600");
            assertThat(plain.header("access-control-allow-origin")).isEqualTo("*");
            Answer known = client.send(
                            "GET /static.js HTTP/1.1\r\nHost: a\r\nIf-None-Match: " + plain.header("etag") + "\r\n\r\n")
                    .read();
            assertThat(known.status()).isEqualTo(304);
            assertThat(known.body()).isEmpty();
            Answer packed = client.send("GET /static.js HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n")
                    .read();
            assertThat(packed.header("content-encoding")).isEqualTo("gzip");
        }
    }

    // ---- start and stop

    @Test
    void takenPort_saysWhichKeyToSet() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = taken.getLocalPort();
            assertThatThrownBy(() -> HttpServer.start(
                            HttpConfig.defaults("127.0.0.1", port),
                            Routes.builder().build()))
                    .isInstanceOf(HttpException.class)
                    .hasMessage("port " + port + " is taken; set http.port");
        }
    }

    @Test
    void close_letsTheRequestInFlightFinish() throws Exception {
        try (RawClient busy = new RawClient(server.port());
                RawClient idle = new RawClient(server.port())) {
            idle.send(get("/hello")).read();
            busy.send(post("/later", "1"));
            Exchange exchange = later.take();
            Thread closer = new Thread(server::close);
            closer.start();
            assertThat(idle.rest()).isEmpty();
            exchange.loop().execute(() -> exchange.respond(Reply.json(200, "done")));
            Answer answer = busy.read();
            assertThat(answer.body()).isEqualTo("done");
            assertThat(answer.header("connection")).isEqualTo("close");
            closer.join(8_000);
            assertThat(closer.isAlive()).isFalse();
        }
    }

    // ---- the server under test

    private HttpServer start(HttpConfig config) {
        Routes routes = Routes.builder()
                .on("/hello", Set.of("GET"), (LoopEndpoint) e -> e.respond(Reply.json(200, "{\"hello\":true}")))
                .crossOrigin("/echo", Set.of("POST"), e -> {
                    byte[] copy = new byte[e.bodyLength()];
                    System.arraycopy(e.body(), 0, copy, 0, copy.length);
                    e.respond(Reply.json(200, copy));
                })
                .alias("/other/e", "/echo")
                .on("/later", Set.of("POST"), (LoopEndpoint) later::add)
                .on("/broken", Set.of("GET"), (WorkerEndpoint) r -> {
                    throw new IOException("on purpose");
                })
                .on("/broken-loop", Set.of("GET"), (LoopEndpoint) e -> {
                    throw new IllegalStateException("on purpose");
                })
                .on("/blocked", Set.of("GET"), (WorkerEndpoint) r -> {
                    workerGate.await();
                    return Reply.json(200, "unblocked");
                })
                .on("/large", Set.of("GET"), (WorkerEndpoint) r -> Reply.json(200, "x".repeat(5_000)))
                .on("/worker", Set.of("GET"), (WorkerEndpoint) r -> Reply.json(200, "a=" + r.query("a")))
                .on("/who", Set.of("GET"), (WorkerEndpoint) r -> Reply.json(
                        200, InetAddress.getByAddress(r.clientAddress()).getHostAddress() + " " + r.baseUrl()))
                .prefix("/files/", Set.of("GET"), e -> e.respond(Reply.json(200, "\"" + e.path() + "\"")))
                .on("/big", Set.of("GET"), (LoopEndpoint) e -> {
                    big.incrementAndGet();
                    e.respond(BIG);
                })
                .on("/static.js", Set.of("GET"), (LoopEndpoint) new StaticFile(
                        "text/javascript; charset=utf-8",
                        "abcd".repeat(1_000).getBytes(StandardCharsets.US_ASCII),
                        Duration.ofHours(1),
                        true))
                .build();
        return HttpServer.start(config, routes);
    }

    private static HttpConfig config(HttpConfig base, List<String> proxies, int perAddress) {
        return new HttpConfig(
                base.host(),
                base.port(),
                proxies,
                base.connectionsMax(),
                perAddress,
                base.headerDeadline(),
                base.bodyDeadline(),
                base.idleDeadline(),
                BODY_MAX,
                2,
                2);
    }

    private static HttpConfig quick() {
        Duration deadline = Duration.ofMillis(300);
        return new HttpConfig("127.0.0.1", 0, List.of(), 100, 100, deadline, deadline, deadline, BODY_MAX, 2, 2);
    }

    private void restart(HttpConfig config) {
        server.close();
        server = start(config);
    }

    private void answerLater(String body) throws InterruptedException {
        Exchange exchange = later.take();
        exchange.loop().execute(() -> exchange.respond(Reply.json(200, body)));
    }

    /** Sends a byte every few milliseconds until the server has had enough. */
    private static void drip(RawClient client, String start) throws IOException {
        client.send(start);
        ScheduledExecutorService dripper = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task);
            thread.setDaemon(true);
            return thread;
        });
        var unused = dripper.scheduleAtFixedRate(
                () -> {
                    try {
                        client.send("x");
                    } catch (IOException gone) {
                        dripper.shutdown();
                    }
                },
                0,
                20,
                TimeUnit.MILLISECONDS);
    }

    /** The one that there is no room for is answered while the others wait: then all of them were looked at. */
    private static void awaitAnswerOfOne(List<RawClient> clients) throws IOException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (true) {
            for (RawClient client : clients) {
                if (client.hasAnswer()) {
                    return;
                }
            }
            assertThat(System.nanoTime()).as("until one is answered").isLessThan(end);
            LockSupport.parkNanos(1_000_000);
        }
    }

    private void awaitStatus(int status, String request) throws IOException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        int seen;
        do {
            try (RawClient client = new RawClient(server.port())) {
                seen = client.send(request).read().status();
            }
        } while (seen != status && System.nanoTime() < end);
        assertThat(seen).isEqualTo(status);
    }

    private static void assertLast(RawClient client, int status, String message) throws IOException {
        Answer answer = client.read();
        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.body()).isEqualTo("{\"success\":false,\"message\":\"" + message + "\"}");
        assertThat(answer.header("connection")).isEqualTo("close");
        assertThat(client.rest()).isEmpty();
    }

    @Test
    void clientThatDoesNotRead_isNotAnsweredMoreThanItsSocketTakes_andGetsEverythingLater() throws Exception {
        int requests = 20_000;
        byte[] all = get("/big").repeat(requests).getBytes(StandardCharsets.US_ASCII);
        try (RawClient client = new RawClient(server.port())) {
            Thread sender = new Thread(() -> {
                try {
                    client.send(all);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            sender.start();
            int before = -1;
            for (int still = 0; still < 20 && big.get() < requests; still = big.get() == before ? still + 1 : 0) {
                before = big.get();
                TimeUnit.MILLISECONDS.sleep(50);
            }
            assertThat(big.get()).isBetween(1, requests / 2);
            for (int i = 0; i < requests; i++) {
                assertThat(client.read().status()).isEqualTo(200);
            }
            sender.join();
        }
    }

    private static String get(String path) {
        return "GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n";
    }

    private static String post(String path, String body) {
        return "POST " + path + " HTTP/1.1\r\nHost: a\r\nContent-Length: "
                + body.getBytes(StandardCharsets.UTF_8).length + "\r\n\r\n" + body;
    }

    private static String forwarded(String hops, String proto, String host) {
        return "GET /who HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: " + hops + "\r\nX-Forwarded-Proto: " + proto
                + "\r\nX-Forwarded-Host: " + host + "\r\n\r\n";
    }
}

package io.micrologs.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is far beyond the limits is refused, and its client can read that, also while it is still sending. */
class HugeRequestsTest {
    private static final long HUGE = 10L << 30;

    private final HttpServer server = HttpServer.start(
            HttpConfig.defaults("127.0.0.1", 0),
            Routes.builder()
                    .on("/echo", Set.of("GET", "POST"), (LoopEndpoint) e -> e.respond(Reply.json(200, "{}")))
                    .build());

    @AfterEach
    void close() {
        server.close();
    }

    @Test
    void uriOfAMegabyte_is414() throws IOException {
        assertRefused(414, "GET /" + "u".repeat(1 << 20) + " HTTP/1.1\r\nHost: a\r\n\r\n");
    }

    @Test
    void hundredThousandHeaders_are431() throws IOException {
        assertRefused(431, "GET /echo HTTP/1.1\r\nHost: a\r\n" + "X-Header: value\r\n".repeat(100_000) + "\r\n");
    }

    @Test
    void lengthOfTenGigabytes_is413_beforeAByteOfIt() throws IOException {
        try (RawClient client = new RawClient(server.port())) {
            client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: " + HUGE + "\r\n\r\n");
            assertThat(client.read().status()).isEqualTo(413);
        }
    }

    /** A client that only looks when it has sent everything, as simple ones do: 100 MB, which once were cut off after one. */
    @Test
    void clientThatFirstSendsEverything_readsTheAnswer() throws IOException {
        byte[] piece = new byte[1 << 20];
        try (RawClient client = new RawClient(server.port())) {
            client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: " + 100 * piece.length + "\r\n\r\n");
            for (int i = 0; i < 100; i++) {
                client.send(piece);
            }
            assertThat(client.read().status()).isEqualTo(413);
            assertThat(client.rest()).isEmpty();
        }
    }

    @Test
    void javasHttpClient_readsTheAnswerToTenGigabytes() throws Exception {
        AtomicLong sent = new AtomicLong();
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + "/echo"))
                .timeout(Duration.ofSeconds(60))
                .POST(BodyPublishers.fromPublisher(BodyPublishers.ofInputStream(() -> new Zeros(sent)), HUGE))
                .build();
        HttpResponse<String> answer = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .build()
                .send(request, BodyHandlers.ofString());
        assertThat(answer.statusCode()).isEqualTo(413);
        assertThat(answer.body()).isEqualTo("{\"success\":false,\"message\":\"Payload too large\"}");
        assertThat(sent.get()).isLessThan(HUGE);
    }

    private void assertRefused(int status, String request) throws IOException {
        try (RawClient client = new RawClient(server.port())) {
            client.send(request.getBytes(StandardCharsets.US_ASCII));
            assertThat(client.read().status()).isEqualTo(status);
            assertThat(client.rest()).isEmpty();
        }
    }

    /** Zeros without end. */
    private static final class Zeros extends InputStream {
        private final AtomicLong read;

        Zeros(AtomicLong read) {
            this.read = read;
        }

        @Override
        public int read() {
            read.incrementAndGet();
            return 0;
        }

        @Override
        public int read(byte[] bytes, int from, int length) {
            read.addAndGet(length);
            return length;
        }
    }
}

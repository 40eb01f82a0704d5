package io.micrologs.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrologs.http.RawClient.Answer;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A path may take longer bodies than the others, but only so many of them at a time. */
class LargeBodiesTest {
    private static final int LARGE = 1 << 20;
    private static final int ORDINARY = 65_536;

    private final BlockingQueue<Exchange> waiting = new LinkedBlockingQueue<>();
    private final HttpServer server = HttpServer.start(
            HttpConfig.defaults("127.0.0.1", 0),
            Routes.builder()
                    .on("/large", Set.of("POST"), (LoopEndpoint) waiting::add)
                    .on("/other", Set.of("POST"), (LoopEndpoint) waiting::add)
                    .bodyMax("/large", LARGE, 2)
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
        return "POST " + path + " HTTP/1.1\r\nHost: a\r\nContent-Length: " + length + "\r\n\r\n" + "x".repeat(length);
    }
}

package io.micrologs.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrologs.http.RawClient.Answer;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Both caps at the maximum and one past it, from outside, and what one past it costs. */
class ConnectionCapsTest {
    private static final int MAX = 6;
    private static final int PER_ADDRESS_MAX = 4;
    private static final String REQUEST = "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n";

    private final HttpServer server = HttpServer.start(
            new HttpConfig(
                    "127.0.0.1",
                    0,
                    List.of("127.0.0.9"),
                    MAX,
                    PER_ADDRESS_MAX,
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(30),
                    Duration.ofSeconds(75),
                    65_536,
                    1,
                    1),
            Routes.builder()
                    .on("/hello", Set.of("GET"), (LoopEndpoint) e -> e.respond(Reply.json(200, "{}")))
                    .build());
    private final List<RawClient> clients = new ArrayList<>();

    @AfterEach
    void close() throws IOException {
        for (RawClient client : clients) {
            client.close();
        }
        server.close();
    }

    @Test
    void perAddress_theLastIsTaken_oneMoreIsNot_othersAre_andOneThatLeavesMakesRoom() throws Exception {
        for (int i = 0; i < PER_ADDRESS_MAX; i++) {
            assertTaken(connect("127.0.0.1"));
        }
        assertRefused(connect("127.0.0.1"));
        assertTaken(connect("127.0.0.2"));
        clients.get(0).close();
        awaitRoom("127.0.0.1");
        assertRefused(connect("127.0.0.1"));
    }

    @Test
    void inAll_theLastIsTaken_oneMoreIsNot_whoeverItIs() throws Exception {
        for (int i = 0; i < MAX; i++) {
            assertTaken(connect("127.0.0." + (1 + i)));
        }
        assertRefused(connect("127.0.0.8"));
        assertRefused(connect("127.0.0.9"));
        clients.get(0).close();
        awaitRoom("127.0.0.8");
    }

    /** A proxy stands for many clients. */
    @Test
    void trustedProxy_hasOnlyTheCapOfAll() throws Exception {
        for (int i = 0; i < MAX; i++) {
            assertTaken(connect("127.0.0.9"));
        }
        assertRefused(connect("127.0.0.9"));
    }

    /** Who is refused must not keep a descriptor by staying. */
    @Test
    void refusedClientThatStays_isCutOffSoon() throws Exception {
        for (int i = 0; i < PER_ADDRESS_MAX; i++) {
            assertTaken(connect("127.0.0.1"));
        }
        RawClient staying = connect("127.0.0.1");
        assertThat(staying.read().status()).isEqualTo(503);
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        boolean cut = false;
        while (!cut && System.nanoTime() < end) {
            try {
                staying.send("x".repeat(1_000));
                Thread.onSpinWait();
            } catch (IOException reset) {
                cut = true;
            }
        }
        assertThat(cut).isTrue();
    }

    @Test
    void onlySomeWhoAreRefused_mayStayAtAll() {
        ConnectionCaps caps = new ConnectionCaps(1, 1);
        for (int i = 0; i < ConnectionCaps.LINGERING_MAX; i++) {
            assertThat(caps.linger()).isTrue();
        }
        assertThat(caps.linger()).isFalse();
        caps.endLinger();
        assertThat(caps.linger()).isTrue();
        assertThat(caps.linger()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "10000, 1048576, 10000",
        "10000, 11024, 10000",
        "10000, 11023, 9999",
        "10000, 4096, 3072",
        "10000, 1024, 512",
        "10000, 2, 1",
        "10000, 0, 1",
        "1, 1024, 1",
        "1000000, 9223372036854775807, 1000000"
    })
    void connections_fitIntoTheProcessesDescriptors(int wanted, long descriptors, int expected) {
        assertThat(Descriptors.connectionsMax(wanted, descriptors)).isEqualTo(expected);
    }

    @Test
    void limitOfThisProcess_isKnown() {
        assertThat(Descriptors.max()).isBetween(256L, 1L << 40);
    }

    private RawClient connect(String from) throws IOException {
        RawClient client = new RawClient(server.port(), InetAddress.getByName(from));
        clients.add(client);
        return client;
    }

    private static void assertTaken(RawClient client) throws IOException {
        assertThat(client.send(REQUEST).read().status()).isEqualTo(200);
    }

    private static void assertRefused(RawClient client) throws IOException {
        Answer answer = client.read();
        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.header("retry-after")).isEqualTo("1");
        assertThat(answer.header("connection")).isEqualTo("close");
        assertThat(client.rest()).isEmpty();
    }

    /** The server sees that somebody left a little later. */
    private void awaitRoom(String from) throws IOException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        int status;
        do {
            status = connect(from).send(REQUEST).read().status();
        } while (status != 200 && System.nanoTime() < end);
        assertThat(status).isEqualTo(200);
    }
}

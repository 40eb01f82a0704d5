package io.micrologs.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrologs.http.ManyClients.Outcome;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Clients that take their time, in headers and bodies, and clients that do nothing at all. With {@code -Pfaults} there are
 * 5,000 slow ones and 10,000 idle ones, and the deadlines are those of the product; the build has 200 of each.
 */
@Timeout(300)
class SlowClientsIT {
    private static final boolean LONG = Integer.getInteger("faults.trials") != null;
    private static final int SLOW = LONG ? 5_000 : 200;
    private static final int IDLE = LONG ? 10_000 : 200;
    private static final Duration HEADERS = Duration.ofSeconds(LONG ? 10 : 2);
    private static final Duration BODY = Duration.ofSeconds(LONG ? 30 : 3);

    /** How late a deadline may be seen: looks at it are a second apart at most, and this machine may be busy. */
    private static final Duration LATE = Duration.ofSeconds(10);

    /** Of a well-behaved client: for most of the time that the slow ones have for their headers. */
    private static final int ASKED = LONG ? 8_000 : 500;

    private static final String REQUEST = "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n";

    @Test
    void aByteASecondInHeaders_isCutOffAtTheDeadline_whileOthersAreServed() throws Exception {
        assertCutOff("headers", "GET /hello HTTP/1.1\r\nHost: a\r\nX: ", HEADERS);
    }

    @Test
    void aByteASecondInABody_isCutOffAtTheDeadline_whileOthersAreServed() throws Exception {
        assertCutOff("body", "POST /hello HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n", BODY);
    }

    @Test
    void idleClients_costLittleMemory_andKeepTheirConnections() throws Exception {
        Duration unhurried = Duration.ofSeconds(60);
        try (ServerProcess server = new ServerProcess(unhurried, unhurried)) {
            p99Micros(server.port(), 2_000);
            long before = server.residentBytes();
            try (ManyClients idle = new ManyClients(server.port(), IDLE, REQUEST, false)) {
                assertThat(idle.await(120)).isTrue();
                assertThat(idle.outcomes()).extracting(Outcome::status).containsOnly(200);
                p99Micros(server.port(), 2_000);
                long more = server.residentBytes() - before;
                System.out.printf("%d idle clients: %d MB more of %d MB%n", IDLE, more >> 20, before >> 20);
                assertThat(idle.open()).isEqualTo(IDLE);
                assertThat(more).isLessThan(200L << 20);
            }
        }
    }

    private static void assertCutOff(String where, String first, Duration deadline) throws Exception {
        try (ServerProcess server = new ServerProcess(HEADERS, BODY)) {
            // So that both are measured of compiled code.
            try (ManyClients slow = new ManyClients(server.port(), SLOW, first, true)) {
                p99Micros(server.port(), ASKED / 2);
            }
            p99Micros(server.port(), ASKED / 4);
            long before = p99Micros(server.port(), ASKED);
            try (ManyClients slow = new ManyClients(server.port(), SLOW, first, true)) {
                long during = p99Micros(server.port(), ASKED);
                assertThat(slow.await(deadline.plus(LATE).toSeconds())).isTrue();
                assertThat(slow.outcomes()).hasSize(SLOW).allSatisfy(outcome -> {
                    assertThat(outcome.status()).isEqualTo(408);
                    assertThat(outcome.nanos()).isGreaterThan(deadline.toNanos() * 9 / 10);
                });
                long[] took = slow.outcomes().stream()
                        .mapToLong(Outcome::nanos)
                        .sorted()
                        .toArray();
                System.out.printf(
                        "%d clients slow in their %s: cut off after %d to %d ms; another's p99 %d us before, %d us with them%n",
                        SLOW,
                        where,
                        TimeUnit.NANOSECONDS.toMillis(took[0]),
                        TimeUnit.NANOSECONDS.toMillis(took[took.length - 1]),
                        before,
                        during);
            }
        }
    }

    /** Of a well-behaved client's requests, one after the other and at most one in a millisecond. */
    private static long p99Micros(int port, int requests) throws IOException {
        long[] nanos = new long[requests];
        try (RawClient client = new RawClient(port)) {
            for (int i = 0; i < requests; i++) {
                long start = System.nanoTime();
                assertThat(client.send(REQUEST).read().status()).isEqualTo(200);
                nanos[i] = System.nanoTime() - start;
                LockSupport.parkNanos(start + TimeUnit.MILLISECONDS.toNanos(1) - System.nanoTime());
            }
        }
        Arrays.sort(nanos);
        return TimeUnit.NANOSECONDS.toMicros(nanos[requests * 99 / 100]);
    }
}

package io.micrologs.http;

import java.time.Duration;
import java.util.List;

/**
 * How the server listens and what it refuses.
 *
 * @param host address to listen on, such as {@code 127.0.0.1}
 * @param port 0 picks a free one
 * @param trustedProxies CIDR blocks or single addresses whose {@code X-Forwarded-*} headers are believed
 * @param connectionsMax open connections in all; one more is answered 503 and closed. Fewer when the process may not open
 *     that many files and some more
 * @param connectionsPerAddressMax open connections per peer address; trusted proxies are exempt
 * @param headerDeadline from the first byte of a request to the end of its headers
 * @param bodyDeadline from the end of the headers to the end of the body
 * @param idleDeadline how long a kept-alive connection may be silent, and a client may take to read an answer
 * @param bodyBytesMax one byte more is answered 413
 * @param workerThreads threads for {@link WorkerEndpoint}s
 * @param workerQueueMax requests that wait for a worker; one more is answered 503
 */
public record HttpConfig(
        String host,
        int port,
        List<String> trustedProxies,
        int connectionsMax,
        int connectionsPerAddressMax,
        Duration headerDeadline,
        Duration bodyDeadline,
        Duration idleDeadline,
        int bodyBytesMax,
        int workerThreads,
        int workerQueueMax) {

    /** Throws {@link IllegalArgumentException} that names the value and its range. */
    public HttpConfig {
        trustedProxies = List.copyOf(trustedProxies);
        checkTrustedProxies(trustedProxies);
        range("port", port, 0, 65_535);
        range("connectionsMax", connectionsMax, 1, 1_000_000);
        range("connectionsPerAddressMax", connectionsPerAddressMax, 1, 1_000_000);
        range("bodyBytesMax", bodyBytesMax, 1_024, 16 << 20);
        range("workerThreads", workerThreads, 1, 1_024);
        range("workerQueueMax", workerQueueMax, 1, 100_000);
        range("headerDeadline in ms", headerDeadline.toMillis(), 50, 600_000);
        range("bodyDeadline in ms", bodyDeadline.toMillis(), 50, 600_000);
        range("idleDeadline in ms", idleDeadline.toMillis(), 50, 600_000);
    }

    /** The documented defaults on {@code host} and {@code port}. */
    public static HttpConfig defaults(String host, int port) {
        return new HttpConfig(
                host,
                port,
                List.of(),
                10_000,
                1_000,
                Duration.ofSeconds(10),
                Duration.ofSeconds(30),
                Duration.ofSeconds(75),
                65_536,
                8,
                256);
    }

    /**
     * Throws {@link IllegalArgumentException} that names the entry which is no address or CIDR block, or too wide to be a
     * proxy's.
     */
    public static void checkTrustedProxies(List<String> trustedProxies) {
        TrustedProxies.parse(trustedProxies);
        TrustedProxies.refuseWide(trustedProxies);
    }

    private static void range(String name, long value, long min, long max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(name + " must be " + min + " to " + max + ", is " + value);
        }
    }
}

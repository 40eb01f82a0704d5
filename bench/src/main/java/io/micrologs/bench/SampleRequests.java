package io.micrologs.bench;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Requests of the load benchmark's workload, for microbenchmarks. */
public final class SampleRequests {
    /** The key that they carry. */
    public static final String PUBLIC_KEY = "0123456789abcdef0123456789abcdef";

    /** The domain that they come from. */
    public static final String DOMAIN = "shop.example.com";

    private static final byte[] END_OF_HEAD = "\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private SampleRequests() {}

    /** The first {@code count} requests of a fixed run, byte for byte as they are sent. */
    public static byte[][] requests(int count) {
        Workload workload = new Workload("127.0.0.1:8080", DOMAIN, PUBLIC_KEY, 1);
        byte[][] requests = new byte[count][];
        for (int i = 0; i < count; i++) {
            int length = workload.compose();
            requests[i] = Arrays.copyOf(workload.bytes(), length);
        }
        return requests;
    }

    /** Their bodies alone. */
    public static byte[][] bodies(int count) {
        byte[][] bodies = requests(count);
        for (int i = 0; i < count; i++) {
            bodies[i] = Arrays.copyOfRange(bodies[i], endOfHead(bodies[i]), bodies[i].length);
        }
        return bodies;
    }

    private static int endOfHead(byte[] request) {
        for (int at = END_OF_HEAD.length; at <= request.length; at++) {
            if (Arrays.equals(request, at - END_OF_HEAD.length, at, END_OF_HEAD, 0, END_OF_HEAD.length)) {
                return at;
            }
        }
        throw new IllegalStateException("a request without an end of its head");
    }
}

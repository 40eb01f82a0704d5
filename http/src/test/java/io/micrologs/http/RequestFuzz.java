package io.micrologs.http;

import io.micrologs.http.PlainHttp.Request;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Fuzz target: what a client sends on one connection, in one piece and in small ones. Both are answered the same, with
 * whole answers of expected statuses and none behind the last; the endpoint gets no request that a plain reading of the RFC
 * does not find; and no buffer is lost.
 */
final class RequestFuzz {
    private static final Set<Integer> STATUSES = Set.of(100, 200, 204, 400, 404, 405, 413, 414, 417, 431, 505);
    private static final Set<String> METHODS = Set.of("GET", "POST");

    private static final UnpooledByteBufAllocator ALLOCATOR = new UnpooledByteBufAllocator(true, true);
    private static final List<Request> taken = new ArrayList<>();
    private static final ServerState SERVER = server();
    private static final LoopWatch WATCH = LoopWatch.start(new EmbeddedChannel().eventLoop(), Duration.ofSeconds(10));

    private RequestFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        String whole = answers(input, Connection.READ_BYTES_MAX);
        List<Request> takenWhole = List.copyOf(taken);
        String pieces = answers(input, 48);
        check(whole.equals(pieces), "answered in pieces as " + pieces + "\n but whole as " + whole);
        check(takenWhole.equals(taken), "took other requests from the pieces");
        checkAgainstRfc(input, takenWhole, checkedLast(whole));
    }

    private static void checkAgainstRfc(byte[] input, List<Request> requests, boolean last) {
        List<Request> expected = PlainHttp.requests(new String(input, StandardCharsets.ISO_8859_1)).stream()
                .map(request -> request.method().equals("HEAD")
                        ? new Request("GET", request.target(), request.body())
                        : request)
                .filter(request -> METHODS.contains(request.method()))
                .toList();
        check(requests.size() <= expected.size(), "took a request that is none");
        for (int i = 0; i < requests.size(); i++) {
            Request request = requests.get(i);
            Request other = expected.get(i);
            boolean same = request.method().equals(other.method())
                    && request.body().equals(other.body())
                    && (!other.target().startsWith("/")
                            || request.target().equals(other.target().split("\\?", 2)[0]));
            check(same, "took " + request + " for " + other);
        }
        check(last || requests.size() == expected.size(), "took too few requests");
    }

    private static String answers(byte[] input, int pieceMax) {
        taken.clear();
        SplittableRandom random = new SplittableRandom(Arrays.hashCode(input));
        SocketOfBytes socket = new SocketOfBytes(ALLOCATOR, new RequestDecoder(), new Connection(SERVER, WATCH));
        for (int at = 0; at < input.length; ) {
            int end = Math.min(input.length, at + (pieceMax < 100 ? 1 + random.nextInt(pieceMax) : pieceMax));
            socket.receive(input, at, end);
            at = end;
        }
        check(socket.isOpen(), "closed without a word");
        String answers = new String(socket.sent(), StandardCharsets.ISO_8859_1);
        socket.receiveEnd();
        socket.finishAndReleaseAll();
        long lost = ALLOCATOR.metric().usedDirectMemory() + ALLOCATOR.metric().usedHeapMemory();
        check(lost == 0, lost + " bytes of buffers were not released");
        return answers;
    }

    /** Whether the last answer says that it is the last. */
    private static boolean checkedLast(String answers) {
        boolean last = false;
        int at = 0;
        while (at < answers.length()) {
            check(!last, "an answer behind the last: " + answers);
            int end = answers.indexOf("\r\n\r\n", at);
            check(end > 0 && answers.startsWith("HTTP/1.1 ", at), "no whole answer: " + answers);
            String head = answers.substring(at, end + 2);
            int status = Integer.parseInt(head.substring(9, 12));
            check(STATUSES.contains(status), "answered " + status);
            last = head.contains("\r\nconnection: close\r\n");
            int length = head.indexOf("\r\ncontent-length: ");
            at = end + 4;
            // The answer to HEAD has a length and no body.
            if (length >= 0 && at < answers.length() && !answers.startsWith("HTTP/1.1 ", at)) {
                at += Integer.parseInt(head.substring(length + 18, head.indexOf("\r\n", length + 2)));
            }
        }
        check(at == answers.length(), "the last answer is cut short");
        return last;
    }

    private static ServerState server() {
        Routes routes = Routes.builder()
                .prefix("/", METHODS, exchange -> {
                    String body = new String(exchange.body(), 0, exchange.bodyLength(), StandardCharsets.ISO_8859_1);
                    exchange.query("k");
                    exchange.baseUrl();
                    exchange.clientAddress();
                    taken.add(new Request(exchange.method(), exchange.path(), body));
                    exchange.respond(Reply.json(200, Integer.toHexString(body.hashCode())));
                })
                .build();
        HttpConfig config = HttpConfig.defaults("127.0.0.1", 0);
        return new ServerState(
                routes,
                new Gate(null),
                new ForwardingWatch(),
                new Workers(1, 1),
                new ConnectionCaps(1_000, 1_000),
                TrustedProxies.parse(List.of("127.0.0.1/32")),
                config.bodyBytesMax(),
                config.headerDeadline().toNanos(),
                config.bodyDeadline().toNanos(),
                config.idleDeadline().toNanos(),
                new AtomicBoolean());
    }

    private static void check(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }
}

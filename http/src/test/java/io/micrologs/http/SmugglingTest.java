package io.micrologs.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrologs.http.RawClient.Answer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What a server in front of ours might read differently from us gets one answer and the end of the connection, whatever is
 * hidden behind it.
 */
@ExtendWith(LeakCheck.class)
class SmugglingTest {
    /** Stands behind every request here; nobody may get to see it. */
    private static final String SMUGGLED = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";

    private static final AtomicInteger smuggled = new AtomicInteger();
    private static final HttpServer server = HttpServer.start(
            HttpConfig.defaults("127.0.0.1", 0),
            Routes.builder()
                    .on("/echo", Set.of("GET", "POST"), (LoopEndpoint) e ->
                            e.respond(Reply.of(200, "text/plain", java.util.Arrays.copyOf(e.body(), e.bodyLength()))))
                    .on("/smuggled", Set.of("GET", "POST"), (LoopEndpoint) e -> {
                        smuggled.incrementAndGet();
                        e.respond(Reply.json(200, "{}"));
                    })
                    .build());

    @AfterAll
    static void close() {
        server.close();
    }

    private record Case(String name, int status, String bytes) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static Case bad(String name, String bytes) {
        return new Case(name, 400, bytes);
    }

    /** A POST with these header lines behind its Host, and then this body. */
    private static Case post(String name, String headers, String body) {
        return bad(name, "POST /echo HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n\r\n" + body);
    }

    private static Case chunks(String name, String body) {
        return post(name, "Transfer-Encoding: chunked", body);
    }

    private static Case target(String name, String target) {
        return bad(name, "GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n");
    }

    private static Case header(String name, String line) {
        return bad(name, "GET /echo HTTP/1.1\r\nHost: a\r\n" + line + "\r\n\r\n");
    }

    static List<Case> refused() {
        return List.of(
                // two lengths
                post("CL.TE", "Content-Length: 6\r\nTransfer-Encoding: chunked", "0\r\n\r\n"),
                post("TE.CL", "Transfer-Encoding: chunked\r\nContent-Length: 3", "0\r\n\r\n"),
                post("CL.CL, the same", "Content-Length: 3\r\nContent-Length: 3", "abc"),
                post("CL.CL, others", "Content-Length: 0\r\nContent-Length: 3", "abc"),
                post("CL.cl", "Content-Length: 3\r\ncontent-LENGTH: 3", "abc"),
                bad(
                        "CL.CL of HTTP/1.0",
                        "POST /echo HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 0\r\nContent-Length: 3\r\n\r\nabc"),
                post("a list of lengths", "Content-Length: 5, 5", "abcde"),
                post("a list of one", "Content-Length: 3,", "abc"),
                // malformed lengths
                post("length with a plus", "Content-Length: +3", "abc"),
                post("length with a minus", "Content-Length: -3", "abc"),
                post("minus zero", "Content-Length: -0", ""),
                post("hex length", "Content-Length: 0x3", "abc"),
                post("length with a space in it", "Content-Length: 3 0", "abc"),
                post("length with a letter", "Content-Length: 3a", "abc"),
                post("empty length", "Content-Length:", ""),
                post("length of spaces", "Content-Length:  ", ""),
                post("length in quotes", "Content-Length: \"3\"", "abc"),
                post("fraction", "Content-Length: 3.0", "abc"),
                post("exponent", "Content-Length: 3e0", "abc"),
                post("beyond 63 bits", "Content-Length: 9223372036854775808", ""),
                post("beyond 64 bits", "Content-Length: 18446744073709551619", "abc"),
                post("superscript length", "Content-Length: \u00b3", "abc"),
                // codings
                post("gzip coding", "Transfer-Encoding: gzip", "0\r\n\r\n"),
                post("identity", "Transfer-Encoding: identity", ""),
                post("identity with a length", "Transfer-Encoding: identity\r\nContent-Length: 3", "abc"),
                post("gzip, chunked", "Transfer-Encoding: gzip, chunked", "0\r\n\r\n"),
                post("chunked, identity", "Transfer-Encoding: chunked, identity", "0\r\n\r\n"),
                post("identity, chunked", "Transfer-Encoding: identity, chunked", "0\r\n\r\n"),
                post("chunked, chunked", "Transfer-Encoding: chunked, chunked", "0\r\n\r\n"),
                post("chunked twice", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "0\r\n\r\n"),
                post("TE.TE", "Transfer-Encoding: chunked\r\nTransfer-encoding: x", "0\r\n\r\n"),
                post("TE.TE, the other way", "Transfer-Encoding: x\r\nTransfer-Encoding: chunked", "0\r\n\r\n"),
                post("xchunked", "Transfer-Encoding: xchunked", "0\r\n\r\n"),
                post("chunked;q=1", "Transfer-Encoding: chunked;q=1", "0\r\n\r\n"),
                post("comma first", "Transfer-Encoding: ,chunked", "0\r\n\r\n"),
                post("chunked in quotes", "Transfer-Encoding: \"chunked\"", "0\r\n\r\n"),
                post("empty coding", "Transfer-Encoding:", "0\r\n\r\n"),
                post("vertical tab", "Transfer-Encoding:\u000bchunked", "0\r\n\r\n"),
                post("form feed behind", "Transfer-Encoding: chunked\f", "0\r\n\r\n"),
                post("NUL behind", "Transfer-Encoding: chunked\0", "0\r\n\r\n"),
                post("no-break space", "Transfer-Encoding: \u00a0chunked", "0\r\n\r\n"),
                post("a letter beyond ASCII", "Transfer-Encoding: chun\u00b5ed", "0\r\n\r\n"),
                post("space before the colon", "Transfer-Encoding : chunked", "0\r\n\r\n"),
                post("tab before the colon", "Transfer-Encoding\t: chunked", "0\r\n\r\n"),
                post("in a folded line", "Transfer-Encoding:\r\n chunked", "0\r\n\r\n"),
                post("in a bare line", "X: y\nTransfer-Encoding: chunked", "0\r\n\r\n"),
                post("behind a bare CR", "X: y\rTransfer-Encoding: chunked", "0\r\n\r\n"),
                bad("HTTP/1.0 with TE", "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
                bad(
                        "HTTP/1.0 with CL.TE",
                        "POST /echo HTTP/1.0\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
                header("a body that only old web sockets have", "Sec-WebSocket-Key1: 1\r\nSec-WebSocket-Key2: 2"),
                // chunks
                chunks("extension", "3;a=b\r\nabc\r\n0\r\n\r\n"),
                chunks("extension of the last", "0;a\r\n\r\n"),
                chunks("extension in quotes", "3;a=\"\r\nabc\r\n0\r\n\r\n"),
                chunks("bare LF in an extension", "3;a\nabc\r\n0\r\n\r\n"),
                chunks("space behind the size", "3 \r\nabc\r\n0\r\n\r\n"),
                chunks("space before the size", " 3\r\nabc\r\n0\r\n\r\n"),
                chunks("tab and semicolon", "3\t;\r\nabc\r\n0\r\n\r\n"),
                chunks("size with a plus", "+3\r\nabc\r\n0\r\n\r\n"),
                chunks("size with a minus", "-3\r\nabc\r\n0\r\n\r\n"),
                chunks("size with 0x", "0x3\r\nabc\r\n0\r\n\r\n"),
                chunks("size with an underscore", "0_3\r\nabc\r\n0\r\n\r\n"),
                chunks("no size", "\r\nabc\r\n0\r\n\r\n"),
                chunks("nine digits", "000000003\r\nabc\r\n0\r\n\r\n"),
                chunks("size beyond 31 bits", "80000000\r\nabc"),
                chunks("size beyond 64 bits", "10000000000000003\r\nabc\r\n0\r\n\r\n"),
                chunks("size that ends with LF", "3\nabc\r\n0\r\n\r\n"),
                chunks("size that ends with CR", "3\rabc\r\n0\r\n\r\n"),
                chunks("size with NUL", "3\0\r\nabc\r\n0\r\n\r\n"),
                chunks("chunk that is longer", "3\r\nabcd\r\n0\r\n\r\n"),
                chunks("chunk that ends with LF", "3\r\nabc\n0\r\n\r\n"),
                chunks("chunk that ends with CR", "3\r\nabc\r0\r\n\r\n"),
                chunks("chunk without an end", "3\r\nabc0\r\n\r\n"),
                chunks("trailer", "0\r\nX: y\r\n\r\n"),
                chunks("trailer that is a length", "0\r\nContent-Length: 5\r\n\r\n"),
                chunks("folded trailer", "0\r\n X: y\r\n\r\n"),
                chunks("end with LF", "0\r\n\n"),
                // lines
                bad("request line ends with LF", "GET /echo HTTP/1.1\nHost: a\r\n\r\n"),
                bad("request line ends with CR", "GET /echo HTTP/1.1\rHost: a\r\n\r\n"),
                bad("header ends with LF", "GET /echo HTTP/1.1\r\nHost: a\n\r\n"),
                bad("head ends with LF", "GET /echo HTTP/1.1\r\nHost: a\r\n\n"),
                header("folded with a space", "X: y\r\n z"),
                header("folded with a tab", "X: y\r\n\tz"),
                header("folded into nothing", "X: y\r\n "),
                bad("first line folded", "GET /echo HTTP/1.1\r\n Host: a\r\n\r\n"),
                header("no colon", "X"),
                header("no name", ": y"),
                header("space in the name", "X Y: z"),
                header("NUL in the name", "X\0: y"),
                header("control in the name", "X\u0001: y"),
                header("letter beyond ASCII in the name", "\u00c4: y"),
                header("bracket in the name", "X(: y"),
                header("NUL in the value", "X: a\0b"),
                header("control in the value", "X: a\u0001b"),
                header("escape in the value", "X: a\u001bb"),
                header("DEL in the value", "X: a\u007fb"),
                header("bare CR in the value", "X: a\rb"),
                // request line
                bad("nonsense", "nonsense\r\n\r\n"),
                bad("HTTP/0.9", "GET /echo\r\n\r\n"),
                bad("HTTP/0.9 with a space", "GET /echo \r\n\r\n"),
                new Case("HTTP/2 preface", 505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
                new Case("HTTP/2.0", 505, "GET /echo HTTP/2.0\r\nHost: a\r\n\r\n"),
                new Case("HTTP/1.2", 505, "GET /echo HTTP/1.2\r\nHost: a\r\n\r\n"),
                new Case("HTTP/0.9, named", 505, "GET /echo HTTP/0.9\r\nHost: a\r\n\r\n"),
                bad("HTTP/1", "GET /echo HTTP/1\r\nHost: a\r\n\r\n"),
                bad("HTTP/1.10", "GET /echo HTTP/1.10\r\nHost: a\r\n\r\n"),
                bad("http/1.1", "GET /echo http/1.1\r\nHost: a\r\n\r\n"),
                bad("HTTP/1.1 and more", "GET /echo HTTP/1.1 x\r\nHost: a\r\n\r\n"),
                bad("ICY/1.1", "GET /echo ICY/1.1\r\nHost: a\r\n\r\n"),
                bad("space at the end", "GET /echo HTTP/1.1 \r\nHost: a\r\n\r\n"),
                bad("space at the beginning", " GET /echo HTTP/1.1\r\nHost: a\r\n\r\n"),
                bad("NUL at the beginning", "\0GET /echo HTTP/1.1\r\nHost: a\r\n\r\n"),
                bad("two spaces", "GET  /echo HTTP/1.1\r\nHost: a\r\n\r\n"),
                bad("two spaces before the version", "GET /echo  HTTP/1.1\r\nHost: a\r\n\r\n"),
                bad("tabs", "GET\t/echo\tHTTP/1.1\r\nHost: a\r\n\r\n"),
                bad("CR as a space", "GET\r/echo HTTP/1.1\r\nHost: a\r\n\r\n"),
                bad("form feed as a space", "GET /echo\fHTTP/1.1\r\nHost: a\r\n\r\n"),
                bad("control in the method", "GE\u0001T /echo HTTP/1.1\r\nHost: a\r\n\r\n"),
                bad("bracket in the method", "GET( /echo HTTP/1.1\r\nHost: a\r\n\r\n"),
                bad("no method", " /echo HTTP/1.1\r\nHost: a\r\n\r\n"),
                bad("TLS", "\u0016\u0003\u0001\u0002\0\u0001\0\u0001\u00fc\u0003\u0003\r\n\r\n"),
                // target
                target("NUL in the target", "/ec\0ho"),
                target("control in the target", "/ec\u0001ho"),
                target("DEL in the target", "/ec\u007fho"),
                target("bare CR in the target", "/ec\rho"),
                target("no slash", "echo"),
                target("star", "*"),
                target("authority", "a:80"),
                bad("CONNECT", "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n"),
                target("another scheme", "ftp://a/echo"),
                target("another host", "http://b/echo"),
                target("another port", "http://a:81/echo"),
                target("user and host", "http://u@a/echo"),
                target("no host", "http:///echo"),
                target("a path that is none", "http:/echo"),
                // host
                bad("no Host", "GET /echo HTTP/1.1\r\n\r\n"),
                bad("two Hosts", "GET /echo HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"),
                bad("two Hosts of HTTP/1.0", "GET /echo HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"),
                bad("a list of Hosts", "GET /echo HTTP/1.1\r\nHost: a, b\r\n\r\n"),
                bad("Host with a path", "GET /echo HTTP/1.1\r\nHost: a/b\r\n\r\n"),
                bad("Host with a user", "GET /echo HTTP/1.1\r\nHost: u@a\r\n\r\n"),
                bad("Host with a space", "GET /echo HTTP/1.1\r\nHost: a b\r\n\r\n"),
                bad("Host with quotes", "GET /echo HTTP/1.1\r\nHost: a\"><script>\r\n\r\n"),
                // not ambiguous, but tricks all the same
                new Case("percent-encoded path", 404, close("/%65cho")),
                new Case("percent-encoded slash", 404, close("/%2fecho")),
                new Case("dots", 404, close("/x/../echo")),
                new Case("encoded dots", 404, close("/x/%2e%2e/echo")),
                new Case("two slashes", 404, close("//echo")),
                new Case("backslash", 404, close("/x\\..\\echo")),
                new Case("a path parameter", 404, close("/echo;a=b")),
                new Case("NUL, percent-encoded", 404, close("/echo%00")),
                new Case("a fragment", 404, close("/echo#x")),
                new Case("a path in the query of a host", 404, close("http://a?x=/echo")),
                new Case(
                        "an expectation that nobody knows", 417, "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: x\r\n\r\n"),
                new Case(
                        "257 header lines",
                        431,
                        "GET /echo HTTP/1.1\r\nHost: a\r\n" + "X: y\r\n".repeat(256) + "\r\n"));
    }

    @ParameterizedTest
    @MethodSource("refused")
    void ambiguousRequest_getsOneAnswer_andTheEnd(Case request) throws IOException {
        int before = smuggled.get();
        try (RawClient client = new RawClient(server.port())) {
            client.send((request.bytes + SMUGGLED).getBytes(StandardCharsets.ISO_8859_1));
            assertIsLast(client, request.status);
        }
        assertThat(smuggled).hasValue(before);
    }

    /** In pieces, too, and compared with a plain reading of RFC 9112. */
    @ParameterizedTest
    @MethodSource({"refused", "taken"})
    void anyRequest_isReadTheSameInPieces(Case request) {
        RequestFuzz.fuzzerTestOneInput((request.bytes + SMUGGLED).getBytes(StandardCharsets.ISO_8859_1));
    }

    static List<Case> taken() {
        return List.of(
                ok("a plain length", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"),
                ok("leading zeros", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 003\r\n\r\nabc"),
                ok(
                        "white space around the length",
                        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: \t3 \t\r\n\r\nabc"),
                ok("no white space", "POST /echo HTTP/1.1\r\nHost:a\r\nContent-Length:3\r\n\r\nabc"),
                ok("small letters", "POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\nabc"),
                ok("an empty line first", "\r\nPOST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"),
                ok(
                        "chunks",
                        "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n2\r\nbc\r\n0\r\n\r\n"),
                ok(
                        "CHUNKED",
                        "POST /echo HTTP/1.1\r\nHost: a\r\ntransfer-encoding: CHUNKED\r\n\r\n03\r\nabc\r\n00\r\n\r\n"),
                ok("absolute form", "POST http://a/echo HTTP/1.1\r\nHost: A\r\nContent-Length: 3\r\n\r\nabc"),
                ok("HTTP/1.0", "POST /echo HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\nabc"),
                ok("an empty Host", "POST /echo HTTP/1.1\r\nHost:\r\nContent-Length: 3\r\n\r\nabc"),
                ok("a Host of IPv6", "POST /echo HTTP/1.1\r\nHost: [::1]:8080\r\nContent-Length: 3\r\n\r\nabc"),
                ok(
                        "letters beyond ASCII",
                        "POST /echo?x=\u00e4 HTTP/1.1\r\nHost: a\r\nX: \u00e4\r\nContent-Length: 3\r\n\r\nabc"),
                ok(
                        "255 more header lines",
                        "POST /echo HTTP/1.1\r\nHost: a\r\n" + "X: y\r\n".repeat(254)
                                + "Content-Length: 3\r\n\r\nabc"));
    }

    /** What has one meaning is taken, whole and in single bytes, and what follows is the next request. */
    @ParameterizedTest
    @MethodSource("taken")
    void oneMeaning_isTaken(Case request) throws IOException {
        byte[] bytes = request.bytes.getBytes(StandardCharsets.ISO_8859_1);
        try (RawClient client = new RawClient(server.port())) {
            client.send(bytes).send(bytes);
            for (byte b : bytes) {
                client.send(new byte[] {b});
            }
            for (int i = 0; i < 3; i++) {
                Answer answer = client.read();
                assertThat(answer.status()).isEqualTo(200);
                assertThat(answer.body()).isEqualTo("abc");
            }
            client.endOutput();
            assertThat(client.rest()).isEmpty();
        }
    }

    private static Case ok(String name, String bytes) {
        return new Case(name, 200, bytes);
    }

    private static String close(String target) {
        return "GET " + target + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    }

    private static void assertIsLast(RawClient client, int status) throws IOException {
        Answer answer = client.read();
        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.header("connection")).isEqualTo("close");
        assertThat(client.rest()).isEmpty();
    }
}

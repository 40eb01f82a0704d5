package io.micrologs.http;

import io.micrologs.http.Routes.Route;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The request a connection is busy with, and the way to answer it. Single-threaded: the connection's event loop. The
 * object is reused for the connection's next request, so nothing of it may be kept after {@link #respond}.
 */
public final class Exchange {
    /** A buffer that grew beyond this for one large body is let go after it. */
    private static final int KEEP_BYTES_MAX = 8_192;

    private static final byte[] NOTHING = new byte[0];

    private final Connection connection;
    private @Nullable HttpRequest request;
    private @Nullable Route route;
    private String method = "";
    private String path = "";
    private String rawQuery = "";
    private byte[] body = NOTHING;
    private int bodyLength;
    private byte @Nullable [] clientAddress;
    private @Nullable Object attachment;

    Exchange(Connection connection) {
        this.connection = connection;
    }

    /** Such as {@code POST}; a HEAD request shows as GET, and its answer's body is left out. */
    public String method() {
        return method;
    }

    /** Whether only the head of the answer to a GET is wanted. */
    public boolean isHead() {
        HttpRequest current = request;
        return current != null && current.method().name().equals("HEAD");
    }

    /** The path as it was sent, without the query string. */
    public String path() {
        return path;
    }

    /** The first header of that name, in any case. */
    public @Nullable String header(CharSequence name) {
        return headers().get(name);
    }

    /** Every header of that name, in any case, as they were sent. */
    public List<String> headers(CharSequence name) {
        return headers().getAll(name);
    }

    /** The first value of that name in the query string, decoded. */
    public @Nullable String query(String name) {
        return rawQuery.isEmpty() ? null : QueryString.find(rawQuery, name);
    }

    /** Holds the body from 0 to {@link #bodyLength}; valid until {@link #respond}. */
    public byte[] body() {
        return body;
    }

    public int bodyLength() {
        return bodyLength;
    }

    /** 4 or 16 bytes: the peer, or what a trusted proxy says. */
    public byte[] clientAddress() {
        byte[] known = clientAddress;
        if (known == null) {
            known = connection.clientAddress(headers());
            clientAddress = known;
        }
        return known;
    }

    /** Scheme and host as the client sees them, without a trailing slash: {@code https://stats.example.com}. */
    public String baseUrl() {
        return connection.baseUrl(headers());
    }

    /** The event loop that this connection belongs to, the same for its whole life. */
    public Executor loop() {
        return connection.loop();
    }

    /** What {@link #attach} left on this connection, through all its requests. */
    public @Nullable Object attachment() {
        return attachment;
    }

    public void attach(@Nullable Object attachment) {
        this.attachment = attachment;
    }

    /** Answers; does nothing when the client is gone. A second answer to one request is an {@link IllegalStateException}. */
    public void respond(Reply reply) {
        connection.respond(reply);
    }

    /** Whether anybody is still there to read an answer. */
    public boolean open() {
        return connection.isOpen();
    }

    void begin(HttpRequest request, Routes routes) {
        this.request = request;
        clientAddress = null;
        bodyLength = 0;
        method = request.method().name();
        String target = request.uri();
        if (!target.startsWith("/")) {
            target = originForm(target);
        }
        int question = target.indexOf('?');
        path = question < 0 ? target : target.substring(0, question);
        rawQuery = question < 0 ? "" : target.substring(question + 1);
        route = routes.find(path);
        if (method.equals("HEAD") && route != null && route.methods().contains("GET")) {
            method = "GET";
        }
    }

    /** The request was answered; a large body's buffer goes back. */
    void end() {
        request = null;
        if (body.length > KEEP_BYTES_MAX) {
            body = NOTHING;
        }
    }

    /** Room for {@code more} bytes behind {@link #bodyLength}; the caller fills them. */
    byte[] grow(int more) {
        int needed = bodyLength + more;
        if (needed > body.length) {
            byte[] larger = new byte[Math.max(1_024, Integer.highestOneBit(needed - 1) << 1)];
            System.arraycopy(body, 0, larger, 0, bodyLength);
            body = larger;
        }
        bodyLength = needed;
        return body;
    }

    @Nullable
    Route route() {
        return route;
    }

    @Nullable
    HttpRequest request() {
        return request;
    }

    Request copy() {
        byte[] copy = new byte[bodyLength];
        System.arraycopy(body, 0, copy, 0, bodyLength);
        return new Request(method, path, rawQuery, headers(), copy, clientAddress(), baseUrl());
    }

    private HttpHeaders headers() {
        HttpRequest current = request;
        if (current == null) {
            throw new IllegalStateException("the request was answered already");
        }
        return current.headers();
    }

    /** A proxy may send the absolute form, {@code http://host/path}. */
    private static String originForm(String target) {
        int authority = Framing.authority(target);
        if (authority == 0) {
            return target;
        }
        String path = target.substring(Framing.pathOf(target, authority));
        return path.startsWith("/") ? path : "/" + path;
    }
}

package io.micrologs.http;

import io.netty.handler.codec.http.HttpHeaders;
import org.jspecify.annotations.Nullable;

/** An immutable copy of one request, for a {@link WorkerEndpoint}. */
public final class Request {
    private final String method;
    private final String path;
    private final String rawQuery;
    private final HttpHeaders headers;
    private final byte[] body;
    private final byte[] clientAddress;
    private final String baseUrl;

    Request(
            String method,
            String path,
            String rawQuery,
            HttpHeaders headers,
            byte[] body,
            byte[] clientAddress,
            String baseUrl) {
        this.method = method;
        this.path = path;
        this.rawQuery = rawQuery;
        this.headers = headers;
        this.body = body;
        this.clientAddress = clientAddress;
        this.baseUrl = baseUrl;
    }

    /** Such as {@code POST}; a HEAD request shows as GET, and its answer's body is left out. */
    public String method() {
        return method;
    }

    /** The path as it was sent, without the query string. */
    public String path() {
        return path;
    }

    /** The first header of that name, in any case. */
    public @Nullable String header(CharSequence name) {
        return headers.get(name);
    }

    /** The first value of that name in the query string, decoded; "" when it was named without a value. */
    public @Nullable String query(String name) {
        return QueryString.find(rawQuery, name);
    }

    public byte[] body() {
        return body;
    }

    /** 4 or 16 bytes: the peer, or what a trusted proxy says. */
    public byte[] clientAddress() {
        return clientAddress;
    }

    /** Scheme and host as the client sees them, without a trailing slash: {@code https://stats.example.com}. */
    public String baseUrl() {
        return baseUrl;
    }
}

package io.micrologs.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Set;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/** Bytes that never change while the server runs, with an ETag and a gzip variant made once. Immutable. */
public final class StaticFile implements LoopEndpoint {
    private final String etag;
    private final Reply plain;
    private final Reply notModified;
    private final @Nullable Reply gzip;

    /**
     * @param contentType with its charset, such as {@code text/html; charset=utf-8}
     * @param maxAge how long a browser may use its copy without asking; zero: it asks every time
     * @param anyOrigin whether scripts and pages of other sites may read it
     * @param moreHeaders names and values, alternating
     */
    public StaticFile(String contentType, byte[] bytes, Duration maxAge, boolean anyOrigin, String... moreHeaders) {
        etag = '"' + hash(bytes) + '"';
        String cacheControl = maxAge.isZero() ? "no-cache" : "public, max-age=" + maxAge.toSeconds();
        Reply reply = common(Reply.of(200, contentType, bytes), cacheControl, anyOrigin);
        for (int i = 0; i < moreHeaders.length; i += 2) {
            reply = reply.header(moreHeaders[i], moreHeaders[i + 1]);
        }
        plain = reply;
        notModified = common(Reply.empty(304), cacheControl, anyOrigin);
        byte[] packed = pack(bytes);
        gzip = packed.length < bytes.length ? plain.withBody(packed).header("content-encoding", "gzip") : null;
    }

    /** Adds the file to {@code routes}, for GET and HEAD. */
    public void route(Routes.Builder routes, String path) {
        routes.on(path, Set.of("GET"), (LoopEndpoint) this);
    }

    @Override
    public void handle(Exchange exchange) {
        String known = exchange.header(HttpHeaderNames.IF_NONE_MATCH);
        if (known != null && (known.equals("*") || known.contains(etag))) {
            exchange.respond(notModified);
        } else if (gzip != null && Workers.acceptsGzip(exchange.header(HttpHeaderNames.ACCEPT_ENCODING))) {
            exchange.respond(gzip);
        } else {
            exchange.respond(plain);
        }
    }

    private Reply common(Reply reply, String cacheControl, boolean anyOrigin) {
        Reply more = reply.header("etag", "W/" + etag)
                .header("cache-control", cacheControl)
                .header("vary", "Accept-Encoding");
        return anyOrigin
                ? more.header("access-control-allow-origin", "*").header("cross-origin-resource-policy", "cross-origin")
                : more;
    }

    private static String hash(byte[] bytes) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
            return HexFormat.of().formatHex(digest, 0, 12);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private static byte[] pack(byte[] bytes) {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
            gzip.write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory", e);
        }
        return packed.toByteArray();
    }
}

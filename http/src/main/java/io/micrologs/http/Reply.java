package io.micrologs.http;

import io.netty.handler.codec.http.HttpResponseStatus;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * An immutable answer. Build the ones that never change once and keep them: status line, headers and length are encoded
 * in the constructor, and a connection only copies the bytes.
 */
public final class Reply {
    private static final String JSON = "application/json; charset=utf-8";

    private final int status;
    private final List<String> headers;
    private final byte[] body;
    private final byte[] head;

    private Reply(int status, List<String> headers, byte[] body) {
        this.status = status;
        this.headers = headers;
        this.body = body;
        this.head = encodeHead(status, headers, body.length);
    }

    /** {@code body} is JSON text. */
    public static Reply json(int status, String body) {
        return json(status, body.getBytes(StandardCharsets.UTF_8));
    }

    /** {@code body} is JSON in UTF-8; it is not copied. */
    public static Reply json(int status, byte[] body) {
        return of(status, JSON, body).header("cache-control", "no-store");
    }

    /** The contract's envelope without data: {@code {"success":false,"message":…}}. */
    public static Reply failure(int status, String message) {
        return json(status, "{\"success\":false,\"message\":\"" + escape(message) + "\"}");
    }

    /** {@code body} is not copied. */
    public static Reply of(int status, String contentType, byte[] body) {
        List<String> headers = new ArrayList<>(4);
        headers.add("content-type");
        headers.add(contentType);
        headers.add("x-content-type-options");
        headers.add("nosniff");
        return new Reply(status, headers, body);
    }

    /** No body. */
    public static Reply empty(int status) {
        return new Reply(status, List.of(), new byte[0]);
    }

    /** This reply with one more header. Throws {@link IllegalArgumentException} for a name or value that would break framing. */
    public Reply header(String name, String value) {
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c <= ' ' || c >= 0x7f || c == ':') {
                throw new IllegalArgumentException("bad header name");
            }
        }
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c != '\t' && (c < ' ' || c >= 0x7f)) {
                throw new IllegalArgumentException("bad value of header " + name);
            }
        }
        List<String> more = new ArrayList<>(headers);
        more.add(name);
        more.add(value);
        return new Reply(status, more, body);
    }

    public int status() {
        return status;
    }

    /** The body's bytes; not to be changed. */
    public byte[] body() {
        return body;
    }

    boolean hasHeader(String name) {
        for (int i = 0; i < headers.size(); i += 2) {
            if (headers.get(i).equalsIgnoreCase(name)) {
                return true;
            }
        }
        return false;
    }

    Reply withBody(byte[] other) {
        return new Reply(status, headers, other);
    }

    /** Status line, headers and length, each with its line end; without the empty line that ends the head. */
    byte[] head() {
        return head;
    }

    private static byte[] encodeHead(int status, List<String> headers, int length) {
        StringBuilder head = new StringBuilder(160);
        head.append("HTTP/1.1 ").append(HttpResponseStatus.valueOf(status)).append("\r\n");
        for (int i = 0; i < headers.size(); i += 2) {
            head.append(headers.get(i)).append(": ").append(headers.get(i + 1)).append("\r\n");
        }
        if (status != 204 && status != 304) {
            head.append("content-length: ").append(length).append("\r\n");
        }
        return head.toString().getBytes(StandardCharsets.US_ASCII);
    }

    private static String escape(String text) {
        StringBuilder out = new StringBuilder(text.length() + 8);
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < ' ') {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        return out.toString();
    }
}

package io.micrologs.bench;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** One HTTP/1.1 answer as it comes in, possibly in pieces. Knows {@code Content-Length} only, no chunks. */
final class Answer {
    static final int PARTIAL = 0;

    private final byte[] bytes;
    private int length;

    Answer(int bytesMax) {
        this.bytes = new byte[bytesMax];
    }

    boolean isEmpty() {
        return length == 0;
    }

    void clear() {
        length = 0;
    }

    ByteBuffer copyTo(ByteBuffer out) {
        return out.put(bytes, 0, length);
    }

    byte[] copy() {
        return Arrays.copyOf(bytes, length);
    }

    /**
     * Takes what has come. Returns the status once head and body are complete, {@link #PARTIAL} before. What is no
     * answer, or more than one, counts as status 1: nothing behind it could be trusted.
     */
    int add(ByteBuffer in) {
        if (in.remaining() > bytes.length - length) {
            return 1;
        }
        int more = in.remaining();
        in.get(bytes, length, more);
        length += more;
        int head = headLength();
        if (head == 0) {
            return PARTIAL;
        }
        String text = new String(bytes, 0, head, StandardCharsets.ISO_8859_1);
        if (!text.startsWith("HTTP/1.1 ") || text.length() < 14) {
            return 1;
        }
        int status = number(text, 9, 12);
        int due = head + bodyLength(text);
        if (length < due) {
            return PARTIAL;
        }
        return length == due ? status : 1;
    }

    /** Status line and body, shortened to one line for a message. */
    String firstLines() {
        String text = new String(bytes, 0, length, StandardCharsets.UTF_8);
        int line = Math.max(text.indexOf("\r\n"), 0);
        int body = text.indexOf("\r\n\r\n");
        String whole = text.substring(0, line) + (body < 0 ? "" : " " + text.substring(body + 4));
        return whole.replaceAll("\\s+", " ").substring(0, Math.min(200, whole.length()));
    }

    private int headLength() {
        for (int i = 3; i < length; i++) {
            if (bytes[i] == '\n' && bytes[i - 1] == '\r' && bytes[i - 2] == '\n' && bytes[i - 3] == '\r') {
                return i + 1;
            }
        }
        return 0;
    }

    private static int bodyLength(String head) {
        String name = "content-length:";
        for (int line = head.indexOf("\r\n") + 2; line < head.length() - 2; line = head.indexOf("\r\n", line) + 2) {
            if (head.regionMatches(true, line, name, 0, name.length())) {
                return number(head, line + name.length(), head.indexOf("\r\n", line));
            }
        }
        return 0;
    }

    private static int number(String text, int from, int to) {
        try {
            return Integer.parseInt(text.substring(from, to).trim());
        } catch (NumberFormatException e) {
            return 1;
        }
    }
}

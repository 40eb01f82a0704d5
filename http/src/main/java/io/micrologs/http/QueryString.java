package io.micrologs.http;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Reads one parameter of a raw query string; a malformed escape stands for itself. */
final class QueryString {
    private QueryString() {}

    /** The first value of {@code name}; "" when it has none. {@code raw} is what stands behind the question mark. */
    static @Nullable String find(String raw, String name) {
        int start = 0;
        while (start < raw.length()) {
            int end = raw.indexOf('&', start);
            if (end < 0) {
                end = raw.length();
            }
            int equals = raw.indexOf('=', start);
            int nameEnd = equals < 0 || equals > end ? end : equals;
            if (decode(raw, start, nameEnd).equals(name)) {
                return decode(raw, Math.min(nameEnd + 1, end), end);
            }
            start = end + 1;
        }
        return null;
    }

    private static String decode(String raw, int start, int end) {
        boolean plain = true;
        for (int i = start; i < end && plain; i++) {
            char c = raw.charAt(i);
            plain = c != '%' && c != '+' && c < 0x80;
        }
        if (plain) {
            return raw.substring(start, end);
        }
        byte[] bytes = new byte[end - start];
        int length = 0;
        for (int i = start; i < end; i++) {
            char c = raw.charAt(i);
            int high = c == '%' && i + 2 < end ? Character.digit(raw.charAt(i + 1), 16) : -1;
            int low = high < 0 ? -1 : Character.digit(raw.charAt(i + 2), 16);
            if (low >= 0) {
                bytes[length++] = (byte) (high << 4 | low);
                i += 2;
            } else {
                bytes[length++] = (byte) (c == '+' ? ' ' : c);
            }
        }
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }
}

package io.micrologs.loader;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Rows as LOAD DATA reads them: UTF-8, fields ended by tabs, lines by newlines, {@code \N} for NULL, and a backslash in
 * front of what would be taken for one of these. Single-threaded: loader thread.
 */
final class TabText {

    private byte[] bytes = new byte[1 << 16];
    private int length;

    void clear() {
        length = 0;
    }

    /** Fields are null, whole numbers or text. */
    void row(@Nullable Object[] fields) {
        for (int i = 0; i < fields.length; i++) {
            if (i > 0) {
                put('\t');
            }
            Object field = fields[i];
            if (field == null) {
                put('\\');
                put('N');
            } else if (field instanceof String text) {
                text(text);
            } else {
                ascii(Long.toString(((Number) field).longValue()));
            }
        }
        put('\n');
    }

    InputStream stream() {
        return new ByteArrayInputStream(bytes, 0, length);
    }

    /** All bytes of a character beyond ASCII are above 127, so that escaping byte by byte is safe. */
    private void text(String text) {
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            switch (b) {
                case '\t' -> escaped('t');
                case '\n' -> escaped('n');
                case '\\' -> escaped('\\');
                case 0 -> escaped('0');
                default -> put(b);
            }
        }
    }

    private void escaped(int letter) {
        put('\\');
        put(letter);
    }

    private void ascii(String digits) {
        for (int i = 0; i < digits.length(); i++) {
            put(digits.charAt(i));
        }
    }

    private void put(int b) {
        if (length == bytes.length) {
            bytes = Arrays.copyOf(bytes, length * 2);
        }
        bytes[length++] = (byte) b;
    }
}

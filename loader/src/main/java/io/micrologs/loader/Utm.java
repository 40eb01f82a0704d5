package io.micrologs.loader;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** The campaign values in a URL's query string: percent-decoded, at most 255 code points, null when absent or empty. */
record Utm(
        @Nullable String source,
        @Nullable String medium,
        @Nullable String campaign,
        @Nullable String content,
        @Nullable String term) {

    static final Utm NONE = new Utm(null, null, null, null, null);

    private static final String[] NAMES = {"utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term"};
    private static final int CODE_POINTS_MAX = 255;

    /** The first value of a name counts. */
    static Utm of(String url) {
        int query = url.indexOf('?');
        if (query < 0 || url.indexOf("utm_", query) < 0) {
            return NONE;
        }
        int fragment = url.indexOf('#');
        if (fragment >= 0 && fragment < query) {
            return NONE;
        }
        int end = fragment < 0 ? url.length() : fragment;
        @Nullable String[] values = new String[NAMES.length];
        int at = query + 1;
        while (at < end) {
            int next = url.indexOf('&', at);
            if (next < 0 || next > end) {
                next = end;
            }
            take(url, at, next, values);
            at = next + 1;
        }
        return new Utm(values[0], values[1], values[2], values[3], values[4]);
    }

    private static void take(String url, int from, int to, @Nullable String[] values) {
        int equals = url.indexOf('=', from);
        if (equals < 0 || equals >= to) {
            return;
        }
        for (int i = 0; i < NAMES.length; i++) {
            if (values[i] == null && equals - from == NAMES[i].length() && url.startsWith(NAMES[i], from)) {
                values[i] = cut(decode(url.substring(equals + 1, to)).strip());
            }
        }
    }

    private static @Nullable String cut(String value) {
        if (value.isEmpty()) {
            return null;
        }
        return value.codePointCount(0, value.length()) <= CODE_POINTS_MAX
                ? value
                : value.substring(0, value.offsetByCodePoints(0, CODE_POINTS_MAX));
    }

    /** What is no escape, or would not be UTF-8, stays as it is written. */
    static String decode(String text) {
        if (text.indexOf('%') < 0 && text.indexOf('+') < 0) {
            return text;
        }
        StringBuilder decoded = new StringBuilder(text.length());
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        int at = 0;
        while (at < text.length()) {
            int runEnd = at;
            bytes.reset();
            while (isEscape(text, runEnd)) {
                bytes.write(Character.digit(text.charAt(runEnd + 1), 16) << 4
                        | Character.digit(text.charAt(runEnd + 2), 16));
                runEnd += 3;
            }
            if (runEnd > at) {
                decoded.append(utf8OrAsWritten(bytes.toByteArray(), text, at, runEnd));
                at = runEnd;
            } else {
                char c = text.charAt(at++);
                decoded.append(c == '+' ? ' ' : c);
            }
        }
        return decoded.toString();
    }

    private static boolean isEscape(String text, int at) {
        return at + 2 < text.length()
                && text.charAt(at) == '%'
                && isHex(text.charAt(at + 1))
                && isHex(text.charAt(at + 2));
    }

    /** Character.digit alone would also take digits of other scripts. */
    private static boolean isHex(char c) {
        return c < 128 && Character.digit(c, 16) >= 0;
    }

    private static String utf8OrAsWritten(byte[] bytes, String text, int from, int to) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            return text.substring(from, to);
        }
    }
}

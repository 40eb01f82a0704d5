package io.micrologs.ingest;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What the fields' rules ask of text. */
final class Text {
    private Text() {}

    /** At most the first {@code codePointsMax} code points; a character outside the BMP is never split. */
    static String cut(String text, int codePointsMax) {
        if (text.length() <= codePointsMax || text.codePointCount(0, text.length()) <= codePointsMax) {
            return text;
        }
        return text.substring(0, text.offsetByCodePoints(0, codePointsMax));
    }

    /** Why text cannot be stored as it is, as the end of a sentence; or null. */
    static @Nullable String problem(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == 0) {
                return "contains a NUL character";
            }
            if (Character.isSurrogate(c)) {
                if (Character.isLowSurrogate(c)
                        || i + 1 == text.length()
                        || !Character.isLowSurrogate(text.charAt(i + 1))) {
                    return "contains half a surrogate pair";
                }
                i++;
            }
        }
        return null;
    }

    /** Null unless it is 1 to 2³¹−1 in plain digits. */
    static @Nullable Integer positiveInt(String text) {
        if (text.isEmpty() || text.length() > 10) {
            return null;
        }
        long value = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < '0' || c > '9') {
                return null;
            }
            value = value * 10 + c - '0';
        }
        return value >= 1 && value <= Integer.MAX_VALUE ? (int) value : null;
    }

    /** 1 to 64 of {@code [A-Za-z0-9_-]}. */
    static boolean isEventId(String text) {
        if (text.isEmpty() || text.length() > 64) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean good =
                    (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
            if (!good) {
                return false;
            }
        }
        return true;
    }

    /** The first language of an Accept-Language header, lower-cased, at most 16 characters; null when it names none. */
    static @Nullable String firstLanguage(@Nullable String acceptLanguage) {
        if (acceptLanguage == null) {
            return null;
        }
        int end = 0;
        while (end < acceptLanguage.length() && ",; ".indexOf(acceptLanguage.charAt(end)) < 0) {
            end++;
        }
        String tag = acceptLanguage.substring(0, Math.min(end, 16));
        return tag.isEmpty() || tag.equals("*") ? null : tag.toLowerCase(Locale.ROOT);
    }

    static boolean isBlank(@Nullable String text) {
        return text == null || text.isBlank();
    }
}

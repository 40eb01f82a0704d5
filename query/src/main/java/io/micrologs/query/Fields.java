package io.micrologs.query;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the fields of request bodies, whatever was put into them. */
final class Fields {
    private Fields() {}

    /**
     * An id, which is a whole number from 1 on; 0 for anything else. Digits in a text are one, too: clients that got their
     * id from a form send it so, and the original took it.
     */
    static long id(JsonNode value) {
        if (value.isIntegralNumber() && value.canConvertToLong()) {
            return Math.max(0, value.longValue());
        }
        return value.isTextual() ? id(value.textValue()) : 0;
    }

    /** As {@link #id(JsonNode)}, for a parameter of the query string. */
    static long id(@Nullable String text) {
        return text != null && text.matches("[0-9]{1,18}") ? Long.parseLong(text) : 0;
    }

    /** As {@link #id(JsonNode)}, for ids that fit into 32 bits as those of projects do. */
    static int smallId(JsonNode value) {
        long id = id(value);
        return id > Integer.MAX_VALUE ? 0 : (int) id;
    }

    /** "" for what is no text. */
    static String text(JsonNode value) {
        return value.isTextual() ? value.textValue() : "";
    }

    /** The texts of an array, without what else is in it. */
    static List<String> texts(JsonNode array) {
        List<String> texts = new ArrayList<>();
        for (JsonNode item : array) {
            if (item.isTextual()) {
                texts.add(item.textValue());
            }
        }
        return texts;
    }

    /** Text as it can be stored: halves of surrogate pairs, which UTF-8 cannot hold, are replaced. */
    static String whole(String text) {
        StringBuilder whole = new StringBuilder(text.length());
        text.codePoints()
                .map(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE ? 0xFFFD : c)
                .forEach(whole::appendCodePoint);
        return whole.toString();
    }

    /** Why a text cannot be stored as it is, as the end of a sentence; null when it can. */
    static @Nullable String problem(String text) {
        if (text.indexOf(0) >= 0) {
            return "contains a NUL character";
        }
        return text.codePoints().anyMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE)
                ? "contains half a surrogate pair"
                : null;
    }

    /** At most {@code charactersMax} characters, none of them cut in two. */
    static String cut(String text, int charactersMax) {
        return text.codePointCount(0, text.length()) <= charactersMax
                ? text
                : text.substring(0, text.offsetByCodePoints(0, charactersMax));
    }
}

package io.micrologs.ingest;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The body of a batch: unpacked, and cut into its items, each of which is then read as the body of a single event is.
 *
 * <p>An array is cut by looking for brackets and commas outside of texts, not by a JSON parser: that would refuse the whole
 * array for one item that is nested too deep, or keep an object in memory for each of its millions of levels.
 *
 * @param bytes holds the items
 */
record BatchBody(byte[] bytes, List<Item> items) {
    static final int BYTES_MAX = 4 << 20;
    static final int ITEMS_MAX = 1_000;

    /** Where an item stands; of no length when it is no object. */
    record Item(int start, int length) {}

    /** Why a body is refused as a whole. */
    static final class RefusedException extends Exception {
        private static final long serialVersionUID = 1L;

        final transient Rejection rejection;

        RefusedException(Rejection rejection) {
            super(rejection.message(), null, false, false);
            this.rejection = rejection;
        }
    }

    static BatchBody of(byte[] body, ContentCoding coding, @Nullable String contentType) throws RefusedException {
        byte[] bytes = unpacked(body, coding);
        int start = afterSpace(bytes, 0, bytes.length);
        int first = start < bytes.length ? bytes[start] : 0;
        boolean lines =
                contentType != null && contentType.toLowerCase(Locale.ROOT).matches(".*(ndjson|jsonl).*");
        if (first == 0 || (!lines && first != '[' && first != '{')) {
            throw new RefusedException(Rejection.BATCH);
        }
        List<Item> items = lines || first == '{' ? lines(bytes) : array(bytes, start);
        if (items.isEmpty()) {
            throw new RefusedException(Rejection.BATCH);
        }
        return new BatchBody(bytes, items);
    }

    private static byte[] unpacked(byte[] body, ContentCoding coding) throws RefusedException {
        if (coding == ContentCoding.NONE) {
            return body;
        }
        if (coding == ContentCoding.OTHER) {
            throw new RefusedException(Rejection.CODING);
        }
        try (Gunzip gunzip = new Gunzip(BYTES_MAX)) {
            Gunzip.Result result = gunzip.unpack(body, body.length);
            if (result != Gunzip.Result.UNPACKED) {
                throw new RefusedException(result == Gunzip.Result.TOO_LARGE ? Rejection.UNPACKED : Rejection.DAMAGED);
            }
            byte[] bytes = gunzip.bytes();
            return bytes.length == gunzip.length() ? bytes : Arrays.copyOf(bytes, gunzip.length());
        }
    }

    /** @param open where the array begins */
    private static List<Item> array(byte[] bytes, int open) throws RefusedException {
        List<Item> items = new ArrayList<>();
        int at = open;
        do {
            int start = afterSpace(bytes, at + 1, bytes.length);
            at = endOfItem(bytes, start);
            int end = beforeSpace(bytes, start, at);
            if (end == start) {
                throw new RefusedException(Rejection.BATCH);
            }
            add(items, start, bytes[start] == '{' ? end - start : 0);
        } while (bytes[at] == ',');
        if (afterSpace(bytes, at + 1, bytes.length) < bytes.length) {
            throw new RefusedException(Rejection.BATCH);
        }
        return items;
    }

    /** Where the comma or bracket stands that follows the array's item at {@code start}. */
    private static int endOfItem(byte[] bytes, int start) throws RefusedException {
        int depth = 0;
        boolean inText = false;
        for (int at = start; at < bytes.length; at++) {
            byte b = bytes[at];
            if (inText) {
                inText = b != '"';
                at += b == '\\' ? 1 : 0;
            } else if (b == '"') {
                inText = true;
            } else if (b == '{' || b == '[') {
                depth++;
            } else if (depth == 0 && (b == ',' || b == ']')) {
                return at;
            } else if (b == '}' || b == ']') {
                depth--;
            }
        }
        throw new RefusedException(Rejection.BATCH);
    }

    private static List<Item> lines(byte[] bytes) throws RefusedException {
        List<Item> items = new ArrayList<>();
        int start = 0;
        for (int at = 0; at <= bytes.length; at++) {
            if (at == bytes.length || bytes[at] == '\n') {
                int from = afterSpace(bytes, start, at);
                int to = beforeSpace(bytes, from, at);
                if (to > from) {
                    add(items, from, to - from);
                }
                start = at + 1;
            }
        }
        return items;
    }

    private static void add(List<Item> items, int start, int length) throws RefusedException {
        if (items.size() == ITEMS_MAX) {
            throw new RefusedException(Rejection.ITEMS);
        }
        items.add(new Item(start, length));
    }

    private static int afterSpace(byte[] bytes, int start, int end) {
        int at = start;
        while (at < end && isSpace(bytes[at])) {
            at++;
        }
        return at;
    }

    private static int beforeSpace(byte[] bytes, int start, int end) {
        int at = end;
        while (at > start && isSpace(bytes[at - 1])) {
            at--;
        }
        return at;
    }

    private static boolean isSpace(byte b) {
        return b == ' ' || b == '\t' || b == '\r' || b == '\n';
    }
}

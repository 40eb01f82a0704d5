package io.micrologs.ingest;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/**
 * The body of a batch: unpacked, and cut into its items, each of which is then read as the body of a single event is.
 *
 * @param bytes holds the items
 */
record BatchBody(byte[] bytes, List<Item> items) {
    static final int BYTES_MAX = 4 << 20;
    static final int ITEMS_MAX = 1_000;
    /** JSON of real events packs to a tenth or so; a bomb to a thousandth. */
    private static final int RATIO_MAX = 100;

    private static final int RATIO_FREE_BYTES = 256 << 10;

    private static final JsonFactory JSON = new JsonFactoryBuilder()
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            // Items are looked at one by one later; here, one that is out of bounds must not refuse the rest.
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNumberLength(BYTES_MAX)
                    .maxNameLength(BYTES_MAX)
                    .build())
            .build();

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

    /** @param contentEncoding null when it is not packed */
    static BatchBody of(byte[] body, @Nullable String contentEncoding, @Nullable String contentType)
            throws RefusedException {
        byte[] bytes = unpacked(body, contentEncoding);
        int start = 0;
        while (start < bytes.length && isSpace(bytes[start])) {
            start++;
        }
        int first = start < bytes.length ? bytes[start] : 0;
        boolean lines =
                contentType != null && contentType.toLowerCase(Locale.ROOT).matches(".*(ndjson|jsonl).*");
        if (first == 0 || (!lines && first != '[' && first != '{')) {
            throw new RefusedException(Rejection.BATCH);
        }
        List<Item> items = lines || first == '{' ? lines(bytes) : array(bytes);
        if (items.isEmpty()) {
            throw new RefusedException(Rejection.BATCH);
        }
        return new BatchBody(bytes, items);
    }

    private static byte[] unpacked(byte[] body, @Nullable String encoding) throws RefusedException {
        if (encoding == null || encoding.isBlank() || encoding.strip().equalsIgnoreCase("identity")) {
            return body;
        }
        if (!encoding.strip().equalsIgnoreCase("gzip")) {
            throw new RefusedException(Rejection.ENCODING);
        }
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(body), 8_192)) {
            long most = Math.min(BYTES_MAX, Math.max(RATIO_FREE_BYTES, (long) body.length * RATIO_MAX));
            byte[] bytes = in.readNBytes((int) most + 1);
            if (bytes.length > most) {
                throw new RefusedException(Rejection.UNPACKED);
            }
            return bytes;
        } catch (IOException e) {
            throw new RefusedException(Rejection.ENCODING);
        }
    }

    private static List<Item> array(byte[] bytes) throws RefusedException {
        List<Item> items = new ArrayList<>();
        try (JsonParser json = JSON.createParser(bytes)) {
            json.nextToken();
            for (JsonToken token = json.nextToken(); token != JsonToken.END_ARRAY; token = json.nextToken()) {
                if (token == null) {
                    throw new RefusedException(Rejection.BATCH);
                }
                int start = (int) json.currentTokenLocation().getByteOffset();
                json.skipChildren();
                boolean object = token == JsonToken.START_OBJECT;
                add(items, start, object ? (int) json.currentLocation().getByteOffset() - start : 0);
            }
            if (json.nextToken() != null) {
                throw new RefusedException(Rejection.BATCH);
            }
        } catch (IOException e) {
            throw new RefusedException(Rejection.BATCH);
        }
        return items;
    }

    private static List<Item> lines(byte[] bytes) throws RefusedException {
        List<Item> items = new ArrayList<>();
        int start = 0;
        for (int at = 0; at <= bytes.length; at++) {
            if (at == bytes.length || bytes[at] == '\n') {
                int from = start;
                int to = at;
                while (from < to && isSpace(bytes[from])) {
                    from++;
                }
                while (to > from && isSpace(bytes[to - 1])) {
                    to--;
                }
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

    private static boolean isSpace(byte b) {
        return b == ' ' || b == '\t' || b == '\r' || b == '\n';
    }
}

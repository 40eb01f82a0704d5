package io.micrologs.ingest;

import io.micrologs.ingest.BatchBody.Item;
import io.micrologs.ingest.BatchBody.RefusedException;
import io.micrologs.ingest.BatchItem.Taken;
import java.util.Arrays;

/**
 * Fuzz target: the body of a batch, as an array or lines. It is refused with a 4xx, or cut into items that lie within it, in
 * order and apart, each of which is a claim that can be stored or refused alone.
 */
final class BatchFuzz {
    private static final JsonBody JSON = new JsonBody();

    private BatchFuzz() {}

    /** The first byte chooses the content type and whether the project is cookieless. */
    public static void fuzzerTestOneInput(byte[] input) {
        int choice = input.length == 0 ? 0 : input[0];
        byte[] body = Arrays.copyOfRange(input, Math.min(1, input.length), input.length);
        String type = (choice & 1) == 0 ? "application/json" : "application/x-ndjson";
        try {
            BatchBody batch = BatchBody.of(body, ContentCoding.NONE, type);
            JsonFuzz.check(
                    !batch.items().isEmpty() && batch.items().size() <= BatchBody.ITEMS_MAX, "no item, or too many");
            int end = 0;
            for (Item item : batch.items()) {
                JsonFuzz.check(item.start() >= end, "items that overlap");
                end = item.start() + item.length();
                JsonFuzz.check(end <= body.length, "an item outside of the body");
                Object read = BatchItem.read(JSON, batch.bytes(), item.start(), item.length(), (choice & 2) != 0);
                if (read instanceof Taken taken) {
                    JsonFuzz.check(taken.claim());
                } else {
                    JsonFuzz.check(((Rejection) read).reply().status() == 400, "an item's refusal is a 400");
                }
            }
        } catch (RefusedException e) {
            int status = e.rejection.reply().status();
            JsonFuzz.check(status == 400 || status == 413, "answered " + status);
        }
    }
}

package io.micrologs.ingest;

import io.micrologs.ingest.Parsed.Claim;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Reads one item of a batch: the fields of a single event, and {@code type} and {@code occurred_at}. */
final class BatchItem {
    private static final Rejection TYPE = Rejection.fields("type must be pageview, error or audit");
    private static final Rejection OCCURRED_AT =
            Rejection.fields("occurred_at must be a time of RFC 3339 such as 2026-03-04T05:06:07Z");
    private static final Rejection VISITOR = Rejection.fields(
            "visitor_id is required: what a backend sends has no visitor's address to tell visitors apart by");

    private BatchItem() {}

    /** @param occurredMs 0 when the item does not say */
    record Taken(Claim claim, long occurredMs) {}

    /** A {@link Taken}, or a {@link Rejection} of this item alone. */
    static Object read(JsonBody json, byte[] bytes, int start, int length, boolean cookieless) {
        String type = null;
        String occurredAt = null;
        json.open(bytes, start, length);
        for (String name = json.next(); name != null; name = json.next()) {
            switch (name) {
                case "type" -> type = json.text(64);
                case "occurred_at" -> occurredAt = json.text(64);
                default -> json.skip();
            }
        }
        Rejection fault = json.close();
        EventFormat format = format(type, cookieless);
        if (fault != null || format == null) {
            return fault == null ? TYPE : fault;
        }
        Long occurredMs = occurredAt == null ? Long.valueOf(0) : millis(occurredAt);
        if (occurredMs == null) {
            return OCCURRED_AT;
        }
        json.open(bytes, start, length);
        Parsed parsed = format.parse(json);
        fault = json.close();
        if (fault != null || !(parsed instanceof Claim claim)) {
            return fault == null ? parsed : fault;
        }
        boolean nobody = cookieless && claim.visitorId() == null && "pageview".equals(type);
        return nobody ? VISITOR : new Taken(claim, occurredMs);
    }

    private static @Nullable EventFormat format(@Nullable String type, boolean cookieless) {
        return switch (type == null ? "" : type) {
            case "pageview" -> cookieless ? EventFormat::cookielessPageview : EventFormat::pageview;
            case "error" -> EventFormat::error;
            case "audit" -> EventFormat::audit;
            default -> null;
        };
    }

    /** Between 1970 and 9999, which every table can hold; else null. */
    private static @Nullable Long millis(String text) {
        try {
            OffsetDateTime time =
                    OffsetDateTime.parse(text.strip().toUpperCase(Locale.ROOT).replace(' ', 'T'));
            boolean inRange = time.getYear() >= 1970 && time.getYear() <= 9_999;
            return inRange && time.toInstant().toEpochMilli() >= 0
                    ? time.toInstant().toEpochMilli()
                    : null;
        } catch (DateTimeException notATime) {
            return null;
        }
    }
}

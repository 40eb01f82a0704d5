package io.micrologs.ingest;

import io.micrologs.ingest.Parsed.Claim;
import io.micrologs.journal.AuditEvent;
import io.micrologs.journal.ErrorEvent;
import io.micrologs.journal.Event;
import io.micrologs.journal.Pageview;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Fuzz target: a body of each tracking endpoint. It is refused with a 4xx, or it is a claim whose texts can be stored and are
 * as long as the contract says at most.
 */
final class JsonFuzz {
    private static final JsonBody JSON = new JsonBody();
    private static final EventFormat[] FORMATS = {
        EventFormat::pageview, EventFormat::cookielessPageview, EventFormat::error, EventFormat::audit
    };

    private JsonFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        for (EventFormat format : FORMATS) {
            JSON.open(input, input.length);
            Parsed parsed = format.parse(JSON);
            Rejection fault = JSON.close();
            if (fault == null && parsed instanceof Claim claim) {
                check(claim);
            } else {
                int status =
                        (fault == null ? (Rejection) parsed : fault).reply().status();
                check(status == 400, "answered " + status);
            }
        }
        BatchItem.read(JSON, input, 0, input.length, false);
    }

    static void check(Claim claim) {
        check(claim.eventId() == null || Text.isEventId(claim.eventId()), "a bad event id");
        check(claim.visitorId(), 256);
        check(claim.sessionToken(), 256);
        check(claim.fingerprint(), 256);
        check(claim.event());
    }

    private static void check(Event event) {
        if (event instanceof Pageview view) {
            check(view.url(), 2_048);
            check(view.title(), 512);
            check(view.referrer(), 2_048);
            check(view.screen(), 20);
            check(view.timeZone(), 100);
        } else if (event instanceof ErrorEvent error) {
            check(error.message(), 1_024);
            check(error.type(), 100);
            check(error.file(), 512);
            check(error.stack(), 65_535);
            check(error.url(), 2_048);
            check(error.line() == null || error.line() > 0, "a line below 1");
            checkContext(error.contextJson());
        } else if (event instanceof AuditEvent audit) {
            check(audit.action(), 100);
            check(audit.actor(), 255);
            checkContext(audit.contextJson());
        } else {
            throw new AssertionError("an event of no endpoint");
        }
    }

    private static void checkContext(@Nullable String json) {
        if (json == null) {
            return;
        }
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        check(bytes.length <= 8_192, "a context that is too long");
        JsonBody again = new JsonBody();
        byte[] wrapped = ("{\"context\":" + json + "}").getBytes(StandardCharsets.UTF_8);
        again.open(wrapped, wrapped.length);
        check("context".equals(again.next()), "a context that cannot be read");
        check(json.equals(again.compactJson(8_192)), "a context that reads as something else");
        check(again.next() == null && again.close() == null, "a context that ends somewhere else");
    }

    private static void check(@Nullable String text, int codePointsMax) {
        check(text == null || Text.problem(text) == null, "a text that cannot be stored");
        check(text == null || text.codePointCount(0, text.length()) <= codePointsMax, "a text that is too long");
    }

    static void check(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }
}

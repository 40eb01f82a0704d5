package io.micrologs.ingest;

import io.micrologs.http.Reply;
import java.util.Locale;

/** A refusal at the edge, as a value: bad input is expected, so it is counted and answered, never thrown. */
record Rejection(Reason reason, String message, Reply reply) implements Parsed {

    /** What refusals are counted by. */
    enum Reason {
        NO_SNAPSHOT,
        JOURNAL,
        KEY_MISSING,
        KEY_INVALID,
        DOMAIN,
        BODY,
        FIELDS,
        BOT,
        EXCLUDED,
        GPC,
        DNT,
        RATE_LIMIT,
        TOO_LARGE,
        /** More large requests at a time than there is memory for. */
        BUSY,
        /** A link that is unknown, not active, or leads nowhere. */
        LINK,
        /** A click on a disabled project's link. */
        DISABLED;

        private final String text = name().toLowerCase(Locale.ROOT);

        /** As the ledger names it. */
        String text() {
            return text;
        }
    }

    private static final String RETRY_AFTER_SECONDS = "2";

    static final Rejection NO_SNAPSHOT = unavailable(Reason.NO_SNAPSHOT, "Not ready, try again");
    static final Rejection JOURNAL = unavailable(Reason.JOURNAL, "Not accepting events, try again");
    static final Rejection BUSY = unavailable(Reason.BUSY, "Too many batches at a time, try again");
    static final Rejection KEY_MISSING = of(Reason.KEY_MISSING, 401, "API key is required");
    static final Rejection KEY_INVALID = of(Reason.KEY_INVALID, 401, "Invalid API key");
    static final Rejection DOMAIN = of(Reason.DOMAIN, 403, "Domain not allowed for this key");
    static final Rejection BODY = of(Reason.BODY, 400, "Invalid or missing JSON body");
    static final Rejection TRAILING = of(Reason.BODY, 400, "Unexpected data after the JSON object");

    /** Answered as if all were well, without a body: who is left out need not do anything. */
    static final Rejection BOT = leftOut(Reason.BOT);

    static final Rejection EXCLUDED = leftOut(Reason.EXCLUDED);
    static final Rejection GPC = leftOut(Reason.GPC);
    static final Rejection DNT = leftOut(Reason.DNT);

    static final Rejection BATCH =
            of(Reason.BODY, 400, "Invalid or missing JSON body: an array of events, or one event on each line");
    static final Rejection CODING = new Rejection(
            Reason.BODY,
            "Content-Encoding must be gzip, or left out",
            Reply.failure(415, "Content-Encoding must be gzip, or left out").header("accept-encoding", "gzip"));
    static final Rejection DAMAGED =
            of(Reason.BODY, 400, "The body is not gzip from its first byte to its last, as Content-Encoding says");
    static final Rejection TOO_LARGE = of(Reason.TOO_LARGE, 413, "Payload too large");
    static final Rejection UNPACKED =
            of(Reason.TOO_LARGE, 413, "Payload too large: at most " + BatchBody.BYTES_MAX + " bytes unpacked");
    static final Rejection ITEMS =
            of(Reason.TOO_LARGE, 413, "At most " + BatchBody.ITEMS_MAX + " events in one request");

    static Rejection fields(String message) {
        return of(Reason.FIELDS, 400, message);
    }

    private static Rejection leftOut(Reason reason) {
        return new Rejection(reason, "", Reply.empty(204));
    }

    private static Rejection of(Reason reason, int status, String message) {
        return new Rejection(reason, message, Reply.failure(status, message));
    }

    private static Rejection unavailable(Reason reason, String message) {
        return new Rejection(reason, message, Reply.failure(503, message).header("retry-after", RETRY_AFTER_SECONDS));
    }
}

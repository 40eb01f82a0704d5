package io.micrologs.journal;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Decodes the body of a frame that is already known to be sound, of version 1. Single-threaded: its owner. It never
 * throws for what the bytes say: either {@link #event} is there or {@link #problem} tells why it is not.
 */
final class RecordDecoder {
    private byte[] bytes = new byte[0];
    private int at;
    private int end;
    private int field;
    private int valueAt;
    private int valueBytes;

    private @Nullable Envelope envelope;
    private @Nullable Event event;
    private @Nullable String problem;

    // The fields that all events share.
    private boolean eventIdFromClient;
    private long occurredMs;
    private long visitorId;
    private long sessionToken;
    private @Nullable String userAgent;
    private @Nullable String language;
    private @Nullable String countryCode;
    private @Nullable String region;
    private @Nullable String city;
    private boolean cookieless;
    private long earlierVisitorId;

    static boolean knows(int version, int kind) {
        return version == RecordFrame.VERSION && kind <= RecordFrame.KIND_LOST;
    }

    @Nullable
    Envelope envelope() {
        return envelope;
    }

    @Nullable
    Event event() {
        return event;
    }

    @Nullable
    String problem() {
        return problem;
    }

    /** Decodes the event of the frame at 0. */
    void decode(byte[] frame) {
        begin(frame);
        int projectId = RecordFrame.projectId(frame, 0);
        if (RecordFrame.kind(frame, 0) == RecordFrame.KIND_LOST) {
            fail(lostReason());
            return;
        }
        if (projectId <= 0 && RecordFrame.kind(frame, 0) != RecordFrame.KIND_REFUSALS) {
            fail("has no project");
            return;
        }
        Event decoded = switch (RecordFrame.kind(frame, 0)) {
            case RecordFrame.KIND_PAGEVIEW -> pageview();
            case RecordFrame.KIND_ERROR -> error();
            case RecordFrame.KIND_AUDIT -> audit();
            case RecordFrame.KIND_CLICK -> click();
            case RecordFrame.KIND_REFUSALS -> refusals();
            default -> null;
        };
        if (problem != null || decoded == null) {
            fail("is not an event");
            return;
        }
        event = decoded;
        envelope = new Envelope(
                projectId,
                RecordFrame.getLong(frame, RecordFrame.EVENT_ID_AT),
                eventIdFromClient,
                RecordFrame.getLong(frame, RecordFrame.RECEIVED_MS_AT),
                occurredMs,
                visitorId,
                sessionToken,
                userAgent,
                language,
                place(),
                cookieless,
                earlierVisitorId);
    }

    private String lostReason() {
        String reason = "";
        while (next()) {
            if (field == Fields.LOST_REASON) {
                reason = text();
            }
        }
        return reason.isEmpty() ? "was lost before a salvage" : reason;
    }

    /** The journal's identity in the epoch-start record at 0, or 0 when it is not there. */
    long journalId(byte[] frame) {
        begin(frame);
        long journalId = 0;
        while (next()) {
            if (field == Fields.EPOCH_JOURNAL_ID) {
                journalId = number();
            }
        }
        return problem == null ? journalId : 0;
    }

    private void begin(byte[] frame) {
        bytes = frame;
        at = RecordFrame.BODY_AT;
        end = RecordFrame.length(frame, 0) - RecordFrame.CRC_BYTES;
        envelope = null;
        event = null;
        problem = null;
        eventIdFromClient = false;
        occurredMs = 0;
        visitorId = 0;
        sessionToken = 0;
        userAgent = null;
        language = null;
        countryCode = null;
        region = null;
        city = null;
        cookieless = false;
        earlierVisitorId = 0;
    }

    private @Nullable Pageview pageview() {
        String url = null;
        String title = null;
        String referrer = null;
        long fingerprintKey = 0;
        String screen = null;
        String timeZone = null;
        while (next()) {
            switch (field) {
                case Fields.PAGEVIEW_URL -> url = text();
                case Fields.PAGEVIEW_TITLE -> title = text();
                case Fields.PAGEVIEW_REFERRER -> referrer = text();
                case Fields.PAGEVIEW_FINGERPRINT_KEY -> fingerprintKey = number();
                case Fields.PAGEVIEW_SCREEN -> screen = text();
                case Fields.PAGEVIEW_TIME_ZONE -> timeZone = text();
                default -> shared();
            }
        }
        if (url == null) {
            fail("is a pageview without a URL");
            return null;
        }
        return new Pageview(url, title, referrer, fingerprintKey, screen, timeZone);
    }

    private @Nullable ErrorEvent error() {
        String type = null;
        String message = null;
        String file = null;
        Integer line = null;
        String stack = null;
        String url = null;
        long severity = 0;
        long environment = 0;
        String contextJson = null;
        while (next()) {
            switch (field) {
                case Fields.ERROR_TYPE -> type = text();
                case Fields.ERROR_MESSAGE -> message = text();
                case Fields.ERROR_FILE -> file = text();
                case Fields.ERROR_LINE -> line = line();
                case Fields.ERROR_STACK -> stack = text();
                case Fields.ERROR_URL -> url = text();
                case Fields.ERROR_SEVERITY -> severity = number();
                case Fields.ERROR_ENVIRONMENT -> environment = number();
                case Fields.ERROR_CONTEXT_JSON -> contextJson = text();
                default -> shared();
            }
        }
        ErrorEvent.Severity knownSeverity = severity(severity);
        ErrorEvent.Environment knownEnvironment = environment(environment);
        if (type == null || message == null || knownSeverity == null || knownEnvironment == null) {
            fail("is an error without type, message, severity or environment");
            return null;
        }
        return new ErrorEvent(type, message, file, line, stack, url, knownSeverity, knownEnvironment, contextJson);
    }

    private @Nullable AuditEvent audit() {
        String action = null;
        String actor = null;
        String contextJson = null;
        while (next()) {
            switch (field) {
                case Fields.AUDIT_ACTION -> action = text();
                case Fields.AUDIT_ACTOR -> actor = text();
                case Fields.AUDIT_CONTEXT_JSON -> contextJson = text();
                default -> shared();
            }
        }
        if (action == null) {
            fail("is an audit event without an action");
            return null;
        }
        return new AuditEvent(action, actor, contextJson);
    }

    private @Nullable LinkClick click() {
        long linkId = 0;
        String referrer = null;
        long clientKey = 0;
        boolean bot = false;
        while (next()) {
            switch (field) {
                case Fields.CLICK_LINK_ID -> linkId = number();
                case Fields.CLICK_REFERRER -> referrer = text();
                case Fields.CLICK_CLIENT_KEY -> clientKey = number();
                case Fields.CLICK_BOT -> bot = true;
                default -> shared();
            }
        }
        if (linkId <= 0 || linkId > Integer.MAX_VALUE) {
            fail("is a click on no link");
            return null;
        }
        return new LinkClick((int) linkId, referrer, clientKey, bot);
    }

    private @Nullable Refusals refusals() {
        String counts = "";
        while (next()) {
            if (field == Fields.REFUSALS_COUNTS) {
                counts = text();
            } else {
                shared();
            }
        }
        try {
            return Refusals.decoded(counts);
        } catch (IllegalArgumentException e) {
            fail("counts no refusals");
            return null;
        }
    }

    private Place place() {
        return countryCode == null && region == null && city == null
                ? Place.UNKNOWN
                : new Place(countryCode, region, city);
    }

    private void shared() {
        switch (field) {
            case Fields.EVENT_ID_FROM_CLIENT -> eventIdFromClient = true;
            case Fields.OCCURRED_MS -> occurredMs = number();
            case Fields.VISITOR_ID -> visitorId = number();
            case Fields.SESSION_TOKEN -> sessionToken = number();
            case Fields.USER_AGENT -> userAgent = text();
            case Fields.LANGUAGE -> language = text();
            case Fields.COUNTRY_CODE -> countryCode = text();
            case Fields.REGION -> region = text();
            case Fields.CITY -> city = text();
            case Fields.COOKIELESS -> cookieless = true;
            case Fields.EARLIER_VISITOR_ID -> earlierVisitorId = number();
            default -> {
                // A later version's field: not for us.
            }
        }
    }

    /** Steps to the next field; false at the end of the body or of what makes sense. */
    private boolean next() {
        if (problem != null || at == end) {
            return false;
        }
        if (end - at < Fields.HEADER_BYTES) {
            fail("ends within a field");
            return false;
        }
        int header = RecordFrame.getInt(bytes, at);
        field = header & Fields.NUMBER_MASK;
        valueBytes = header >>> Fields.NUMBER_BITS;
        valueAt = at + Fields.HEADER_BYTES;
        if (valueBytes > end - valueAt) {
            fail("ends within field " + field);
            return false;
        }
        at = valueAt + valueBytes;
        return true;
    }

    private String text() {
        return new String(bytes, valueAt, valueBytes, StandardCharsets.UTF_8);
    }

    private long number() {
        if (valueBytes != Long.BYTES) {
            fail("has a number of " + valueBytes + " bytes in field " + field);
            return 0;
        }
        return RecordFrame.getLong(bytes, valueAt);
    }

    private @Nullable Integer line() {
        long line = number();
        if (line < Integer.MIN_VALUE || line > Integer.MAX_VALUE) {
            fail("has line " + line);
            return null;
        }
        return (int) line;
    }

    private static ErrorEvent.@Nullable Severity severity(long code) {
        for (ErrorEvent.Severity severity : ErrorEvent.Severity.values()) {
            if (severity.code == code) {
                return severity;
            }
        }
        return null;
    }

    private static ErrorEvent.@Nullable Environment environment(long code) {
        for (ErrorEvent.Environment environment : ErrorEvent.Environment.values()) {
            if (environment.code == code) {
                return environment;
            }
        }
        return null;
    }

    /** The first problem is the one that is told. */
    private void fail(String what) {
        if (problem == null) {
            problem = what;
        }
    }
}

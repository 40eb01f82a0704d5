package io.micrologs.ingest;

import io.micrologs.journal.AuditEvent;
import io.micrologs.journal.ErrorEvent;
import io.micrologs.journal.ErrorEvent.Environment;
import io.micrologs.journal.ErrorEvent.Severity;
import io.micrologs.journal.Pageview;
import org.jspecify.annotations.Nullable;

/**
 * One way in which a request's body says what happened: names, limits and defaults of its fields. A further wire format is
 * a further implementation.
 */
interface EventFormat {
    int URL_MAX = 2_048;
    int ID_MAX = 256;
    int CONTEXT_BYTES_MAX = 8_192;

    Rejection PAGEVIEW_INCOMPLETE = Rejection.fields("url, visitor_id and session_token are required");
    Rejection URL_MISSING = Rejection.fields("url is required");
    Rejection MESSAGE_MISSING = Rejection.fields("message is required");
    Rejection ACTION_MISSING = Rejection.fields("action is required");
    Rejection EVENT_ID = Rejection.fields("event_id must be 1 to 64 characters of A-Z, a-z, 0-9, _ and -");

    /** {@code json} is open; whoever opened it closes it, and what is wrong with its syntax or types comes first. */
    Parsed parse(JsonBody json);

    /** {@code POST /api/track/pageview}. */
    static Parsed pageview(JsonBody json) {
        return pageview(json, true);
    }

    /** The same of a project that makes visitors and sessions itself. */
    static Parsed cookielessPageview(JsonBody json) {
        return pageview(json, false);
    }

    private static Parsed pageview(JsonBody json, boolean idsRequired) {
        String eventId = null;
        String url = null;
        String visitorId = null;
        String sessionToken = null;
        String title = null;
        String referrer = null;
        String fingerprint = null;
        String screen = null;
        String timeZone = null;
        for (String name = json.next(); name != null; name = json.next()) {
            switch (name) {
                case "event_id" -> eventId = json.text(ID_MAX);
                case "url" -> url = json.strippedText(URL_MAX);
                case "visitor_id" -> visitorId = json.text(ID_MAX);
                case "session_token" -> sessionToken = json.text(ID_MAX);
                case "page_title" -> title = json.text(512);
                case "referrer" -> referrer = json.text(URL_MAX);
                case "fingerprint" -> fingerprint = json.text(256);
                case "screen_resolution" -> screen = json.text(20);
                case "timezone" -> timeZone = json.text(100);
                default -> json.skip();
            }
        }
        if (idsRequired && (url == null || url.isEmpty() || Text.isBlank(visitorId) || Text.isBlank(sessionToken))) {
            return PAGEVIEW_INCOMPLETE;
        }
        if (url == null || url.isEmpty()) {
            return URL_MISSING;
        }
        if (eventId != null && !Text.isEventId(eventId)) {
            return EVENT_ID;
        }
        Pageview event = new Pageview(
                url, emptyToNull(title), emptyToNull(referrer), 0, emptyToNull(screen), emptyToNull(timeZone));
        return new Parsed.Claim(
                eventId, blankToNull(visitorId), blankToNull(sessionToken), emptyToNull(fingerprint), event);
    }

    /** {@code POST /api/track/error}. */
    static Parsed error(JsonBody json) {
        String eventId = null;
        String visitorId = null;
        String sessionToken = null;
        String message = null;
        String type = null;
        String file = null;
        Integer line = null;
        String stack = null;
        String url = null;
        String severity = null;
        String environment = null;
        String context = null;
        for (String name = json.next(); name != null; name = json.next()) {
            switch (name) {
                case "event_id" -> eventId = json.text(ID_MAX);
                case "visitor_id" -> visitorId = json.text(ID_MAX);
                case "session_token" -> sessionToken = json.text(ID_MAX);
                case "message" -> message = json.text(1_024);
                case "error_type" -> type = json.text(100);
                case "file" -> file = json.text(512);
                case "line" -> line = json.positiveInt();
                case "stack" -> stack = json.text(65_535);
                case "url" -> url = json.strippedText(URL_MAX);
                case "severity" -> severity = json.textOrNothing();
                case "environment" -> environment = json.textOrNothing();
                case "context" -> context = json.compactJson(CONTEXT_BYTES_MAX);
                default -> json.skip();
            }
        }
        if (message == null || message.isBlank()) {
            return MESSAGE_MISSING;
        }
        if (eventId != null && !Text.isEventId(eventId)) {
            return EVENT_ID;
        }
        ErrorEvent event = new ErrorEvent(
                type == null || type.isEmpty() ? "Unknown" : type,
                message,
                emptyToNull(file),
                line,
                emptyToNull(stack),
                emptyToNull(url),
                severity(severity),
                environment(environment),
                context);
        return new Parsed.Claim(eventId, blankToNull(visitorId), blankToNull(sessionToken), null, event);
    }

    /** {@code POST /api/track/audit}. */
    static Parsed audit(JsonBody json) {
        String eventId = null;
        String visitorId = null;
        String sessionToken = null;
        String action = null;
        String actor = null;
        String context = null;
        for (String name = json.next(); name != null; name = json.next()) {
            switch (name) {
                case "event_id" -> eventId = json.text(ID_MAX);
                case "visitor_id" -> visitorId = json.text(ID_MAX);
                case "session_token" -> sessionToken = json.text(ID_MAX);
                case "action" -> action = json.text(100);
                // Who did it is often a number of the user table.
                case "actor" -> actor = json.textOrNumber(255);
                case "context" -> context = json.compactJson(CONTEXT_BYTES_MAX);
                default -> json.skip();
            }
        }
        if (action == null || action.isBlank()) {
            return ACTION_MISSING;
        }
        if (eventId != null && !Text.isEventId(eventId)) {
            return EVENT_ID;
        }
        return new Parsed.Claim(
                eventId,
                blankToNull(visitorId),
                blankToNull(sessionToken),
                null,
                new AuditEvent(action, emptyToNull(actor), context));
    }

    private static Severity severity(@Nullable String text) {
        return switch (text == null ? "" : text) {
            case "info" -> Severity.INFO;
            case "warning" -> Severity.WARNING;
            case "critical" -> Severity.CRITICAL;
            default -> Severity.ERROR;
        };
    }

    private static Environment environment(@Nullable String text) {
        return switch (text == null ? "" : text) {
            case "staging" -> Environment.STAGING;
            case "development" -> Environment.DEVELOPMENT;
            default -> Environment.PRODUCTION;
        };
    }

    private static @Nullable String emptyToNull(@Nullable String text) {
        return text == null || text.isEmpty() ? null : text;
    }

    private static @Nullable String blankToNull(@Nullable String text) {
        return text == null || text.isBlank() ? null : text;
    }
}

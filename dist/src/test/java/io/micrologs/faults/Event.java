package io.micrologs.faults;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * One event that a client wants counted, once, under its event id. What it is stays; how often it was sent and
 * acknowledged is counted by the client's threads.
 */
final class Event {
    enum Kind {
        PAGEVIEW,
        ERROR,
        AUDIT,
        CLICK
    }

    /**
     * @param visitor empty for audits and clicks
     * @param fingerprint empty when none is sent
     */
    record Who(String visitor, String session, String fingerprint) {
        static final Who NOBODY = new Who("", "", "");
    }

    /** In the order of sending: of what one person sends, a later event comes after an earlier one. */
    final long number;

    final Kind kind;
    final Project project;
    final String id;
    /** Whether it is sent with the public key; such ids are apart from those of backends. */
    final boolean browser;

    final Who who;
    /** The page viewed, or what makes the error's group. */
    final String subject;

    final String severity;
    final AtomicInteger attempts = new AtomicInteger();
    /** Whether the client went away once without waiting for the answer. */
    volatile boolean abandoned;
    /** How many answers 202 were read and are in the client's log. */
    final AtomicInteger acknowledged = new AtomicInteger();

    Event(long number, Kind kind, Project project, boolean browser, Who who, String subject, String severity) {
        this.number = number;
        this.kind = kind;
        this.project = project;
        this.id = "e" + number;
        this.browser = browser;
        this.who = who;
        this.subject = subject;
        this.severity = severity;
    }

    /** Its fields; {@code type} is for batches. */
    String json() {
        String rest = switch (kind) {
            case PAGEVIEW ->
                field("url", subject)
                        + field("visitor_id", who.visitor)
                        + field("session_token", who.session)
                        + (who.fingerprint.isEmpty() ? "" : field("fingerprint", who.fingerprint));
            case ERROR ->
                field("message", subject)
                        + field("error_type", "TypeError")
                        + field("file", "app.js")
                        + ",\"line\":42"
                        + field("severity", severity)
                        + field("visitor_id", who.visitor)
                        + field("session_token", who.session)
                        + ",\"context\":{\"id\":\"" + id + "\"}";
            case AUDIT -> field("action", subject) + field("actor", id);
            case CLICK -> throw new IllegalStateException("a click has no body");
        };
        return "{\"type\":\"" + kind.name().toLowerCase(java.util.Locale.ROOT) + "\"" + field("event_id", id) + rest
                + "}";
    }

    private static String field(String name, String value) {
        return ",\"" + name + "\":\"" + value + "\"";
    }

    /** What a click says as its referrer: clicks have no event id. */
    String referrer() {
        return "https://ref.example/" + id;
    }

    @Override
    public String toString() {
        return kind + " " + id + " of project " + project.id() + ", sent " + attempts + " times, acknowledged "
                + acknowledged + " times";
    }
}

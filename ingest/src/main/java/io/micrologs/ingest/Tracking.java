package io.micrologs.ingest;

import io.micrologs.http.Exchange;
import io.micrologs.http.LoopEndpoint;
import io.micrologs.ingest.Access.Denied;
import io.micrologs.ingest.Access.Granted;
import io.micrologs.ingest.Parsed.Claim;
import io.micrologs.journal.Envelope;
import io.micrologs.journal.Event;
import io.micrologs.journal.Pageview;
import org.jspecify.annotations.Nullable;

/** One tracking endpoint: a request's way from its headers to the journal. Single-threaded per event loop. */
final class Tracking implements LoopEndpoint {
    /*
     * The hot path, in the order in which a request can be refused:
     *
     *   framing, size, path, method          Connection and Routes of the http module
     *   overload                             is there a snapshot, does the journal take anything
     *   (rate limit)
     *   key, domain                          Access
     *   body, fields                         JsonBody, EventFormat
     *   bots                                 Agent, Bots
     *   hash, locate                         Hasher, PlaceCache
     *   journal                              Ticket; its completion answers 202, later, on the same event loop
     *
     * Nothing here waits, locks, reads a file or asks a database.
     */
    private final Ingest ingest;
    private final EventFormat format;
    /** Pageviews come from browsers: with public keys only, and not from bots. */
    private final boolean pageviews;

    private Tracking(Ingest ingest, EventFormat format, boolean pageviews) {
        this.ingest = ingest;
        this.format = format;
        this.pageviews = pageviews;
    }

    static Tracking pageviews(Ingest ingest) {
        return new Tracking(ingest, EventFormat::pageview, true);
    }

    /** What backends send too. */
    static Tracking others(Ingest ingest, EventFormat format) {
        return new Tracking(ingest, format, false);
    }

    @Override
    public void handle(Exchange exchange) {
        Ticket ticket = ingest.ticket(exchange);
        ticket.projectId(0);
        Rejection refused = fill(ticket, exchange);
        if (refused == null && !ingest.journal().offer(ticket)) {
            refused = Rejection.JOURNAL;
        }
        if (refused != null) {
            ingest.counts().refused(ticket.projectId(), refused.reason());
            exchange.respond(refused.reply());
        }
    }

    /** Null when the ticket holds the event. */
    private @Nullable Rejection fill(Ticket ticket, Exchange exchange) {
        Access access = ingest.access();
        if (access == null) {
            return Rejection.NO_SNAPSHOT;
        }
        if (!ingest.journal().accepting()) {
            return Rejection.JOURNAL;
        }
        LoopTools tools = ticket.tools();
        Access.Decision decision =
                access.decide(exchange, !pageviews, tools.hasher().sha256());
        if (decision instanceof Denied denied) {
            ticket.projectId(denied.projectId());
            return denied.rejection();
        }
        Granted granted = (Granted) decision;
        ticket.projectId(granted.projectId());
        Parsed parsed = parse(tools.json(), exchange);
        if (!(parsed instanceof Claim claim)) {
            return (Rejection) parsed;
        }
        String agent = Agent.of(exchange);
        if (pageviews && Agent.isBot(exchange, agent, tools)) {
            return Rejection.BOT;
        }
        ticket.clear();
        ticket.add(
                envelope(granted.projectId(), claim, agent, exchange, tools),
                event(granted.projectId(), claim, exchange, tools.hasher()));
        return null;
    }

    private Parsed parse(JsonBody json, Exchange exchange) {
        json.open(exchange.body(), exchange.bodyLength());
        Parsed parsed = format.parse(json);
        Rejection fault = json.close();
        return fault == null ? parsed : fault;
    }

    private Envelope envelope(int projectId, Claim claim, String agent, Exchange exchange, LoopTools tools) {
        Hasher hasher = tools.hasher();
        String eventId = claim.eventId();
        String visitorId = claim.visitorId();
        String sessionToken = claim.sessionToken();
        return new Envelope(
                projectId,
                eventId == null ? tools.random().nextLong() : hasher.event(projectId, eventId),
                eventId != null,
                ingest.nowMs(),
                0,
                visitorId == null ? 0 : hasher.visitor(projectId, visitorId),
                sessionToken == null ? 0 : hasher.session(projectId, sessionToken),
                agent.isEmpty() ? null : agent,
                Text.firstLanguage(exchange.header("accept-language")),
                tools.places().of(exchange.clientAddress()),
                false,
                0);
    }

    /** A pageview's fingerprint is hashed with the client's address, which nobody sees after this. */
    private static Event event(int projectId, Claim claim, Exchange exchange, Hasher hasher) {
        String fingerprint = claim.fingerprint();
        if (fingerprint == null || !(claim.event() instanceof Pageview view)) {
            return claim.event();
        }
        return new Pageview(
                view.url(),
                view.title(),
                view.referrer(),
                hasher.fingerprint(projectId, fingerprint, exchange.clientAddress()),
                view.screen(),
                view.timeZone());
    }
}

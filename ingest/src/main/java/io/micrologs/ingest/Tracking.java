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
    /** What a packed body may become: as much as one that is not packed may be. */
    static final int UNPACKED_BYTES_MAX = 65_536;

    /*
     * The hot path, in the order in which a request can be refused:
     *
     *   framing, size                        Connection and Framing of the http module
     *   path                                 Gate of the http module
     *   overload                             Ingest.overload, asked by Gate: is there a snapshot, does the journal take anything
     *   method, rate limit                   Gate again: what we had no room for was no attempt
     *   key, domain                          Access
     *   body, fields                         ContentCoding, Gunzip, JsonBody, EventFormat
     *   bots, exclusions, opt-outs           Agent, Bots, Rules
     *   hash, locate                         Hasher or DailyHasher, PlaceCache
     *   journal                              Ticket; its completion answers 202, later, on the same event loop
     *
     * Nothing here waits, locks, reads a file or asks a database.
     */
    private final Ingest ingest;
    private final EventFormat format;
    private final EventFormat cookielessFormat;
    /** Pageviews come from browsers: with public keys only, and not from bots. */
    private final boolean pageviews;

    private Tracking(Ingest ingest, EventFormat format, EventFormat cookielessFormat, boolean pageviews) {
        this.ingest = ingest;
        this.format = format;
        this.cookielessFormat = cookielessFormat;
        this.pageviews = pageviews;
    }

    static Tracking pageviews(Ingest ingest) {
        return new Tracking(ingest, EventFormat::pageview, EventFormat::cookielessPageview, true);
    }

    /** What backends send too. */
    static Tracking others(Ingest ingest, EventFormat format) {
        return new Tracking(ingest, format, format, false);
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
        LoopTools tools = ticket.tools();
        Access.Decision decision = access.decide(
                exchange,
                pageviews ? Access.Keys.PUBLIC : Access.Keys.BOTH,
                tools.hasher().sha256());
        if (decision instanceof Denied denied) {
            ticket.projectId(denied.projectId());
            return denied.rejection();
        }
        Granted granted = (Granted) decision;
        ticket.projectId(granted.projectId());
        Rules rules = granted.rules();
        Parsed parsed = parse(rules.cookieless() ? cookielessFormat : format, tools, exchange);
        if (!(parsed instanceof Claim claim)) {
            return (Rejection) parsed;
        }
        String agent = Agent.of(exchange);
        if (pageviews && Agent.isBot(exchange, agent, tools)) {
            return Rejection.BOT;
        }
        byte[] address = exchange.clientAddress();
        Rejection optOut = null;
        if (granted.browser()) {
            if (rules.excludes(address)) {
                return Rejection.EXCLUDED;
            }
            optOut = rules.optOut(exchange);
        }
        if (pageviews && optOut != null) {
            return optOut;
        }
        // An error is the site's own affair; who had it is not, once they opted out.
        Person person = optOut == null ? person(granted, claim, address, agent, tools) : Person.NOBODY;
        ticket.clear();
        ticket.add(
                envelope(granted, claim, person, agent, address, exchange, tools),
                event(rules, claim, address, tools.hasher()));
        return null;
    }

    private static Person person(Granted granted, Claim claim, byte[] address, String agent, LoopTools tools) {
        Rules rules = granted.rules();
        if (!rules.cookieless()) {
            return Person.named(rules.projectId(), claim, tools.hasher());
        }
        // A backend's own address and agent say nothing about its visitors.
        return granted.browser()
                ? tools.daily().visitor(rules.projectId(), address, agent)
                : Person.namedToday(rules.projectId(), claim, tools.daily());
    }

    private static Parsed parse(EventFormat format, LoopTools tools, Exchange exchange) {
        JsonBody json = tools.json();
        ContentCoding coding = exchange.header("content-encoding") == null
                ? ContentCoding.NONE
                : ContentCoding.of(exchange.headers("content-encoding"));
        if (coding == ContentCoding.NONE) {
            json.open(exchange.body(), exchange.bodyLength());
        } else if (coding == ContentCoding.OTHER) {
            return Rejection.CODING;
        } else {
            // Some 0.2 ms for the largest body, which is why it happens here and not on a thread of its own.
            Gunzip gunzip = tools.gunzip();
            Gunzip.Result result = gunzip.unpack(exchange.body(), exchange.bodyLength());
            if (result != Gunzip.Result.UNPACKED) {
                return result == Gunzip.Result.TOO_LARGE ? Rejection.TOO_LARGE : Rejection.DAMAGED;
            }
            json.open(gunzip.bytes(), gunzip.length());
        }
        Parsed parsed = format.parse(json);
        Rejection fault = json.close();
        return fault == null ? parsed : fault;
    }

    private Envelope envelope(
            Granted granted,
            Claim claim,
            Person person,
            String agent,
            byte[] address,
            Exchange exchange,
            LoopTools tools) {
        String eventId = claim.eventId();
        return new Envelope(
                granted.projectId(),
                eventId == null
                        ? tools.random().nextLong()
                        : tools.hasher().event(granted.projectId(), granted.browser(), eventId),
                eventId != null,
                ingest.nowMs(),
                0,
                person.visitorId(),
                person.sessionToken(),
                agent.isEmpty() ? null : agent,
                Text.firstLanguage(exchange.header("accept-language")),
                tools.places().of(address),
                person.cookieless(),
                person.earlierVisitorId());
    }

    /** A pageview's fingerprint is hashed with the client's address, which nobody sees after this. */
    private static Event event(Rules rules, Claim claim, byte[] address, Hasher hasher) {
        String fingerprint = claim.fingerprint();
        if (fingerprint == null || !rules.fingerprint() || !(claim.event() instanceof Pageview view)) {
            return claim.event();
        }
        return new Pageview(
                view.url(),
                view.title(),
                view.referrer(),
                hasher.fingerprint(rules.projectId(), fingerprint, address),
                view.screen(),
                view.timeZone());
    }
}

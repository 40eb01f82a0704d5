package io.micrologs.ingest;

import io.micrologs.http.Exchange;
import io.micrologs.http.LoopEndpoint;
import io.micrologs.http.Reply;
import io.micrologs.ingest.Links.Target;
import io.micrologs.ingest.Rejection.Reason;
import io.micrologs.journal.Envelope;
import io.micrologs.journal.LinkClick;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** {@code GET /api/redirect?c=CODE}: sends the browser on, and notes the click. Single-threaded per event loop. */
final class Redirect implements LoopEndpoint {
    /*
     * Who follows a link wants to get where it leads, whatever becomes of our counting: the answer waits neither for the
     * journal nor for a database, and a click that is not taken is counted as refused. A disabled project's links still
     * lead on, because they stand in letters and on posters, but nothing is recorded of who follows them.
     */
    private static final int REFERRER_MAX = 2_048;

    private static final Reply MISSING = text(400, "Missing link code");
    private static final Reply NOT_FOUND = text(404, "Link not found");
    private static final Reply INVALID = text(400, "Invalid destination URL");
    private static final Reply NOT_READY = text(503, "Not ready, try again").header("retry-after", "2");

    private final Ingest ingest;

    Redirect(Ingest ingest) {
        this.ingest = ingest;
    }

    @Override
    public void handle(Exchange exchange) {
        String code = exchange.query("c");
        Links links = ingest.links();
        Target target = links == null || code == null ? null : links.find(code);
        Reply sentOn = target == null ? null : target.reply();
        if (target != null && sentOn != null) {
            if (!exchange.isHead()) {
                note(exchange, target);
            }
            exchange.respond(sentOn);
        } else if (Text.isBlank(code)) {
            refuse(exchange, Reason.FIELDS, 0, MISSING);
        } else if (links == null) {
            refuse(exchange, Reason.NO_SNAPSHOT, 0, NOT_READY);
        } else if (target == null) {
            refuse(exchange, Reason.LINK, 0, NOT_FOUND);
        } else {
            refuse(exchange, Reason.LINK, target.link.projectId(), INVALID);
        }
    }

    private void refuse(Exchange exchange, Reason reason, int projectId, Reply reply) {
        ingest.counts().refused(projectId, reason);
        exchange.respond(reply);
    }

    private void note(Exchange exchange, Target target) {
        Rules rules = target.rules;
        int projectId = rules.projectId();
        byte[] address = exchange.clientAddress();
        if (!target.projectActive || rules.excludes(address)) {
            ingest.counts().refused(projectId, target.projectActive ? Reason.EXCLUDED : Reason.DISABLED);
            return;
        }
        LoopTools tools = ingest.tools(exchange.loop());
        String agent = Agent.of(exchange);
        // Whoever opted out is told apart from others for a day, and cannot be recognised after it.
        boolean forDayOnly = rules.cookieless() || rules.optOut(exchange) != null;
        LinkClick click = new LinkClick(
                target.link.id(),
                referrer(exchange.header("referer")),
                forDayOnly
                        ? tools.daily().client(projectId, address)
                        : tools.hasher().client(projectId, address),
                Agent.isBot(exchange, agent, tools));
        Envelope envelope = new Envelope(
                projectId,
                tools.random().nextLong(),
                false,
                ingest.nowMs(),
                0,
                0,
                0,
                agent.isEmpty() ? null : agent,
                Text.firstLanguage(exchange.header("accept-language")),
                tools.places().of(address),
                false,
                0);
        tools.clicks().record(ingest.journal(), envelope, click);
    }

    private static @Nullable String referrer(@Nullable String header) {
        return header == null || header.isBlank() ? null : Text.cut(header.strip(), REFERRER_MAX);
    }

    private static Reply text(int status, String text) {
        return Reply.of(status, "text/plain; charset=utf-8", text.getBytes(StandardCharsets.UTF_8))
                .header("cache-control", "no-store");
    }
}

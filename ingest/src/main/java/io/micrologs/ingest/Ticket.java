package io.micrologs.ingest;

import io.micrologs.http.Exchange;
import io.micrologs.http.Reply;
import io.micrologs.journal.Append;

/** A connection's event on its way to the journal, and the answer that waits for it; reused. Single-threaded: its loop. */
final class Ticket extends Append {
    private static final Reply QUEUED =
            Reply.json(202, "{\"success\":true,\"message\":\"OK\",\"data\":{\"queued\":true}}");

    private final Exchange exchange;
    private final LoopTools tools;
    private final Counts counts;
    /** Whose request it is; 0 until that is known. */
    private int projectId;

    Ticket(Exchange exchange, LoopTools tools, Counts counts) {
        super(tools.lane());
        this.exchange = exchange;
        this.tools = tools;
        this.counts = counts;
    }

    LoopTools tools() {
        return tools;
    }

    int projectId() {
        return projectId;
    }

    void projectId(int known) {
        projectId = known;
    }

    @Override
    protected void completed(boolean appended) {
        if (appended) {
            counts.accepted(1);
            exchange.respond(QUEUED);
        } else {
            counts.refused(projectId, Rejection.Reason.JOURNAL);
            exchange.respond(Rejection.JOURNAL.reply());
        }
    }
}

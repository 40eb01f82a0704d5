package io.micrologs.ingest;

import io.micrologs.journal.Append;
import io.micrologs.journal.AppendLane;
import io.micrologs.journal.Envelope;
import io.micrologs.journal.JournalAppender;
import io.micrologs.journal.LinkClick;
import java.util.ArrayDeque;

/**
 * One loop's clicks on their way to the journal. Nobody waits for them, so a connection's next click may come before the
 * last is written: each takes an append of its own, which comes back. Single-threaded: its loop.
 */
final class Clicks {
    /** Kept for reuse. How many are under way is bounded by the journal's ring. */
    private static final int IDLE_MAX = 256;

    private final ArrayDeque<Click> idle = new ArrayDeque<>();
    private final AppendLane lane;
    private final Counts counts;

    Clicks(AppendLane lane, Counts counts) {
        this.lane = lane;
        this.counts = counts;
    }

    /** Counts the click as refused when the journal does not take it. */
    void record(JournalAppender journal, Envelope envelope, LinkClick event) {
        Click click = idle.poll();
        if (click == null) {
            click = new Click();
        }
        click.projectId = envelope.projectId();
        click.clear();
        click.add(envelope, event);
        if (!journal.accepting() || !journal.offer(click)) {
            click.completed(false);
        }
    }

    private final class Click extends Append {
        private int projectId;

        Click() {
            super(lane);
        }

        @Override
        protected void completed(boolean appended) {
            if (appended) {
                counts.accepted(1);
            } else {
                counts.refused(projectId, Rejection.Reason.JOURNAL);
            }
            if (idle.size() < IDLE_MAX) {
                idle.push(this);
            }
        }
    }
}

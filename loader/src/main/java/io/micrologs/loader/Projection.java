package io.micrologs.loader;

import io.micrologs.journal.AuditEvent;
import io.micrologs.journal.Checkpoint;
import io.micrologs.journal.Envelope;
import io.micrologs.journal.ErrorEvent;
import io.micrologs.journal.Event;
import io.micrologs.journal.JournalRecord;
import io.micrologs.journal.Pageview;
import io.micrologs.journal.Polled;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What a batch of events means in rows. Single-threaded: loader thread.
 *
 * <p>Three steps, all in the transaction of the batch: look up what the tables know of the visitors, sessions and groups
 * that occur in it; go through the events in order; write. What is remembered from batch to batch is a cache of
 * committed rows, and what a batch adds to it counts only if it commits: after any failure {@link #forget}.
 */
final class Projection {

    private static final Table PAGEVIEW = Table.of(
            "pageview",
            "project_id",
            "received_ms",
            "sequence",
            "day",
            "visitor_id",
            "session_token",
            "session_started_ms",
            "page_id");
    private static final Table ERROR_EVENT = Table.of(
            "error_event",
            "project_id",
            "received_ms",
            "sequence",
            "day",
            "group_id",
            "severity",
            "environment",
            "occurred_ms",
            "visitor_id",
            "session_token",
            "url_id",
            "stack_id",
            "context");
    private static final int GROUP_ID = 4;
    private static final Table AUDIT_EVENT = Table.of(
            "audit_event",
            "project_id",
            "received_ms",
            "sequence",
            "day",
            "occurred_ms",
            "visitor_id",
            "session_token",
            "action",
            "actor",
            "context");

    private final Projects projects = new Projects();
    private final SeenEvents seen = new SeenEvents();
    private final Visitors visitors;
    private final Repeats repeats;
    private final Sessions sessions;
    private final ErrorGroups groups;
    private final Dictionary dictionary;
    private final Ledger ledger;
    private final ProjectTotals totals = new ProjectTotals();
    private final DeadLetters deadLetters;

    private final List<@Nullable Object[]> pageviews = new ArrayList<>();
    private final List<ErrorRow> errors = new ArrayList<>();
    private final List<@Nullable Object[]> audits = new ArrayList<>();

    /** The row lacks its group's number until the groups are written. */
    private record ErrorRow(
            ErrorGroups.Group group, @Nullable Object[] row) {}

    Projection(LoaderConfig config) {
        Hash64 hash = new Hash64();
        visitors = new Visitors(config.cacheEntriesMax());
        repeats = new Repeats(config.recentViewsMax());
        sessions = new Sessions(config.cacheEntriesMax());
        groups = new ErrorGroups(hash, config.errorGroupsMax(), config.cacheEntriesMax());
        dictionary = new Dictionary(hash, config.cacheEntriesMax());
        ledger = new Ledger(config.loaderId());
        deadLetters = new DeadLetters(config.loaderId());
    }

    /** Leaves all rows of the batch in the open transaction. */
    void load(Connection connection, TableWriter writer, boolean insertOnly, List<Entry> batch, long nowMs)
            throws SQLException {
        begin();
        lookUp(connection, batch);
        for (Entry entry : batch) {
            String reason = entry.deadReason();
            if (reason != null) {
                deadLetters.add(entry, reason, nowMs);
                ledger.count(DeadLetters.projectId(entry), Outcome.DEAD_LETTER);
            } else if (entry.polled() instanceof Polled.Stored stored) {
                JournalRecord event = stored.record();
                ledger.count(event.envelope().projectId(), outcome(event, entry.timeMs()));
            }
        }
        write(connection, writer, insertOnly);
    }

    private void begin() {
        visitors.begin();
        sessions.begin();
        groups.begin();
        dictionary.begin();
        ledger.begin();
        totals.begin();
        deadLetters.begin();
        pageviews.clear();
        errors.clear();
        audits.clear();
    }

    private void lookUp(Connection connection, List<Entry> batch) throws SQLException {
        long firstMs = Long.MAX_VALUE;
        long lastMs = Long.MIN_VALUE;
        TreeSet<Integer> projectIds = new TreeSet<>();
        TreeSet<Integer> viewedProjectIds = new TreeSet<>();
        TreeSet<Long> eventIds = new TreeSet<>();
        for (Entry entry : batch) {
            if (entry.deadReason() != null || !(entry.polled() instanceof Polled.Stored stored)) {
                continue;
            }
            firstMs = Math.min(firstMs, entry.timeMs());
            lastMs = Math.max(lastMs, entry.timeMs());
            Envelope envelope = stored.record().envelope();
            Event event = stored.record().event();
            projectIds.add(envelope.projectId());
            if (envelope.eventIdFromClient()) {
                eventIds.add(envelope.eventId());
            }
            if (event instanceof Pageview pageview) {
                viewedProjectIds.add(envelope.projectId());
                sessions.want(envelope.projectId(), envelope.sessionToken());
                visitors.want(envelope.projectId(), envelope.visitorId(), pageview.fingerprintKey());
            } else {
                visitors.want(envelope.projectId(), envelope.visitorId(), 0);
            }
            if (event instanceof ErrorEvent error) {
                groups.want(envelope.projectId(), error);
            }
        }
        if (projectIds.isEmpty()) {
            return;
        }
        projects.lookUp(connection, projectIds);
        seen.lookUp(connection, eventIds, firstMs, lastMs);
        visitors.lookUp(connection);
        repeats.lookUp(connection, viewedProjectIds, firstMs, lastMs);
        sessions.lookUp(connection, firstMs, lastMs);
        groups.lookUp(connection);
    }

    private Outcome outcome(JournalRecord event, long timeMs) {
        Envelope envelope = event.envelope();
        Projects.Calendar calendar = projects.calendar(envelope.projectId());
        if (calendar == null) {
            return Outcome.DELETED;
        }
        if (envelope.eventIdFromClient()) {
            if (seen.isDuplicate(envelope.eventId(), timeMs)) {
                return Outcome.DUPLICATE;
            }
            seen.add(envelope.eventId(), timeMs);
        }
        int day = calendar.day(timeMs);
        Checkpoint position = event.checkpoint();
        if (event.event() instanceof Pageview pageview) {
            return pageview(envelope, pageview, timeMs, day, position.sequence());
        } else if (event.event() instanceof ErrorEvent error) {
            error(envelope, error, timeMs, day, position.sequence());
        } else if (event.event() instanceof AuditEvent audit) {
            audit(envelope, audit, timeMs, day, position.sequence());
        }
        return Outcome.STORED;
    }

    private Outcome pageview(Envelope envelope, Pageview view, long timeMs, int day, long sequence) {
        int projectId = envelope.projectId();
        long token = envelope.sessionToken();
        long visitorId = visitors.resolve(projectId, envelope.visitorId(), view.fingerprintKey(), timeMs);
        long pageId = dictionary.pageId(view.url());
        Sessions.Session session = sessions.current(projectId, token, timeMs);
        if (repeats.isRepeatOrCount(projectId, visitorId, pageId, timeMs)) {
            if (session != null) {
                sessions.goOn(session, timeMs, null);
            }
            return Outcome.REPEAT;
        }
        dictionary.page(projectId, pageId, view.url(), view.title());
        if (session != null) {
            sessions.goOn(session, timeMs, pageId);
        } else {
            session = sessions.start(
                    projectId, token, timeMs, day, visitorId, pageId, attributes(projectId, envelope, view));
        }
        totals.pageview(projectId);
        pageviews.add(new Object[] {projectId, timeMs, sequence, day, visitorId, token, session.startedMs, pageId});
        return Outcome.STORED;
    }

    /** In the order of the session's columns. */
    private @Nullable Object[] attributes(int projectId, Envelope envelope, Pageview view) {
        Utm utm = Utm.of(view.url());
        return new Object[] {
            dictionary.term(projectId, view.referrer()),
            dictionary.term(projectId, utm.source()),
            dictionary.term(projectId, utm.medium()),
            dictionary.term(projectId, utm.campaign()),
            dictionary.term(projectId, utm.content()),
            dictionary.term(projectId, utm.term()),
            dictionary.term(projectId, view.screen()),
            dictionary.term(projectId, view.timeZone()),
            dictionary.term(projectId, envelope.language())
        };
    }

    private void error(Envelope envelope, ErrorEvent error, long timeMs, int day, long sequence) {
        int projectId = envelope.projectId();
        totals.error(projectId);
        ErrorGroups.Group group = groups.occurred(projectId, error, timeMs, sequence);
        errors.add(new ErrorRow(group, new Object[] {
            projectId,
            timeMs,
            sequence,
            day,
            null,
            error.severity().code,
            error.environment().code,
            orNull(envelope.occurredMs()),
            visitors.named(projectId, envelope.visitorId()),
            orNull(envelope.sessionToken()),
            dictionary.term(projectId, error.url()),
            dictionary.stack(projectId, error.stack()),
            error.contextJson()
        }));
    }

    private void audit(Envelope envelope, AuditEvent audit, long timeMs, int day, long sequence) {
        int projectId = envelope.projectId();
        totals.audit(projectId);
        audits.add(new Object[] {
            projectId,
            timeMs,
            sequence,
            day,
            orNull(envelope.occurredMs()),
            visitors.named(projectId, envelope.visitorId()),
            orNull(envelope.sessionToken()),
            audit.action(),
            audit.actor(),
            audit.contextJson()
        });
    }

    private static @Nullable Long orNull(long zeroForNone) {
        return zeroForNone == 0 ? null : Long.valueOf(zeroForNone);
    }

    /** Tables in one order always, so that two transactions cannot wait for each other. */
    private void write(Connection connection, TableWriter writer, boolean insertOnly) throws SQLException {
        ledger.write(connection, writer);
        totals.write(connection, writer);
        seen.write(connection, writer, insertOnly);
        visitors.write(connection, writer, insertOnly);
        dictionary.write(connection, writer);
        sessions.write(connection, writer, insertOnly);
        Rows.sortByKey(pageviews);
        writer.append(connection, insertOnly, PAGEVIEW, pageviews);
        groups.write(connection);
        List<@Nullable Object[]> errorRows = new ArrayList<>(errors.size());
        for (ErrorRow error : errors) {
            error.row()[GROUP_ID] = error.group().id;
            errorRows.add(error.row());
        }
        writer.append(connection, insertOnly, ERROR_EVENT, errorRows);
        writer.append(connection, insertOnly, AUDIT_EVENT, audits);
        deadLetters.write(connection, writer);
    }

    /** What became of the events of the batch just loaded. */
    Map<Outcome, Long> outcomes() {
        return ledger.totals();
    }

    /** Views that made room too early because more than the configured number fell into 300 seconds. */
    long recentViewEvictions() {
        return repeats.evictions();
    }

    /** After a failed batch, or when the clock stepped back: the next batch looks everything up. */
    void forget() {
        projects.forget();
        visitors.forget();
        repeats.forget();
        sessions.forget();
        groups.forget();
        dictionary.forget();
    }
}

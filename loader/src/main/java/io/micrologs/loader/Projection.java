package io.micrologs.loader;

import io.micrologs.journal.AuditEvent;
import io.micrologs.journal.Envelope;
import io.micrologs.journal.ErrorEvent;
import io.micrologs.journal.Event;
import io.micrologs.journal.JournalRecord;
import io.micrologs.journal.LinkClick;
import io.micrologs.journal.Pageview;
import io.micrologs.journal.Polled;
import io.micrologs.journal.Refusals;
import io.micrologs.loader.referrer.Categories;
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
            "context",
            "device",
            "os_id",
            "browser_id",
            "country",
            "region_id",
            "city_id");
    private static final int GROUP_ID = 4;
    private static final int CLIENT_AT = 13;
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
    private final Erasures erasures = new Erasures();
    private final Visitors visitors;
    private final Views views;
    private final ErrorGroups groups;
    private final Links links;
    private final Clients clients;
    private final Dictionary dictionary;
    private final Ledger ledger;
    private final ProjectTotals totals = new ProjectTotals();
    private final Tuples tuples;
    private final Rollups rollups;
    private final DeadLetters deadLetters;
    private final boolean replaying;

    private final List<ErrorRow> errors = new ArrayList<>();
    private final List<@Nullable Object[]> audits = new ArrayList<>();

    /** The row lacks its group's number until the groups are written. */
    private record ErrorRow(
            ErrorGroups.Group group, @Nullable Object[] row) {}

    Projection(LoaderConfig config) {
        this(config, false);
    }

    /** @param replaying whether the events were loaded before, and purges have gone over what they left */
    Projection(LoaderConfig config, boolean replaying) {
        this.replaying = replaying;
        Hash64 hash = new Hash64();
        Categories categories = Categories.load();
        tuples = new Tuples(hash, config.cacheEntriesMax());
        rollups = new Rollups(config.loaderId(), tuples, !replaying);
        visitors = new Visitors(config.cacheEntriesMax(), rollups);
        groups = new ErrorGroups(hash, config.errorGroupsMax(), config.cacheEntriesMax());
        dictionary = new Dictionary(hash, config.cacheEntriesMax());
        clients = new Clients(dictionary);
        views = new Views(config, visitors, dictionary, clients, categories, totals, rollups, tuples);
        links = new Links(categories, dictionary, clients, rollups);
        ledger = new Ledger(config.loaderId());
        deadLetters = new DeadLetters(config.loaderId());
    }

    /** Leaves all rows of the batch in the open transaction. */
    void load(Connection connection, TableWriter writer, boolean insertOnly, List<Entry> batch, long nowMs)
            throws SQLException {
        begin();
        lookUp(connection, batch, nowMs);
        for (Entry entry : batch) {
            String reason = entry.deadReason();
            if (reason != null) {
                int projectId = DeadLetters.projectId(entry);
                ledger.count(projectId, Outcome.DEAD_LETTER);
                // What it says would stay for good: the project's rows may be purged already.
                if (!projects.isDeleted(projectId)) {
                    deadLetters.add(entry, reason, nowMs);
                }
            } else if (entry.polled() instanceof Polled.Stored stored) {
                JournalRecord record = stored.record();
                int projectId = record.envelope().projectId();
                if (record.event() instanceof Refusals refusals) {
                    ledger.refused(projectId, refusals.counts());
                } else {
                    ledger.count(projectId, outcome(record, entry.timeMs()));
                }
            }
        }
        write(connection, writer, insertOnly);
    }

    private void begin() {
        seen.begin();
        visitors.begin();
        views.begin();
        groups.begin();
        links.begin();
        clients.begin();
        dictionary.begin();
        ledger.begin();
        totals.begin();
        tuples.begin();
        rollups.begin();
        deadLetters.begin();
        errors.clear();
        audits.clear();
    }

    private void lookUp(Connection connection, List<Entry> batch, long nowMs) throws SQLException {
        List<JournalRecord> events = new ArrayList<>(batch.size());
        long firstMs = Long.MAX_VALUE;
        long lastMs = Long.MIN_VALUE;
        TreeSet<Integer> projectIds = new TreeSet<>();
        for (Entry entry : batch) {
            if (entry.deadReason() != null) {
                projectIds.add(DeadLetters.projectId(entry));
            } else if (entry.polled() instanceof Polled.Stored stored
                    && !(stored.record().event() instanceof Refusals)) {
                firstMs = Math.min(firstMs, entry.timeMs());
                lastMs = Math.max(lastMs, entry.timeMs());
                projectIds.add(stored.record().envelope().projectId());
                events.add(stored.record());
            }
        }
        if (projectIds.isEmpty()) {
            return;
        }
        if (projects.lookUp(connection, projectIds)) {
            erasures.lookUp(connection, nowMs);
            // An erasure, a replay or a retried dead letter has changed rows that no batch has.
            visitors.forget();
            views.forget();
            groups.forget();
            dictionary.forget();
            tuples.forget();
            rollups.look(connection);
        }
        if (events.isEmpty()) {
            return;
        }
        TreeSet<Integer> viewedProjectIds = new TreeSet<>();
        TreeSet<Long> eventIds = new TreeSet<>();
        for (JournalRecord record : events) {
            want(record.envelope(), record.event(), viewedProjectIds, eventIds);
        }
        seen.lookUp(connection, eventIds, firstMs, lastMs);
        visitors.lookUp(connection);
        views.lookUp(connection, viewedProjectIds, firstMs, lastMs, erasures);
        rollups.number(connection);
        groups.lookUp(connection);
        links.lookUp(connection);
    }

    private void want(Envelope envelope, Event event, TreeSet<Integer> viewedProjectIds, TreeSet<Long> eventIds) {
        int projectId = envelope.projectId();
        if (envelope.eventIdFromClient()) {
            eventIds.add(envelope.eventId());
        }
        views.want(envelope, event instanceof Pageview);
        visitors.want(projectId, envelope.earlierVisitorId(), 0);
        if (event instanceof Pageview pageview) {
            viewedProjectIds.add(projectId);
            visitors.want(projectId, envelope.visitorId(), envelope.cookieless() ? 0 : pageview.fingerprintKey());
        } else {
            visitors.want(projectId, envelope.visitorId(), 0);
        }
        if (event instanceof ErrorEvent error) {
            groups.want(projectId, error);
        } else if (event instanceof LinkClick click) {
            links.want(projectId, click.linkId());
        }
    }

    private Outcome outcome(JournalRecord record, long timeMs) {
        Envelope envelope = record.envelope();
        int projectId = envelope.projectId();
        Projects.Project project = projects.get(projectId);
        if (project == null) {
            return Outcome.DELETED;
        }
        Views.Identity who = views.identity(envelope, timeMs);
        if (erasures.isErased(projectId, envelope.visitorId(), timeMs)
                || erasures.isErased(projectId, who.visitorId(), timeMs)) {
            boolean fact = record.event() instanceof ErrorEvent || record.event() instanceof AuditEvent;
            if (!replaying || !fact) {
                return Outcome.DELETED;
            }
            // The purge has left the row and taken the visitor out of it.
            who = new Views.Identity(0, 0);
        }
        if (envelope.eventIdFromClient()) {
            if (seen.isDuplicate(envelope.eventId(), timeMs)) {
                return Outcome.DUPLICATE;
            }
            seen.add(envelope.eventId(), timeMs);
        }
        int day = project.calendar().day(timeMs);
        long sequence = record.checkpoint().sequence();
        if (record.event() instanceof Pageview pageview) {
            return views.viewed(project, envelope, who, pageview, timeMs, sequence);
        } else if (record.event() instanceof LinkClick click) {
            return links.clicked(envelope, click, timeMs, day, sequence);
        } else if (record.event() instanceof ErrorEvent error) {
            error(envelope, who, error, timeMs, day, sequence);
        } else if (record.event() instanceof AuditEvent audit) {
            audit(envelope, who, audit, timeMs, day, sequence);
        }
        return Outcome.STORED;
    }

    private void error(Envelope envelope, Views.Identity who, ErrorEvent error, long timeMs, int day, long sequence) {
        int projectId = envelope.projectId();
        totals.error(projectId);
        rollups.at(timeMs);
        ErrorGroups.Group group = groups.occurred(projectId, error, timeMs, sequence);
        @Nullable Object[] row = new Object[ERROR_EVENT.columns().size()];
        @Nullable
        Object[] own = {
            projectId,
            timeMs,
            sequence,
            day,
            null,
            error.severity().code,
            error.environment().code,
            orNull(envelope.occurredMs()),
            visitors.named(projectId, who.visitorId()),
            orNull(who.sessionToken()),
            dictionary.term(projectId, error.url()),
            dictionary.stack(projectId, ErrorGroups.trace(group, error)),
            error.contextJson()
        };
        System.arraycopy(own, 0, row, 0, CLIENT_AT);
        clients.put(row, CLIENT_AT, envelope);
        errors.add(new ErrorRow(group, row));
    }

    private void audit(Envelope envelope, Views.Identity who, AuditEvent audit, long timeMs, int day, long sequence) {
        int projectId = envelope.projectId();
        totals.audit(projectId);
        rollups.at(timeMs);
        rollups.tally().audit(projectId, day, timeMs);
        audits.add(new Object[] {
            projectId,
            timeMs,
            sequence,
            day,
            orNull(envelope.occurredMs()),
            visitors.named(projectId, who.visitorId()),
            orNull(who.sessionToken()),
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
        views.write(connection, writer, insertOnly);
        groups.write(connection);
        List<@Nullable Object[]> errorRows = new ArrayList<>(errors.size());
        for (ErrorRow error : errors) {
            error.row()[GROUP_ID] = error.group().id;
            count(error.row());
            errorRows.add(error.row());
        }
        writer.append(connection, insertOnly, ERROR_EVENT, errorRows);
        writer.append(connection, insertOnly, AUDIT_EVENT, audits);
        links.write(connection, writer, insertOnly);
        deadLetters.write(connection, writer);
        tuples.write(connection, writer);
        rollups.write(connection);
    }

    /** Only now is the group's number known. */
    private void count(@Nullable Object[] error) {
        rollups.tally()
                .error(
                        number(error[0]).intValue(),
                        number(error[3]).intValue(),
                        number(error[1]).longValue(),
                        number(error[GROUP_ID]).intValue(),
                        number(error[GROUP_ID + 1]).intValue(),
                        number(error[GROUP_ID + 2]).intValue());
    }

    private static Number number(@Nullable Object value) {
        return value instanceof Number number ? number : 0;
    }

    /** The batch is. */
    void committed() {
        rollups.committed();
    }

    Rollups rollups() {
        return rollups;
    }

    /** What became of the events of the batch just loaded. */
    Map<Outcome, Long> outcomes() {
        return ledger.totals();
    }

    /** Views that made room too early because more than the configured number fell into 300 seconds. */
    long recentViewEvictions() {
        return views.recentViewEvictions();
    }

    /** After a failed batch, or when the clock stepped back: the next batch looks everything up. */
    void forget() {
        projects.forget();
        visitors.forget();
        views.forget();
        groups.forget();
        dictionary.forget();
        tuples.forget();
        rollups.forget();
    }
}

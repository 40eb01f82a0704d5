package io.micrologs.loader;

import io.micrologs.journal.AuditEvent;
import io.micrologs.journal.Envelope;
import io.micrologs.journal.ErrorEvent;
import io.micrologs.journal.JournalRecord;
import io.micrologs.journal.Pageview;
import io.micrologs.journal.Polled;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What the tables have to hold, worked out event by event with lists and no regard for speed. */
final class Model {

    private static final long MINUTES_5 = 300_000;
    private static final long HOURS_24 = 86_400_000;
    private static final long HOURS_48 = 172_800_000;

    private final Map<Integer, ZoneId> zones;
    private final int groupsMax;
    private long clockMs;

    private final List<Seen> seen = new ArrayList<>();
    private final List<View> views = new ArrayList<>();
    private final List<Session> sessions = new ArrayList<>();
    private final Map<String, Long> aliases = new TreeMap<>();
    private final Map<String, Long> fingerprints = new TreeMap<>();
    private final Map<String, Long> visitors = new TreeMap<>();
    private final Map<String, @Nullable String> pages = new TreeMap<>();
    private final TreeSet<String> terms = new TreeSet<>();
    private final TreeSet<String> stacks = new TreeSet<>();
    private final Map<String, Group> groups = new LinkedHashMap<>();
    private final List<String> errors = new ArrayList<>();
    private final List<String> audits = new ArrayList<>();
    private final Map<String, Long> ledger = new TreeMap<>();

    record Seen(long id, long timeMs) {}

    record View(int project, long visitor, String url, long timeMs, String row) {}

    static final class Session {
        int project;
        long token;
        long startedMs;
        long lastMs;
        long day;
        int pageviews;
        long visitor;
        String entry = "";
        String exit = "";
        String attributes = "";
    }

    static final class Group {
        String head = "";
        int severity;
        long count;
        long firstMs;
        long lastMs;
        long lastSequence;
    }

    Model(Map<Integer, ZoneId> zones, int groupsMax) {
        this.zones = zones;
        this.groupsMax = groupsMax;
    }

    Model apply(Iterable<Polled> records) {
        records.forEach(polled -> apply(((Polled.Stored) polled).record()));
        return this;
    }

    private void apply(JournalRecord record) {
        Envelope e = record.envelope();
        if (e.receivedMs() > clockMs || clockMs - e.receivedMs() > 3_600_000) {
            clockMs = e.receivedMs();
        }
        ledger.merge(e.projectId() + "|" + outcome(record, clockMs), 1L, Long::sum);
    }

    private String outcome(JournalRecord record, long t) {
        Envelope e = record.envelope();
        ZoneId zone = zones.get(e.projectId());
        if (zone == null) {
            return "deleted";
        }
        if (e.eventIdFromClient()) {
            if (seen.stream().anyMatch(s -> s.id == e.eventId() && Math.abs(t - s.timeMs) < HOURS_24)) {
                return "duplicate";
            }
            seen.add(new Seen(e.eventId(), t));
        }
        long day = Instant.ofEpochMilli(t).atZone(zone).toLocalDate().toEpochDay();
        String key = e.projectId() + "|" + t + "|" + record.checkpoint().sequence() + "|" + day;
        if (record.event() instanceof Pageview view) {
            return pageview(e, view, t, day, key);
        } else if (record.event() instanceof ErrorEvent error) {
            error(e, error, t, key, record.checkpoint().sequence());
        } else if (record.event() instanceof AuditEvent audit) {
            audits.add(key + tail(e) + "|" + audit.action() + "|" + audit.actor() + "|" + audit.contextJson());
        }
        return "stored";
    }

    private String tail(Envelope e) {
        Long visitor = aliases.get(e.projectId() + "|" + e.visitorId());
        return "|" + (e.occurredMs() == 0 ? null : e.occurredMs()) + "|" + (visitor == null ? e.visitorId() : visitor)
                + "|" + e.sessionToken();
    }

    private String pageview(Envelope e, Pageview view, long t, long day, String key) {
        int project = e.projectId();
        long visitor = visitor(project, e.visitorId(), view.fingerprintKey(), t);
        Session session = sessions.stream()
                .filter(s -> s.project == project && s.token == e.sessionToken())
                .reduce((first, last) -> last)
                .filter(s -> t - s.lastMs <= HOURS_24 && t - s.startedMs < HOURS_48)
                .orElse(null);
        if (views.stream()
                .anyMatch(v -> v.project == project
                        && v.visitor == visitor
                        && v.url.equals(view.url())
                        && t - v.timeMs < MINUTES_5)) {
            if (session != null) {
                session.lastMs = t;
            }
            return "repeat";
        }
        if (session == null) {
            session = new Session();
            session.project = project;
            session.token = e.sessionToken();
            session.startedMs = t;
            session.day = day;
            session.visitor = visitor;
            session.entry = view.url();
            Utm utm = Utm.of(view.url());
            session.attributes = terms(
                    project,
                    view.referrer(),
                    utm.source(),
                    utm.medium(),
                    utm.campaign(),
                    utm.content(),
                    utm.term(),
                    view.screen(),
                    view.timeZone(),
                    e.language());
            sessions.add(session);
        }
        session.lastMs = t;
        session.pageviews++;
        session.exit = view.url();
        String title =
                view.title() == null || view.title().isEmpty() ? pages.get(project + "|" + view.url()) : view.title();
        pages.put(project + "|" + view.url(), title);
        views.add(new View(
                project,
                visitor,
                view.url(),
                t,
                key + "|" + visitor + "|" + e.sessionToken() + "|" + session.startedMs + "|" + view.url()));
        return "stored";
    }

    private long visitor(int project, long id, long fingerprint, long t) {
        String idKey = project + "|" + id;
        String printKey = project + "|" + fingerprint;
        if (!aliases.containsKey(idKey) && !visitors.containsKey(idKey)) {
            Long owner = fingerprint == 0 ? null : fingerprints.get(printKey);
            if (owner != null) {
                aliases.put(idKey, owner);
            } else {
                visitors.put(idKey, t);
            }
        }
        long visitor = aliases.getOrDefault(idKey, id);
        if (fingerprint != 0) {
            fingerprints.putIfAbsent(printKey, visitor);
        }
        return visitor;
    }

    private String terms(int project, @Nullable String... values) {
        StringBuilder row = new StringBuilder();
        for (String value : values) {
            row.append('|').append(value);
            if (value != null) {
                terms.add(project + "|" + value);
            }
        }
        return row.toString();
    }

    private void error(Envelope e, ErrorEvent error, long t, String key, long sequence) {
        int project = e.projectId();
        String head = error.type() + "|" + error.message() + "|" + error.file() + "|" + error.line();
        if (!groups.containsKey(project + "|" + head)
                && groups.keySet().stream()
                                .filter(k -> k.startsWith(project + "|") && !k.contains("|Other|"))
                                .count()
                        >= groupsMax) {
            head = "Other|Errors beyond the limit of " + groupsMax + " groups|null|null";
        }
        String groupKey = project + "|" + head;
        Group group = groups.computeIfAbsent(groupKey, k -> {
            Group made = new Group();
            made.head = k + "|" + error.environment().code;
            made.firstMs = t;
            return made;
        });
        group.count++;
        group.severity = error.severity().code;
        group.lastMs = t;
        group.lastSequence = sequence;
        terms(project, error.url());
        if (error.stack() != null) {
            stacks.add(project + "|" + error.stack());
        }
        errors.add(key + "|" + groupKey + "|" + error.severity().code + "|" + error.environment().code + tail(e) + "|"
                + error.url() + "|" + error.stack() + "|" + error.contextJson());
    }

    /** Table → its rows in any order, hashes of texts replaced by the texts. */
    Map<String, List<String>> tables() {
        Map<String, List<String>> tables = new HashMap<>();
        tables.put("event_seen", seen.stream().map(s -> s.id + "|" + s.timeMs).toList());
        tables.put("pageview", views.stream().map(View::row).toList());
        tables.put(
                "session",
                sessions.stream()
                        .map(s -> s.project + "|" + s.token + "|" + s.startedMs + "|" + s.lastMs + "|" + s.day + "|"
                                + s.pageviews + "|" + s.visitor + "|" + s.entry + "|" + s.exit + s.attributes)
                        .toList());
        tables.put("visitor", lines(visitors));
        tables.put("visitor_alias", lines(aliases));
        tables.put("visitor_fingerprint", lines(fingerprints));
        tables.put("page", lines(pages));
        tables.put("term", List.copyOf(terms));
        tables.put("stack", List.copyOf(stacks));
        tables.put(
                "error_group",
                groups.values().stream()
                        .map(g -> g.head + "|" + g.severity + "|1|" + g.count + "|" + g.firstMs + "|" + g.firstMs + "|"
                                + g.lastMs + "|" + g.lastSequence)
                        .toList());
        tables.put("error_event", errors);
        tables.put("audit_event", audits);
        tables.put("ledger", lines(ledger));
        return tables;
    }

    private static List<String> lines(Map<String, ?> map) {
        return map.entrySet().stream().map(e -> e.getKey() + "|" + e.getValue()).toList();
    }
}

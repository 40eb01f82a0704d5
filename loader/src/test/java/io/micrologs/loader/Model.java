package io.micrologs.loader;

import io.micrologs.journal.AuditEvent;
import io.micrologs.journal.Envelope;
import io.micrologs.journal.ErrorEvent;
import io.micrologs.journal.JournalRecord;
import io.micrologs.journal.LinkClick;
import io.micrologs.journal.Pageview;
import io.micrologs.journal.Polled;
import io.micrologs.journal.Refusals;
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
    private static final long MINUTES_30 = 1_800_000;
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
    private final Map<String, String> utms = new TreeMap<>();
    private final TreeSet<String> terms = new TreeSet<>();
    private final TreeSet<String> stacks = new TreeSet<>();
    private final Map<String, Group> groups = new LinkedHashMap<>();
    private final List<Fact> errors = new ArrayList<>();
    private final List<Fact> audits = new ArrayList<>();
    private final List<String> clicks = new ArrayList<>();
    private final Map<String, Long> linkTotals = new TreeMap<>();
    private final Map<String, Long> erased = new TreeMap<>();
    private final Map<Integer, long[]> totals = new TreeMap<>();
    private final Map<String, Long> ledger = new TreeMap<>();

    record Seen(long id, long timeMs) {}

    record View(int project, long visitor, String url, long timeMs, Session session, String row) {}

    /** An error or audit; what names the visitor can be taken out of it. */
    static final class Fact {
        final int project;
        final long timeMs;
        final String head;
        final String tail;
        final @Nullable Long occurredMs;

        @Nullable
        Long visitor;

        @Nullable
        Long token;

        Fact(int project, long timeMs, String head, @Nullable Long occurredMs, Identity who, String tail) {
            this.project = project;
            this.timeMs = timeMs;
            this.head = head;
            this.occurredMs = occurredMs;
            this.visitor = who.visitor;
            this.token = who.token;
            this.tail = tail;
        }

        String row() {
            return head + "|" + occurredMs + "|" + visitor + "|" + token + tail;
        }
    }

    record Identity(long visitor, long token) {}

    static final class Session {
        int category;
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
        this.zones = new HashMap<>(zones);
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
        if (record.event() instanceof Refusals refusals) {
            refusals.counts()
                    .forEach((reason, count) -> ledger.merge(e.projectId() + "|refused_" + reason, count, Long::sum));
        } else {
            ledger.merge(e.projectId() + "|" + outcome(record, clockMs), 1L, Long::sum);
        }
    }

    /** Nothing of it is left but its lines in the ledger. */
    void delete(int project) {
        zones.remove(project);
        String prefix = project + "|";
        views.removeIf(v -> v.project == project);
        sessions.removeIf(s -> s.project == project);
        errors.removeIf(f -> f.project == project);
        audits.removeIf(f -> f.project == project);
        clicks.removeIf(row -> row.startsWith(prefix));
        totals.remove(project);
        terms.removeIf(row -> row.startsWith(prefix));
        stacks.removeIf(row -> row.startsWith(prefix));
        for (Map<String, ?> rows : List.of(aliases, fingerprints, visitors, pages, utms, groups, linkTotals, erased)) {
            rows.keySet().removeIf(key -> key.startsWith(prefix));
        }
    }

    /** Up to this time the visitor was never there. */
    Model erase(int project, long visitor, long untilMs) {
        String key = project + "|" + visitor;
        Long owner = aliases.get(key);
        cutOff(project, visitor, untilMs);
        return owner == null ? this : erase(project, owner, untilMs);
    }

    private void cutOff(int project, long visitor, long untilMs) {
        String key = project + "|" + visitor;
        erased.merge(key, untilMs, Math::max);
        if (visitors.getOrDefault(key, Long.MAX_VALUE) <= untilMs) {
            visitors.remove(key);
        }
        aliases.remove(key);
        List<String> ofVisitor = aliases.entrySet().stream()
                .filter(e -> e.getKey().startsWith(project + "|") && e.getValue() == visitor)
                .map(Map.Entry::getKey)
                .toList();
        for (String alias : ofVisitor) {
            aliases.remove(alias);
            cutOff(project, Long.parseLong(alias.substring(alias.indexOf('|') + 1)), untilMs);
        }
        fingerprints.entrySet().removeIf(e -> e.getKey().startsWith(project + "|") && e.getValue() == visitor);
        List<View> gone = views.stream()
                .filter(v -> v.project == project && v.visitor == visitor && v.timeMs <= untilMs)
                .toList();
        views.removeAll(gone);
        total(project, 0, -gone.size());
        gone.forEach(view -> leave(view.session, visitor));
        for (List<Fact> facts : List.of(errors, audits)) {
            for (Fact fact : facts) {
                if (fact.project == project
                        && fact.visitor != null
                        && fact.visitor == visitor
                        && fact.timeMs <= untilMs) {
                    fact.visitor = null;
                    fact.token = null;
                }
            }
        }
    }

    /** A session that is not only the erased visitor's goes to the first of those who are left in it. */
    private void leave(Session session, long visitor) {
        List<View> left = views.stream().filter(v -> v.session == session).toList();
        if (left.isEmpty()) {
            sessions.remove(session);
            return;
        }
        session.pageviews = left.size();
        session.entry = left.get(0).url;
        session.exit = left.get(left.size() - 1).url;
        session.visitor = session.visitor == visitor ? left.get(0).visitor : session.visitor;
    }

    private void total(int project, int kind, long change) {
        if (change != 0) {
            totals.computeIfAbsent(project, p -> new long[3])[kind] += change;
        }
    }

    private boolean isErased(int project, long visitor, long t) {
        return erased.getOrDefault(project + "|" + visitor, Long.MIN_VALUE) >= t;
    }

    private String outcome(JournalRecord record, long t) {
        Envelope e = record.envelope();
        ZoneId zone = zones.get(e.projectId());
        if (zone == null) {
            return "deleted";
        }
        Identity who = identity(e, t);
        if (isErased(e.projectId(), e.visitorId(), t) || isErased(e.projectId(), who.visitor, t)) {
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
            return pageview(e, who, view, t, day, key);
        } else if (record.event() instanceof LinkClick click) {
            return click(e, click, key);
        } else if (record.event() instanceof ErrorEvent error) {
            error(e, who, error, t, key, record.checkpoint().sequence());
        } else if (record.event() instanceof AuditEvent audit) {
            total(e.projectId(), 2, 1);
            String tail = "|" + audit.action() + "|" + audit.actor() + "|" + audit.contextJson();
            audits.add(new Fact(e.projectId(), t, key, occurred(e), named(e.projectId(), who), tail));
        }
        return "stored";
    }

    private String click(Envelope e, LinkClick click, String key) {
        int project = e.projectId();
        if (click.linkId() > TestSchema.linkId(project, TestSchema.LINKS)
                || click.linkId() == TestSchema.linkId(project, TestSchema.DELETED_LINK)) {
            return "deleted";
        }
        if (!click.bot()) {
            linkTotals.merge(project + "|" + click.linkId(), 1L, Long::sum);
        }
        int category = category(click.referrer(), 4);
        clicks.add(key + "|" + click.linkId() + "|" + click.clientKey() + "|" + (click.bot() ? 1 : 0) + "|" + category
                + terms(project, blankIsNull(click.referrer())) + client(e));
        return "stored";
    }

    private static @Nullable Long occurred(Envelope e) {
        return e.occurredMs() == 0 ? null : Long.valueOf(e.occurredMs());
    }

    private Identity named(int project, Identity who) {
        return new Identity(aliases.getOrDefault(project + "|" + who.visitor, who.visitor), who.token);
    }

    /** A client without ids is the visitor of yesterday as long as that one's session is open. */
    private Identity identity(Envelope e, long t) {
        long earlier = e.earlierVisitorId();
        return e.cookieless() && earlier != 0 && session(e.projectId(), earlier, t, MINUTES_30) != null
                ? new Identity(earlier, earlier)
                : new Identity(e.visitorId(), e.sessionToken());
    }

    private @Nullable Session session(int project, long token, long t, long idleMaxMs) {
        return sessions.stream()
                .filter(s -> s.project == project && s.token == token && !isErased(project, s.visitor, s.startedMs))
                .reduce((first, last) -> last)
                .filter(s -> t - s.lastMs <= idleMaxMs && t - s.startedMs < HOURS_48)
                .orElse(null);
    }

    static int category(@Nullable String referrer, int own) {
        return referrer == null || referrer.isEmpty()
                ? 1
                : switch (referrer) {
                    case "https://www.google.de/" -> 2;
                    case "https://t.co/x" -> 3;
                    case "https://other.example/" -> 4;
                    case "https://mail.google.com/" -> 5;
                    case "https://chatgpt.com/" -> 6;
                    case "https://www.example.com/1", "http://shop.example.com/" -> own;
                    default -> 0;
                };
    }

    private static @Nullable String blankIsNull(@Nullable String text) {
        return text == null || text.isEmpty() ? null : text;
    }

    private static String agent(@Nullable String agent, boolean versions) {
        if (Stream.CHROME.equals(agent)) {
            return versions ? "Windows|10|Chrome|131" : "Windows|Chrome";
        }
        if (Stream.IPHONE.equals(agent)) {
            return versions ? "iOS|18.1|Safari|18" : "iOS|Safari";
        }
        return versions ? "null|null|null|null" : "null|null";
    }

    private static int device(@Nullable String agent) {
        return Stream.CHROME.equals(agent) ? 1 : Stream.IPHONE.equals(agent) ? 2 : 0;
    }

    private String client(Envelope e) {
        String agent = agent(e.userAgent(), false);
        remember(e.projectId(), agent);
        return "|" + device(e.userAgent()) + "|" + agent + "|" + e.place().countryCode()
                + terms(e.projectId(), e.place().region(), e.place().city());
    }

    private void remember(int project, String values) {
        for (String value : values.split("\\|")) {
            if (!value.equals("null")) {
                terms.add(project + "|" + value);
            }
        }
    }

    private String pageview(Envelope e, Identity who, Pageview view, long t, long day, String key) {
        int project = e.projectId();
        long visitor = visitor(project, who.visitor, e.cookieless() ? 0 : view.fingerprintKey(), t);
        Session session = session(project, who.token, t, e.cookieless() ? MINUTES_30 : HOURS_24);
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
        int category = category(view.referrer(), session == null ? 1 : session.category);
        boolean own = category(view.referrer(), -1) == -1;
        String referrer = own ? null : blankIsNull(view.referrer());
        if (session == null) {
            session = new Session();
            session.category = category;
            session.project = project;
            session.token = who.token;
            session.startedMs = t;
            session.day = day;
            session.visitor = visitor;
            session.entry = view.url();
            Utm utm = Utm.of(view.url());
            String agent = agent(e.userAgent(), true);
            remember(project, agent);
            session.attributes = "|" + category + "|" + device(e.userAgent()) + "|"
                    + e.place().countryCode()
                    + terms(
                            project,
                            referrer,
                            utm.source(),
                            utm.medium(),
                            utm.campaign(),
                            utm.content(),
                            utm.term(),
                            view.screen(),
                            view.timeZone(),
                            e.language())
                    + "|" + agent + terms(project, e.place().region(), e.place().city());
            sessions.add(session);
        }
        session.lastMs = t;
        session.pageviews++;
        session.exit = view.url();
        String title =
                view.title() == null || view.title().isEmpty() ? pages.get(project + "|" + view.url()) : view.title();
        pages.put(project + "|" + view.url(), title);
        Utm ofPage = Utm.of(view.url());
        utms.put(
                project + "|" + view.url(),
                terms(project, ofPage.source(), ofPage.medium(), ofPage.campaign(), ofPage.content(), ofPage.term()));
        total(project, 0, 1);
        views.add(new View(
                project,
                visitor,
                view.url(),
                t,
                session,
                key + "|" + visitor + "|" + who.token + "|" + session.startedMs + "|" + view.url() + "|" + category
                        + terms(project, referrer)));
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

    private void error(Envelope e, Identity who, ErrorEvent error, long t, String key, long sequence) {
        int project = e.projectId();
        total(project, 1, 1);
        String trace = error.stack();
        String head = error.type() + "|" + error.message() + "|" + error.file() + "|" + error.line();
        if (!groups.containsKey(project + "|" + head)
                && groups.keySet().stream()
                                .filter(k -> k.startsWith(project + "|") && !k.contains("|Other|"))
                                .count()
                        >= groupsMax) {
            head = "Other|Errors beyond the limit of " + groupsMax + " groups|null|null";
            trace = error.type() + ": " + error.message()
                    + (error.file() == null ? "" : "\n    " + error.file())
                    + (error.line() == null ? "" : ":" + error.line())
                    + (trace == null ? "" : "\n" + trace);
        }
        String groupKey = project + "|" + head;
        Group group = groups.computeIfAbsent(groupKey, k -> {
            Group made = new Group();
            made.head = k + "|" + error.environment().code;
            made.firstMs = t;
            return made;
        });
        group.count++;
        // Not if the clock stepped back.
        if (t >= group.lastMs) {
            group.severity = error.severity().code;
            group.lastMs = t;
            group.lastSequence = sequence;
        }
        terms(project, error.url());
        if (trace != null) {
            stacks.add(project + "|" + trace);
        }
        errors.add(new Fact(
                project,
                t,
                key + "|" + groupKey + "|" + error.severity().code + "|" + error.environment().code,
                occurred(e),
                named(project, who),
                "|" + error.url() + "|" + trace + "|" + error.contextJson() + client(e)));
    }

    List<Session> sessions() {
        return sessions;
    }

    List<View> views() {
        return views;
    }

    Map<String, Long> visitors() {
        return visitors;
    }

    List<Fact> errors() {
        return errors;
    }

    List<Fact> audits() {
        return audits;
    }

    List<String> clicks() {
        return clicks;
    }

    /** Null when there is no such project. */
    @Nullable
    ZoneId zone(int project) {
        return zones.get(project);
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
        tables.put(
                "page",
                pages.entrySet().stream()
                        .map(e -> e.getKey() + "|" + e.getValue() + utms.get(e.getKey()))
                        .toList());
        tables.put("link_click", clicks);
        tables.put("link_total", lines(linkTotals));
        tables.put(
                "project_total",
                totals.entrySet().stream()
                        .map(e -> e.getKey() + "|" + e.getValue()[0] + "|" + e.getValue()[1] + "|" + e.getValue()[2])
                        .toList());
        tables.put("term", List.copyOf(terms));
        tables.put("stack", List.copyOf(stacks));
        tables.put(
                "error_group",
                groups.values().stream()
                        .map(g -> g.head + "|" + g.severity + "|1|" + g.count + "|" + g.firstMs + "|" + g.firstMs + "|"
                                + g.lastMs + "|" + g.lastSequence)
                        .toList());
        tables.put("error_event", errors.stream().map(Fact::row).toList());
        tables.put("audit_event", audits.stream().map(Fact::row).toList());
        tables.put("ledger", lines(ledger));
        return tables;
    }

    private static List<String> lines(Map<String, ?> map) {
        return map.entrySet().stream().map(e -> e.getKey() + "|" + e.getValue()).toList();
    }
}

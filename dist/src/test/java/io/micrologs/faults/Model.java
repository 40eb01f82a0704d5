package io.micrologs.faults;

import io.micrologs.faults.Event.Kind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What the tables have to hold of events that arrived, worked out one by one with plain maps. Groups and totals go on over
 * all rounds; visitors, sessions and views are of the round, since each has new people.
 */
final class Model {
    private static final long REPEAT_MS = 300_000;

    private final Ids ids;

    /** An event, and the time that counts for it. */
    record Arrived(Event event, long atMs) {}

    static final class Session {
        final String key;
        final long startedMs;
        final long visitor;
        final String entry;
        long lastMs;
        int pageviews;
        String exit;

        Session(String key, long startedMs, long visitor, String entry) {
            this.key = key;
            this.startedMs = startedMs;
            this.visitor = visitor;
            this.entry = entry;
            this.exit = entry;
        }

        String row() {
            return key + "|" + startedMs + "|" + lastMs + "|" + pageviews + "|" + visitor + "|" + entry + "|" + exit;
        }
    }

    final List<String> pageviews = new ArrayList<>();
    final List<String> errors = new ArrayList<>();
    final List<String> audits = new ArrayList<>();
    final Map<String, Session> sessions = new LinkedHashMap<>();
    final Map<String, Long> visitors = new TreeMap<>();
    final Map<String, Long> aliases = new TreeMap<>();
    private final Map<String, Long> fingerprints = new HashMap<>();
    private final Map<String, Long> lastViews = new HashMap<>();

    /** "project outcome" → events, over all rounds. */
    final Map<String, Long> ledger = new TreeMap<>();
    /** "project|message" → occurrences, over all rounds. */
    final Map<String, Long> groups = new TreeMap<>();

    Model(Ids ids) {
        this.ids = ids;
    }

    void nextRound() {
        for (List<String> rows : List.of(pageviews, errors, audits)) {
            rows.clear();
        }
        for (Map<String, ?> rows : List.of(sessions, visitors, aliases, fingerprints, lastViews)) {
            rows.clear();
        }
    }

    /** In the order of arrival. */
    void apply(Arrived arrived) {
        Event event = arrived.event;
        int project = event.project.id();
        String outcome = "stored";
        if (event.kind == Kind.PAGEVIEW) {
            outcome = pageview(event, arrived.atMs) ? "stored" : "repeat";
        } else if (event.kind == Kind.ERROR) {
            groups.merge(project + "|" + event.subject, 1L, Long::sum);
            errors.add(project + "|" + arrived.atMs + "|" + event.subject + "|" + event.severity + "|" + event.id);
        } else {
            audits.add(project + "|" + arrived.atMs + "|" + event.subject + "|" + event.id);
        }
        ledger.merge(project + " " + outcome, 1L, Long::sum);
    }

    void click(Event event) {
        ledger.merge(event.project.id() + " stored", 1L, Long::sum);
        ledger.merge(event.project.id() + " clicks", 1L, Long::sum);
    }

    /** False for a repeat: it moves the last activity of its session, and nothing else. */
    private boolean pageview(Event event, long atMs) {
        Project project = event.project;
        long visitor = visitor(event, atMs);
        long token = ids.session(project, event.who.session());
        String key = project.id() + "|" + token;
        Session session = sessions.get(key);
        String view = project.id() + "|" + visitor + "|" + event.subject;
        Long before = lastViews.get(view);
        if (before != null && atMs - before < REPEAT_MS) {
            if (session != null) {
                session.lastMs = atMs;
            }
            return false;
        }
        lastViews.put(view, atMs);
        if (session == null) {
            session = new Session(key, atMs, visitor, event.subject);
            sessions.put(key, session);
        }
        session.lastMs = atMs;
        session.pageviews++;
        session.exit = event.subject;
        pageviews.add(project.id() + "|" + atMs + "|" + visitor + "|" + token + "|" + session.startedMs + "|"
                + event.subject);
        ledger.merge(project.id() + " pageviews", 1L, Long::sum);
        return true;
    }

    /** A new id with a fingerprint that is known is an alias of the visitor who brought it first. */
    private long visitor(Event event, long atMs) {
        long id = ids.visitor(event.project, event.who.visitor());
        String key = event.project.id() + "|" + id;
        // A person has one address, so its fingerprint alone stands for both.
        String print = event.who.fingerprint().isEmpty() ? "" : event.project.id() + "|" + event.who.fingerprint();
        if (!aliases.containsKey(key) && !visitors.containsKey(key)) {
            Long owner = fingerprints.get(print);
            if (owner != null) {
                aliases.put(key, owner);
            } else {
                visitors.put(key, atMs);
            }
        }
        long visitor = aliases.getOrDefault(key, id);
        if (!print.isEmpty()) {
            fingerprints.putIfAbsent(print, visitor);
        }
        return visitor;
    }
}

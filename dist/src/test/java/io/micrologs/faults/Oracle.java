package io.micrologs.faults;

import com.fasterxml.jackson.databind.JsonNode;
import io.micrologs.faults.Event.Kind;
import io.micrologs.faults.Model.Arrived;
import io.micrologs.loader.RollupCheck;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Whether the promises hold once all is loaded. It knows what the client wanted and what the client's log says, reads the
 * tables past the server, and asks the API for the ledger.
 */
final class Oracle {
    /*
     * I1  every acknowledged id has exactly one outcome
     *       its hash is in event_seen once, and then either its row is there or the model says that it is a repeat;
     *       each further sending is counted as a duplicate
     * I2  nothing is stored that was never sent: no hash, row or referrer but the client's, no sequence twice
     * I3  rollups equal the raw rows: RollupCheck counts those and compares, what is pending included
     * I4  sessions, visitors, aliases and error groups equal the model. Events that nobody acknowledged may have arrived
     *     or not, so the model takes from event_seen which did, and when; within a millisecond the order of sending holds,
     *     because whatever the order touches belongs to one person, who sends one request after the other
     * I7  the ledger balances for every project, and each of its numbers is the model's
     *
     * A check after each round looks at that round's rows, and at counts over all rounds. The one at the end looks at
     * everything again, with the acknowledgements from the client's file alone.
     */
    private static final int SHOWN = 5;

    private final Deployment deployment;
    private final Ids ids;
    private final Model model;
    private final List<Event> all = new ArrayList<>();
    private final Map<Integer, long[]> sendings = new TreeMap<>();
    private int clicksLost;

    Oracle(Deployment deployment) {
        this.deployment = deployment;
        this.ids = new Ids(deployment.hashSalt());
        this.model = new Model(ids);
    }

    /** Until nothing waits in the journal; how long after {@code fromNanos} that was, in milliseconds. */
    long awaitDrained(long fromNanos, Duration most) {
        Ledger[] last = new Ledger[] {Ledger.UNKNOWN};
        Await.until(() -> "all to be loaded, ledger " + last[0] + deployment.logs(), most, () -> {
            Ledger before = last[0];
            last[0] = ledger();
            return last[0].pending == 0 && last[0].accepted == before.accepted;
        });
        return (System.nanoTime() - fromNanos) / 1_000_000;
    }

    private record Ledger(long accepted, long pending, boolean balances, String text) {
        static final Ledger UNKNOWN = new Ledger(-1, -1, false, "unknown");

        @Override
        public String toString() {
            return text;
        }
    }

    private Ledger ledger() {
        Api.Answer answer = deployment.api().asAdmin("/api/v1/ledger");
        if (answer.status() != 200) {
            return new Ledger(-1, -1, false, answer.text());
        }
        JsonNode data = answer.data();
        long accepted = 0;
        long pending = 0;
        for (JsonNode project : data.path("projects")) {
            accepted += project.path("accepted").asLong(-1);
            pending += project.path("pending").asLong(-1);
        }
        return new Ledger(accepted, pending, data.path("balances").asBoolean(), answer.text());
    }

    /**
     * Checks a round that is drained.
     *
     * @param sinceMs before its first event, after the last of the one before
     */
    void check(List<Event> round, long sinceMs) {
        all.addAll(round);
        List<String> wrong = new ArrayList<>();
        try (Connection connection = deployment.connect()) {
            Map<String, Integer> acknowledged = new HashMap<>();
            round.forEach(event -> acknowledged.put(event.id, event.acknowledged.get()));
            model.nextRound();
            compare(round, acknowledged, new Stored(connection, sinceMs), model, wrong);
            note("I3 rollups beside the rows", RollupCheck.differences(connection), wrong);
        } catch (SQLException e) {
            throw new AssertionError("the database cannot be read: " + e, e);
        }
        fail(wrong);
    }

    /** Checks everything again, from the first round on. */
    void checkAll(SentLog log) {
        List<String> wrong = new ArrayList<>();
        try (Connection connection = deployment.connect()) {
            sendings.clear();
            clicksLost = 0;
            compare(all, log.acknowledged(), new Stored(connection, 0), new Model(ids), wrong);
            note("I3 rollups beside the rows", RollupCheck.differences(connection), wrong);
        } catch (SQLException e) {
            throw new AssertionError("the database cannot be read: " + e, e);
        }
        fail(wrong);
    }

    /** Events of a drained round that were taken although their request, which was waited for, got no 202. */
    List<Event> takenUnanswered(List<Event> round, long sinceMs) {
        try (Connection connection = deployment.connect()) {
            Set<Long> seen = new Stored(connection, sinceMs).seen().keySet();
            return round.stream()
                    .filter(event -> event.kind != Kind.CLICK && !event.abandoned && event.acknowledged.get() == 0)
                    .filter(event -> seen.contains(ids.event(event)))
                    .toList();
        } catch (SQLException e) {
            throw new AssertionError("the database cannot be read: " + e, e);
        }
    }

    int events() {
        return all.size();
    }

    /** What it would say, had these been all events that were wanted. */
    List<String> objections(List<Event> instead) {
        Oracle other = new Oracle(deployment);
        List<String> wrong = new ArrayList<>();
        try (Connection connection = deployment.connect()) {
            Map<String, Integer> acknowledged = new HashMap<>();
            instead.forEach(event -> acknowledged.put(event.id, event.acknowledged.get()));
            other.compare(instead, acknowledged, new Stored(connection, 0), other.model, wrong);
            note("I3 rollups beside the rows", RollupCheck.differences(connection), wrong);
        } catch (SQLException e) {
            throw new AssertionError("the database cannot be read: " + e, e);
        }
        return wrong;
    }

    List<Event> all() {
        return List.copyOf(all);
    }

    /** Clicks that were sent on and not counted: nobody waits for them, so a kill may lose them. */
    int clicksLost() {
        return clicksLost;
    }

    private void fail(List<String> wrong) {
        if (!wrong.isEmpty()) {
            throw new AssertionError(String.join("\n", wrong) + deployment.logs());
        }
    }

    private void compare(
            List<Event> events, Map<String, Integer> acknowledged, Stored stored, Model expected, List<String> wrong)
            throws SQLException {
        arrivals(events, acknowledged, stored.seen(), wrong).forEach(expected::apply);
        clicks(events, acknowledged, stored.clicks(), expected, wrong);
        same("I4 pageview", expected.pageviews, stored.pageviews(), wrong);
        same("I1 error_event", expected.errors, stored.errors(), wrong);
        same("I1 audit_event", expected.audits, stored.audits(), wrong);
        same(
                "I4 session",
                expected.sessions.values().stream().map(Model.Session::row).toList(),
                stored.sessions(),
                wrong);
        same("I4 visitor", lines(expected.visitors), lines(stored.visitors()), wrong);
        Map<String, Long> aliases = stored.aliases();
        Set<String> mine = new HashSet<>(expected.visitors.keySet());
        mine.addAll(expected.aliases.keySet());
        aliases.keySet().retainAll(mine);
        same("I4 visitor_alias", lines(expected.aliases), lines(aliases), wrong);
        same("I2 rows with one sequence", List.of(), stored.doubles(), wrong);
        same("I1 dead_letter", List.of(), stored.deadLetters(), wrong);
        groups(stored, expected, wrong);
        accounts(events, acknowledged, stored, expected, wrong);
    }

    /** I1 and I2 of what has an event id: which events arrived, and when; in the order of arrival. */
    private List<Arrived> arrivals(
            List<Event> events, Map<String, Integer> acknowledged, Map<Long, List<Long>> seen, List<String> wrong) {
        List<Arrived> arrived = new ArrayList<>();
        List<String> lost = new ArrayList<>();
        List<String> twice = new ArrayList<>();
        for (Event event : events) {
            if (event.kind == Kind.CLICK) {
                continue;
            }
            List<Long> times = seen.remove(ids.event(event));
            if (times == null) {
                if (acknowledged.getOrDefault(event.id, 0) > 0) {
                    lost.add(event.toString());
                }
            } else {
                arrived.add(new Arrived(event, times.get(0)));
                if (times.size() > 1) {
                    twice.add(event + " at " + times);
                }
            }
        }
        note("I1 acknowledged and not stored", lost, wrong);
        note("I1 seen twice", twice, wrong);
        note("I2 stored and never sent, as event_seen says", seen.keySet(), wrong);
        arrived.sort(Comparator.comparingLong(Arrived::atMs).thenComparingLong(one -> one.event().number));
        return arrived;
    }

    private void clicks(
            List<Event> events,
            Map<String, Integer> acknowledged,
            Map<String, Long> stored,
            Model expected,
            List<String> wrong) {
        for (Event event : events) {
            if (event.kind == Kind.CLICK) {
                Long times = stored.remove(event.referrer());
                if (times != null) {
                    expected.click(event);
                    note("I1 counted " + times + " times", times > 1 ? List.of(event) : List.of(), wrong);
                } else if (acknowledged.getOrDefault(event.id, 0) > 0) {
                    clicksLost++;
                }
            }
        }
        note("I2 clicks that nobody made", stored.keySet(), wrong);
    }

    private static void groups(Stored stored, Model expected, List<String> wrong) throws SQLException {
        Map<String, String> groups = stored.groups();
        same("I4 error_group beside its occurrences", lines(stored.groupsFromRows()), lines(groups), wrong);
        Map<String, String> counts = new TreeMap<>();
        groups.forEach((group, row) -> counts.put(group, row.substring(0, row.indexOf('|'))));
        same("I4 occurrences of error_group", lines(expected.groups), lines(counts), wrong);
    }

    /** I7, and the duplicates of I1: what is accepted and neither stored nor a repeat was sent more than once. */
    private void accounts(
            List<Event> events, Map<String, Integer> acknowledged, Stored stored, Model expected, List<String> wrong)
            throws SQLException {
        Ledger answer = ledger();
        if (!answer.balances || answer.pending != 0) {
            wrong.add("I7 the ledger does not balance: " + answer);
        }
        for (Event event : events) {
            long[] ofProject = sendings.computeIfAbsent(event.project.id(), id -> new long[2]);
            if (event.kind != Kind.CLICK) {
                ofProject[0] += acknowledged.getOrDefault(event.id, 0);
                ofProject[1] += event.attempts.get();
            }
        }
        Map<String, Long> ledger = stored.ledger();
        Map<String, Long> totals = stored.totals();
        for (Project project : deployment.projects()) {
            String of = project.id() + " ";
            Map<String, Long> should = expected.ledger;
            long clicks = should.getOrDefault(of + "clicks", 0L);
            for (String outcome : List.of("stored", "repeat", "deleted", "dead_letter")) {
                equal(
                        "I7 ledger " + of + outcome,
                        should.getOrDefault(of + outcome, 0L),
                        ledger.get(of + outcome),
                        wrong);
            }
            equal(
                    "I4 total " + of + "pageviews",
                    should.getOrDefault(of + "pageviews", 0L),
                    totals.get(of + "pageviews"),
                    wrong);
            equal("I4 total " + of + "clicks", clicks, totals.get(of + "clicks"), wrong);
            long accepted = ledger.getOrDefault(of + "stored", 0L)
                    + ledger.getOrDefault(of + "repeat", 0L)
                    + ledger.getOrDefault(of + "duplicate", 0L)
                    - clicks;
            long[] sent = sendings.getOrDefault(project.id(), new long[2]);
            if (accepted < sent[0] || accepted > sent[1]) {
                wrong.add("I1 project " + project.id() + " has taken " + accepted + " events, acknowledged " + sent[0]
                        + " and was sent " + sent[1]);
            }
        }
    }

    private static void equal(String what, long expected, Long found, List<String> wrong) {
        long there = found == null ? 0 : found;
        if (there != expected) {
            wrong.add(what + " is " + there + " instead of " + expected);
        }
    }

    private static List<String> lines(Map<String, ?> map) {
        return map.entrySet().stream().map(e -> e.getKey() + "|" + e.getValue()).toList();
    }

    /** As bags of rows. */
    private static void same(String what, Collection<String> expected, Collection<String> found, List<String> wrong) {
        Map<String, Integer> balance = new HashMap<>();
        expected.forEach(row -> balance.merge(row, 1, Integer::sum));
        found.forEach(row -> balance.merge(row, -1, Integer::sum));
        balance.values().removeIf(n -> n == 0);
        note(
                what + ", missing",
                balance.entrySet().stream()
                        .filter(e -> e.getValue() > 0)
                        .map(Map.Entry::getKey)
                        .toList(),
                wrong);
        note(
                what + ", too many",
                balance.entrySet().stream()
                        .filter(e -> e.getValue() < 0)
                        .map(Map.Entry::getKey)
                        .toList(),
                wrong);
    }

    private static void note(String what, Collection<?> which, List<String> wrong) {
        if (!which.isEmpty()) {
            wrong.add(what + ": " + which.size() + ", such as "
                    + which.stream().limit(SHOWN).map(String::valueOf).toList());
        }
    }
}

package io.micrologs.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A deployment under load that is struck again and again, with everything that watches it. After each strike the oracle
 * looks at the round, and at the end of a fault at everything so far.
 */
final class Drill implements AutoCloseable {
    private static final long ACCEPTING_MS = 5_000;
    private static final long DRAINED_MS = 15_000;
    /** Where the promise is not measured, only that it comes at all. */
    private static final Duration AT_ALL = Duration.ofSeconds(180);

    private static final int WARM_REQUESTS = 60;
    private static final int EVERY_KIND_REQUESTS = 200;
    private static final int STRIKE_MS_MAX = 700;
    private static final int AFTER_MS_MAX = 300;

    final Deployment deployment;
    final Oracle oracle;
    final LoadClient load;
    private final CheckpointWatch checkpoint;
    private final Trials trials;

    Drill(Deployment deployment, Path directory, Trials trials) {
        this.deployment = deployment;
        this.trials = trials;
        this.oracle = new Oracle(deployment);
        this.load = new LoadClient(deployment, directory);
        this.checkpoint = new CheckpointWatch(deployment);
    }

    /** Ends something and lets it come back; the moment from which its coming back counts, of {@link System#nanoTime}. */
    @FunctionalInterface
    interface Fault {
        long strike() throws Exception;
    }

    /** As often as asked for; prints what was seen. */
    void run(String name, int count, Fault fault) {
        Timings timings = new Timings();
        Vitals vitals = new Vitals();
        int before = oracle.events();
        trials.run(name, count, (number, random) -> {
            round(random, fault, timings);
            vitals.take(deployment.nodes());
        });
        oracle.checkAll(load.log());
        checkpoint.check();
        System.out.println("faults: " + name + ": " + count + " trials, seed " + trials.seed() + ", "
                + (oracle.events() - before) + " events, lost 0, twice 0; clicks sent on and not counted so far: "
                + oracle.clicksLost() + timings + "\n  requests so far: " + load.tally() + vitals);
        vitals.check();
        if (Trials.isLong() && timings.misses() > 0) {
            throw new AssertionError(name + ": a bound was missed" + timings + "\nagain by: " + trials.command());
        }
    }

    private void round(Random random, Fault fault, Timings timings) throws Exception {
        long sinceMs = System.currentTimeMillis();
        load.begin(random);
        load.awaitAcknowledged(WARM_REQUESTS, AT_ALL);
        Await.moment(random.nextLong(STRIKE_MS_MAX * 1_000_000L));
        long nanos = fault.strike();
        checkpoint.mark();
        load.mark(nanos);
        timings.add("accepting", ACCEPTING_MS, load.awaitFirst(AT_ALL));
        Await.moment(random.nextLong(AFTER_MS_MAX * 1_000_000L));
        List<Event> round = load.end();
        timings.add("loading", DRAINED_MS, checkpoint.awaitMoved(nanos, AT_ALL));
        timings.add("drained", DRAINED_MS, oracle.awaitDrained(nanos, AT_ALL));
        checkStatuses();
        oracle.check(round, sinceMs);
        checkpoint.check();
    }

    /** A round without a fault, and whether the oracle would have seen one. */
    void doubt() {
        List<Event> round = new ArrayList<>();
        trials.run("a round without a fault", 1, (number, random) -> {
            long sinceMs = System.currentTimeMillis();
            load.begin(random);
            load.awaitAcknowledged(EVERY_KIND_REQUESTS, AT_ALL);
            round.addAll(load.end());
            oracle.awaitDrained(System.nanoTime(), AT_ALL);
            oracle.check(round, sinceMs);
        });
        List<Event> all = oracle.all();
        assertThat(oracle.objections(all)).isEmpty();
        for (Event.Kind kind : Event.Kind.values()) {
            List<Event> fewer = new ArrayList<>(all);
            fewer.remove(round.stream()
                    .filter(event -> event.kind == kind && event.acknowledged.get() > 0)
                    .findFirst()
                    .orElseThrow());
            assertThat(oracle.objections(fewer))
                    .as("one %s more than sent", kind)
                    .anyMatch(line -> line.startsWith("I2"));
        }
        damage("UPDATE rollup SET visits = visits + 1 WHERE dimension = 0");
        assertThat(oracle.objections(all)).anyMatch(line -> line.startsWith("I3"));
        damage("UPDATE rollup SET visits = visits - 1 WHERE dimension = 0");
        Event ghost = new Event(
                Long.MAX_VALUE, Event.Kind.AUDIT, deployment.projects().get(0), true, Event.Who.NOBODY, "ghost", "");
        ghost.attempts.set(1);
        ghost.acknowledged.set(1);
        List<Event> more = new ArrayList<>(all);
        more.add(ghost);
        assertThat(oracle.objections(more)).as("one lost").anyMatch(line -> line.startsWith("I1 acknowledged"));
    }

    private void damage(String sql) {
        try (Connection connection = deployment.connect();
                Statement statement = connection.createStatement()) {
            assertThat(statement.executeUpdate(sql)).isPositive();
        } catch (SQLException e) {
            throw new AssertionError("the database cannot be written: " + e, e);
        }
    }

    /** As often as asked for: SIGTERM under load, and a start when it has ended. */
    void stop(Node node, int count) {
        Timings timings = new Timings();
        String name = "SIGTERM of " + node.role();
        trials.run(name, count, (number, random) -> stopOnce(node, random, timings));
        oracle.checkAll(load.log());
        checkpoint.check();
        System.out.println("faults: " + name + ": " + count + " trials, seed " + trials.seed()
                + ", exit code 0, none taken without its 202" + timings + "\n  requests so far: " + load.tally());
    }

    private void stopOnce(Node node, Random random, Timings timings) {
        long sinceMs = System.currentTimeMillis();
        load.begin(random);
        load.awaitAcknowledged(WARM_REQUESTS, AT_ALL);
        Await.moment(random.nextLong(STRIKE_MS_MAX * 1_000_000L));
        long nanos = System.nanoTime();
        node.terminate();
        int exit = node.exitCode();
        timings.add("ended", DRAINED_MS, (System.nanoTime() - nanos) / 1_000_000);
        List<Event> round = load.giveUp();
        if (exit != 0) {
            throw new AssertionError("exit code " + exit + deployment.logs());
        }
        oracle.awaitDrained(node.start(), AT_ALL);
        checkStatuses();
        oracle.check(round, sinceMs);
        List<Event> unanswered = oracle.takenUnanswered(round, sinceMs);
        if (!unanswered.isEmpty()) {
            throw new AssertionError("taken without a 202: " + unanswered + load.tally());
        }
    }

    private void checkStatuses() {
        if (!load.unexpected().isEmpty()) {
            throw new AssertionError("answers that nobody should get: " + load.unexpected() + deployment.logs());
        }
    }

    @Override
    public void close() {
        load.close();
        checkpoint.close();
        deployment.close();
    }
}

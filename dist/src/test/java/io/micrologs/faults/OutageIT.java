package io.micrologs.faults;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A database that is away or slow for {@code faults.outage.seconds}, while events come in at 30 % of the rate at which the
 * same machine drains its journal. Ten minutes are the promise; every build takes seconds, and looks at what is lost and
 * said, not at times.
 */
class OutageIT {
    private static final long SECONDS_LONG = 60;
    private static final Duration AT_ALL = Duration.ofMinutes(5);
    private static final double INFLOW_OF_DRAIN = 0.3;
    private static final double P99_TIMES_MAX = 1.5;
    private static final double CATCH_UP_TIMES_MIN = 1.5;
    private static final long RECOVERY_MS_MAX = 10_000;
    private static final int LINES_MAX = 4;

    @TempDir
    private static Path temp;

    private static final Trials TRIALS = new Trials(OutageIT.class);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static ProxiedDatabase database;
    private static Deployment deployment;
    private static OpenLoop load;
    private static double drainPerSecond;

    @BeforeAll
    static void start() {
        database = new ProxiedDatabase("faults_outage");
        deployment = Deployment.together(temp, database.through, database.direct);
        load = new OpenLoop(deployment);
        drainPerSecond = drain();
    }

    @AfterAll
    static void stop() {
        database.proxy.heal();
        if (load != null) {
            load.close();
        }
        if (deployment != null) {
            deployment.close();
        }
        database.close();
    }

    private static long seconds() {
        return Long.getLong("faults.outage.seconds", 4);
    }

    private static boolean isLong() {
        return seconds() >= SECONDS_LONG;
    }

    /** Events a second that the loader takes from a journal which nobody writes to meanwhile. */
    private static double drain() {
        database.proxy.vanish();
        int events = isLong() ? 150_000 : 10_000;
        load.fill(events);
        long before = sequence();
        database.proxy.heal();
        Await.until(() -> "the first batch" + deployment.logs(), AT_ALL, () -> sequence() > before);
        long from = sequence();
        long beganNanos = System.nanoTime();
        Await.until(() -> "the backlog to be loaded" + deployment.logs(), AT_ALL, () -> lag() == 0);
        double perSecond = (sequence() - from) * 1e9 / (System.nanoTime() - beganNanos);
        return Math.max(100, perSecond);
    }

    @Test
    void databaseGone() {
        outage("gone", database.proxy::vanish);
    }

    @Test
    void databaseSlow() {
        outage("200 ms an answer", () -> database.proxy.delayAnswers(Duration.ofMillis(200)));
    }

    private static void outage(String name, Runnable begin) {
        double inflow = INFLOW_OF_DRAIN * drainPerSecond;
        load.start(inflow);
        load.leg("warming up");
        Await.moment(Duration.ofSeconds(isLong() ? 20 : 1).toNanos());
        Latencies before = load.leg("before");
        Await.moment(Duration.ofSeconds(isLong() ? 60 : 2).toNanos());
        LogLines logged = new LogLines(deployment.load());
        Latencies during = load.leg(name + " for " + seconds() + " s");
        begin.run();
        long loadedBefore = sequence();
        Await.moment(Duration.ofSeconds(seconds()).toNanos());
        long loadedDuring = sequence() - loadedBefore;
        Latencies after = load.leg("catching up");
        Recovery recovery = recover(inflow);
        load.stop();
        String seen = String.format(
                "faults: %s: drain rate %.0f/s, inflow %.0f/s, loaded meanwhile %.0f/s; after its end %s%s%s%s%n"
                        + "  log lines: %d%n  again by: %s -Dfaults.outage.seconds=%d",
                name,
                drainPerSecond,
                inflow,
                loadedDuring / (double) seconds(),
                recovery,
                before,
                during,
                after,
                logged.now().size(),
                TRIALS.command(),
                seconds());
        System.out.println(seen);
        for (Latencies leg : List.of(before, during, after)) {
            assertThat(leg.statuses()).as(seen).containsOnlyKeys(SentLog.ACCEPTED);
        }
        assertThat(logged.now()).as(seen).hasSizeLessThanOrEqualTo(LINES_MAX + (int) (seconds() / 60));
        checkCounted(seen);
        if (isLong()) {
            assertThat(during.ms(0.99)).as(seen).isLessThanOrEqualTo(P99_TIMES_MAX * before.ms(0.99));
            assertThat(recovery.perSecond).as(seen).isGreaterThanOrEqualTo(CATCH_UP_TIMES_MIN * inflow);
            assertThat(Math.max(recovery.firstBatchMs, recovery.firstQuestionMs))
                    .as(seen)
                    .isLessThanOrEqualTo(RECOVERY_MS_MAX);
        }
    }

    private record Recovery(long firstBatchMs, long firstQuestionMs, double seconds, double perSecond) {
        @Override
        public String toString() {
            return String.format(
                    "the first batch in %d ms, the first question in %d ms, caught up in %.1f s at %.0f/s",
                    firstBatchMs, firstQuestionMs, seconds, perSecond);
        }
    }

    /** Heals, and waits until no more is behind than what comes in within a second. */
    private static Recovery recover(double inflow) {
        long from = sequence();
        long healedNanos = System.nanoTime();
        database.proxy.heal();
        long[] firstMs = new long[2];
        Await.until(() -> "loading and answers" + deployment.logs(), AT_ALL, () -> {
            firstMs[0] = firstMs[0] == 0 && sequence() > from ? sinceMs(healedNanos) : firstMs[0];
            firstMs[1] = firstMs[1] == 0 && answers() ? sinceMs(healedNanos) : firstMs[1];
            return firstMs[0] != 0 && firstMs[1] != 0;
        });
        // What waits at 30 % of the drain rate is gone in half the time it took to come.
        Duration most = AT_ALL.plusSeconds(3 * seconds());
        Await.until(() -> "the backlog to be loaded" + deployment.logs(), most, () -> {
            long lag = lag();
            return lag >= 0 && lag < inflow;
        });
        double took = (System.nanoTime() - healedNanos) / 1e9;
        return new Recovery(firstMs[0], firstMs[1], took, (sequence() - from) / took);
    }

    private static long sinceMs(long nanos) {
        return Math.max(1, (System.nanoTime() - nanos) / 1_000_000);
    }

    private static boolean answers() {
        return deployment.api().asAdmin("/api/projects/list.php").status() == 200;
    }

    /** Events that wait in the journal; -1 while that is not known. */
    private static long lag() {
        try {
            return JSON.readTree(deployment.api().get("/api/health", "").text())
                    .path("checks")
                    .path("loader")
                    .path("lag_events")
                    .asLong(-1);
        } catch (IOException e) {
            return -1;
        }
    }

    private static long sequence() {
        return numbers("SELECT COALESCE(MAX(sequence), 0), 0 FROM checkpoint")[0];
    }

    /** I1 and I2: as many are there as were acknowledged, and they are the same ones, each once. I7. */
    private static void checkCounted(String seen) {
        Await.until(() -> "the rest to be loaded" + deployment.logs(), AT_ALL, () -> lag() == 0);
        long[] found = numbers("SELECT COUNT(*), CAST(BIT_XOR(event_id) AS SIGNED) FROM event_seen");
        assertThat(found).as(seen).containsExactly(load.accepted(), load.fold());
        long[] views = numbers("SELECT COUNT(*), COUNT(DISTINCT sequence) FROM pageview");
        assertThat(views).as(seen).containsExactly(load.accepted(), load.accepted());
        Map<?, ?> ledger =
                JSON.convertValue(deployment.api().asAdmin("/api/v1/ledger").ok(), Map.class);
        assertThat(ledger.get("balances")).as(seen + ledger).isEqualTo(true);
    }

    private static long[] numbers(String sql) {
        try (Connection connection = database.direct.connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return new long[] {row.getLong(1), row.getLong(2)};
        } catch (SQLException e) {
            throw new AssertionError(sql, e);
        }
    }
}

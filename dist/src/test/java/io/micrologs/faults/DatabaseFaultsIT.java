package io.micrologs.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A database that refuses, hangs back or is gone, and a COMMIT of which nobody knows what became of it. */
class DatabaseFaultsIT {
    private static final Duration AT_ALL = Duration.ofSeconds(180);
    /** What both the loader and the control thread may say at the beginning of a fault and at its end. */
    private static final int LINES_MAX = 4;

    private static final int CUTS_OF_A_ROUND = 5;

    @TempDir
    private static Path temp;

    private static final Trials TRIALS = new Trials(DatabaseFaultsIT.class);
    private final Random random = new Random(TRIALS.seed());
    private static ProxiedDatabase database;
    private static SqlProxy proxy;
    private static Drill drill;

    @BeforeAll
    static void start() {
        database = new ProxiedDatabase("faults_database");
        proxy = database.proxy;
        // Small batches: many a COMMIT to strike at.
        drill = new Drill(
                Deployment.together(temp, database.through, database.direct, "--loader.commit-interval-ms=20"),
                temp,
                TRIALS);
    }

    @AfterAll
    static void stop() {
        if (drill != null) {
            proxy.heal();
            drill.close();
        }
        database.close();
    }

    @ParameterizedTest
    @CsvSource({
        "DEADLOCK, another transaction",
        "LOCK_WAIT, holds a lock",
        "READ_ONLY_OPTION, read-only",
        "READ_ONLY_MODE, read-only",
        "TABLE_FULL, disk is full",
        "DISK_FULL, disk is full",
        "WRITE_FAILED, disk is full"
    })
    void everyWriteIsRefused(SqlError error, String words) {
        fault(error.name(), words, () -> proxy.refuseWrites(error, Integer.MAX_VALUE));
    }

    @Test
    void everyConnectionIsRefused() {
        fault("too many connections", "max_connections", () -> proxy.refuseConnections(SqlError.TOO_MANY_CONNECTIONS));
    }

    @Test
    void nobodyAnswers() {
        fault("gone", "nothing answers", proxy::vanish);
    }

    @Test
    void everyAnswerTakes200Ms() {
        fault("slow", "", () -> proxy.delayAnswers(Duration.ofMillis(200)));
    }

    /** For so long that it is over with the next attempt: a line for each would be thousands. */
    @Test
    void oneWriteInAFewIsRefused() {
        Random random = new Random(TRIALS.seed());
        fault(
                "now and then a deadlock",
                "",
                () -> proxy.onBatchCommit(() -> {
                    proxy.refuseWrites(SqlError.DEADLOCK, random.nextInt(2));
                    return null;
                }));
    }

    private static void fault(String name, String words, Runnable begin) {
        LogLines logged = new LogLines(drill.deployment.load());
        int refusedBefore = refused();
        Duration lasts = Duration.ofMillis(100 * Long.getLong("faults.outage.seconds", 4));
        drill.run(name, 1, () -> {
            begin.run();
            awaitHealth(words);
            Await.moment(lasts.toNanos());
            proxy.heal();
            return System.nanoTime();
        });
        assertThat(logged.now()).as("a line a minute").hasSizeLessThanOrEqualTo(LINES_MAX + (int) lasts.toMinutes());
        assertThat(refused() - refusedBefore)
                .as("nothing is refused while the disk allows")
                .isZero();
    }

    private static int refused() {
        return drill.load.tally().getOrDefault("status 503", 0);
    }

    private static void awaitHealth(String words) {
        Api.Answer[] last = new Api.Answer[1];
        Await.until(() -> "health to say \"" + words + "\": " + last[0], AT_ALL, () -> {
            last[0] = drill.deployment.api().get("/api/health", "");
            return last[0].text().contains(words);
        });
    }

    @Test
    void commitLost_andCommitUnanswered_countOnce() {
        int rounds = (Trials.count() + CUTS_OF_A_ROUND - 1) / CUTS_OF_A_ROUND;
        drill.run("COMMIT's outcome unknown, " + CUTS_OF_A_ROUND + " times each", rounds, () -> {
            AtomicInteger left = new AtomicInteger(CUTS_OF_A_ROUND);
            proxy.onBatchCommit(() -> {
                if (random.nextBoolean() || left.get() == 0) {
                    return null;
                }
                left.decrementAndGet();
                return random.nextBoolean() ? CommitFault.LOST : CommitFault.UNANSWERED;
            });
            Await.until(() -> left + " more batches" + drill.deployment.logs(), AT_ALL, () -> left.get() == 0);
            proxy.heal();
            return System.nanoTime();
        });
    }

    @Test
    void killedBetweenTheRowsAndTheCommit_countsOnce() {
        killed("kill -9 between the rows and COMMIT", () -> new CommitFault() {
            @Override
            public boolean before() {
                drill.deployment.load().kill();
                return false;
            }
        });
    }

    @Test
    void killedWhileTheCommitIsUnderWay_countsOnce() {
        killed("kill -9 as the server gets COMMIT", () -> new CommitFault() {
            @Override
            public boolean before() {
                drill.deployment.load().kill();
                return true;
            }
        });
    }

    @Test
    void killedRightAfterTheCommit_countsOnce() {
        killed("kill -9 right after COMMIT", () -> new CommitFault() {
            @Override
            public boolean after() {
                drill.deployment.load().kill();
                return false;
            }
        });
    }

    private static void killed(String name, Supplier<CommitFault> kill) {
        int trials = Trials.isLong() ? Trials.count() : 1;
        drill.run(name, trials, () -> {
            Node serve = drill.deployment.load();
            AtomicInteger left = new AtomicInteger(1);
            proxy.onBatchCommit(() -> left.getAndDecrement() > 0 ? kill.get() : null);
            Await.until(() -> "a batch" + drill.deployment.logs(), AT_ALL, () -> !serve.isAlive());
            proxy.heal();
            return serve.start();
        });
    }
}

package io.micrologs.faults;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code kill -9} of the one process that does everything, of its database, and of both. */
class ServeFaultsIT {
    private static final Duration DATABASE_MAX = Duration.ofSeconds(60);

    @TempDir
    private static Path temp;

    private static Drill drill;

    @BeforeAll
    static void start() {
        drill = new Drill(Deployment.together(temp), temp, new Trials(ServeFaultsIT.class));
    }

    @AfterAll
    static void stop() {
        if (drill != null) {
            drill.close();
        }
    }

    private static Node serve() {
        return drill.deployment.load();
    }

    @Test
    void databaseKilled_isStartedAgainAndNothingIsLost() {
        drill.run("kill -9 of the database", Trials.count(), () -> {
            awaitDatabase();
            long nanos = System.nanoTime();
            serve().database().destroyForcibly();
            return nanos;
        });
    }

    @Test
    void jvmKilled_nothingIsLost() {
        drill.run("kill -9 of the JVM", Trials.count(), () -> {
            serve().kill();
            return serve().start();
        });
    }

    @Test
    void everythingKilled_nothingIsLost() {
        drill.run("kill -9 of everything", Trials.count(), () -> {
            awaitDatabase();
            serve().killWithDatabase();
            return serve().start();
        });
    }

    @Test
    void stopped_everyRequestInFlightIsAnsweredOrNotTaken() {
        drill.stop(serve(), Trials.countOfTenth());
    }

    private static void awaitDatabase() {
        Await.until(() -> "a database", DATABASE_MAX, () -> serve().hasDatabase());
    }
}

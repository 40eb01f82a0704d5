package io.micrologs.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrologs.database.TestDatabase;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Being stopped when things are not as they should be. */
class StopIT {
    private static final Duration SOON = Duration.ofSeconds(120);
    private static final int PAGEVIEWS = 1_000;

    @TempDir
    Path temp;

    @Test
    void secondSigtermUnderLoad_changesNothing() {
        try (ServerProcess server = serve("stop_twice")) {
            server.awaitAccepting();
            try (Load load = new Load(server, 0, PAGEVIEWS)) {
                ServerProcess.await("some pageviews", SOON, () -> load.acknowledged.get() > PAGEVIEWS / 10);
                String pid = String.valueOf(server.pid());
                ServerProcess.signal("-TERM", pid);
                // The first step of a stop is not to listen any more.
                ServerProcess.await("the stop to begin", SOON, () -> !listens(server.port()));
                ServerProcess.signal("-TERM", pid);
                ServerProcess.signal("-INT", pid);
                assertThat(server.awaitExit()).as(server.output()).isZero();
                server.restart();
                load.finish();
            }
            server.assertCounted(PAGEVIEWS);
        }
    }

    @Test
    void deadDatabase_isNotWaitedFor_andWhatWaitsIsLoadedLater() {
        TestDatabase database = TestDatabase.shared();
        try (ServerProcess server = serve("stop_without_database")) {
            server.awaitAccepting();
            database.stop();
            try {
                try (Load load = new Load(server, 0, PAGEVIEWS)) {
                    load.finish();
                }
                long began = System.nanoTime();
                assertThat(server.terminate()).as(server.output()).isZero();
                System.out.println("stopped without a database in "
                        + Duration.ofNanos(System.nanoTime() - began).toMillis() + " ms");
            } finally {
                database.start();
            }
            server.restart();
            server.assertCounted(PAGEVIEWS);
        }
    }

    /** It has the connections and says nothing: what it had begun to commit is known when it is asked after the restart. */
    @ParameterizedTest
    @MethodSource("databases")
    void hangingDatabase_isWaitedForSoLong_andNothingIsLost(boolean embedded, Duration most) {
        try (ServerProcess server = embedded
                ? ServerProcess.start(temp.resolve("data"), ServerProcess.freePort(), "serve", "--geoip.path", "none")
                : serve("stop_hanging")) {
            server.awaitAccepting();
            String database = String.valueOf(embedded ? server.databasePid() : sharedDatabase());
            try (Load load = new Load(server, 0, PAGEVIEWS)) {
                ServerProcess.await("some pageviews", SOON, () -> load.acknowledged.get() > PAGEVIEWS / 10);
                ServerProcess.signal("-STOP", database);
                int before = load.acknowledged.get();
                ServerProcess.await("more of them", SOON, () -> load.acknowledged.get() > before + PAGEVIEWS / 10);
                long began = System.nanoTime();
                ServerProcess.signal("-TERM", String.valueOf(server.pid()));
                assertThat(server.awaitExit(most)).as(server.output()).isZero();
                System.out.println("stopped over a hanging database in "
                        + Duration.ofNanos(System.nanoTime() - began).toMillis() + " ms");
                ServerProcess.signal("-CONT", database);
                assertThat(load.refused).hasValue(0);
                server.restart();
                load.finish();
            } finally {
                ServerProcess.signal("-CONT", database);
            }
            server.assertCounted(PAGEVIEWS);
        }
    }

    /** The embedded one gets a minute to end, so it is for the long run. */
    static Stream<Arguments> databases() {
        Arguments named = Arguments.of(false, Duration.ofSeconds(60));
        return Integer.getInteger("faults.trials", 0) > 0
                ? Stream.of(named, Arguments.of(true, Duration.ofSeconds(120)))
                : Stream.of(named);
    }

    private static long sharedDatabase() {
        return ProcessHandle.current()
                .descendants()
                .filter(child -> child.info()
                        .command()
                        .filter(command -> command.endsWith("mariadbd") || command.endsWith("mysqld"))
                        .isPresent())
                .findFirst()
                .orElseThrow()
                .pid();
    }

    private static boolean listens(int port) {
        try (Socket probe = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return probe.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    private ServerProcess serve(String schema) {
        String[] database = ServerProcess.onDatabase(TestDatabase.shared().jdbcUrl(schema));
        return ServerProcess.start(temp.resolve("data"), ServerProcess.freePort(), "serve", database);
    }
}

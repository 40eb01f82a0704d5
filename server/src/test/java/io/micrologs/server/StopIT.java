package io.micrologs.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrologs.database.TestDatabase;
import io.micrologs.server.ServerProcess.Launch;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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

    private static boolean listens(int port) {
        try (Socket probe = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return probe.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    private ServerProcess serve(String schema) {
        TestDatabase database = TestDatabase.shared();
        Path data = temp.resolve("data");
        return ServerProcess.start(
                Launch.PLAIN,
                data,
                data,
                ServerProcess.freePort(),
                "serve",
                "--geoip.path",
                "none",
                "--database.url",
                database.jdbcUrl(schema).replaceAll("[?].*", ""),
                "--database.user",
                database.user(),
                "--database.password",
                database.password());
    }
}

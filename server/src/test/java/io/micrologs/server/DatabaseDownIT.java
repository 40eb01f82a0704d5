package io.micrologs.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrologs.database.TestDatabase;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ingestion goes on without the database, with one that {@code database.url} names. */
class DatabaseDownIT {

    private static final int PAGEVIEWS = 6_000;

    @TempDir
    Path temp;

    @Test
    void databaseStoppedUnderLoad_everythingIsAcceptedAndLoadedLater() {
        TestDatabase database = TestDatabase.shared();
        String[] external = {
            "--database.url", database.jdbcUrl("down_under_load").replaceAll("[?].*", ""),
            "--database.user", database.user(),
            "--database.password", database.password()
        };
        try (ServerProcess server = ServerProcess.serve(temp.resolve("data"), external)) {
            database.stop();
            try (Load load = new Load(server, 0, PAGEVIEWS)) {
                ServerProcess.await(
                        "health to say that the database is away",
                        Duration.ofSeconds(30),
                        () -> server.health()
                                .path("checks")
                                .path("database")
                                .path("status")
                                .asText()
                                .equals("fail"));
                load.finish();
                assertThat(load.refused).hasValue(0);
                assertThat(load.unanswered).hasValue(0);
            } finally {
                database.start();
            }
            CrashIT.assertCounted(server, PAGEVIEWS);
        }
    }

    @Test
    void restartWithoutTheDatabase_acceptsFromTheSnapshot() {
        TestDatabase database = TestDatabase.shared();
        String[] external = {
            "--database.url", database.jdbcUrl("down_at_start").replaceAll("[?].*", ""),
            "--database.user", database.user(),
            "--database.password", database.password()
        };
        try (ServerProcess server = ServerProcess.serve(temp.resolve("data"), external)) {
            assertThat(server.terminate()).isZero();
            database.stop();
            try {
                server.restart();
                try (Load load = new Load(server, 0, 100)) {
                    load.finish();
                    assertThat(load.refused).hasValue(0);
                }
            } finally {
                database.start();
            }
            CrashIT.assertCounted(server, 100);
        }
    }
}

package io.micrologs.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrologs.journal.JournalConfig;
import io.micrologs.journal.JournalTailer;
import io.micrologs.journal.Polled;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the first version has written, in this one. The files under {@code upgrade} are never made again: what fails here
 * would fail on somebody's installation.
 */
class UpgradeIT {

    private static final int PAGEVIEWS = 19;
    private static final int EVENTS = 53;
    private static final Duration SOON = Duration.ofSeconds(60);

    @TempDir
    Path temp;

    @Test
    void installationOfTheFirstSchema_isBroughtUpToDate_andANewerOneIsLeftAlone() throws Exception {
        Path data = temp.resolve("data");
        Path file = temp.resolve("backup.zip");
        try (InputStream in = resource("installation-schema-1.zip")) {
            Files.copy(in, file);
        }
        assertThat(Tool.run(data, "restore", file.toString()).output()).contains("restored 133 rows");
        try (ServerProcess server = ServerProcess.start(data, ServerProcess.freePort(), "serve")) {
            server.awaitAccepting();
            String key = server.secretKey();
            assertThat(server.get("/api/analytics/visitors.php?range=custom&from=2026-11-22&to=2026-11-22", key)
                            .path("total_pageviews")
                            .asInt())
                    .isEqualTo(PAGEVIEWS);
            // The first schema had none; the migration asks for them.
            ServerProcess.await(
                    "the rollups", SOON, () -> Tool.number(data, "SELECT COUNT(*) FROM rollup_rebuild") == 0);
            assertThat(Tool.number(data, "SELECT SUM(events) FROM rollup WHERE grain = 1 AND dimension = 0"))
                    .isEqualTo(PAGEVIEWS);
            assertThat(Tool.number(data, "SELECT COUNT(*) FROM sketch")).isPositive();
            assertThat(Tool.run(data, "verify").output())
                    .contains("ok       rollups and sketches and their rows")
                    .contains("everything is equal");

            Tool.sql(
                    data,
                    "INSERT INTO schema_history (installed_rank, version, description, type, script, installed_by,"
                            + " execution_time, success) VALUES (999, '999', 'of tomorrow', 'SQL', 'V999__x.sql', 'x', 1, 1)");
            Tool refused = Tool.run(data, "verify");
            assertThat(refused.exit()).isEqualTo(1);
            assertThat(refused.output()).contains("schema version 999, made by a newer program");
        }
        ServerProcess downgraded = ServerProcess.start(data, ServerProcess.freePort(), "serve");
        assertThat(downgraded.awaitExit()).isEqualTo(1);
        assertThat(downgraded.output()).contains("schema version 999, made by a newer program");
        downgraded.close();
    }

    @Test
    void journalFilesOfTheFirstVersion_giveEveryRecord() throws Exception {
        Path journal = temp.resolve("journal");
        Files.createDirectories(journal);
        Files.writeString(journal.resolve("journal.id"), "f9425082d2366c8f\n");
        for (String cycle : List.of("20261122-15F.cq4", "20261122-16F.cq4")) {
            try (InputStream in = new GZIPInputStream(resource(cycle + ".gz"))) {
                Files.copy(in, journal.resolve(cycle));
            }
        }
        int events = 0;
        try (JournalTailer tailer = JournalTailer.open(JournalConfig.defaults(journal))) {
            for (Polled polled = tailer.poll(); polled != null; polled = tailer.poll()) {
                assertThat(polled).isInstanceOf(Polled.Stored.class);
                events++;
            }
        }
        assertThat(events).isEqualTo(EVENTS);
    }

    private static InputStream resource(String name) {
        return Objects.requireNonNull(UpgradeIT.class.getResourceAsStream("/upgrade/" + name), name);
    }
}

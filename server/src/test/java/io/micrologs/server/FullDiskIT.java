package io.micrologs.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.micrologs.journal.JournalTailer;
import io.micrologs.journal.Polled;
import io.micrologs.server.ServerProcess.Launch;
import io.micrologs.server.SmallDisk.Kind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Real file systems that are filled by somebody else's file, as fast as it goes. */
class FullDiskIT {
    private static final int TRIALS = Math.max(1, Integer.getInteger("faults.trials", 0));
    /** A round of a whole server takes some ten seconds. */
    private static final int SERVER_TRIALS_MAX = 20;

    private static final Duration SOON = Duration.ofSeconds(120);
    private static final int JOURNAL_MEBIBYTES = 128;
    /** The embedded database takes 210 MB, and events are refused below 160 MB. */
    private static final int SERVER_MEBIBYTES = 640;

    @TempDir
    Path temp;

    /** The last line of defence alone: no floor of free space, so that appends meet the full disk itself. */
    @ParameterizedTest
    @EnumSource
    void journalWithoutAFloor_tearsNoRecord_andGoesOnWhenThereIsRoom(Kind kind) throws Exception {
        try (SmallDisk disk = SmallDisk.make(temp, kind, JOURNAL_MEBIBYTES)) {
            List<String> command = new ArrayList<>(disk.command());
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.addAll(List.of(System.getProperty("test.jvm.opens").trim().split("\\s+")));
            command.addAll(List.of("-cp", System.getProperty("java.class.path"), UnguardedJournal.class.getName()));
            command.addAll(List.of(disk.path().resolve("journal").toString(), "0"));
            Path said = temp.resolve("said");
            Process process = new ProcessBuilder(command)
                    .redirectOutput(said.toFile())
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            try {
                for (int round = 1; round <= TRIALS; round++) {
                    int refused = count(said, "refused ");
                    int taken = count(said, "taken ");
                    ServerProcess.await("events to be taken", SOON, () -> count(said, "taken ") > taken + 500);
                    disk.fill(process.pid());
                    ServerProcess.await("events to be refused", SOON, () -> count(said, "refused ") > refused + 5);
                    assertThat(process.isAlive()).isTrue();
                    int before = count(said, "taken ");
                    disk.makeRoom(process.pid());
                    ServerProcess.await(
                            "events to be taken without a restart", SOON, () -> count(said, "taken ") > before + 500);
                }
                process.getOutputStream().close();
                assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
                assertThat(process.exitValue()).isZero();
            } finally {
                process.destroyForcibly().waitFor();
            }
            assertThat(stored(disk.seen().resolve("journal"))).containsAll(numbers(said, "taken "));
        }
    }

    @Test
    void everythingOnAFullDisk_refusesWith503_lives_andCountsAllOnceThereIsRoom() throws Exception {
        try (SmallDisk disk = SmallDisk.make(temp, Kind.TMPFS, SERVER_MEBIBYTES)) {
            fillUnderLoad(disk);
        }
    }

    private void fillUnderLoad(SmallDisk disk) {
        int sent = 0;
        try (ServerProcess server = ServerProcess.start(
                new Launch(disk.command(), List.of()),
                disk.path().resolve("data"),
                disk.seen().resolve("data"),
                ServerProcess.freePort(),
                "serve",
                "--geoip.path",
                "none",
                "--database.buffer-pool",
                "64m",
                "--journal.free-bytes.min",
                "160m")) {
            server.awaitAccepting();
            for (int round = 1; round <= Math.min(TRIALS, SERVER_TRIALS_MAX); round++) {
                try (Load load = new Load(server, sent, sent + 2_000)) {
                    sent += 2_000;
                    int already = load.acknowledged.get();
                    ServerProcess.await("some pageviews", SOON, () -> load.acknowledged.get() > already + 100);
                    disk.fill(server.pid());
                    ServerProcess.await("events to be refused", SOON, () -> refuses(server));
                    assertThat(server.alive()).isTrue();
                    JsonNode journal = server.health().path("checks").path("journal");
                    assertThat(journal.path("status").asText())
                            .as("%s", journal)
                            .isEqualTo("fail");
                    assertThat(journal.path("message").asText())
                            .startsWith(disk.isReal() ? "disk low: " : "the journal cannot be written");
                    disk.makeRoom(server.pid());
                    load.finish();
                }
            }
            server.assertCounted(sent);

            disk.fill(server.pid());
            ServerProcess.await("events to be refused", SOON, () -> refuses(server));
            assertThat(server.terminate()).as(server.output()).isZero();
            disk.makeRoom(server.pid());
            server.restart();
            server.assertCounted(sent);
            assertThat(unfinished(server.data()))
                    .as("what attempts to write have left")
                    .isEmpty();
        }
    }

    private static boolean refuses(ServerProcess server) {
        HttpResponse<String> answer = server.post("/api/track/audit", server.secretKey(), "{}");
        if (answer.statusCode() != 503) {
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
            return false;
        }
        assertThat(answer.headers().firstValue("retry-after")).isPresent();
        return true;
    }

    private static List<Path> unfinished(Path data) {
        try (var files = Files.list(data)) {
            return files.filter(file -> file.toString().endsWith(".new")).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int count(Path said, String word) {
        return numbers(said, word).size();
    }

    private static Set<Long> numbers(Path said, String word) {
        Set<Long> numbers = new HashSet<>();
        try (var lines = Files.lines(said)) {
            lines.filter(line -> line.startsWith(word) && line.endsWith("."))
                    .forEach(line -> numbers.add(Long.valueOf(line.substring(word.length(), line.length() - 1))));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return numbers;
    }

    private static Set<Long> stored(Path journal) {
        Set<Long> stored = new HashSet<>();
        try (JournalTailer tailer = JournalTailer.open(UnguardedJournal.config(journal))) {
            for (Polled polled = tailer.poll(); polled != null; polled = tailer.poll()) {
                assertThat(polled).isInstanceOf(Polled.Stored.class);
                stored.add(((Polled.Stored) polled).record().envelope().eventId());
            }
        }
        return stored;
    }
}

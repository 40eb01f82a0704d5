package io.micrologs.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An accepted event whose record the disk destroys before it is loaded: the operator is told, and the books balance. */
class LostEventIT {
    private static final int EVENTS = 10;
    private static final int CHRONICLE_LENGTH_BYTES = 4;
    private static final int FRAME_BYTES = 40;
    /** Magic, version and kind of an audit's record. */
    private static final String FRAME = "ML\u0001\u0003";

    private static final Duration SOON = Duration.ofSeconds(60);

    @TempDir
    Path temp;

    @Test
    void recordDestroyed_stopsLoading_andIsInTheLedgerUnderProject0AfterASalvage() throws Exception {
        Path data = temp.resolve("data");
        String[] noPlaces = {"--geoip.path", "none"};
        try (ServerProcess server = ServerProcess.serve(data, noPlaces)) {
            assertThat(server.terminate()).as(server.output()).isZero();
            accept(data, noPlaces);
            destroy(data.resolve("journal"), "marker 5.");

            server.restart();
            ServerProcess.await(
                    () -> "a loader that stopped; health: " + server.health(),
                    SOON,
                    () -> loader(server).path("message").asText().contains("the journal is damaged behind record "));
            ServerProcess.await(
                    () -> "red health: " + server.health(),
                    SOON,
                    () -> loader(server).path("status").asText().equals("fail"));
            assertThat(server.terminate()).isZero();
            Tool salvage = Tool.run(data, "journal", "salvage");
            assertThat(salvage.output()).contains(" 1 are missing and become dead letters when loaded");

            server.restart();
            ServerProcess.await(
                    () -> "all to be loaded; health: " + server.health(),
                    SOON,
                    () -> loader(server).path("lag_events").asLong(-1) == 0);
            checkLedger(server);
            assertThat(loader(server).path("status").asText()).isEqualTo("warn");
            assertThat(loader(server).path("message").asText())
                    .isEqualTo("1 records since start were set aside in the table dead_letter");
            Tool letters = Tool.run(data, "deadletters", "list");
            assertThat(letters.output()).contains("  1 of project 0: was lost: no whole record of it in ");
            Tool verify = Tool.run(data, "verify");
            assertThat(verify.exit()).as(verify.output()).isZero();
        }
    }

    private static JsonNode loader(ServerProcess server) {
        return server.health().path("checks").path("loader");
    }

    /** Nobody loads meanwhile. */
    private static void accept(Path data, String... settings) {
        try (ServerProcess ingest = ServerProcess.start(data, ServerProcess.freePort(), "ingest", settings)) {
            ingest.awaitAccepting();
            for (int i = 1; i <= EVENTS; i++) {
                assertThat(ingest.post("/api/track/audit.php", ingest.secretKey(), "{\"action\":\"marker " + i + ".\"}")
                                .statusCode())
                        .isEqualTo(202);
            }
            assertThat(ingest.terminate()).isZero();
        }
    }

    /** The project of what is gone went with it: the event is accounted for, and no other project's books are wrong. */
    private static void checkLedger(ServerProcess server) {
        JsonNode ledger = ServerProcess.json(ServerProcess.send(server.request("/api/v1/ledger")
                                .header("X-Admin-Key", server.adminKey())
                                .build())
                        .body())
                .path("data");
        assertThat(ledger.path("balances").asBoolean()).as("%s", ledger).isTrue();
        JsonNode nobodys = ledger.path("projects").get(0);
        assertThat(nobodys.path("id").asInt()).isZero();
        assertThat(nobodys.path("accepted").asLong()).isEqualTo(1);
        assertThat(nobodys.path("dead_lettered").asLong()).isEqualTo(1);
        assertThat(nobodys.path("pending").asLong()).isZero();
        JsonNode first = ledger.path("projects").get(1);
        assertThat(first.path("accepted").asLong()).isEqualTo(EVENTS - 1);
        assertThat(first.path("stored").asLong()).isEqualTo(EVENTS - 1);
        assertThat(first.path("balances").asBoolean()).isTrue();
    }

    /** The record in which {@code text} is, from the length in front of it to its body. */
    private static void destroy(Path journal, String text) throws IOException {
        try (Stream<Path> files = Files.list(journal)) {
            for (Path cycle :
                    files.filter(file -> file.toString().endsWith(".cq4")).toList()) {
                try (RandomAccessFile file = new RandomAccessFile(cycle.toFile(), "rw")) {
                    byte[] bytes = new byte[(int) Math.min(file.length(), 1 << 20)];
                    file.readFully(bytes);
                    String all = new String(bytes, StandardCharsets.ISO_8859_1);
                    int at = all.indexOf(text);
                    if (at > 0) {
                        file.seek(all.lastIndexOf(FRAME, at) - CHRONICLE_LENGTH_BYTES);
                        file.write(
                                "?".repeat(CHRONICLE_LENGTH_BYTES + FRAME_BYTES).getBytes(StandardCharsets.ISO_8859_1));
                        return;
                    }
                }
            }
        }
        throw new AssertionError("no record of " + text);
    }
}

package io.micrologs.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrologs.database.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code journal info} from outside, beside a server whose events wait, and whose database is stopped. */
class JournalInfoIT {
    private static final int LOADED = 7;
    private static final int WAITING = 5;
    private static final DateTimeFormatter CYCLE = DateTimeFormatter.ofPattern("yyyyMMdd-HHmm'V.cq4'");

    private static final Pattern END = Pattern.compile("end +event (\\d+)\n");
    private static final Duration SOON = Duration.ofSeconds(60);

    @TempDir
    Path temp;

    @Test
    void besideAServer_tellsSizeCyclesAndLag_andWhenItCannotKnowThat() throws Exception {
        TestDatabase database = TestDatabase.shared();
        List<String> settings = List.of(
                "--database.url",
                database.jdbcUrl("journal_info").replaceAll("[?].*", ""),
                "--database.user",
                database.user(),
                "--database.password",
                database.password(),
                "--journal.cycle",
                "five-minutely");
        Path data = temp.resolve("data");
        try (ServerProcess server = ServerProcess.serve(data, with(settings, "--geoip.path", "none"))) {
            post(server, LOADED);
            ServerProcess.await(
                    "all to be loaded", SOON, () -> info(data, settings).contains("0 events\n"));
            assertThat(server.terminate()).as(server.output()).isZero();
        }
        String before = info(data, settings);
        long end = end(before);
        assertThat(end).isGreaterThanOrEqualTo(LOADED);
        try (ServerProcess ingest =
                ServerProcess.start(data, ServerProcess.freePort(), "ingest", with(settings, "--geoip.path", "none"))) {
            // Without a request that is refused, because counts of those are records, too.
            ServerProcess.await(
                    "ingest", SOON, () -> ingest.health().path("checks").has("journal"));
            post(ingest, WAITING);

            String info = info(data, settings);
            assertThat(info)
                    .as("before: %s", before)
                    .containsPattern("lag +" + WAITING + " events; the last loaded one was received \\d+ s ago\n")
                    .containsPattern("end +event " + (end + WAITING) + "\n");
            checkFiles(info, data.resolve("journal"));

            database.stop();
            try {
                post(ingest, WAITING);
                assertThat(info(data, settings))
                        .containsPattern("end +event " + (end + 2 * WAITING) + "\n")
                        .containsPattern("lag +unknown: the database does not answer: ");
            } finally {
                database.start();
            }
            assertThat(info(data, settings)).containsPattern("lag +" + 2 * WAITING + " events; ");
        }
    }

    private static void checkFiles(String info, Path journal) throws IOException {
        List<Path> cycles;
        try (Stream<Path> files = Files.list(journal)) {
            cycles = files.filter(file -> file.toString().endsWith(".cq4"))
                    .sorted()
                    .toList();
        }
        Instant oldest = LocalDateTime.parse(cycles.get(0).getFileName().toString(), CYCLE)
                .toInstant(ZoneOffset.UTC);
        assertThat(info)
                .containsPattern("cycles +" + cycles.size() + " \\(five-minutely\\)\n")
                .containsPattern("oldest kept +" + oldest + "\n")
                .containsPattern("size +\\d\\.\\d MiB\n");
    }

    private static long end(String info) {
        Matcher end = END.matcher(info);
        assertThat(end.find()).as(info).isTrue();
        return Long.parseLong(end.group(1));
    }

    private static void post(ServerProcess server, int events) {
        for (int i = 0; i < events; i++) {
            assertThat(server.post("/api/track/audit.php", server.secretKey(), "{\"action\":\"a\"}")
                            .statusCode())
                    .isEqualTo(202);
        }
    }

    private static String info(Path data, List<String> settings) {
        Tool tool = Tool.run(data, with(List.of("journal", "info"), settings.toArray(String[]::new)));
        assertThat(tool.exit()).as(tool.output()).isZero();
        return tool.output();
    }

    private static String[] with(List<String> settings, String... more) {
        List<String> all = new ArrayList<>(settings);
        all.addAll(List.of(more));
        return all.toArray(String[]::new);
    }
}

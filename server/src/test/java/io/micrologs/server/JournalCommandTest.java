package io.micrologs.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrologs.journal.Append;
import io.micrologs.journal.AppendLane;
import io.micrologs.journal.AuditEvent;
import io.micrologs.journal.DirectoryLock;
import io.micrologs.journal.Envelope;
import io.micrologs.journal.JournalAppender;
import io.micrologs.journal.JournalConfig;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code micrologs journal}, in this process. */
class JournalCommandTest {
    private static final int EVENTS = 5;

    @TempDir
    Path data;

    private record Run(int exit, String out, String err) {}

    @Test
    void info_tellsWhatIsThere_andSaysWhatItCannotKnow() throws Exception {
        append();
        Run run = run("info");

        assertThat(run.err()).isEmpty();
        assertThat(run.exit()).isZero();
        assertThat(run.out())
                .containsPattern("directory +" + data.resolve("journal"))
                .containsPattern("journal +[0-9a-f]{16}\n")
                .containsPattern("durability +process\n")
                .containsPattern("size +0\\.\\d MiB\n")
                .containsPattern("cycles +[12] \\(hourly\\)\n")
                .containsPattern("oldest kept +20..-..-..T..:00:00Z\n")
                .containsPattern("end +event 5\n")
                .containsPattern("lag +unknown: the database is not running\n");
    }

    @Test
    void noJournal_isAClearError_andNothingIsMade() {
        for (String command : new String[] {"info", "salvage"}) {
            Run run = run(command, "--data.dir", data.resolve("nowhere").toString());
            assertThat(run.exit()).isEqualTo(1);
            assertThat(run.err())
                    .startsWith("micrologs: there is no journal in ")
                    .doesNotContain("\tat ");
        }
        assertThat(Files.exists(data.resolve("nowhere"))).isFalse();
        assertThat(run("info").err()).contains("there is no journal in " + data.resolve("journal"));
    }

    @Test
    void salvage_tellsPerCycleWhatIsRecoveredAndMissing_andKeepsTheDamagedJournal() throws Exception {
        append();
        damage("third");

        Run dry = run("salvage", "--dry-run");
        assertThat(dry.out()).contains(".cq4: 4 events\n  missing: event 3 of epoch ");
        assertThat(dry.out()).contains("would recover 4 events, 1 are missing and would become dead letters");
        assertThat(names()).doesNotContain("damaged");

        Run run = run("salvage");
        assertThat(run.err()).isEmpty();
        assertThat(run.exit()).isZero();
        assertThat(run.out())
                .contains("recovered 4 events, 1 are missing and become dead letters when loaded")
                .contains("the damaged journal is kept in " + data.resolve("journal.damaged-"));
        assertThat(names()).contains("journal.damaged-");
        assertThat(run("info").out()).containsPattern("end +event 5\n").containsPattern("damaged, kept +" + data);
    }

    @Test
    void salvage_besideALoader_isRefused_andToldByWhom() throws Exception {
        append();
        try (DirectoryLock loader = DirectoryLock.acquire(data.resolve("load.lock"), "load")) {
            Run run = run("salvage");
            assertThat(loader).isNotNull();
            assertThat(run.exit()).isEqualTo(1);
            assertThat(run.err())
                    .contains("load.lock is held by process "
                            + ProcessHandle.current().pid() + " (load)");
        }
    }

    private void append() throws Exception {
        String[] actions = {"first", "second", "third", "fourth", "fifth"};
        try (JournalAppender journal =
                JournalAppender.open(JournalConfig.defaults(data.resolve("journal")), InstantSource.system())) {
            for (int i = 0; i < EVENTS; i++) {
                CompletableFuture<Boolean> done = new CompletableFuture<>();
                Append append = new Append(new AppendLane(Runnable::run)) {
                    @Override
                    protected void completed(boolean appended) {
                        done.complete(appended);
                    }
                };
                append.add(
                        new Envelope(1, i + 1, false, 1_790_000_000_000L, 0, 0, 0, "agent", "en"),
                        new AuditEvent(actions[i], null, null));
                assertThat(journal.offer(append)).isTrue();
                assertThat(done.get(30, TimeUnit.SECONDS)).isTrue();
            }
        }
    }

    /** Changes a byte of the record in which {@code text} is. */
    private void damage(String text) throws IOException {
        Path cycle;
        try (Stream<Path> files = Files.list(data.resolve("journal"))) {
            cycle = files.filter(file -> file.toString().endsWith(".cq4"))
                    .max(Path::compareTo)
                    .orElseThrow();
        }
        try (RandomAccessFile file = new RandomAccessFile(cycle.toFile(), "rw")) {
            byte[] bytes = new byte[1 << 20];
            file.readFully(bytes);
            int at = new String(bytes, StandardCharsets.ISO_8859_1).indexOf(text);
            file.seek(at);
            file.write('T');
        }
    }

    private String names() throws IOException {
        try (Stream<Path> files = Files.list(data)) {
            return files.map(file -> file.getFileName().toString())
                    .sorted()
                    .toList()
                    .toString();
        }
    }

    private Run run(String command, String... more) {
        String[] arguments = more.length == 2 && more[0].equals("--data.dir")
                ? new String[] {"journal", command, more[0], more[1]}
                : Stream.concat(Stream.of("journal", command, "--data.dir", data.toString()), Stream.of(more))
                        .toArray(String[]::new);
        PrintStream out = System.out;
        PrintStream err = System.err;
        ByteArrayOutputStream outBytes = new ByteArrayOutputStream();
        ByteArrayOutputStream errBytes = new ByteArrayOutputStream();
        try {
            System.setOut(new PrintStream(outBytes, true, StandardCharsets.UTF_8));
            System.setErr(new PrintStream(errBytes, true, StandardCharsets.UTF_8));
            int exit = Main.run(arguments, Map.of());
            return new Run(exit, outBytes.toString(StandardCharsets.UTF_8), errBytes.toString(StandardCharsets.UTF_8));
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
    }
}

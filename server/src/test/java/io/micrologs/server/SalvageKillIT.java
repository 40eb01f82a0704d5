package io.micrologs.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrologs.journal.Append;
import io.micrologs.journal.AppendLane;
import io.micrologs.journal.AuditEvent;
import io.micrologs.journal.Envelope;
import io.micrologs.journal.JournalAppender;
import io.micrologs.journal.JournalConfig;
import io.micrologs.journal.JournalInfo;
import io.micrologs.journal.JournalTailer;
import io.micrologs.journal.Polled;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code kill -9} of a salvage, before each rename by which it changes names, before other calls that change the disk, and at
 * any moment. The damaged files are still there as they were, a server that starts meanwhile makes no journal of its own,
 * and a second salvage recovers what the first one would have.
 */
class SalvageKillIT {
    private static final int CYCLES = 3;
    private static final int EVENTS_PER_CYCLE = 2_000;
    private static final int EVENTS_AT_ONCE = 100;
    private static final int MORE_TRIALS = 2;
    private static final int DAMAGED_BYTES = 60;
    /** Behind that, a cycle's file is a hole. */
    private static final int WRITTEN_BYTES_MAX = 8 << 20;

    private static final String CHANGES = "rename,mkdir,fsync,fdatasync,ftruncate,unlink";
    private static final Pattern CALL = Pattern.compile("(\\d+) +(\\w+)\\((.*)");
    private static final long SEED = Long.getLong("faults.seed", System.nanoTime() & 0xffff_ffffL);
    private static final String AGAIN =
            "seed " + SEED + "; again by: mvn verify -pl server -am -Dtest=NothingOfSurefire"
                    + " -Dsurefire.failIfNoSpecifiedTests=false -Dit.test=SalvageKillIT -Dfailsafe.failIfNoSpecifiedTests=false"
                    + " -Dfaults.trials=" + Integer.getInteger("faults.trials", 0) + " -Dfaults.seed=" + SEED;

    @TempDir
    Path temp;

    private Path pristine;
    private Instant now = Instant.parse("2026-03-01T12:00:00Z");

    /** A system call of the salvaging thread: the {@code nth} of its name, from 1. */
    private record Call(String name, int nth) {}

    @BeforeEach
    void damagedJournal() throws Exception {
        pristine = temp.resolve("pristine");
        Files.createDirectory(pristine);
        try (JournalAppender journal = JournalAppender.open(config(pristine), () -> now)) {
            for (int cycle = 0; cycle < CYCLES; cycle++) {
                append(journal, cycle * EVENTS_PER_CYCLE);
                now = now.plus(Duration.ofMinutes(5));
            }
        }
        // A record's text; and a record with the length in front of it, where Chronicle ends.
        damage(0, "event number 500.", 0, 1);
        damage(1, "event number 3000.", -DAMAGED_BYTES, DAMAGED_BYTES);
    }

    @Test
    void killedAtAnyMoment_changesNothing_andTheNextOneFinishes() throws Exception {
        Path reference = copy("reference");
        Path trace = temp.resolve("trace");
        assertThat(salvage(reference, List.of("strace", "-f", "-qq", "-e", "trace=" + CHANGES, "-o", trace.toString()))
                        .waitFor())
                .isZero();
        List<String> recovered = read(reference);
        assertThat(recovered).hasSize(CYCLES * EVENTS_PER_CYCLE).anyMatch(line -> line.endsWith(" lost"));
        List<Call> calls = calls(trace);
        List<Call> renames =
                calls.stream().filter(call -> call.name.equals("rename")).toList();
        assertThat(renames).hasSizeGreaterThanOrEqualTo(3);

        long began = System.nanoTime();
        assertThat(salvage(copy("timed"), List.of()).waitFor()).isZero();
        long nanos = System.nanoTime() - began;

        int trials = Math.max(renames.size() + MORE_TRIALS, Integer.getInteger("faults.trials", 0));
        int killed = 0;
        for (int trial = 0; trial < trials; trial++) {
            Random random = new Random(SEED + trial);
            Path data = copy("trial");
            String point;
            Process process;
            if (trial < renames.size() || trial % 2 == 0) {
                Call call = trial < renames.size() ? renames.get(trial) : calls.get(random.nextInt(calls.size()));
                point = call.toString();
                process = salvage(data, killBefore(call));
            } else {
                long moment = (long) (nanos * (0.2 + 0.8 * random.nextDouble()));
                point = "after " + moment / 1_000_000 + " ms";
                process = salvage(data, List.of());
                process.waitFor(moment, TimeUnit.NANOSECONDS);
                process.destroyForcibly();
            }
            killed += process.waitFor() == 0 ? 0 : 1;
            String trialName = "trial " + (trial + 1) + " of " + trials + ", killed " + point + ", " + AGAIN;
            look(data, trial % 2 == 0, recovered, trialName);
            delete(data);
        }
        System.out.println("faults: kill -9 of a salvage: " + trials + " trials, " + killed
                + " killed before the end, seed " + SEED);
        assertThat(killed).as(AGAIN).isGreaterThanOrEqualTo(renames.size());
    }

    private void look(Path data, boolean serverStarts, List<String> recovered, String trial) throws Exception {
        Map<String, String> files = hashes(pristine.resolve("journal"));
        assertThat(keptJournals(data)).as(trial).anyMatch(files::equals);
        Tool info = Tool.run(data, "journal", "info", "--journal.cycle=five-minutely");
        boolean cutOff = !Files.exists(data.resolve("journal"));
        assertThat(info.exit()).as("%s: %s", trial, info.output()).isEqualTo(cutOff ? 1 : 0);
        if (cutOff) {
            assertThat(info.output())
                    .contains("was cut off before its last step; run `micrologs journal salvage` again");
        }
        if (serverStarts) {
            long id = JournalInfo.read(config(pristine)).journalId();
            JournalAppender.open(config(data), () -> now).close();
            assertThat(JournalInfo.read(config(data)).journalId()).as(trial).isEqualTo(id);
        }
        Tool second = Tool.run(data, "journal", "salvage", "--journal.cycle=five-minutely");
        assertThat(second.exit()).as("%s: %s", trial, second.output()).isZero();
        assertThat(read(data)).as(trial).isEqualTo(recovered);
        if (!serverStarts) {
            // A server has begun an epoch in them.
            assertThat(keptJournals(data)).as(trial).anyMatch(files::equals);
        }
        assertThat(data.resolve("journal.salvaging")).as(trial).doesNotExist();
        assertThat(data.resolve("journal.salvaged")).as(trial).doesNotExist();
    }

    private static List<String> killBefore(Call call) {
        return List.of(
                "strace",
                "-f",
                "-qq",
                "-o",
                "/dev/null",
                "-e",
                "trace=" + call.name,
                "-e",
                "inject=" + call.name + ":signal=KILL:when=" + call.nth);
    }

    /** What the thread did that renamed, which is the one that salvages. */
    private static List<Call> calls(Path trace) throws IOException {
        Map<String, List<Call>> byThread = new TreeMap<>();
        String salvaging = "";
        Map<String, Integer> counts = new TreeMap<>();
        for (String line : Files.readAllLines(trace, StandardCharsets.ISO_8859_1)) {
            Matcher matcher = CALL.matcher(line);
            if (matcher.matches()) {
                String thread = matcher.group(1);
                String name = matcher.group(2);
                int nth = counts.merge(thread + name, 1, Integer::sum);
                byThread.computeIfAbsent(thread, key -> new ArrayList<>()).add(new Call(name, nth));
                if (name.equals("rename") && matcher.group(3).contains("journal.salvag")) {
                    salvaging = thread;
                }
            }
        }
        return byThread.getOrDefault(salvaging, List.of());
    }

    private static Process salvage(Path data, List<String> before) throws IOException {
        List<String> command = new ArrayList<>(before);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(System.getProperty("test.jvm.opens").trim().split("\\s+")));
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path")));
        command.addAll(List.of(Main.class.getName(), "journal", "salvage", "--data.dir=" + data));
        command.add("--journal.cycle=five-minutely");
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    private static JournalConfig config(Path data) {
        return new JournalConfig(data.resolve("journal"), "five-minutely", Duration.ofDays(7), 20L << 30, 0, 64);
    }

    private void append(JournalAppender journal, int from) throws Exception {
        for (int first = from; first < from + EVENTS_PER_CYCLE; first += EVENTS_AT_ONCE) {
            CompletableFuture<Boolean> done = new CompletableFuture<>();
            Append append = new Append(new AppendLane(Runnable::run)) {
                @Override
                protected void completed(boolean appended) {
                    done.complete(appended);
                }
            };
            for (int number = first; number < first + EVENTS_AT_ONCE; number++) {
                append.add(
                        new Envelope(1, number + 1, false, now.toEpochMilli(), 0, 0, 0, "agent", "en"),
                        new AuditEvent("event number " + number + ".", null, null));
            }
            assertThat(journal.offer(append)).isTrue();
            assertThat(done.get(30, TimeUnit.SECONDS)).isTrue();
        }
    }

    private void damage(int cycle, String text, int from, int length) throws IOException {
        Path file = cycles(pristine.resolve("journal")).get(cycle);
        try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
            byte[] all = new byte[(int) Math.min(bytes.length(), WRITTEN_BYTES_MAX)];
            bytes.readFully(all);
            int at = new String(all, StandardCharsets.ISO_8859_1).indexOf(text);
            assertThat(at).isPositive();
            bytes.seek(at + from);
            bytes.write("?".repeat(length).getBytes(StandardCharsets.ISO_8859_1));
        }
    }

    /** Each event, in order, or that it is lost. */
    private static List<String> read(Path data) {
        List<String> all = new ArrayList<>();
        try (JournalTailer tailer = JournalTailer.open(config(data))) {
            for (Polled polled = tailer.poll(); polled != null; polled = tailer.poll()) {
                if (polled instanceof Polled.Stored stored) {
                    all.add(stored.record().checkpoint().sequence() + " "
                            + stored.record().envelope().eventId());
                } else if (polled instanceof Polled.Damaged damaged) {
                    all.add(damaged.position().sequence() + (damaged.lost() ? " lost" : " damaged"));
                }
            }
        }
        return all;
    }

    /** The journal, and those that were set aside, each as its cycles' hashes by name. */
    private static List<Map<String, String>> keptJournals(Path data) throws IOException {
        List<Map<String, String>> kept = new ArrayList<>();
        try (Stream<Path> names = Files.list(data)) {
            for (Path path : names.filter(Files::isDirectory).toList()) {
                String name = path.getFileName().toString();
                if (name.equals("journal") || name.startsWith("journal.damaged-")) {
                    kept.add(hashes(path));
                }
            }
        }
        return kept;
    }

    private static Map<String, String> hashes(Path directory) throws IOException {
        Map<String, String> hashes = new TreeMap<>();
        for (Path file : cycles(directory)) {
            hashes.put(
                    file.getFileName().toString(),
                    output("sha256sum", "--", file.toString()).split(" ", 2)[0]);
        }
        return hashes;
    }

    private static List<Path> cycles(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(".cq4"))
                    .sorted()
                    .collect(Collectors.toList());
        }
    }

    /** With the holes that its files have. */
    private Path copy(String name) throws IOException {
        Path copy = temp.resolve(name);
        output("cp", "-a", "--sparse=always", pristine.toString(), copy.toString());
        return copy;
    }

    private static void delete(Path directory) throws IOException {
        output("rm", "-r", directory.toString());
    }

    private static String output(String... command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            assertThat(process.waitFor()).as(output).isZero();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return output;
    }
}

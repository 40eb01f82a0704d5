package io.micrologs.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrologs.journal.Append;
import io.micrologs.journal.AppendLane;
import io.micrologs.journal.AuditEvent;
import io.micrologs.journal.Checkpoint;
import io.micrologs.journal.Envelope;
import io.micrologs.journal.Event;
import io.micrologs.journal.JournalAppender;
import io.micrologs.journal.JournalConfig;
import io.micrologs.journal.JournalSalvage;
import io.micrologs.journal.JournalTailer;
import io.micrologs.journal.Polled;
import io.micrologs.journal.Refusals;
import io.micrologs.query.JournalCounts.Counted;
import io.micrologs.query.JournalCounts.Position;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The journal counted beside a loader that the test plays. */
class JournalCounterTest {

    @TempDir
    Path directory;

    private JournalConfig config;
    private JournalAppender journal;
    private JournalCounter counter;

    @BeforeEach
    void open() {
        config = new JournalConfig(directory.resolve("journal"), "hourly", Duration.ofDays(7), 20L << 30, 0, 1024);
        journal = JournalAppender.open(config, InstantSource.system());
        counter = new JournalCounter(() -> JournalTailer.open(config), directory.resolve("ledger.json"), 30_000);
    }

    @AfterEach
    void close() {
        counter.close();
        journal.close();
    }

    @Test
    void nothingLoadedYet_allIsPending_butRefusalsAreNoEvents() throws Exception {
        append(1, 1, 2, 1);
        append(0, new Refusals(Map.of("bad_key", 9L)));
        Counted counted = counter.count(null, Map.of());
        assertThat(counted.accepted()).isEqualTo(Map.of(1, 3L, 2, 1L));
        assertThat(counted.pending()).isEqualTo(Map.of(1, 3L, 2, 1L));
        assertThat(counted.note()).isNull();
    }

    @Test
    void whatIsLoadedLater_movesFromPending_andAcceptedStays() throws Exception {
        append(1, 2, 1, 1);
        List<Position> positions = positions();
        assertThat(counter.count(positions.get(1), Map.of(1, 101L, 2, 51L)).accepted())
                .isEqualTo(Map.of(1, 103L, 2, 51L));
        append(2, 2);
        Counted later = counter.count(positions().get(4), Map.of(1, 103L, 2, 52L));
        assertThat(later.accepted()).isEqualTo(Map.of(1, 103L, 2, 53L));
        assertThat(later.pending()).isEqualTo(Map.of(1, 0L, 2, 1L));
    }

    @Test
    void accepted_doesNotFollowOutcomesThatAreWrong() throws Exception {
        append(1, 1, 1);
        counter.count(positions().get(0), Map.of(1, 1L));
        Counted counted = counter.count(positions().get(2), Map.of(1, 2L));
        assertThat(counted.accepted()).isEqualTo(Map.of(1, 3L));
        assertThat(counted.pending()).isEqualTo(Map.of(1, 0L));
    }

    @Test
    void restart_goesOnFromWhereItStood_andNotFromTheOutcomes() throws Exception {
        append(1, 1, 2);
        counter.count(positions().get(1), Map.of(1, 2L));
        counter.close();
        append(1, 2);
        counter = new JournalCounter(() -> JournalTailer.open(config), directory.resolve("ledger.json"), 30_000);

        // The tables say that one of project 1 was lost and one of project 2 was counted twice.
        Counted counted = counter.count(positions().get(4), Map.of(1, 2L, 2, 3L));

        assertThat(counted.accepted()).isEqualTo(Map.of(1, 3L, 2, 2L));
        assertThat(counted.pending()).isEqualTo(Map.of(1, 0L, 2, 0L));
    }

    @Test
    void salvage_balances_withTheLostEventUnderNobodysProject() throws Exception {
        append(1, 1, 2, 1, 1);
        Position loaded = positions().get(2);
        Map<Integer, Long> outcomes = Map.of(1, 2L, 2, 1L);
        assertThat(counter.count(loaded, outcomes).accepted()).isEqualTo(Map.of(1, 4L, 2, 1L));
        counter.close();
        journal.close();
        damageLast("login");
        new JournalSalvage(config, InstantSource.system(), (step, done, all) -> {}).run();
        counter = new JournalCounter(() -> JournalTailer.open(config), directory.resolve("ledger.json"), 30_000);

        Counted counted = counter.count(loaded, outcomes);

        assertThat(counted.accepted()).isEqualTo(Map.of(0, 1L, 1, 3L, 2, 1L));
        assertThat(counted.pending()).isEqualTo(Map.of(0, 1L, 1, 1L));
    }

    @Test
    void stateThatIsGarbage_isANewBase() throws Exception {
        Files.writeString(directory.resolve("ledger.json"), "{\"journalId\":");
        append(1, 1);
        assertThat(counter.count(positions().get(0), Map.of(1, 5L)).accepted()).isEqualTo(Map.of(1, 6L));
    }

    @Test
    void checkpointThatWentBack_isANewBase() throws Exception {
        append(1, 1, 1);
        counter.count(positions().get(2), Map.of(1, 3L));
        Counted counted = counter.count(positions().get(0), Map.of(1, 1L));
        assertThat(counted.accepted()).isEqualTo(Map.of(1, 3L));
        assertThat(counted.pending()).isEqualTo(Map.of(1, 2L));
        assertThat(counter.count(null, Map.of()).pending()).isEqualTo(Map.of(1, 3L));
    }

    @Test
    void checkpointOfAnotherJournal_isNotKnown_untilTheLoaderIsHere() throws Exception {
        append(1);
        Counted counted = counter.count(new Position(99, 1, 7, 7, 7), Map.of(1, 7L));
        assertThat(counted.accepted()).isNull();
        assertThat(counted.pending()).isNull();
        assertThat(counted.note()).contains("does not hold the last loaded event");
        assertThat(counter.count(positions().get(0), Map.of(1, 8L)).accepted()).isEqualTo(Map.of(1, 8L));
    }

    @Test
    void countThatTakesTooLong_saysHowFarItIs_andGoesOn() throws Exception {
        append(1, 1, 1);
        CompletableFuture<JournalTailer> late = new CompletableFuture<>();
        try (JournalCounter slow = new JournalCounter(
                () -> {
                    late.join();
                    return JournalTailer.open(config);
                },
                directory.resolve("slow.json"),
                50)) {
            Counted counted = slow.count(null, Map.of());
            assertThat(counted.accepted()).isNull();
            assertThat(counted.note()).contains("still being counted");
            late.complete(null);
            ServerProcess.await(
                    "the count to be done",
                    Duration.ofSeconds(30),
                    () -> slow.count(null, Map.of()).accepted() != null);
        }
    }

    /** Changes a byte of the last record with {@code text}. */
    private void damageLast(String text) throws IOException {
        try (Stream<Path> files = Files.list(config.directory())) {
            Path cycle = files.filter(file -> file.toString().endsWith(".cq4"))
                    .max(Path::compareTo)
                    .orElseThrow();
            try (RandomAccessFile file = new RandomAccessFile(cycle.toFile(), "rw")) {
                byte[] bytes = new byte[1 << 20];
                file.readFully(bytes);
                file.seek(new String(bytes, StandardCharsets.ISO_8859_1).lastIndexOf(text));
                file.write('L');
            }
        }
    }

    private List<Position> positions() {
        List<Position> positions = new ArrayList<>();
        try (JournalTailer tailer = JournalTailer.open(config)) {
            for (Polled polled = tailer.poll(); polled != null; polled = tailer.poll()) {
                Checkpoint at = ((Polled.Stored) polled).record().checkpoint();
                positions.add(new Position(at.journalId(), at.epoch(), at.sequence(), at.index(), at.crc()));
            }
        }
        return positions;
    }

    private void append(int... projects) throws Exception {
        for (int project : projects) {
            append(project, new AuditEvent("login", null, null));
        }
    }

    private void append(int project, Event event) throws Exception {
        CompletableFuture<Boolean> done = new CompletableFuture<>();
        Append append = new Append(new AppendLane(Runnable::run)) {
            @Override
            protected void completed(boolean appended) {
                done.complete(appended);
            }
        };
        append.add(new Envelope(project, 1, false, 1_790_000_000_000L, 0, 0, 0, "agent", "en"), event);
        assertThat(journal.offer(append)).isTrue();
        assertThat(done.get(30, TimeUnit.SECONDS)).isTrue();
    }
}

package io.micrologs.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code journal.durability=power}: forced before it is acknowledged, and never acknowledged when that failed. */
class PowerSafetyTest {
    private final TestClock clock = new TestClock();
    private final AtomicLong free = new AtomicLong(Long.MAX_VALUE);
    private final RecordingForce force = new RecordingForce();
    private final JournalConfig config;

    PowerSafetyTest(@TempDir Path directory) {
        config = new JournalConfig(
                directory.resolve("journal"),
                "five-minutely",
                Duration.ofDays(7),
                20L << 30,
                1000,
                1024,
                Durability.POWER);
    }

    @Test
    void everyAppend_isForcedAfterItIsWritten_andBeforeItCompletes() {
        List<String> uncovered = new ArrayList<>();
        AtomicLong completed = new AtomicLong();
        try (JournalAppender journal = open()) {
            AppendLane lane = new AppendLane(Runnable::run);
            for (int i = 1; i <= 300; i++) {
                long id = i;
                Append append = new Append(lane) {
                    @Override
                    protected void completed(boolean appended) {
                        if (!appended || force.forcedEvents < id) {
                            uncovered.add(id + " completed " + appended + " with " + force.forcedEvents + " forced");
                        }
                        completed.incrementAndGet();
                    }
                };
                append.add(Samples.envelope(id), Samples.pageview(id));
                assertThat(journal.offer(append)).isTrue();
            }
            Samples.await("all are completed", () -> completed.get() == 300);
            assertThat(uncovered).isEmpty();
        }
        // Together, and not each for itself: a round gathers while the last one is forced.
        assertThat(force.log).hasSizeBetween(2, 200);
    }

    @Test
    void processMode_forcesNothing() {
        JournalConfig process = new JournalConfig(
                config.directory(), config.cycle(), config.retain(), config.bytesMax(), 1000, config.ringSize());
        try (JournalAppender journal = JournalAppender.open(process, clock, machine())) {
            Samples.append(journal, 1, 3);
        }
        assertThat(force.log).isEmpty();
    }

    @Test
    void roll_forcesBothCycles_andTheDirectoryThatNamesTheNewOne() {
        try (JournalAppender journal = open()) {
            Samples.append(journal, 1, 1);
            assertThat(force.log).containsExactly("1200", "journal", "1200");
            force.log.clear();

            clock.move(Duration.ofMinutes(5));
            Samples.append(journal, 2, 3);

            assertThat(force.log).containsExactly("1200", "1205", "journal", "1205");
        }
        force.log.clear();
        clock.move(Duration.ofMinutes(5));
        try (JournalAppender journal = open()) {
            // A new life begins with what the last one may have left unforced.
            assertThat(journal.accepting()).isTrue();
            assertThat(force.log).containsExactly("1205", "1210", "journal");
        }
    }

    @Test
    void failedForce_completesFalse_isNeverTriedAgain_andTurnsTheJournalRed() {
        try (JournalAppender journal = open()) {
            Samples.append(journal, 1, 2);
            force.failing.set(true);

            assertThat(Samples.appendOne(journal, 3)).isFalse();

            int forces = force.log.size();
            force.failing.set(false);
            assertThat(Samples.appendOne(journal, 4)).isFalse();
            assertThat(journal.accepting()).isFalse();
            assertThat(journal.status().state()).isEqualTo(JournalStatus.State.FAIL);
            assertThat(journal.status().message())
                    .contains("20260301-1200")
                    .endsWith("cannot be forced to the disk: IOException: I/O error; no more events are accepted:"
                            + " check the disk, then restart the server");
            assertThat(journal.status().failedAppends()).isEqualTo(1);
            assertThat(journal.status().endSequence()).isEqualTo(2);
            assertThat(force.log).hasSize(forces);
        }
        try (JournalAppender journal = open()) {
            Samples.append(journal, 5, 5);
        }
        assertThat(Samples.eventIds(readAll())).contains(1L, 2L, 5L).doesNotContain(4L);
    }

    @Test
    void failedForceOnAFullDisk_isTerminal_alsoWhenThereIsRoomAgain() {
        try (JournalAppender journal = open()) {
            Samples.append(journal, 1, 1);
            force.failing.set(true);
            force.onFailure = () -> free.set(0);
            assertThat(Samples.appendOne(journal, 2)).isFalse();
            force.failing.set(false);
            force.onFailure = () -> {};
            free.set(Long.MAX_VALUE);

            Samples.await("the room is seen", () -> journal.status().freeBytes() == Long.MAX_VALUE);

            // Longer than the writer sleeps before it would look whether it may go on.
            long until = System.nanoTime() + 300_000_000;
            Samples.await("the writer has looked", () -> System.nanoTime() > until);
            assertThat(journal.accepting()).isFalse();
            assertThat(Samples.appendOne(journal, 3)).isFalse();
        }
    }

    @Test
    void failedForceAtStart_refusesToStart() {
        force.failing.set(true);
        assertThatThrownBy(this::open).hasMessageContaining("cannot be forced to the disk");
        force.failing.set(false);
        try (JournalAppender journal = open()) {
            Samples.append(journal, 1, 1);
        }
    }

    private JournalAppender open() {
        return JournalAppender.open(config, clock, machine());
    }

    private Machine machine() {
        return new Machine(free::get, force, "boot");
    }

    private List<JournalRecord> readAll() {
        try (JournalTailer tailer = JournalTailer.open(config, clock)) {
            return Samples.readAll(tailer);
        }
    }

    /** Forces nothing, but notes what it was asked to force, and how many events were in the file at that moment. */
    private static final class RecordingForce implements DiskForce {
        final List<String> log = new ArrayList<>();
        final AtomicBoolean failing = new AtomicBoolean();
        Runnable onFailure = () -> {};
        long forcedEvents;

        @Override
        public void file(Path file) throws IOException {
            note(file.getFileName().toString().substring(9, 13));
            try (CycleFile cycle = CycleFile.open(file)) {
                long walked = cycle.walk(0, Long.MAX_VALUE).records();
                forcedEvents = walked - 1;
            }
        }

        @Override
        public void directory(Path directory) throws IOException {
            note(directory.getFileName().toString());
        }

        private void note(String what) throws IOException {
            log.add(what);
            if (failing.get()) {
                onFailure.run();
                throw new IOException("I/O error");
            }
        }
    }
}

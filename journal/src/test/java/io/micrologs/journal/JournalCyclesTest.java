package io.micrologs.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rolling and deleting, by a clock that the test moves. One event a cycle of five minutes, from 12:00 on. */
class JournalCyclesTest {
    private static final Duration CYCLE = Duration.ofMinutes(5);
    private static final Duration RETAIN = Duration.ofMinutes(12);

    private final TestClock clock = new TestClock();
    private final JournalConfig config;

    JournalCyclesTest(@TempDir Path directory) {
        config = new JournalConfig(directory, "five-minutely", RETAIN, 20L << 30, 0, 64);
    }

    @Test
    void roll_isReadAcross() {
        try (JournalAppender journal = JournalAppender.open(config, clock);
                JournalTailer tailer = JournalTailer.open(config, clock)) {
            appendCycles(journal, 1, 4);

            assertThat(Samples.sequences(Samples.readAll(tailer))).containsExactly(1L, 2L, 3L, 4L);
            assertThat(names()).containsExactly("1200", "1205", "1210", "1215");
        }
    }

    @Test
    void clockStepsBackOverACycle_appendsGoOn() {
        try (JournalAppender journal = JournalAppender.open(config, clock)) {
            appendCycles(journal, 1, 3);
            clock.move(Duration.ofHours(-2));
            Samples.append(journal, 4, 5);
        }
        try (JournalAppender journal = JournalAppender.open(config, clock)) {
            Samples.append(journal, 6, 6);
            clock.move(Duration.ofHours(3));
            Samples.append(journal, 7, 7);
        }

        try (JournalTailer tailer = JournalTailer.open(config, clock)) {
            assertThat(Samples.sequences(Samples.readAll(tailer))).containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 7L);
        }
        assertThat(names()).containsExactly("1200", "1205", "1210", "1310");
    }

    @Test
    void wallClock_staysTheTimeOfRetention_whenCyclesRunAhead() {
        MonotoneClock monotone = new MonotoneClock(clock, clock.millis() + 1000);

        assertThat(monotone.currentTimeMillis()).isEqualTo(clock.millis() + 1000);
        clock.move(Duration.ofSeconds(5));
        assertThat(monotone.currentTimeMillis()).isEqualTo(clock.millis());
        long before = clock.millis();
        clock.move(Duration.ofDays(-1));
        assertThat(monotone.currentTimeMillis()).isEqualTo(before);
    }

    @Test
    void retention_deletesExactlyWhatIsLoadedAndPastTheWindow() {
        try (JournalAppender journal = JournalAppender.open(config, clock)) {
            // Now it is 12:25: cycles that ended by 12:13 are past the window of 12 minutes.
            appendCycles(journal, 1, 6);
            List<JournalRecord> records = readAll();
            JournalDirectory directory = JournalDirectory.open(config);
            Retention retention = new Retention(directory, RETAIN, clock);

            try (SingleChronicleQueue queue = directory.openQueue(directory.clock(clock))) {
                assertThat(retention.delete(queue, records.get(0).checkpoint(), false))
                        .isZero();
                assertThat(retention.delete(queue, foreign(records.get(5).checkpoint()), false))
                        .isZero();
                assertThat(names()).hasSize(6);

                assertThat(retention.delete(queue, records.get(1).checkpoint(), false))
                        .isEqualTo(1);
                assertThat(names()).containsExactly("1205", "1210", "1215", "1220", "1225");

                assertThat(retention.delete(queue, records.get(5).checkpoint(), false))
                        .isEqualTo(1);
                assertThat(names()).containsExactly("1210", "1215", "1220", "1225");

                clock.move(Duration.ofDays(1));
                assertThat(retention.delete(queue, records.get(4).checkpoint(), false))
                        .isEqualTo(2);
                assertThat(names()).containsExactly("1220", "1225");
            }
            assertThat(Samples.sequences(readAll())).containsExactly(5L, 6L);
        }
    }

    @Test
    void checkpointInADeletedCycle_resumesAtItsSuccessor() {
        List<JournalRecord> records;
        try (JournalAppender journal = JournalAppender.open(config, clock)) {
            appendCycles(journal, 1, 3);
            records = readAll();
            clock.move(Duration.ofDays(1));
            JournalDirectory directory = JournalDirectory.open(config);
            try (SingleChronicleQueue queue = directory.openQueue(directory.clock(clock))) {
                new Retention(directory, RETAIN, clock)
                        .delete(queue, records.get(2).checkpoint(), false);
            }
        }
        assertThat(names()).containsExactly("1210");
        try (JournalTailer tailer = JournalTailer.open(config, clock)) {
            assertThat(tailer.resume(records.get(0).checkpoint())).isEqualTo(Resume.REPLACED);
            assertThat(Samples.sequences(Samples.readAll(tailer))).containsExactly(3L);
            assertThat(tailer.resume(records.get(1).checkpoint())).isEqualTo(Resume.SAME);
            assertThat(Samples.sequences(Samples.readAll(tailer))).containsExactly(3L);
            assertThat(tailer.resume(records.get(2).checkpoint())).isEqualTo(Resume.SAME);
            assertThat(tailer.poll()).isNull();
        }
    }

    @Test
    void appender_deletesWhatItIsToldIsLoaded_andCountsWhatIsLeft() {
        try (JournalAppender journal = JournalAppender.open(config, clock)) {
            long one = journal.status().bytesOnDisk();
            appendCycles(journal, 1, 3);
            // The files appear before what is in them is counted.
            Samples.await("all are counted", () -> journal.status().bytesOnDisk() > 2 * one + one / 2);
            long bytes = journal.status().bytesOnDisk();
            clock.move(Duration.ofDays(1));

            journal.loaded(readAll().get(1).checkpoint());

            Samples.await("the first is deleted", () -> journal.status().cycles() == 2);
            assertThat(journal.status().oldestCycleStart()).isEqualTo(Instant.parse("2026-03-01T12:05:00Z"));
            Samples.await("it is no longer counted", () -> journal.status().bytesOnDisk() < bytes);
        }
    }

    @Test
    void appender_deletesWhatAnotherProcessSaysIsLoaded() {
        try (JournalAppender journal = JournalAppender.open(config, clock)) {
            appendCycles(journal, 1, 3);
            clock.move(Duration.ofDays(1));

            LoadedCheckpointFile.write(config.directory(), readAll().get(2).checkpoint());

            Samples.await("two are deleted", () -> names().equals(List.of("1210")));
            // The appender goes on in a new cycle, with the directory as it is now.
            Samples.append(journal, 4, 4);
            assertThat(Samples.sequences(readAll())).containsExactly(3L, 4L);
        }
    }

    @Test
    void byteCapCloseByLoadedEvents_deletesThemInsideTheirWindow_andRefusesNothing() {
        JournalConfig small = new JournalConfig(config.directory(), config.cycle(), Duration.ofDays(7), 300_000, 0, 64);
        try (JournalAppender journal = JournalAppender.open(small, clock)) {
            appendCycles(journal, 1, 1);
            for (long id = 2; id <= 12; id++) {
                List<JournalRecord> records = readAll();
                journal.loaded(records.get(records.size() - 1).checkpoint());
                Samples.await(
                        "loaded cycles to make room",
                        () -> journal.accepting() && journal.status().bytesOnDisk() < 270_000);
                clock.move(CYCLE);
                Samples.append(journal, id, id);
            }
            assertThat(journal.status().cycles()).isLessThan(12);
        }
    }

    @Test
    void byteCapReachedByUnloadedEvents_refuses_untilTheyAreLoaded() {
        JournalConfig small = new JournalConfig(config.directory(), config.cycle(), Duration.ZERO, 300_000, 0, 64);
        try (JournalAppender journal = JournalAppender.open(small, clock)) {
            appendCycles(journal, 1, 1);
            for (long id = 2; journal.accepting(); id++) {
                clock.move(CYCLE);
                Samples.appendOne(journal, id);
            }
            assertThat(journal.status().state()).isEqualTo(JournalStatus.State.FAIL);
            assertThat(journal.status().message()).contains("journal.bytes.max");
            List<String> full = names();
            List<JournalRecord> records = readAll();

            assertThat(Samples.appendOne(journal, 1000)).isFalse();
            assertThat(names()).isEqualTo(full);
            journal.loaded(records.get(records.size() - 1).checkpoint());

            Samples.await("events are accepted again", journal::accepting);
            assertThat(names()).hasSize(1);
        }
    }

    private void appendCycles(JournalAppender journal, long from, long to) {
        for (long id = from; id <= to; id++) {
            if (id > from) {
                clock.move(CYCLE);
            }
            Samples.append(journal, id, id);
        }
    }

    private List<JournalRecord> readAll() {
        try (JournalTailer tailer = JournalTailer.open(config, clock)) {
            return Samples.readAll(tailer);
        }
    }

    /** The hours and minutes of the cycles on disk. */
    private List<String> names() {
        List<String> names = new ArrayList<>();
        JournalDirectory directory = JournalDirectory.open(config);
        for (int cycle : directory.cycles().keySet()) {
            names.add(directory.file(cycle).getFileName().toString().substring(9, 13));
        }
        return names;
    }

    private static Checkpoint foreign(Checkpoint checkpoint) {
        return new Checkpoint(
                checkpoint.journalId() + 1,
                checkpoint.epoch(),
                checkpoint.sequence(),
                checkpoint.index(),
                checkpoint.crc());
    }
}

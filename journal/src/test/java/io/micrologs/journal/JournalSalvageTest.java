package io.micrologs.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalSalvageTest {
    private static final String NOW = "20260301T121500Z";

    @TempDir
    Path data;

    private final TestClock clock = new TestClock();
    private JournalConfig config;

    /** Cycles of events 1 to 4, 5 to 8 and 9 to 12. */
    @BeforeEach
    void append() {
        config = new JournalConfig(data.resolve("journal"), "five-minutely", Duration.ofDays(7), 20L << 30, 0, 64);
        try (JournalAppender journal = JournalAppender.open(config, clock)) {
            for (int cycle = 0; cycle < 3; cycle++) {
                Samples.append(journal, cycle * 4 + 1, cycle * 4 + 4);
                clock.move(Duration.ofMinutes(5));
            }
        }
    }

    @Test
    void wholeJournal_isRewrittenEqually_toTheIndex() throws IOException {
        List<JournalRecord> before = DamagedFiles.read(config).stored();

        SalvageReport report = salvage().run();

        assertThat(report.recovered()).isEqualTo(12);
        assertThat(report.lost()).isZero();
        assertThat(report.notes()).isEmpty();
        assertThat(DamagedFiles.read(config).stored()).isEqualTo(before);
        try (JournalTailer tailer = JournalTailer.open(config)) {
            assertThat(tailer.resume(before.get(6).checkpoint())).isEqualTo(Resume.SAME);
            assertThat(Samples.sequences(Samples.readAll(tailer))).containsExactly(8L, 9L, 10L, 11L, 12L);
        }
        assertThat(names()).containsExactly("journal", "journal.damaged-" + NOW);
    }

    @Test
    void damagedRecord_becomesALostOne_inItsPlace_andIsToldByNumber() throws IOException {
        Checkpoint behindIt = DamagedFiles.read(config).stored().get(8).checkpoint();
        overwrite(file(1), frameOf(file(1), 6) - Integer.BYTES, 60);
        assertThat(DamagedFiles.read(config).thrown()).hasMessageContaining("run `micrologs journal salvage`");
        SalvageReport dry = salvage().look();
        assertThat(names()).containsExactly("journal");

        SalvageReport report = salvage().run();

        assertThat(report.recovered()).isEqualTo(dry.recovered()).isEqualTo(11);
        assertThat(report.cycles()).isEqualTo(dry.cycles());
        int epoch = behindIt.epoch();
        assertThat(report.cycles().get(1).lost()).containsExactly(new SalvageReport.Lost(epoch, 6, 6));
        assertThat(dry.damagedKeptAt()).isNull();
        DamagedFiles.Reading reading = DamagedFiles.read(config);
        assertThat(reading.ids()).containsExactly(1L, 2L, 3L, 4L, 5L, 7L, 8L, 9L, 10L, 11L, 12L);
        assertThat(reading.damaged()).singleElement().satisfies(lost -> {
            assertThat(lost.lost()).isTrue();
            assertThat(lost.position().epoch()).isEqualTo(epoch);
            assertThat(lost.position().sequence()).isEqualTo(6);
            assertThat(lost.reason()).startsWith("was lost: no whole record of it in 20260301-1205V.cq4 from byte ");
        });
        // The others keep their index, so a loader that was further goes on where it was.
        try (JournalTailer tailer = JournalTailer.open(config)) {
            assertThat(tailer.resume(behindIt)).isEqualTo(Resume.SAME);
            assertThat(Samples.sequences(Samples.readAll(tailer))).containsExactly(10L, 11L, 12L);
        }
    }

    /** As Chronicle makes it where damage leads it to a place far away. */
    @Test
    void fileThatIsTerabytesLong_isNotReadToItsEnd_andThatIsSaid() throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(file(1).toFile(), "rw")) {
            file.setLength(1L << 42);
        }

        SalvageReport report = salvage().run();

        assertThat(report.recovered()).isEqualTo(12);
        assertThat(report.notes())
                .singleElement()
                .asString()
                .contains("20260301-1205V.cq4 is 4398046511104 bytes long");
        assertThat(DamagedFiles.read(config).ids()).hasSize(12);
    }

    @Test
    void salvagedJournal_canBeDamagedAndSalvagedAgain() throws IOException {
        overwrite(file(1), frameOf(file(1), 6), 60);
        salvage().run();
        overwrite(file(0), frameOf(file(0), 2), 60);

        SalvageReport report = salvage().run();

        // What was lost the first time is a record of its own by now.
        assertThat(report.recovered()).isEqualTo(11);
        assertThat(report.lost()).isEqualTo(1);
        assertThat(DamagedFiles.read(config).damaged()).hasSize(2);
        assertThat(names()).containsExactly("journal", "journal.damaged-" + NOW, "journal.damaged-" + NOW + "-2");
    }

    @Test
    void cycleThatIsGone_isFoundAndAccountedFor() throws IOException {
        Files.delete(file(1));
        DamagedFiles.Reading reading = DamagedFiles.read(config);
        assertThat(reading.thrown())
                .hasMessageContaining("event 5 should be at")
                .hasMessageContaining("but 9 is; stop the server and run `micrologs journal salvage`");

        SalvageReport report = salvage().run();

        assertThat(report.lost()).isEqualTo(4);
        assertThat(Samples.sequences(DamagedFiles.read(config).stored()))
                .containsExactly(1L, 2L, 3L, 4L, 9L, 10L, 11L, 12L);
        assertThat(DamagedFiles.read(config).damaged()).hasSize(4);
    }

    @Test
    void identityThatIsGoneOrChanged_isRefused_andRestoredFromTheRecords() throws IOException {
        long id = salvage().look().journalId();
        Path file = data.resolve("journal/journal.id");
        String text = Files.readString(file);
        for (String damaged : new String[] {"", text.replace(text.charAt(3), text.charAt(3) == '0' ? '1' : '0')}) {
            Files.writeString(file, damaged);
            assertThatThrownBy(() -> JournalTailer.open(config))
                    .isInstanceOf(JournalException.class)
                    .hasMessageContaining("run `micrologs journal salvage`");
            assertThat(salvage().run().journalId()).isEqualTo(id);
            assertThat(DamagedFiles.read(config).stored()).hasSize(12);
        }
        Files.delete(file);
        assertThatThrownBy(() -> JournalAppender.open(config, clock)).hasMessageContaining("has lost its journal.id");
        assertThat(salvage().run().journalId()).isEqualTo(id);
        assertThat(Files.readString(file)).isEqualTo(text);
    }

    @Test
    void heldByAnAppender_isRefused_andToldByWhom() {
        try (JournalAppender journal = JournalAppender.open(config, clock)) {
            assertThat(journal.accepting()).isTrue();
            assertThatThrownBy(() -> salvage().run())
                    .isInstanceOf(JournalException.class)
                    .hasMessageContaining("append.lock is held by process "
                            + ProcessHandle.current().pid() + " (append)");
        }
    }

    @Test
    void cutOffAnywhere_leavesAJournal_andAnotherSalvageWorks() throws IOException {
        SalvagePlaces places = new SalvagePlaces(config.directory());
        // While it was writing.
        Files.createDirectory(places.salvaging());
        Files.writeString(places.salvaging().resolve("20260301-1200V.cq4"), "half of it");
        assertThat(DamagedFiles.read(config).stored()).hasSize(12);
        assertThat(salvage().run().recovered()).isEqualTo(12);
        // Between the two renames: whoever opens the journal does the second.
        Files.move(data.resolve("journal"), data.resolve("journal.salvaged"));
        assertThat(DamagedFiles.read(config).stored()).hasSize(12);
        Files.move(data.resolve("journal"), data.resolve("journal.salvaged"));
        assertThat(salvage().run().recovered()).isEqualTo(12);
        assertThat(names()).noneMatch(name -> name.contains("salvag"));
    }

    @Test
    void noJournal_orOneOfAnotherCycle_isAnOperatorsMessage() {
        JournalConfig nowhere = Samples.config(data.resolve("nowhere"));
        assertThatThrownBy(() -> new JournalSalvage(nowhere, clock, (step, done, all) -> {}).run())
                .isInstanceOf(JournalException.class)
                .hasMessageStartingWith("there is no journal in ");
        assertThat(Files.exists(data.resolve("nowhere"))).isFalse();
        JournalConfig hourly = Samples.config(config.directory());
        assertThatThrownBy(() -> new JournalSalvage(hourly, clock, (step, done, all) -> {}).run())
                .hasMessageContaining("is not of a journal whose journal.cycle is hourly");
        assertThatThrownBy(() -> JournalInfo.read(hourly)).hasMessageContaining("are not of journal.cycle=hourly");
        assertThatThrownBy(() -> JournalInfo.read(nowhere)).hasMessageStartingWith("there is no journal in ");
    }

    @Test
    void info_readsWithoutTheAppendersHelp_besideIt() {
        try (JournalAppender journal = JournalAppender.open(config, clock)) {
            Samples.append(journal, 13, 15);
            JournalInfo info = JournalInfo.read(config);
            assertThat(info.endSequence()).isEqualTo(15);
            assertThat(info.cycles()).isEqualTo(4);
            assertThat(info.journalId()).isEqualTo(journal.status().journalId());
            assertThat(info.oldestCycleStart()).hasToString("2026-03-01T12:00:00Z");
            assertThat(info.newestCycleStart()).hasToString("2026-03-01T12:15:00Z");
            assertThat(info.bytesOnDisk()).isBetween(4 * 30_000L, 4 * 60_000L);
        }
    }

    @Test
    void directoryRemovedOrReplacedWhileInUse_isNoticedByAppenderAndTailer() throws IOException {
        try (JournalAppender journal = JournalAppender.open(config, clock);
                JournalTailer tailer = JournalTailer.open(config, clock)) {
            assertThat(Samples.readAll(tailer)).hasSize(12);
            Files.move(data.resolve("journal"), data.resolve("elsewhere"));

            Samples.await("events are refused", () -> !journal.accepting());

            assertThat(journal.status().state()).isEqualTo(JournalStatus.State.FAIL);
            assertThat(journal.status().message())
                    .contains("was removed or replaced while it was in use; no more events are accepted until");
            tailer.doubtAtOnce();
            assertThatThrownBy(tailer::poll)
                    .isInstanceOf(JournalException.class)
                    .hasMessageContaining("was removed or replaced while it was in use");
        }
    }

    @Test
    void removedDirectory_isANewJournal_andNothingNewIsSkipped() throws IOException {
        List<JournalRecord> before = DamagedFiles.read(config).stored();
        SalvagePlaces.deleteAll(config.directory());
        try (JournalAppender journal = JournalAppender.open(config, InstantSource.system())) {
            Samples.append(journal, 101, 103);
        }
        try (JournalTailer tailer = JournalTailer.open(config)) {
            assertThat(tailer.resume(before.get(1).checkpoint())).isEqualTo(Resume.REPLACED);
            List<JournalRecord> after = Samples.readAll(tailer);
            assertThat(Samples.eventIds(after)).containsExactly(101L, 102L, 103L);
            assertThat(after.get(0).checkpoint().journalId())
                    .isNotEqualTo(before.get(0).checkpoint().journalId());
            assertThat(after.get(0).checkpoint().epoch())
                    .isNotEqualTo(before.get(0).checkpoint().epoch());
        }
    }

    private JournalSalvage salvage() {
        return new JournalSalvage(config, clock, (step, done, all) -> {});
    }

    private Path file(int number) throws IOException {
        return DamagedFiles.cycles(config.directory()).get(number);
    }

    private static long frameOf(Path cycle, long eventId) throws IOException {
        List<Long> at = new ArrayList<>();
        try (CycleFile file = CycleFile.open(cycle)) {
            file.scan(0, (bytes, in, length, position) -> {
                if (RecordFrame.getLong(bytes, in + RecordFrame.EVENT_ID_AT) == eventId) {
                    at.add(position);
                }
            });
        }
        return at.get(0);
    }

    private static void overwrite(Path cycle, long at, int count) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(cycle.toFile(), "rw")) {
            file.seek(at);
            file.write(new byte[count]);
        }
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(data)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }
}

package io.micrologs.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import java.util.zip.CRC32C;
import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.queue.ExcerptAppender;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalTailerTest {
    private static final byte[] HEADER_OF_ZEROS = new byte[Integer.BYTES];

    @TempDir
    Path temporary;

    // Resuming

    @Test
    void noCheckpoint_startsAtTheOldestRecord() {
        JournalConfig config = appended("journal", 1, 3);
        try (JournalTailer tailer = JournalTailer.open(config)) {
            Samples.readAll(tailer);

            assertThat(tailer.resume(null)).isEqualTo(Resume.START);
            assertThat(Samples.sequences(Samples.readAll(tailer))).containsExactly(1L, 2L, 3L);
        }
    }

    @Test
    void emptyDirectory_startsAndWaits() {
        JournalConfig config = Samples.config(temporary.resolve("new"));
        try (JournalTailer tailer = JournalTailer.open(config)) {
            assertThat(tailer.resume(null)).isEqualTo(Resume.START);
            assertThat(tailer.poll()).isNull();
            assertThat(tailer.endSequence()).isZero();

            try (JournalAppender journal = JournalAppender.open(config, InstantSource.system())) {
                assertThat(journal.status().journalId()).isEqualTo(tailer.journalId());
                Samples.append(journal, 1, 2);
                List<JournalRecord> records = new ArrayList<>();
                Samples.await("both are read", () -> {
                    records.addAll(Samples.readAll(tailer));
                    return records.size() == 2;
                });
            }
        }
    }

    @Test
    void eachCheckpoint_resumesBehindItsRecord() {
        JournalConfig config = appended("journal", 1, 20);
        List<JournalRecord> all = readAll(config);

        try (JournalTailer tailer = JournalTailer.open(config)) {
            for (JournalRecord record : all) {
                assertThat(tailer.resume(record.checkpoint())).isEqualTo(Resume.SAME);
                long loaded = record.checkpoint().sequence();
                assertThat(Samples.sequences(Samples.readAll(tailer)))
                        .isEqualTo(
                                LongStream.rangeClosed(loaded + 1, 20).boxed().toList());
            }
        }
    }

    @Test
    void checkpointAtTheEnd_goesOnWithWhatComesLater_inALaterEpochToo() {
        JournalConfig config = appended("journal", 1, 5);
        Checkpoint last = last(readAll(config));
        try (JournalTailer tailer = JournalTailer.open(config)) {
            assertThat(tailer.resume(last)).isEqualTo(Resume.SAME);
            assertThat(tailer.poll()).isNull();

            appended("journal", 6, 7);

            assertThat(Samples.sequences(Samples.readAll(tailer))).containsExactly(6L, 7L);
        }
    }

    @Test
    void checkpointThatDiffersInAnything_isReplaced() {
        JournalConfig config = appended("journal", 1, 5);
        Checkpoint it = readAll(config).get(2).checkpoint();
        List<Checkpoint> others = List.of(
                new Checkpoint(it.journalId() + 1, it.epoch(), it.sequence(), it.index(), it.crc()),
                new Checkpoint(it.journalId(), it.epoch() - 1, it.sequence(), it.index(), it.crc()),
                new Checkpoint(it.journalId(), it.epoch(), it.sequence() + 1, it.index(), it.crc()),
                new Checkpoint(it.journalId(), it.epoch(), it.sequence(), it.index() + 1, it.crc()),
                new Checkpoint(it.journalId(), it.epoch(), it.sequence(), it.index() + 1000, it.crc()),
                new Checkpoint(it.journalId(), it.epoch(), it.sequence(), it.index() << 8, it.crc()),
                new Checkpoint(it.journalId(), it.epoch(), it.sequence(), 0, it.crc()),
                new Checkpoint(it.journalId(), it.epoch(), it.sequence(), -1, it.crc()),
                new Checkpoint(it.journalId(), it.epoch(), it.sequence(), Long.MIN_VALUE, it.crc()),
                new Checkpoint(it.journalId(), it.epoch(), it.sequence(), it.index(), it.crc() ^ 1));

        try (JournalTailer tailer = JournalTailer.open(config)) {
            for (Checkpoint other : others) {
                assertThat(tailer.resume(other)).as("%s", other).isEqualTo(Resume.REPLACED);
                assertThat(Samples.sequences(Samples.readAll(tailer))).containsExactly(1L, 2L, 3L, 4L, 5L);
            }
        }
    }

    @Test
    void olderCopyOfTheDirectory_isReplaced_andNothingIsSkippedOrDoubled() throws IOException {
        JournalConfig config = appended("journal", 1, 5);
        Path copy = copy(config.directory(), "copy");
        appended("journal", 6, 9);
        Map<Integer, Long> loaded = highestSequences(readAll(config));
        Checkpoint checkpoint = last(readAll(config));

        JournalConfig restored = Samples.config(copy);
        InstantSource aMinuteLater = InstantSource.offset(InstantSource.system(), Duration.ofMinutes(1));
        try (JournalAppender journal = JournalAppender.open(restored, aMinuteLater)) {
            Samples.append(journal, 101, 104);
        }

        try (JournalTailer tailer = JournalTailer.open(restored)) {
            assertThat(tailer.resume(checkpoint)).isEqualTo(Resume.REPLACED);
            List<JournalRecord> unloaded = Samples.readAll(tailer).stream()
                    .filter(record -> record.checkpoint().sequence()
                            > loaded.getOrDefault(record.checkpoint().epoch(), 0L))
                    .toList();
            assertThat(Samples.eventIds(unloaded)).containsExactly(101L, 102L, 103L, 104L);
            assertThat(Samples.sequences(unloaded)).containsExactly(6L, 7L, 8L, 9L);
        }
    }

    @Test
    void anotherJournalInItsPlace_isReplaced() {
        JournalConfig config = appended("journal", 1, 5);
        JournalConfig other = appended("other", 1, 5);

        try (JournalTailer tailer = JournalTailer.open(other)) {
            assertThat(tailer.resume(last(readAll(config)))).isEqualTo(Resume.REPLACED);
            assertThat(Samples.readAll(tailer)).hasSize(5);
        }
    }

    // Damage

    @Test
    void damagedPayload_comesOutAsBytes_andTheRestIsRead() throws IOException {
        JournalConfig config = appended("journal", 1, 9);
        List<Long> starts = frameStarts(config);
        flip(config, starts.get(3) + RecordFrame.BODY_AT + 20);
        flip(config, starts.get(4) + RecordFrame.SEQUENCE_AT + 7);

        List<Polled> polled = pollAll(config);

        assertThat(polled).hasSize(9);
        Polled.Damaged first = (Polled.Damaged) polled.get(3);
        Polled.Damaged second = (Polled.Damaged) polled.get(4);
        assertThat(first.reason()).isEqualTo("its CRC does not hold");
        assertThat(first.projectIdOrZero()).isZero();
        assertThat(first.bytes()).hasSizeGreaterThan(RecordFrame.LENGTH_MIN);
        assertThat(first.position().sequence()).isEqualTo(4);
        assertThat(second.position().sequence()).isEqualTo(5);
        assertThat(polled.get(5)).isInstanceOf(Polled.Stored.class);

        try (JournalTailer tailer = JournalTailer.open(config)) {
            assertThat(tailer.resume(first.position())).isEqualTo(Resume.SAME);
            assertThat(tailer.poll()).usingRecursiveComparison().isEqualTo(second);
            assertThat(tailer.resume(second.position())).isEqualTo(Resume.SAME);
            assertThat(Samples.sequences(Samples.readAll(tailer))).containsExactly(6L, 7L, 8L, 9L);
        }
    }

    @Test
    void damagedLastRecord_keepsItsNumber() throws IOException {
        JournalConfig config = appended("journal", 1, 3);
        flip(config, frameStarts(config).get(2) + RecordFrame.BODY_AT);

        appended("journal", 4, 4);

        List<Polled> polled = pollAll(config);
        assertThat(polled.get(2)).isInstanceOf(Polled.Damaged.class);
        assertThat(polled.get(3))
                .isInstanceOfSatisfying(
                        Polled.Stored.class,
                        stored -> assertThat(stored.record().checkpoint().sequence())
                                .isEqualTo(4));
    }

    @Test
    void zeroedHeader_isAnException_neverTheEnd() throws IOException {
        JournalConfig config = appended("journal", 1, 9);
        write(config, frameStarts(config).get(4) - Integer.BYTES, HEADER_OF_ZEROS);

        try (JournalTailer tailer = JournalTailer.open(config)) {
            assertThatThrownBy(() -> Samples.await("the damage is seen", () -> {
                        while (tailer.poll() != null) {}
                        return false;
                    }))
                    .isInstanceOf(JournalException.class)
                    .hasMessageContaining("the journal is damaged behind record")
                    .hasMessageContaining("F.cq4");
        }
    }

    @Test
    void tailOfZeros_isNotAppendedBehind_whatIsGoneComesOutAsDamaged() throws IOException {
        JournalConfig config = appended("journal", 1, 9);
        // What a power cut can do: the last records are zeros again.
        long lost = frameStarts(config).get(6) - Integer.BYTES;
        write(config, lost, new byte[16 * 1024]);
        appended("journal", 101, 103);

        DamagedFiles.Reading reading = DamagedFiles.read(config);

        assertThat(reading.thrown()).isNull();
        assertThat(reading.ids()).containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 101L, 102L, 103L);
        assertThat(reading.damaged())
                .hasSize(3)
                .allMatch(Polled.Damaged::lost)
                .allSatisfy(damaged -> assertThat(damaged.reason()).startsWith("was lost: no whole record of it in "));
        assertThat(reading.damaged().stream().map(damaged -> damaged.position().sequence()))
                .containsExactly(7L, 8L, 9L);
    }

    @Test
    void anyFlippedByteOfAHeader_skipsNothingInSilence() throws IOException {
        JournalConfig config = appended("journal", 1, 9);
        long headerAt = frameStarts(config).get(4) - Integer.BYTES;
        for (int at = 0; at < Integer.BYTES; at++) {
            for (int bit = 0; bit < Byte.SIZE; bit++) {
                flip(config, headerAt + at, 1 << bit);
                assertNothingSilent(config, "bit " + bit + " of header byte " + at);
                flip(config, headerAt + at, 1 << bit);
            }
        }
        assertThat(readAll(config)).hasSize(9);
    }

    // Later versions

    @Test
    void laterVersionOrKind_staysInFrontOfIt() {
        JournalConfig config = appended("journal", 1, 2);
        long journalId = rawAppend(config, frame(2, RecordFrame.KIND_PAGEVIEW, 3));

        try (JournalTailer tailer = JournalTailer.open(config)) {
            assertThat(Samples.readPolled(tailer, 2)).allMatch(polled -> polled instanceof Polled.Stored);
            Polled first = tailer.poll();
            assertThat(first).isInstanceOfSatisfying(Polled.TooNew.class, tooNew -> {
                assertThat(tooNew.version()).isEqualTo(2);
                assertThat(tooNew.kind()).isEqualTo(RecordFrame.KIND_PAGEVIEW);
                assertThat(tooNew.position().journalId()).isEqualTo(journalId);
            });
            assertThat(tailer.poll()).isEqualTo(first);
        }
        JournalConfig other = appended("other", 1, 1);
        rawAppend(other, frame(RecordFrame.VERSION, RecordFrame.KIND_LOST + 1, 2));
        assertThat(pollAll(other, 2).get(1)).isInstanceOf(Polled.TooNew.class);
    }

    @Test
    void soundFrameWithoutAnEvent_isDamaged_withItsProject() {
        JournalConfig config = appended("journal", 1, 1);
        rawAppend(config, frame(RecordFrame.VERSION, RecordFrame.KIND_AUDIT, 2));

        assertThat(pollAll(config).get(1)).isInstanceOfSatisfying(Polled.Damaged.class, damaged -> {
            assertThat(damaged.projectIdOrZero()).isEqualTo(7);
            assertThat(damaged.reason()).isEqualTo("is an audit event without an action");
            assertThat(damaged.position().sequence()).isEqualTo(2);
        });
    }

    @Test
    void otherCycle_isAnOperatorsMessage() {
        JournalConfig config = appended("journal", 1, 1);
        JournalConfig other = new JournalConfig(
                config.directory(), "daily", config.retain(), config.bytesMax(), config.freeBytesMin(), 64);

        assertThatThrownBy(() -> JournalTailer.open(other))
                .isInstanceOf(JournalException.class)
                .hasMessageStartingWith("journal.cycle is daily, but the files in ");
    }

    /** An appender's life in which these events are appended. */
    private JournalConfig appended(String name, long from, long to) {
        JournalConfig config = Samples.config(temporary.resolve(name));
        try (JournalAppender journal = JournalAppender.open(config, InstantSource.system())) {
            Samples.append(journal, from, to);
        }
        return config;
    }

    private static List<JournalRecord> readAll(JournalConfig config) {
        try (JournalTailer tailer = JournalTailer.open(config)) {
            return Samples.readAll(tailer);
        }
    }

    private static List<Polled> pollAll(JournalConfig config) {
        return pollAll(config, Integer.MAX_VALUE);
    }

    private static List<Polled> pollAll(JournalConfig config, int max) {
        try (JournalTailer tailer = JournalTailer.open(config)) {
            return Samples.readPolled(tailer, max);
        }
    }

    private static Checkpoint last(List<JournalRecord> records) {
        return records.get(records.size() - 1).checkpoint();
    }

    private static Map<Integer, Long> highestSequences(List<JournalRecord> records) {
        Map<Integer, Long> highest = new HashMap<>();
        for (JournalRecord record : records) {
            highest.merge(record.checkpoint().epoch(), record.checkpoint().sequence(), Math::max);
        }
        return highest;
    }

    /** Either everything is read, or something is reported. */
    private static void assertNothingSilent(JournalConfig config, String what) {
        List<Polled> polled = new ArrayList<>();
        JournalException thrown = null;
        try (JournalTailer tailer = JournalTailer.open(config)) {
            tailer.doubtAtOnce();
            @Nullable Polled next = tailer.poll();
            while (next != null) {
                polled.add(next);
                next = tailer.poll();
            }
        } catch (JournalException e) {
            thrown = e;
        }
        boolean reported = thrown != null || polled.stream().anyMatch(Polled.Damaged.class::isInstance);
        long stored = polled.stream().filter(Polled.Stored.class::isInstance).count();
        assertThat(reported || stored == 9)
                .as("%s: %s stored, %s", what, stored, thrown)
                .isTrue();
    }

    /** A frame of this version and kind with an empty body. */
    private static byte[] frame(int version, int kind, long sequence) {
        byte[] frame = new byte[RecordFrame.LENGTH_MIN];
        RecordFrame.begin(frame, 0, kind, 1, 2, 7);
        frame[RecordFrame.VERSION_AT] = (byte) version;
        RecordFrame.putInt(frame, RecordFrame.LENGTH_AT, frame.length);
        RecordFrame.seal(frame, 0, Integer.MAX_VALUE, sequence, new CRC32C());
        return frame;
    }

    private static long rawAppend(JournalConfig config, byte[] frame) {
        JournalDirectory directory = JournalDirectory.open(config);
        try (SingleChronicleQueue queue = directory.openQueue(directory.clock(InstantSource.system()));
                ExcerptAppender appender = queue.createAppender()) {
            appender.writeBytes(Bytes.wrapForRead(frame));
        }
        return directory.journalId();
    }

    /** Where in the only cycle's file the events' frames begin. */
    private static List<Long> frameStarts(JournalConfig config) throws IOException {
        List<Long> starts = new ArrayList<>();
        try (RandomAccessFile file = cycleFile(config)) {
            byte[] bytes = new byte[1 << 20];
            file.readFully(bytes);
            for (int at = 0; at < bytes.length - RecordFrame.LENGTH_MIN; at++) {
                byte[] frame = Arrays.copyOfRange(bytes, at, at + RecordFrame.BODY_AT);
                if (frame[0] == 'M' && frame[1] == 'L' && frame[RecordFrame.KIND_AT] == RecordFrame.KIND_PAGEVIEW) {
                    starts.add((long) at);
                }
            }
        }
        return starts;
    }

    private static RandomAccessFile cycleFile(JournalConfig config) throws IOException {
        JournalDirectory directory = JournalDirectory.open(config);
        return new RandomAccessFile(
                directory.file(directory.cycles().firstKey()).toFile(), "rw");
    }

    private static void flip(JournalConfig config, long at) throws IOException {
        flip(config, at, 0x40);
    }

    private static void flip(JournalConfig config, long at, int bits) throws IOException {
        try (RandomAccessFile file = cycleFile(config)) {
            file.seek(at);
            int was = file.read();
            file.seek(at);
            file.write(was ^ bits);
        }
    }

    private static void write(JournalConfig config, long at, byte[] bytes) throws IOException {
        try (RandomAccessFile file = cycleFile(config)) {
            file.seek(at);
            file.write(bytes);
        }
    }

    private Path copy(Path directory, String name) throws IOException {
        Path copy = temporary.resolve(name);
        Files.walkFileTree(directory, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path from, BasicFileAttributes attributes) throws IOException {
                Files.createDirectories(copy.resolve(directory.relativize(from)));
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path from, BasicFileAttributes attributes) throws IOException {
                Files.copy(from, copy.resolve(directory.relativize(from)));
                return FileVisitResult.CONTINUE;
            }
        });
        return copy;
    }
}

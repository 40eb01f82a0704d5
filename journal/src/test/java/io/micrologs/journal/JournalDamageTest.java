package io.micrologs.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A journal cut off at any byte, or with a bit, a sector or a page changed anywhere in its files, compared with what was
 * acknowledged. Either all events come out, each that does not is reported in its place, or the tailer stops and says what
 * to do; after that the salvage recovers every record whose CRC holds, and accounts for the others.
 */
class JournalDamageTest {
    private static final int TRIALS = 30;
    private static final int EVENTS = 90;
    private static final int PAGE = 4096;
    private static final int SECTOR = 512;

    @TempDir
    Path temporary;

    private enum Damage {
        TRUNCATED,
        BIT,
        BYTE,
        SECTOR_OF_ZEROS,
        PAGE_OF_ZEROS,
        PAGE_OF_NOISE
    }

    @Test
    void damageAnywhere_isFound_andNothingIsSkippedSilently() throws IOException {
        Path whole = temporary.resolve("whole").resolve("journal");
        List<JournalRecord> acknowledged = append(config(whole));
        Map<String, byte[]> contents = DamagedFiles.contents(whole);
        Map<String, Long> sizes = DamagedFiles.sizes(whole);
        long first = DamagedFiles.seed();
        for (int i = 0; i < DamagedFiles.trials(TRIALS); i++) {
            long seed = first + i;
            Random random = new Random(seed);
            Path directory = temporary.resolve("trial-" + seed).resolve("journal");
            String what = damage(random, contents, sizes, directory);
            try {
                check(random, config(directory), acknowledged);
            } catch (AssertionError | RuntimeException e) {
                fail(what + ", seed " + seed + "; " + DamagedFiles.repeat("JournalDamageTest", seed), e);
            }
            SalvagePlaces.deleteAll(directory.getParent());
        }
    }

    /** Some are loaded before the damage, the rest after it. */
    private static void check(Random random, JournalConfig config, List<JournalRecord> acknowledged)
            throws IOException {
        List<Long> sound = DamagedFiles.soundIds(config.directory());
        int loadedCount = random.nextInt(EVENTS);
        List<JournalRecord> loaded = acknowledged.subList(0, loadedCount);
        Map<Integer, Long> loadedEpochs = new HashMap<>();
        loaded.forEach(record -> loadedEpochs.merge(
                record.checkpoint().epoch(), record.checkpoint().sequence(), Math::max));
        Checkpoint checkpoint =
                loaded.isEmpty() ? null : loaded.get(loadedCount - 1).checkpoint();

        DamagedFiles.Reading reading = DamagedFiles.read(config, checkpoint, loadedEpochs);

        List<Long> expected = Samples.eventIds(acknowledged.subList(loadedCount, EVENTS));
        requireInOrderOnce(reading, expected);
        long missing = expected.size() - reading.stored().size();
        if (reading.thrown() == null) {
            assertThat((long) reading.damaged().size())
                    .as("reported of %s missing", missing)
                    .isGreaterThanOrEqualTo(missing);
        } else {
            assertThat(reading.thrown()).hasMessageContaining("micrologs journal salvage");
        }
        salvage(config, sound, acknowledged, checkpoint, loadedEpochs);
    }

    private static void salvage(
            JournalConfig config,
            List<Long> sound,
            List<JournalRecord> acknowledged,
            Checkpoint checkpoint,
            Map<Integer, Long> loadedEpochs)
            throws IOException {
        SalvageReport report =
                new JournalSalvage(config, java.time.InstantSource.system(), (step, done, all) -> {}).run();
        assertThat(report.recovered()).isEqualTo(sound.size());
        DamagedFiles.Reading all = DamagedFiles.read(config);
        assertThat(all.thrown()).isNull();
        assertThat(all.ids()).isEqualTo(sound);
        assertThat(all.damaged()).hasSize((int) report.lost()).allMatch(Polled.Damaged::lost);
        List<Long> numbers = new ArrayList<>(Samples.sequences(all.stored()));
        all.damaged().forEach(damaged -> numbers.add(damaged.position().sequence()));
        numbers.sort(null);
        List<Long> allNumbers = LongStream.rangeClosed(1, EVENTS).boxed().toList();
        if (report.notes().stream().noneMatch(note -> note.contains("is not known"))) {
            // An epoch's start that is gone at the very end counts as an event, because nobody can tell.
            assertThat(numbers).startsWith(allNumbers.toArray(Long[]::new)).hasSizeLessThanOrEqualTo(EVENTS + 1);
        } else {
            assertThat(numbers).doesNotHaveDuplicates();
        }
        // What was loaded stays loaded, and nothing else is skipped.
        DamagedFiles.Reading rest = DamagedFiles.read(config, checkpoint, loadedEpochs);
        List<Long> unloaded = new ArrayList<>(sound);
        unloaded.removeAll(Samples.eventIds(acknowledged.subList(0, (int)
                loadedEpochs.values().stream().mapToLong(Long::longValue).max().orElse(0))));
        assertThat(rest.ids()).isEqualTo(unloaded);
        goesOn(config, all.ids());
    }

    private static void goesOn(JournalConfig config, List<Long> before) {
        try (JournalAppender journal = JournalAppender.open(config, java.time.InstantSource.system())) {
            Samples.append(journal, 1001, 1002);
        }
        List<Long> ids = new ArrayList<>(before);
        ids.addAll(List.of(1001L, 1002L));
        DamagedFiles.Reading reading = DamagedFiles.read(config);
        assertThat(reading.thrown()).isNull();
        assertThat(reading.ids()).isEqualTo(ids);
    }

    private static void requireInOrderOnce(DamagedFiles.Reading reading, List<Long> expected) {
        List<Long> ids = reading.ids();
        assertThat(ids).doesNotHaveDuplicates().isSorted();
        assertThat(expected).containsAll(ids);
    }

    /** Two epochs, three cycles, events of many sizes. */
    private static List<JournalRecord> append(JournalConfig config) {
        TestClock clock = new TestClock();
        for (int life = 0; life < 2; life++) {
            try (JournalAppender journal = JournalAppender.open(config, clock)) {
                long from = life * EVENTS / 2 + 1;
                Samples.append(journal, from, from + EVENTS / 4);
                clock.move(Duration.ofMinutes(5));
                Samples.append(journal, from + EVENTS / 4 + 1, from + EVENTS / 2 - 1);
            }
        }
        List<JournalRecord> records = DamagedFiles.read(config).stored();
        assertThat(records).hasSize(EVENTS);
        return records;
    }

    private static String damage(Random random, Map<String, byte[]> contents, Map<String, Long> sizes, Path into)
            throws IOException {
        List<String> names = contents.keySet().stream()
                .filter(name -> name.endsWith(".cq4") || random.nextInt(6) == 0)
                .filter(name -> contents.get(name).length > 0)
                .toList();
        String name = names.get(random.nextInt(names.size()));
        Damage damage = Damage.values()[random.nextInt(Damage.values().length)];
        byte[] bytes = contents.get(name).clone();
        int at = at(random, bytes.length);
        Map<String, Long> damagedSizes = new HashMap<>(sizes);
        switch (damage) {
            case TRUNCATED -> {
                bytes = Arrays.copyOf(bytes, at);
                damagedSizes.put(name, (long) at);
            }
            case BIT -> bytes[at] ^= (byte) (1 << random.nextInt(Byte.SIZE));
            case BYTE -> bytes[at] ^= (byte) (1 + random.nextInt(255));
            case SECTOR_OF_ZEROS -> fill(random, bytes, at, SECTOR, false);
            case PAGE_OF_ZEROS -> fill(random, bytes, at, PAGE, false);
            case PAGE_OF_NOISE -> fill(random, bytes, at, PAGE, true);
        }
        Map<String, byte[]> damaged = new TreeMap<>(contents);
        damaged.put(name, bytes);
        DamagedFiles.write(into, damaged, damagedSizes);
        return damage + " at " + at + " of " + name;
    }

    /** Mostly in the records, and not in the long empty index pages; sometimes in the head, where Chronicle waits for long. */
    private static int at(Random random, int length) {
        return switch (random.nextInt(8)) {
            case 0 -> random.nextInt(Math.min(300, length));
            case 1, 2, 3 -> random.nextInt(length);
            default -> Math.max(0, length - 1 - random.nextInt(Math.min(length, EVENTS * 100)));
        };
    }

    private static void fill(Random random, byte[] bytes, int around, int size, boolean noise) {
        int from = around / size * size;
        byte[] page = new byte[Math.min(size, bytes.length - from)];
        if (noise) {
            random.nextBytes(page);
        }
        System.arraycopy(page, 0, bytes, from, page.length);
    }

    private static JournalConfig config(Path directory) {
        return new JournalConfig(directory, "five-minutely", Duration.ofDays(7), 20L << 30, 0, 1024);
    }
}

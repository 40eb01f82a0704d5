package io.micrologs.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A power cut, played: the disk has what was forced, and of everything written since any subset of its sectors or pages.
 * Chronicle writes through a mapping, so what was written since is what differs between the files at the last force and
 * the files at the cut.
 */
class PowerCutTest {
    private static final int TRIALS = 10;
    private static final int SECTOR = 512;
    private static final int PAGE = 4096;
    private static final long FIRST_ID_AFTER = 1_000_000;

    @TempDir
    Path temporary;

    @Test
    void powerMode_losesNothingThatWasAcknowledged() throws IOException {
        long first = DamagedFiles.seed();
        for (int i = 0; i < DamagedFiles.trials(TRIALS); i++) {
            cutAndComeBack(first + i, Durability.POWER);
        }
    }

    @Test
    void processMode_comesBackByItself_readsOn_andCallsWhatIsGoneByNumber() throws IOException {
        long first = DamagedFiles.seed();
        for (int i = 0; i < DamagedFiles.trials(TRIALS); i++) {
            cutAndComeBack(first + i, Durability.PROCESS);
        }
    }

    private void cutAndComeBack(long seed, Durability durability) throws IOException {
        Random random = new Random(seed);
        Path directory = temporary.resolve(durability + "-" + seed);
        Run run = new Run(random, config(directory.resolve("journal"), durability));
        run.untilTheCut();
        Path image = directory.resolve("after").resolve("journal");
        run.disk.image(random, image);
        List<Long> sound = DamagedFiles.soundIds(image);
        JournalConfig config = config(image, durability);
        try {
            comeBack(run, config, sound);
        } catch (AssertionError | RuntimeException e) {
            fail(durability + ", seed " + seed + "; " + DamagedFiles.repeat("PowerCutTest", seed), e);
        }
        SalvagePlaces.deleteAll(directory);
    }

    private static void comeBack(Run run, JournalConfig config, List<Long> sound) {
        try (JournalAppender journal = JournalAppender.open(
                config, run.clock, new Machine(() -> Long.MAX_VALUE, new NoForce(), "after the cut"))) {
            Samples.append(journal, FIRST_ID_AFTER, FIRST_ID_AFTER + 2);
        }
        DamagedFiles.Reading reading = DamagedFiles.read(config);
        if (reading.thrown() != null) {
            // Of a cycle before the last two: found, and mended by the command.
            assertThat(config.durability()).isEqualTo(Durability.PROCESS);
            assertThat(reading.thrown()).hasMessageContaining("micrologs journal salvage");
            new JournalSalvage(config, run.clock, (step, done, all) -> {}).run();
            reading = DamagedFiles.read(config);
        }
        assertThat(reading.thrown()).isNull();
        List<Long> ids = reading.ids();
        assertThat(ids).doesNotHaveDuplicates().containsAll(sound).endsWith(1_000_000L, 1_000_001L, 1_000_002L);
        if (config.durability() == Durability.POWER) {
            assertThat(ids).containsAll(run.acknowledged);
        }
        Set<Long> sent = new HashSet<>(ids);
        sent.removeIf(id -> id <= run.sent || id >= FIRST_ID_AFTER);
        assertThat(sent).as("stored and never sent").isEmpty();
        requireAllNumbers(reading);
    }

    /** Each number from the first, whose cycle may be gone, to the last is an event's or a damaged record's. */
    private static void requireAllNumbers(DamagedFiles.Reading reading) {
        List<Long> numbers = new ArrayList<>(Samples.sequences(reading.stored()));
        reading.damaged().forEach(damaged -> numbers.add(damaged.position().sequence()));
        numbers.sort(null);
        long first = numbers.get(0);
        assertThat(numbers)
                .isEqualTo(
                        LongStream.range(first, first + numbers.size()).boxed().toList());
    }

    private static JournalConfig config(Path directory, Durability durability) {
        return new JournalConfig(directory, "five-minutely", Duration.ofDays(7), 20L << 30, 0, 1024, durability);
    }

    /** Appends in bursts until the power is cut in the middle of a force, or where one would be. */
    private static final class Run {
        final TestClock clock = new TestClock();
        final Set<Long> acknowledged = ConcurrentHashMap.newKeySet();
        final Disk disk;
        private final Random random;
        private final JournalConfig config;
        long sent;

        Run(Random random, JournalConfig config) throws IOException {
            this.random = random;
            this.config = config;
            this.disk = new Disk(config.directory(), 3 + random.nextInt(8));
        }

        void untilTheCut() throws IOException {
            try (JournalAppender journal =
                    JournalAppender.open(config, clock, new Machine(() -> Long.MAX_VALUE, disk, "before the cut"))) {
                AppendLane lane = new AppendLane(Runnable::run);
                int bursts = 4 + random.nextInt(12);
                for (int burst = 0; burst < bursts && !disk.cut; burst++) {
                    if (random.nextInt(4) == 0) {
                        clock.move(Duration.ofMinutes(5));
                    }
                    offer(journal, lane, 1 + random.nextInt(60));
                }
                disk.cutIfNotYet();
            }
        }

        private void offer(JournalAppender journal, AppendLane lane, int count) {
            List<Long> done = java.util.Collections.synchronizedList(new ArrayList<>());
            int taken = 0;
            for (int i = 0; i < count; i++) {
                long id = ++sent;
                Append append = new Append(lane) {
                    @Override
                    protected void completed(boolean appended) {
                        if (appended && !disk.cut) {
                            acknowledged.add(id);
                        }
                        done.add(id);
                    }
                };
                append.add(Samples.envelope(id), Samples.pageview(id));
                taken += journal.offer(append) ? 1 : 0;
            }
            int offered = taken;
            Samples.await("the burst is completed", () -> done.size() == offered);
        }
    }

    private static final class NoForce implements DiskForce {
        @Override
        public void file(Path file) {}

        @Override
        public void directory(Path path) {}
    }

    /** Remembers what was forced, and what was there when the power went. Writer's thread, then the test's. */
    private static final class Disk implements DiskForce {
        private final Path directory;
        private final int cutAt;
        private final Map<String, byte[]> forced = new HashMap<>();
        private final Set<String> named = new HashSet<>();
        private Map<String, byte[]> written = new TreeMap<>();
        private Map<String, Long> sizes = Map.of();
        private int forces;
        volatile boolean cut;

        Disk(Path directory, int cutAt) {
            this.directory = directory;
            this.cutAt = cutAt;
        }

        @Override
        public void file(Path file) throws IOException {
            dieIfDue();
            forced.put(file.getFileName().toString(), DamagedFiles.content(file));
        }

        @Override
        public void directory(Path path) throws IOException {
            dieIfDue();
            named.addAll(DamagedFiles.contents(path).keySet());
        }

        private void dieIfDue() throws IOException {
            if (++forces == cutAt) {
                cutIfNotYet();
            }
            if (cut) {
                throw new IOException("the power is cut");
            }
        }

        void cutIfNotYet() throws IOException {
            if (!cut) {
                written = DamagedFiles.contents(directory);
                sizes = DamagedFiles.sizes(directory);
                cut = true;
            }
        }

        /** What may be on the disk. */
        void image(Random random, Path into) throws IOException {
            Map<String, byte[]> image = new TreeMap<>();
            double kept = random.nextDouble();
            for (Map.Entry<String, byte[]> file : written.entrySet()) {
                String name = file.getKey();
                boolean safe = name.equals("journal.id") || named.contains(name) && forced.containsKey(name);
                if (safe || random.nextInt(4) > 0) {
                    byte[] old = name.equals("journal.id") ? file.getValue() : forced.getOrDefault(name, new byte[0]);
                    int grain = random.nextBoolean() ? SECTOR : PAGE;
                    image.put(name, mixed(random, old, file.getValue(), grain, kept));
                }
            }
            Files.createDirectories(into);
            DamagedFiles.write(into, image, sizes);
        }

        private static byte[] mixed(Random random, byte[] old, byte[] now, int grain, double kept) {
            byte[] mixed = Arrays.copyOf(old, Math.max(old.length, now.length));
            for (int at = 0; at < now.length; at += grain) {
                if (random.nextDouble() < kept) {
                    System.arraycopy(now, at, mixed, at, Math.min(grain, now.length - at));
                }
            }
            return mixed;
        }
    }
}

package io.micrologs.journal;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** What the suites of damaged journals share: files as bytes, and a journal read to its end. */
final class DamagedFiles {
    /** What looks like a file in the making is damage when it still does at the next look, which is a second later. */
    private static final int ENDS = 3;

    private static final int CHUNK = 1 << 16;

    private DamagedFiles() {}

    /** What a tailer gave until it ended or threw. */
    record Reading(List<JournalRecord> stored, List<Polled.Damaged> damaged, JournalException thrown) {
        List<Long> ids() {
            return Samples.eventIds(stored);
        }
    }

    /** To the journal's end, which is doubted at once. */
    static Reading read(JournalConfig config, Checkpoint from, Map<Integer, Long> loaded) {
        List<JournalRecord> stored = new ArrayList<>();
        List<Polled.Damaged> damaged = new ArrayList<>();
        try (JournalTailer tailer = JournalTailer.open(config)) {
            tailer.resume(from);
            int ends = 0;
            while (true) {
                tailer.doubtAtOnce();
                Polled polled = tailer.poll();
                if (polled == null && ++ends < ENDS) {
                    continue;
                }
                if (polled == null) {
                    return new Reading(stored, damaged, null);
                }
                Checkpoint at = polled instanceof Polled.Stored it
                        ? it.record().checkpoint()
                        : ((Polled.Damaged) polled).position();
                if (at.sequence() <= loaded.getOrDefault(at.epoch(), 0L)) {
                    continue;
                }
                if (polled instanceof Polled.Stored it) {
                    stored.add(it.record());
                } else {
                    damaged.add((Polled.Damaged) polled);
                }
            }
        } catch (JournalException e) {
            return new Reading(stored, damaged, e);
        }
    }

    static Reading read(JournalConfig config) {
        return read(config, null, Map.of());
    }

    /** The event ids of the records whose CRC holds, found without Chronicle, cycle by cycle. */
    static List<Long> soundIds(Path directory) throws IOException {
        List<Long> ids = new ArrayList<>();
        for (Path path : cycles(directory)) {
            try (CycleFile file = CycleFile.open(path)) {
                file.scan(0, (bytes, at, length, position) -> {
                    if (RecordFrame.kind(bytes, at) == RecordFrame.KIND_PAGEVIEW) {
                        ids.add(RecordFrame.getLong(bytes, at + RecordFrame.EVENT_ID_AT));
                    }
                });
            }
        }
        return ids;
    }

    static List<Path> cycles(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(".cq4"))
                    .sorted()
                    .toList();
        }
    }

    /** All files of a directory, each without the zeros at its end, by name. */
    static Map<String, byte[]> contents(Path directory) throws IOException {
        Map<String, byte[]> contents = new TreeMap<>();
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                contents.put(file.getFileName().toString(), content(file));
            }
        }
        return contents;
    }

    static byte[] content(Path file) throws IOException {
        byte[] all = new byte[(int) Math.min(Files.size(file), 4 << 20)];
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            ByteBuffer into = ByteBuffer.wrap(all);
            while (into.hasRemaining() && channel.read(into, into.position()) >= 0) {}
        }
        int end = all.length;
        while (end > 0 && all[end - 1] == 0) {
            end--;
        }
        return java.util.Arrays.copyOf(all, end);
    }

    static Map<String, Long> sizes(Path directory) throws IOException {
        Map<String, Long> sizes = new LinkedHashMap<>();
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                sizes.put(file.getFileName().toString(), Files.size(file));
            }
        }
        return sizes;
    }

    /** Makes a directory of these files, sparse where they end in zeros. */
    static void write(Path directory, Map<String, byte[]> contents, Map<String, Long> sizes) throws IOException {
        Files.createDirectories(directory);
        for (Map.Entry<String, byte[]> file : contents.entrySet()) {
            try (RandomAccessFile into =
                    new RandomAccessFile(directory.resolve(file.getKey()).toFile(), "rw")) {
                byte[] bytes = file.getValue();
                for (int at = 0; at < bytes.length; at += CHUNK) {
                    into.write(bytes, at, Math.min(CHUNK, bytes.length - at));
                }
                into.setLength(sizes.getOrDefault(file.getKey(), (long) bytes.length));
            }
        }
    }

    static int trials(int small) {
        return Integer.getInteger("faults.trials", small);
    }

    static long seed() {
        return Long.getLong("faults.seed", System.nanoTime());
    }

    static String repeat(String test, long seed) {
        return "repeat with: mvn verify -Pfaults -pl journal -am -Dtest=" + test
                + " -Dsurefire.failIfNoSpecifiedTests=false -Dfaults.trials=1 -Dfaults.seed=" + seed;
    }
}

package io.micrologs.journal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * What can be told about a journal from its files, also while a server writes to them. Nothing is made, locked or changed.
 *
 * @param bytesOnDisk what the cycles take, without the holes at their ends
 * @param oldestCycleStart null when there is no cycle
 * @param newestCycleStart null when there is no cycle
 * @param endSequence the number of the last event; 0 when there is none
 * @param keptAside damaged files and journals that salvages have kept
 */
public record JournalInfo(
        Path directory,
        long journalId,
        long bytesOnDisk,
        int cycles,
        @Nullable Instant oldestCycleStart,
        @Nullable Instant newestCycleStart,
        long endSequence,
        List<Path> keptAside) {

    public JournalInfo {
        keptAside = List.copyOf(keptAside);
    }

    /** {@link JournalException} when there is no journal, or none whose identity can be read. */
    public static JournalInfo read(JournalConfig config) {
        Path path = config.directory();
        new SalvagePlaces(path).requireFinished();
        if (!Files.isDirectory(path) || !Files.exists(JournalId.file(path))) {
            throw new JournalException("there is no journal in " + path + "; set data.dir as the server has it");
        }
        try {
            JournalDirectory directory = JournalDirectory.damaged(config);
            SortedMap<Integer, Long> cycles = directory.cycles();
            if (cycles.isEmpty() && !directory.cyclesOfAnotherKind().isEmpty()) {
                throw new JournalException("the files in " + path + " are not of journal.cycle=" + config.cycle()
                        + "; set that as the server has it");
            }
            long bytes = 0;
            for (int cycle : cycles.keySet()) {
                bytes += writtenBytes(directory.file(cycle));
            }
            return new JournalInfo(
                    path,
                    JournalId.read(path).value(),
                    bytes,
                    cycles.size(),
                    cycles.isEmpty() ? null : Instant.ofEpochMilli(directory.cycleStartMs(cycles.firstKey())),
                    cycles.isEmpty() ? null : Instant.ofEpochMilli(directory.cycleStartMs(cycles.lastKey())),
                    endSequence(directory, cycles),
                    keptAside(path));
        } catch (IOException e) {
            throw new JournalException("the journal in " + path + " cannot be read: " + JournalDirectory.reason(e), e);
        }
    }

    private static long writtenBytes(Path cycle) {
        try (CycleFile file = CycleFile.open(cycle)) {
            long position = file.writePosition();
            return position < 0 ? file.size() : Math.min(file.size(), position);
        } catch (IOException e) {
            // Deleted in this moment, because it is loaded.
            return 0;
        }
    }

    private static long endSequence(JournalDirectory directory, SortedMap<Integer, Long> cycles) throws IOException {
        SortedMap<Integer, Long> earlier = cycles;
        while (!earlier.isEmpty()) {
            int cycle = earlier.lastKey();
            try (CycleFile file = CycleFile.open(directory.file(cycle))) {
                long last = file.lastSequence();
                if (last >= 0) {
                    return last;
                }
            }
            earlier = earlier.headMap(cycle);
        }
        return 0;
    }

    private static List<Path> keptAside(Path path) throws IOException {
        List<Path> kept = new ArrayList<>();
        Path journal = path.toAbsolutePath().normalize();
        for (Path folder : List.of(journal, journal.resolveSibling("."))) {
            try (var names = Files.newDirectoryStream(folder, "*.damaged-*")) {
                names.forEach(name -> kept.add(name.normalize()));
            }
        }
        return kept;
    }
}

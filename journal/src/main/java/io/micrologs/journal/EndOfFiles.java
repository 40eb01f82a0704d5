package io.micrologs.journal;

import java.io.IOException;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * Asks the cycle files themselves whether there are records behind the last one that could be read. Single-threaded: its
 * owner.
 */
final class EndOfFiles {
    private final JournalDirectory directory;
    /** A file whose store header made no sense when it was last looked at: it may have been in the making. */
    private int headless = -1;

    EndOfFiles(JournalDirectory directory) {
        this.directory = directory;
    }

    /**
     * Why there has to be more than what lies up to {@code index}, or null. By the time of the answer it may have been
     * written: only if there is still nothing to be read, that is damage.
     */
    @Nullable
    String problem(long index) {
        SortedMap<Integer, Long> cycles = directory.cycles();
        int cycle = index == 0 ? -1 : directory.cycle(index);
        for (int there : cycles.tailMap(Math.max(0, cycle)).keySet()) {
            String name = directory.file(there).getFileName().toString();
            try (CycleFile file = CycleFile.open(directory.file(there))) {
                long records = file.recordsByHeader(directory.numberBits());
                long read = there == cycle ? directory.number(index) + 1 : 0;
                if (records > read) {
                    return name + " has " + records + " records, and " + read + " were read of it";
                }
                boolean known = records >= 0;
                if (!known && headless == there) {
                    return "the store header of " + name + " is damaged";
                }
                if (!known) {
                    headless = there;
                    return null;
                }
            } catch (IOException e) {
                // Deleted in this moment, because it is loaded.
                continue;
            }
        }
        headless = -1;
        return null;
    }
}

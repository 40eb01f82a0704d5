package io.micrologs.journal;

import java.io.IOException;
import java.nio.file.Path;
import java.util.SortedMap;

/** Makes appends survive a power cut. Single-threaded: the writer's. */
final class CycleForce implements AutoCloseable {
    private static final int NONE = -1;

    private final JournalDirectory directory;
    private final DiskForce disk;

    /** Its file is known to be on disk under its name; those before it wholly. */
    private int forcedCycle = NONE;

    CycleForce(JournalDirectory directory, DiskForce disk) {
        this.directory = directory;
        this.disk = disk;
    }

    /**
     * Returns when all that was appended up to now is on the disk, in {@code endCycle} and those before it.
     *
     * <p>A roll writes the last records and the end mark of one file and the first records of another, and maybe all of that
     * between two forces: so all files from the last one that was forced, then the names of the new ones. A new life
     * begins one file earlier, with what the last one may have left. {@code metadata.cq4t} needs no force of its own:
     * it holds nothing that is not found in the cycles.
     */
    void force(int endCycle) {
        Path file = directory.file(endCycle);
        try {
            if (endCycle != forcedCycle) {
                SortedMap<Integer, Long> cycles = directory.cycles();
                SortedMap<Integer, Long> before = cycles.headMap(endCycle);
                int first = forcedCycle != NONE || before.isEmpty() ? forcedCycle : before.lastKey();
                for (int earlier :
                        cycles.subMap(Math.min(first, endCycle), endCycle).keySet()) {
                    file = directory.file(earlier);
                    disk.file(file);
                }
                file = directory.file(endCycle);
            }
            disk.file(file);
            if (endCycle != forcedCycle) {
                file = directory.path();
                disk.directory(file);
                forcedCycle = endCycle;
            }
        } catch (IOException e) {
            throw new ForceFailedException(file + " cannot be forced to the disk: " + JournalDirectory.reason(e), e);
        }
    }

    @Override
    public void close() {
        disk.close();
    }
}

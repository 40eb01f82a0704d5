package io.micrologs.journal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Notices that the directory, or the file that is read, was replaced or removed by somebody else: what is mapped is then no
 * longer what is under the name, and nothing would ever come of it again. Single-threaded: its owner.
 */
final class SameFiles {
    private final JournalDirectory directory;
    private final @Nullable Object directoryKey;
    private int cycle = -1;
    private @Nullable Object cycleKey;

    SameFiles(JournalDirectory directory) {
        this.directory = directory;
        this.directoryKey = key(directory.path());
    }

    /** Tells which record was read or written last; the first time in a cycle, its file is remembered. */
    void reading(long index) {
        int now = directory.cycle(index);
        if (now != cycle) {
            cycle = now;
            cycleKey = now < 0 ? null : key(directory.file(now));
        }
    }

    /** What is wrong, for the operator; null when nothing is. */
    @Nullable
    String problem() {
        if (!Objects.equals(directoryKey, key(directory.path()))) {
            return "the journal directory " + directory.path() + " was removed or replaced while it was in use";
        }
        if (cycle >= 0 && !Objects.equals(cycleKey, key(directory.file(cycle)))) {
            return directory.file(cycle) + " was removed or replaced while it was in use";
        }
        return null;
    }

    /** Null when there is no such file, or where files have no key: then only removals are noticed, as a null less. */
    private static @Nullable Object key(Path path) {
        try {
            Object key = Files.readAttributes(path, BasicFileAttributes.class).fileKey();
            return key == null ? Boolean.TRUE : key;
        } catch (IOException e) {
            return null;
        }
    }
}

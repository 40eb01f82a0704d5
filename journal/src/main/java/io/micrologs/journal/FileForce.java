package io.micrologs.journal;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * {@link DiskForce} by {@link FileChannel#force}: fdatasync or fsync, which on Linux also write what was changed through a
 * mapping. Single-threaded: its owner.
 */
final class FileForce implements DiskForce {
    /** Of the last file: in a cycle, a force is one system call. */
    private @Nullable FileChannel channel;

    private @Nullable Path open;

    @Override
    public void file(Path file) throws IOException {
        FileChannel current = channel;
        if (current == null || !file.equals(open)) {
            close();
            current = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
            channel = current;
            open = file;
        }
        current.force(false);
    }

    @Override
    public void directory(Path directory) throws IOException {
        if (System.getProperty("os.name", "").startsWith("Windows")) {
            // There directories cannot be opened; NTFS journals its names itself.
            return;
        }
        try (FileChannel names = FileChannel.open(directory, StandardOpenOption.READ)) {
            names.force(true);
        }
    }

    @Override
    public void close() {
        FileChannel current = channel;
        channel = null;
        open = null;
        if (current != null) {
            try {
                current.close();
            } catch (IOException e) {
                // What counts was forced.
            }
        }
    }
}

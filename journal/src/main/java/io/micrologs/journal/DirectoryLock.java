package io.micrologs.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An exclusive lock file, held by the kernel until it is closed or the process ends, that says who holds it. What it says
 * is for people; only the kernel's lock counts, so a file left behind by a killed process locks nobody out.
 */
public final class DirectoryLock implements AutoCloseable {
    private static final int TEXT_BYTES_MAX = 256;

    private final FileChannel channel;

    private DirectoryLock(FileChannel channel) {
        this.channel = channel;
    }

    /**
     * Takes the lock, making the file if need be. {@link JournalException} when another holds it, or when the file cannot
     * be written.
     *
     * @param role what the holder does, such as {@code append}
     */
    public static DirectoryLock acquire(Path file, String role) {
        FileChannel channel = null;
        try {
            Path parent = file.toAbsolutePath().getParent();
            if (parent != null) {
                OwnerOnly.createDirectories(parent);
            }
            channel = FileChannel.open(
                    file,
                    Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
                    OwnerOnly.file());
            if (tryLock(channel) == null) {
                String holder = text(channel);
                channel.close();
                throw new JournalException(
                        file + " is held by " + (holder.isBlank() ? "another process" : holder.strip())
                                + "; stop that process, or use another directory");
            }
            // The process's start, not this moment: it is what an operator finds in `ps`.
            ProcessHandle self = ProcessHandle.current();
            Instant since = self.info().startInstant().orElse(Instant.EPOCH).truncatedTo(ChronoUnit.SECONDS);
            String holder = "process " + self.pid() + " (" + role + ")" + onHost() + " since " + since + "\n";
            channel.truncate(0);
            channel.write(ByteBuffer.wrap(holder.getBytes(StandardCharsets.UTF_8)), 0);
            return new DirectoryLock(channel);
        } catch (IOException e) {
            closeQuietly(channel);
            throw new JournalException(file + " cannot be written: " + JournalDirectory.reason(e), e);
        }
    }

    @Override
    public void close() {
        closeQuietly(channel);
    }

    /** Null when another holds it, be it another process or an earlier call in this one. */
    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null;
        }
    }

    /** A number of a process says little where the directory is shared, by containers above all. Empty when not known. */
    private static String onHost() {
        try {
            return " on "
                    + Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
        } catch (IOException e) {
            return "";
        }
    }

    private static String text(FileChannel channel) throws IOException {
        ByteBuffer text = ByteBuffer.allocate(TEXT_BYTES_MAX);
        channel.read(text, 0);
        return new String(text.array(), 0, text.position(), StandardCharsets.UTF_8);
    }

    private static void closeQuietly(@Nullable FileChannel channel) {
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException e) {
                // The kernel lets go of the lock all the same, at the latest when the process ends.
            }
        }
    }
}

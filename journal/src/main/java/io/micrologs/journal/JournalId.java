package io.micrologs.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * {@code journal.id}: the random identity of a journal directory, in hexadecimal, and on a second line its CRC32C. With
 * another identity everything in the journal would be loaded once more, so a changed digit has to be noticed. Files of
 * earlier versions have the first line only.
 */
record JournalId(long value, boolean verified) {
    private static final String FILE = "journal.id";
    private static final int HEXADECIMAL = 16;

    /** The identity of {@code directory}; {@link IOException} with a message for the operator when there is none. */
    static JournalId read(Path directory) throws IOException {
        Path file = file(directory);
        List<String> lines = Files.readAllLines(file, StandardCharsets.ISO_8859_1);
        try {
            long value =
                    Long.parseUnsignedLong(lines.isEmpty() ? "" : lines.get(0).strip(), HEXADECIMAL);
            boolean verified = lines.size() > 1;
            if (value != 0 && (!verified || lines.get(1).strip().equals(check(value)))) {
                return new JournalId(value, verified);
            }
        } catch (NumberFormatException e) {
            throw new IOException(file + " does not hold an identity", e);
        }
        throw new IOException(file + " does not hold the identity that was written to it");
    }

    static Path file(Path directory) {
        return directory.resolve(FILE);
    }

    /**
     * Makes a random identity, on the disk with its name when this returns. Appender and loader may come first or at once:
     * who links the file first has made it.
     */
    static void make(Path directory) throws IOException {
        SecureRandom random = new SecureRandom();
        long value = random.nextLong();
        write(directory, value == 0 ? 1 : value);
    }

    /** As {@link #make}, with an identity that is known. */
    static void write(Path directory, long value) throws IOException {
        Path made = Files.createTempFile(directory, FILE, ".new");
        try {
            try (FileChannel channel = FileChannel.open(made, StandardOpenOption.WRITE)) {
                String text = "%016x%n%s%n".formatted(value, check(value));
                channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)));
                channel.force(true);
            }
            Files.createLink(file(directory), made);
        } catch (FileAlreadyExistsException e) {
            // Made by another process at the same time.
        } finally {
            Files.delete(made);
        }
        try (DiskForce force = new FileForce()) {
            force.directory(directory);
            Path parent = directory.toAbsolutePath().getParent();
            if (parent != null) {
                force.directory(parent);
            }
        }
    }

    private static String check(long value) {
        CRC32C crc32c = new CRC32C();
        crc32c.update(ByteBuffer.allocate(Long.BYTES).putLong(0, value));
        return "%08x".formatted((int) crc32c.getValue());
    }
}

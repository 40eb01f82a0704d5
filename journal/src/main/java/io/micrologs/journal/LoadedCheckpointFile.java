package io.micrologs.journal;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;

/**
 * {@code loaded.checkpoint}: how a loader in another process tells the appender what is committed, so that old cycles may
 * go. It is a hint and nothing more: the loader's own checkpoint is in the database, and the appender compares this one
 * with the record it names before anything is deleted.
 */
public final class LoadedCheckpointFile {
    private static final String NAME = "loaded.checkpoint";
    private static final int NUMBERS = 5;

    private LoadedCheckpointFile() {}

    /** Replaces the file of this journal directory in one step. {@link JournalException} when it cannot be written. */
    public static void write(Path directory, Checkpoint committed) {
        String text = "%x %x %x %x %x%n"
                .formatted(
                        committed.journalId(),
                        committed.epoch(),
                        committed.sequence(),
                        committed.index(),
                        committed.crc());
        Path file = directory.resolve(NAME);
        Path written = directory.resolve(NAME + ".new");
        try {
            OwnerOnly.write(written, text);
            Files.move(written, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new JournalException(file + " cannot be written: " + JournalDirectory.reason(e), e);
        }
    }

    /** Into another directory, if there is one. */
    static void copy(Path from, Path to) throws IOException {
        try {
            Files.copy(from.resolve(NAME), to.resolve(NAME), StandardCopyOption.REPLACE_EXISTING);
        } catch (NoSuchFileException e) {
            // Only a loader of its own writes one.
        }
    }

    /** What was written last; empty when there is no such file or it makes no sense. */
    public static Optional<Checkpoint> read(Path directory) {
        try {
            String text = Files.readString(directory.resolve(NAME), StandardCharsets.US_ASCII);
            String[] numbers = text.strip().split(" ", -1);
            if (numbers.length != NUMBERS) {
                return Optional.empty();
            }
            return Optional.of(new Checkpoint(
                    Long.parseUnsignedLong(numbers[0], 16),
                    Integer.parseUnsignedInt(numbers[1], 16),
                    Long.parseUnsignedLong(numbers[2], 16),
                    Long.parseUnsignedLong(numbers[3], 16),
                    Integer.parseUnsignedInt(numbers[4], 16)));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException | NumberFormatException e) {
            // Deleting later than possible is the harmless side to err on.
            return Optional.empty();
        }
    }
}

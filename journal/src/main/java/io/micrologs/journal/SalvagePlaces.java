package io.micrologs.journal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Where a salvage of a journal directory writes, and how what it has written takes the place of what is damaged.
 *
 * <p>{@code journal.salvaging} is not complete and of no worth. {@code journal.salvaged} is complete and on the disk; the
 * damaged directory goes aside as {@code journal.damaged-TIME}, and the salvaged one takes its name. If that is cut off
 * between the two renames, {@link #finish} does the second, whoever opens the journal first. Until the first one, the
 * journal is as it was.
 */
final class SalvagePlaces {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

    private final Path journal;

    SalvagePlaces(Path journal) {
        this.journal = journal.toAbsolutePath().normalize();
    }

    Path salvaging() {
        return beside(".salvaging");
    }

    private Path salvaged() {
        return beside(".salvaged");
    }

    /** Removes what a salvage has left that did not come to its end. */
    void clear() throws IOException {
        deleteAll(salvaging());
        deleteAll(salvaged());
    }

    /** Where the damaged journal is kept from now on. */
    Path swap(Instant now) throws IOException {
        Path kept = free(beside(".damaged-" + TIME.format(now)));
        try (DiskForce force = new FileForce()) {
            Files.move(salvaging(), salvaged(), StandardCopyOption.ATOMIC_MOVE);
            force.directory(parent());
            Files.move(journal, kept, StandardCopyOption.ATOMIC_MOVE);
            finish();
            force.directory(parent());
        }
        return kept;
    }

    /** For what may not {@link #finish}: {@link JournalException} when that is to be done. */
    void requireFinished() {
        if (isCutOff()) {
            throw new JournalException("a salvage of " + journal + " was cut off before its last step; run `micrologs"
                    + " journal salvage` again, or start the server");
        }
    }

    private boolean isCutOff() {
        return !Files.exists(journal) && Files.exists(salvaged());
    }

    /** Gives a complete salvage its name, if it was cut off before it could do so itself. */
    void finish() throws IOException {
        if (isCutOff()) {
            try {
                Files.move(salvaged(), journal, StandardCopyOption.ATOMIC_MOVE);
            } catch (IOException e) {
                // Another process may have done it at the same time.
                if (!Files.exists(journal)) {
                    throw e;
                }
            }
        }
    }

    /** The name under which {@code file} is kept when another takes its place. */
    static Path damaged(Path file, Instant now) {
        return free(file.resolveSibling(file.getFileName() + ".damaged-" + TIME.format(now)));
    }

    static void deleteAll(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> tree = Files.walk(directory)) {
            List<Path> leavesFirst = tree.sorted(Comparator.reverseOrder()).toList();
            for (Path path : leavesFirst) {
                Files.delete(path);
            }
        } catch (UncheckedIOException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private static Path free(Path name) {
        Path free = name;
        for (int i = 2; Files.exists(free); i++) {
            free = name.resolveSibling(name.getFileName() + "-" + i);
        }
        return free;
    }

    private Path beside(String suffix) {
        return journal.resolveSibling(journal.getFileName() + suffix);
    }

    private Path parent() {
        Path parent = journal.getParent();
        return parent == null ? journal : parent;
    }
}

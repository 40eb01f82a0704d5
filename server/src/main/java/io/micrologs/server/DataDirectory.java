package io.micrologs.server;

import java.io.IOException;
import java.io.Writer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.Set;

/** The one directory that an installation lives in, and the files in it. Directories are 0700, files 0600. */
record DataDirectory(Path root) {

    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rwx------");
    private static final FileAttribute<Set<PosixFilePermission>> FILE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    /** The directory as it is, or is not there. */
    static DataDirectory at(Path configured) {
        return new DataDirectory(configured.toAbsolutePath().normalize());
    }

    /**
     * Makes the directory when it is missing and makes sure that it can be written. What is ours in it is its
     * owner's alone from now on: it may have been made by hand, or copied back from somewhere with other rights.
     */
    static DataDirectory open(Path configured) {
        Path root = at(configured).root;
        try {
            Files.createDirectories(root.getParent() == null ? root : root.getParent());
            if (!Files.isDirectory(root)) {
                // Another role, started beside this one, may be just as far.
                Files.createDirectories(root, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
            }
            Files.delete(Files.createTempFile(root, "probe", ".tmp", FILE));
            OwnerOnly.tighten(root);
        } catch (FileAlreadyExistsException e) {
            throw new OperatorException("data.dir " + root + " cannot be used: " + e.getFile() + " is a file", e);
        } catch (AccessDeniedException e) {
            throw new OperatorException(
                    "data.dir " + root + " cannot be written by user " + System.getProperty("user.name"), e);
        } catch (IOException e) {
            throw new OperatorException("data.dir " + root + " cannot be written: " + e.getMessage(), e);
        }
        return new DataDirectory(root);
    }

    Path journal() {
        return root.resolve("journal");
    }

    /** Whether a server has accepted events here, be it that a salvage was cut off before its last step. */
    boolean hasJournal() {
        return Files.exists(journal().resolve("journal.id")) || Files.exists(root.resolve("journal.salvaged"));
    }

    /** Where a server has run; a tool that looks at nothing would say that all is well. */
    static DataDirectory requireUsed(Settings settings) {
        Path root = settings.dataDir.toAbsolutePath().normalize();
        DataDirectory data = new DataDirectory(root);
        if (settings.databaseUrl == null && !Files.exists(data.mariadb())) {
            throw new OperatorException("there is no installation in " + root + "; set data.dir as the server has it");
        }
        return open(settings.dataDir);
    }

    /** The journal of a server that has run here. */
    Path requireJournal() {
        if (!hasJournal()) {
            throw new OperatorException("there is no journal in " + journal()
                    + "; set data.dir as the server has it, on the machine where it accepts events");
        }
        return journal();
    }

    /** Held by a tool that changes rows, so that there is one at a time. */
    Path toolLock() {
        return root.resolve("tool.lock");
    }

    Path mariadb() {
        return root.resolve("mariadb");
    }

    Path secrets() {
        return root.resolve("secrets.properties");
    }

    Path firstProject() {
        return root.resolve("first-project.txt");
    }

    Path snapshot() {
        return root.resolve("snapshot.json");
    }

    /** Which installation it belongs to. */
    Path installation() {
        return root.resolve("installation.id");
    }

    /** How far the journal was counted for the ledger. */
    Path ledger() {
        return root.resolve("ledger.json");
    }

    /** Counts and blocks of the rate limits. */
    Path req() {
        return root.resolve("req");
    }

    Path cookielessSalts() {
        return root.resolve("cookieless-salts.properties");
    }

    Path loadLock() {
        return root.resolve("load.lock");
    }

    /** Replaces a file whole, forced to disk and readable by its owner alone: a crash leaves the old one or the new one. */
    static void replace(Path file, String text) {
        try {
            Files.move(aside(file, text), file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new OperatorException(file + " cannot be written: " + e.getMessage(), e);
        }
    }

    /** As {@link #replace}, if the file is not there yet; false when another process was first. */
    static boolean create(Path file, String text) {
        try {
            Path next = aside(file, text);
            try {
                Files.createLink(file, next);
                return true;
            } catch (FileAlreadyExistsException e) {
                return false;
            } finally {
                Files.delete(next);
            }
        } catch (IOException e) {
            throw new OperatorException(file + " cannot be written: " + e.getMessage(), e);
        }
    }

    private static Path aside(Path file, String text) throws IOException {
        Path directory = Objects.requireNonNull(file.getParent());
        Path next = Files.createTempFile(directory, file.getFileName().toString(), ".new", FILE);
        try (FileChannel channel = FileChannel.open(next, StandardOpenOption.WRITE)) {
            Writer writer = Channels.newWriter(channel, StandardCharsets.UTF_8);
            writer.write(text);
            writer.flush();
            channel.force(true);
        } catch (IOException e) {
            // Else a full disk would get another one with each attempt.
            Files.deleteIfExists(next);
            throw e;
        }
        return next;
    }
}

package io.micrologs.server;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the rights of everybody but the owner from what is ours in the data directory, and from the directory if nothing else
 * is in it. Links are not followed.
 */
final class OwnerOnly extends SimpleFileVisitor<Path> {
    /*
     * Only what is ours, by name: somebody may point data.dir at a directory that holds other things, be it /srv or a home
     * directory, and must not find all of it locked up. What has no name here yet is made for its owner alone anyway.
     */
    private static final Set<String> OURS = Set.of(
            "cookieless-salts.properties",
            "first-project.txt",
            "installation.id",
            "journal",
            "ledger.json",
            "load.lock",
            "mariadb",
            "req",
            "secrets.properties",
            "snapshot.json",
            "tool.lock");

    private static final Logger log = LoggerFactory.getLogger(OwnerOnly.class);
    private static final Set<PosixFilePermission> OWNERS = EnumSet.of(
            PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE, PosixFilePermission.OWNER_EXECUTE);

    private int tightened;
    private int refused;

    private OwnerOnly() {}

    /** Goes on where a right cannot be taken, which is another user's file, and says how many there are. */
    static void tighten(Path root) throws IOException {
        if (!Files.getFileStore(root).supportsFileAttributeView("posix")) {
            return;
        }
        OwnerOnly visitor = new OwnerOnly();
        boolean alone = true;
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(root)) {
            for (Path entry : entries) {
                if (isOurs(entry.getFileName().toString())) {
                    Files.walkFileTree(entry, visitor);
                } else {
                    alone = false;
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        if (alone) {
            visitor.tighten(root, false);
        }
        if (visitor.tightened > 0) {
            log.info(
                    "others had rights to {} files and directories of {}; now its owner alone has",
                    visitor.tightened,
                    root);
        }
        if (visitor.refused > 0) {
            log.warn(
                    "others have rights to {} files and directories of {} that this process must not change: make it the"
                            + " owner",
                    visitor.refused,
                    root);
        }
    }

    /** Also while it is written aside, or as the lock beside it. */
    private static boolean isOurs(String name) {
        return OURS.contains(name)
                || ((name.endsWith(".new") || name.endsWith(".lock"))
                        && OURS.stream().anyMatch(name::startsWith));
    }

    @Override
    public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
        return visitFile(directory, attributes);
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
        tighten(file, attributes.isSymbolicLink());
        return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException gone) {
        return FileVisitResult.CONTINUE;
    }

    private void tighten(Path file, boolean isLink) {
        if (isLink) {
            return;
        }
        try {
            Set<PosixFilePermission> rights = EnumSet.noneOf(PosixFilePermission.class);
            rights.addAll(Files.getPosixFilePermissions(file));
            if (rights.retainAll(OWNERS)) {
                Files.setPosixFilePermissions(file, rights);
                tightened++;
            }
        } catch (NoSuchFileException gone) {
            // A server beside this command replaces and deletes files.
        } catch (IOException e) {
            refused++;
        }
    }
}

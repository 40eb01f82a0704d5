package io.micrologs.server;

import java.io.IOException;
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

/** Takes the rights of everybody but the owner from a directory and all that is in it; links are not followed. */
final class OwnerOnly extends SimpleFileVisitor<Path> {

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
        Files.walkFileTree(root, visitor);
        if (visitor.tightened > 0) {
            log.info("others could read {} files in {}; now its owner alone can", visitor.tightened, root);
        }
        if (visitor.refused > 0) {
            log.warn(
                    "others can read {} files in {}, and this process must not change that: make it the owner",
                    visitor.refused,
                    root);
        }
    }

    @Override
    public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
        return visitFile(directory, attributes);
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
        if (!attributes.isSymbolicLink()) {
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
        return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException gone) {
        return FileVisitResult.CONTINUE;
    }
}

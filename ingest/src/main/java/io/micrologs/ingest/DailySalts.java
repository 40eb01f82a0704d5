package io.micrologs.ingest;

import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.HexFormat;
import java.util.Properties;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The random salts of today and yesterday (UTC), with which visitors are told apart who are to be forgotten. Loops read
 * {@link #current}; {@link #turn} is for one thread at a time.
 */
final class DailySalts {
    /*
     * A file, so that a restart does not make every visitor new; several processes may share it. Whoever comes first on a
     * new day makes the day's salt under a lock beside the file, the others find it there. The salt of two days ago is
     * overwritten in place before the file is replaced: without it, nobody can compute that day's hashes again. A kill in
     * the middle leaves the new content under another name, which nobody would look at again: whoever has the lock
     * overwrites and deletes that too.
     *
     * Clocks that go back change nothing: the newest day known stays in force. If the file cannot be written, the salts
     * change in memory all the same, because forgetting is what was promised; it is tried again every second.
     */
    private static final int SALT_BYTES = 32;
    private static final Object IN_THIS_PROCESS = new Object();
    private static final Logger log = LoggerFactory.getLogger(DailySalts.class);

    /** @param previous of the day before; null when nobody was here then */
    record Salts(LocalDate day, byte[] today, byte @Nullable [] previous) {}

    private final Path file;
    private final SecureRandom random;
    private volatile Salts current;
    private boolean saved;
    private boolean warned;

    DailySalts(Path file, SecureRandom random, LocalDate today) {
        this.file = file;
        this.random = random;
        this.current = new Salts(today, fresh(), null);
        turn(today);
    }

    Salts current() {
        return current;
    }

    /** Makes sure that {@link #current} is of {@code today}. */
    void turn(LocalDate today) {
        if (saved && !today.isAfter(current.day)) {
            return;
        }
        try {
            current = share(today);
            saved = true;
            warned = false;
        } catch (IOException e) {
            current = current.day.isBefore(today) ? next(current, today) : current;
            saved = false;
            if (!warned) {
                warned = true;
                log.warn(
                        "{} cannot be used ({}); salts of cookieless visitors stay in memory, so that a restart makes"
                                + " today's visitors new",
                        file,
                        e.toString());
            }
        }
    }

    private Salts share(LocalDate today) throws IOException {
        Path lockFile = file.resolveSibling(file.getFileName() + ".lock");
        synchronized (IN_THIS_PROCESS) {
            try (FileChannel channel = FileChannel.open(
                            lockFile,
                            Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
                            SnapshotFile.ownerOnly());
                    FileLock held = channel.lock()) {
                forgetUnfinished();
                Salts stored = read();
                if (stored != null && !stored.day.isBefore(today)) {
                    return stored;
                }
                Salts mine = current.day.isBefore(today) ? next(stored == null ? current : stored, today) : current;
                if (stored != null && mine.previous == null && stored.day.equals(today.minusDays(1))) {
                    mine = next(stored, today);
                }
                if (Files.exists(file)) {
                    overwrite(file);
                }
                SnapshotFile.replace(file, encode(mine));
                return mine;
            }
        }
    }

    private Salts next(Salts last, LocalDate today) {
        return new Salts(today, fresh(), last.day.equals(today.minusDays(1)) ? last.today : null);
    }

    private byte[] fresh() {
        byte[] salt = new byte[SALT_BYTES];
        random.nextBytes(salt);
        return salt;
    }

    private @Nullable Salts read() throws IOException {
        Properties stored = new Properties();
        try (InputStream in = Files.newInputStream(file)) {
            stored.load(new StringReader(new String(in.readNBytes(4_096), StandardCharsets.UTF_8)));
            String previous = stored.getProperty("previous");
            byte[] today = HexFormat.of().parseHex(stored.getProperty("today", ""));
            if (today.length != SALT_BYTES) {
                throw new IllegalArgumentException("no salt");
            }
            return new Salts(
                    LocalDate.parse(stored.getProperty("day", "")),
                    today,
                    previous == null ? null : HexFormat.of().parseHex(previous));
        } catch (NoSuchFileException none) {
            return null;
        } catch (IllegalArgumentException | DateTimeException e) {
            log.warn("{} is damaged and is made anew: visitors of cookieless projects count as new today", file);
            return null;
        }
    }

    /** Under the lock, so that nobody is about to give one of them its name. */
    private void forgetUnfinished() throws IOException {
        Path directory = file.toAbsolutePath().getParent();
        String prefix = file.getFileName() + ".";
        try (DirectoryStream<Path> unfinished = Files.newDirectoryStream(
                directory,
                path -> path.getFileName().toString().startsWith(prefix)
                        && path.getFileName().toString().endsWith(SnapshotFile.UNFINISHED))) {
            for (Path path : unfinished) {
                overwrite(path);
                Files.delete(path);
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
    }

    private static void overwrite(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
            ByteBuffer zeros = ByteBuffer.allocate((int) Math.min(channel.size(), 4_096));
            while (zeros.hasRemaining()) {
                channel.write(zeros);
            }
            channel.force(true);
        }
    }

    private static byte[] encode(Salts salts) {
        String text =
                "# Made by Micrologs, for cookieless projects. Never back this up: a salt that is gone is the point.\n"
                        + "day=" + salts.day + "\ntoday=" + HexFormat.of().formatHex(salts.today) + "\n"
                        + (salts.previous == null
                                ? ""
                                : "previous=" + HexFormat.of().formatHex(salts.previous) + "\n");
        return text.getBytes(StandardCharsets.UTF_8);
    }
}

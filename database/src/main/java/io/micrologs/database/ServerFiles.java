package io.micrologs.database;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;

/**
 * What lies in the database's directory.
 *
 * <pre>
 *  mariadb-11.4.5/  the program           password     of the one account, 0600
 *  data/            the tables, 0700      port         where it listens, kept over restarts
 *  tmp/             sort files            error.log    what the server says; error.log.1 is older
 *  database.lock    held while we run it  mariadbd.pid for the operator
 * </pre>
 */
record ServerFiles(Path directory) {
    static final String USER = "micrologs";
    static final String SCHEMA = "micrologs";
    private static final long ERROR_LOG_BYTES_MAX = 8 * 1024 * 1024;
    private static final int TAIL_BYTES = 16 * 1024;

    Path data() {
        return directory.resolve("data");
    }

    Path unfinishedData() {
        return directory.resolve("data.unfinished");
    }

    Path temporary() {
        return directory.resolve("tmp");
    }

    Path errorLog() {
        return directory.resolve("error.log");
    }

    Path processId() {
        return directory.resolve("mariadbd.pid");
    }

    Path lock() {
        return directory.resolve("database.lock");
    }

    Path port() {
        return directory.resolve("port");
    }

    /** The account's password; made before there is data, so that a first start that was cut off finds its own. */
    String password(SecureRandom random) throws IOException {
        Path file = directory.resolve("password");
        if (Files.exists(file)) {
            return Files.readString(file).strip();
        }
        if (Files.exists(data())) {
            throw new DatabaseException("The password of the embedded database is gone: " + file
                    + " is missing while its data exists; restore the file from a backup");
        }
        byte[] bytes = new byte[24];
        random.nextBytes(bytes);
        String password = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
        Directories.writePrivate(file, password + "\n");
        return password;
    }

    /** Called before a start, so that the log neither grows for ever nor loses what led to a restart. */
    void rotateErrorLog() throws IOException {
        if (Files.exists(errorLog()) && Files.size(errorLog()) > ERROR_LOG_BYTES_MAX) {
            Files.move(errorLog(), directory.resolve("error.log.1"), StandardCopyOption.REPLACE_EXISTING);
        }
    }

    long errorLogBytes() throws IOException {
        return Files.exists(errorLog()) ? Files.size(errorLog()) : 0;
    }

    /** The last lines written after {@code from}. */
    List<String> errorLogSince(long from) {
        try (RandomAccessFile log = new RandomAccessFile(errorLog().toFile(), "r")) {
            long start = Math.max(Math.min(from, log.length()), log.length() - TAIL_BYTES);
            byte[] tail = new byte[(int) (log.length() - start)];
            log.seek(start);
            log.readFully(tail);
            return new String(tail, StandardCharsets.UTF_8).lines().toList();
        } catch (IOException e) {
            return List.of();
        }
    }
}

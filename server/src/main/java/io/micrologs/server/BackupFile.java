package io.micrologs.server;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * A backup: a zip whose {@code backup.json} says what made it and the SHA-256 of everything else in it. Written aside, forced
 * to disk and renamed, so that a file of this name is a whole one; for its owner only. Single-threaded.
 */
final class BackupFile {

    static final int FORMAT = 1;
    static final String DATABASE = "database.txt";
    static final String JOURNAL = "journal.bin";
    static final String SECRETS = "secrets.properties";
    static final String FIRST_PROJECT = "first-project.txt";
    static final String LEDGER = "ledger.json";

    private static final String MANIFEST = "backup.json";
    private static final ObjectMapper JSON = new ObjectMapper();

    private BackupFile() {}

    /**
     * What {@code backup.json} says.
     *
     * @param format of this file; a program takes its own and older ones
     * @param journalId in hexadecimal, null when there was no journal
     * @param journalCycle the setting {@code journal.cycle}
     * @param sha256 entry → hexadecimal
     */
    @JsonIgnoreProperties(ignoreUnknown = true)
    record Manifest(
            int format,
            String program,
            String created,
            String schemaVersion,
            long rows,
            @Nullable String journalId,
            String journalCycle,
            long journalRecords,
            Map<String, String> sha256) {}

    private static MessageDigest digest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** Writes one; whatever is not finished is deleted by {@link #close}. */
    static final class Writer implements AutoCloseable {
        private final Path file;
        private final Path aside;
        private final FileChannel channel;
        private final ZipOutputStream zip;
        private final Map<String, String> sha256 = new TreeMap<>();

        Writer(Path file) {
            this.file = file.toAbsolutePath().normalize();
            this.aside = this.file.resolveSibling(this.file.getFileName() + ".unfinished");
            if (Files.exists(this.file)) {
                throw new OperatorException(this.file + " is there already; name a file that is not");
            }
            try {
                Files.deleteIfExists(aside);
                Files.createFile(
                        aside, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
                channel = FileChannel.open(aside, StandardOpenOption.WRITE);
                zip = new ZipOutputStream(new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16));
                zip.setLevel(Deflater.BEST_SPEED);
            } catch (IOException e) {
                throw new OperatorException(aside + " cannot be written: " + reason(e), e);
            }
        }

        /** The part to be written next; closing it ends the part. */
        OutputStream part(String name) throws IOException {
            zip.putNextEntry(new ZipEntry(name));
            MessageDigest digest = digest();
            return new FilterOutputStream(new DigestOutputStream(zip, digest)) {
                @Override
                public void write(byte[] bytes, int at, int length) throws IOException {
                    out.write(bytes, at, length);
                }

                @Override
                public void close() throws IOException {
                    zip.closeEntry();
                    sha256.put(name, HexFormat.of().formatHex(digest.digest()));
                }
            };
        }

        Map<String, String> sha256() {
            return sha256;
        }

        /** Ends the file and gives it its name. */
        void finish(Manifest manifest) throws IOException {
            zip.putNextEntry(new ZipEntry(MANIFEST));
            zip.write(JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(manifest));
            zip.closeEntry();
            zip.finish();
            zip.flush();
            channel.force(true);
            try {
                Files.move(aside, file, StandardCopyOption.ATOMIC_MOVE);
            } catch (AtomicMoveNotSupportedException e) {
                Files.move(aside, file);
            }
            Path directory = file.getParent();
            if (directory != null) {
                try (FileChannel named = FileChannel.open(directory, StandardOpenOption.READ)) {
                    named.force(true);
                }
            }
        }

        @Override
        public void close() {
            try {
                channel.close();
                Files.deleteIfExists(aside);
            } catch (IOException e) {
                throw new OperatorException(aside + " cannot be deleted: " + reason(e), e);
            }
        }
    }

    /** A whole file of a format that is known; each part has been compared with its SHA-256 before anything is read. */
    static final class Reader implements AutoCloseable {
        private final ZipFile zip;
        private final Manifest manifest;

        private Reader(ZipFile zip, Manifest manifest) {
            this.zip = zip;
            this.manifest = manifest;
        }

        static Reader open(Path file) {
            ZipFile zip = null;
            try {
                zip = new ZipFile(file.toFile());
                ZipEntry entry = zip.getEntry(MANIFEST);
                if (entry == null) {
                    throw new ZipException("it has no " + MANIFEST);
                }
                Manifest manifest;
                try (InputStream in = zip.getInputStream(entry)) {
                    manifest = JSON.readValue(in.readAllBytes(), Manifest.class);
                }
                if (manifest.format() > FORMAT) {
                    throw new OperatorException(file + " was made by a newer program (" + manifest.program()
                            + "); restore it with that one");
                }
                for (Map.Entry<String, String> part : manifest.sha256().entrySet()) {
                    check(zip, part.getKey(), part.getValue());
                }
                return new Reader(zip, manifest);
            } catch (NoSuchFileException e) {
                throw new OperatorException("there is no file " + file, e);
            } catch (IOException e) {
                close(zip);
                throw new OperatorException(
                        file + " is no backup, or it is damaged: " + reason(e) + ". Nothing was restored", e);
            } catch (RuntimeException e) {
                close(zip);
                throw e;
            }
        }

        private static void check(ZipFile zip, String name, String expected) throws IOException {
            ZipEntry entry = zip.getEntry(name);
            if (entry == null) {
                throw new ZipException(name + " is missing in it");
            }
            MessageDigest digest = digest();
            try (InputStream in = zip.getInputStream(entry)) {
                byte[] buffer = new byte[1 << 16];
                for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                    digest.update(buffer, 0, n);
                }
            }
            if (!HexFormat.of().formatHex(digest.digest()).equals(expected)) {
                throw new ZipException(name + " in it is not what was written");
            }
        }

        private static void close(@Nullable ZipFile zip) {
            if (zip != null) {
                try {
                    zip.close();
                } catch (IOException e) {
                    // It was only read.
                }
            }
        }

        Manifest manifest() {
            return manifest;
        }

        /** Null when the backup has no such part. */
        @Nullable
        InputStream part(String name) throws IOException {
            ZipEntry entry = zip.getEntry(name);
            return entry == null || !manifest.sha256().containsKey(name) ? null : zip.getInputStream(entry);
        }

        @Override
        public void close() {
            close(zip);
        }
    }

    static String reason(IOException e) {
        String message = e.getMessage();
        return message == null ? e.getClass().getSimpleName() : message;
    }
}

package io.micrologs.ingest;

import io.micrologs.journal.Place;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The database that tells where an address is, and whether there is a newer one. Loops read {@link #current}; everything
 * else is for one thread at a time.
 */
final class Places {
    /*
     * In use is the file that the operator named, as it was last found sound; before that, and without one, the bundled
     * data. A file that is missing or damaged changes nothing but the status.
     *
     * Files are read into memory whole, not mapped: whoever overwrites a mapped file in place takes the pages from under
     * the readers. The bundled one is unpacked beside our own files for a moment, because the library's way from a stream
     * needs three times its size of heap. Each time under another name: it is loaded before it is known whether this process
     * may have the directory, and who has it may be loading just now.
     */
    private static final String BUNDLED = "/GeoLite2-City.mmdb";
    private static final String BUNDLED_NAME = "GeoLite2 of 2019-11-19";
    private static final String UNPACKED = "geoip-bundled";
    private static final Logger log = LoggerFactory.getLogger(Places.class);

    /** What a file looks like from outside; another one has come when it differs. */
    private record Look(
            long modifiedMs, long bytes, @Nullable Object key) {}

    private final IngestConfig config;
    private boolean tried;
    private @Nullable Look lastTried;
    private volatile @Nullable PlaceDatabase current;
    private volatile @Nullable String source;
    private volatile GeoipStatus status = new GeoipStatus(false, "no location data is loaded");

    Places(IngestConfig config) {
        this.config = config;
    }

    /** What is in use; null when there are no places. */
    @Nullable
    PlaceDatabase current() {
        return current;
    }

    GeoipStatus status() {
        return status;
    }

    /** Such as {@code GeoLite2-City of 2026-11-20}; null when there are no places. */
    @Nullable
    String source() {
        return source;
    }

    /** Loads what is configured, which takes a second. */
    void load() {
        Path file = config.geoipPath();
        if (!config.geoip()) {
            status = new GeoipStatus(true, "switched off by geoip.path=none");
            return;
        }
        if (file != null) {
            lookAt(file);
        }
        if (current == null) {
            try {
                current = bundled();
                source = BUNDLED_NAME;
                if (file == null) {
                    status = new GeoipStatus(false, "bundled " + BUNDLED_NAME + "; set geoip.path for a current one");
                } else {
                    log.warn("geoip: the bundled {} is used meanwhile", BUNDLED_NAME);
                }
            } catch (IOException e) {
                status = new GeoipStatus(
                        false,
                        "the bundled " + BUNDLED_NAME + " cannot be unpacked into " + config.directory() + ": "
                                + e.getMessage() + "; set geoip.path");
                log.warn("geoip: {}", status.message());
            }
        }
    }

    /** Removes what a process left that was killed while it loaded. For the directory's owner, when {@link #load} is done. */
    void sweep() {
        try (DirectoryStream<Path> left = Files.newDirectoryStream(config.directory(), UNPACKED + "*.tmp")) {
            for (Path file : left) {
                Files.deleteIfExists(file);
            }
        } catch (IOException | DirectoryIteratorException e) {
            log.warn("{}*.tmp cannot be removed from {}: {}", UNPACKED, config.directory(), e.getMessage());
        }
    }

    /** Takes over the operator's file when it has changed. */
    void refresh() {
        Path file = config.geoipPath();
        if (config.geoip() && file != null) {
            lookAt(file);
        }
    }

    private void lookAt(Path file) {
        Look look = look(file);
        if (tried && Objects.equals(look, lastTried)) {
            return;
        }
        tried = true;
        lastTried = look;
        try {
            if (look == null) {
                throw new NoSuchFileException("it is not there");
            }
            PlaceDatabase loaded = readAside(file);
            current = loaded;
            source = loaded.type() + " of " + loaded.built();
            status = new GeoipStatus(true, source + " from " + file.getFileName());
            log.info("geoip: {} ({})", status.message(), file);
        } catch (IOException e) {
            status = new GeoipStatus(
                    false,
                    file.getFileName() + " cannot be used: " + e.getMessage() + "; " + inUse()
                            + " stays in use, put a City or Country .mmdb there or change geoip.path");
            // The path is in the log only: anybody may read health.
            log.warn("geoip: {} ({})", status.message(), file);
        }
    }

    private String inUse() {
        String inUse = source;
        return inUse == null ? "the bundled " + BUNDLED_NAME : inUse;
    }

    private static @Nullable Look look(Path file) {
        try {
            BasicFileAttributes seen = Files.readAttributes(file, BasicFileAttributes.class);
            return new Look(seen.lastModifiedTime().toMillis(), seen.size(), seen.fileKey());
        } catch (IOException missing) {
            return null;
        }
    }

    private PlaceDatabase bundled() throws IOException {
        Path unpacked = Files.createTempFile(config.directory(), UNPACKED, ".tmp");
        // A start that is refused meanwhile ends the process under this thread.
        unpacked.toFile().deleteOnExit();
        try (InputStream in = Place.class.getResourceAsStream(BUNDLED);
                OutputStream out = Files.newOutputStream(unpacked)) {
            if (in == null) {
                throw new IOException("it is not on the class path");
            }
            in.transferTo(out);
            return readAside(unpacked);
        } finally {
            Files.deleteIfExists(unpacked);
        }
    }

    /** On a thread that ends, because the JDK reads through a buffer of the file's size that it keeps for the thread. */
    private static PlaceDatabase readAside(Path file) throws IOException {
        Object[] result = new Object[1];
        Thread reading = new Thread(
                () -> {
                    try {
                        result[0] = PlaceDatabase.read(file);
                    } catch (IOException | OutOfMemoryError e) {
                        result[0] = e;
                    }
                },
                "geoip-load");
        reading.setDaemon(true);
        reading.start();
        try {
            reading.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
        if (result[0] instanceof PlaceDatabase database) {
            return database;
        }
        Throwable failure = (Throwable) result[0];
        throw failure instanceof IOException io ? io : new IOException("it does not fit into memory", failure);
    }
}

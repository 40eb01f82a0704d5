package io.micrologs.ingest;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * @param salt the installation's {@code hash.salt}, at least 16 bytes; who changes it makes every visitor a new one
 * @param directory exists, for files of ingest's own
 * @param geoip whether addresses are turned into places
 * @param geoipPath a City or Country database in MaxMind's format; null for the bundled one
 * @param cookielessSalts where the salts of cookieless visitors are; its directory exists
 * @param batchesPerMinuteMax requests to {@code /api/v1/events} of one project; 0 for any number
 */
public record IngestConfig(
        byte[] salt,
        Path directory,
        boolean geoip,
        @Nullable Path geoipPath,
        Path cookielessSalts,
        int batchesPerMinuteMax) {
    private static final int SALT_BYTES_MIN = 16;

    public IngestConfig {
        if (salt.length < SALT_BYTES_MIN) {
            throw new IllegalArgumentException(
                    "hash.salt must be at least " + SALT_BYTES_MIN + " bytes, is " + salt.length);
        }
        salt = salt.clone();
    }

    /** Without places, which take a second to load and 64 MB. */
    public static IngestConfig withoutPlaces(byte[] salt, Path directory) {
        return new IngestConfig(salt, directory, false, null, directory.resolve("cookieless-salts.properties"), 0);
    }
}

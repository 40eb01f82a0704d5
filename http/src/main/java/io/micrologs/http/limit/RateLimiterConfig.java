package io.micrologs.http.limit;

import java.nio.file.Path;
import java.time.Duration;

/**
 * @param directory where the {@code .req} files are; made when it is missing
 * @param salt key of the hashes that addresses are counted under, at least 16 bytes
 * @param window in which attempts are counted, from the first one on, 1 s to 1 h
 * @param block how long one attempt too many shuts an address out, 1 s to 1 d
 * @param attemptBytesMax what the files of attempts may take on disk; attempts beyond it are counted in memory alone
 * @param blockBytesMax the same for blocks
 */
public record RateLimiterConfig(
        Path directory, byte[] salt, Duration window, Duration block, long attemptBytesMax, long blockBytesMax) {
    private static final int SALT_BYTES_MIN = 16;

    public RateLimiterConfig {
        if (salt.length < SALT_BYTES_MIN) {
            throw new IllegalArgumentException("salt must be at least " + SALT_BYTES_MIN + " bytes");
        }
        salt = salt.clone();
        range("window", window, Duration.ofHours(1));
        range("block", block, Duration.ofDays(1));
    }

    /** The documented defaults: 60 s, 15 min, and 128 MiB and 48 MiB of disk at most. */
    public static RateLimiterConfig defaults(Path directory, byte[] salt) {
        return new RateLimiterConfig(
                directory, salt, Duration.ofSeconds(60), Duration.ofMinutes(15), 128L << 20, 48L << 20);
    }

    private static void range(String name, Duration value, Duration max) {
        if (value.compareTo(Duration.ofSeconds(1)) < 0 || value.compareTo(max) > 0) {
            throw new IllegalArgumentException(name + " must be 1 s to " + max.toSeconds() + " s, is " + value);
        }
    }
}

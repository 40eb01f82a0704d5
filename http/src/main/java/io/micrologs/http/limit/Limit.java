package io.micrologs.http.limit;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * What one endpoint lets through.
 *
 * @param path of the endpoint, without {@code .php}
 * @param attemptsMax requests of one address in a window, 1 to {@value #ATTEMPTS_MAX}
 * @param id the same for the same path in every process
 */
public record Limit(String path, int attemptsMax, long id) {
    public static final int ATTEMPTS_MAX = 10_000;

    public Limit {
        if (attemptsMax < 1 || attemptsMax > ATTEMPTS_MAX) {
            throw new IllegalArgumentException(
                    "a limit must be 1 to " + ATTEMPTS_MAX + " requests, is " + attemptsMax + " for " + path);
        }
    }

    public Limit(String path, int attemptsMax) {
        this(path, attemptsMax, id(path));
    }

    private static long id(String path) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(path.getBytes(StandardCharsets.UTF_8));
            return ByteBuffer.wrap(digest).getLong();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}

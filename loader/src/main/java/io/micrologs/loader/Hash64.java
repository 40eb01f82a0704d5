package io.micrologs.loader;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * Ids of texts. Single-threaded: loader thread.
 *
 * <p>A fast 64-bit hash would do for honest input; but then somebody with a public key could make a text that takes the
 * row of another one.
 */
final class Hash64 {

    private final MessageDigest sha256;

    Hash64() {
        try {
            sha256 = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** The first 8 bytes of the SHA-256 of the UTF-8 text. */
    long of(String text) {
        return ByteBuffer.wrap(sha256(text)).getLong();
    }

    byte[] sha256(String text) {
        return sha256.digest(text.getBytes(StandardCharsets.UTF_8));
    }
}

package io.micrologs.query.engine;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** The numbers that the loader gives texts. */
final class Hash {
    private Hash() {}

    /** The first 8 bytes of the SHA-256 of the UTF-8 text. */
    static long of(String text) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return ByteBuffer.wrap(hash).getLong();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** Of a row of {@code tuple}. */
    static long ofTuple(long first, long second, long third) {
        return of(first + "|" + second + "|" + third);
    }
}

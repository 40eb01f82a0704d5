package io.micrologs.ingest;

/**
 * @param salt the installation's {@code hash.salt}, at least 16 bytes; who changes it makes every visitor a new one
 */
public record IngestConfig(byte[] salt) {
    private static final int SALT_BYTES_MIN = 16;

    public IngestConfig {
        if (salt.length < SALT_BYTES_MIN) {
            throw new IllegalArgumentException(
                    "hash.salt must be at least " + SALT_BYTES_MIN + " bytes, is " + salt.length);
        }
        salt = salt.clone();
    }
}

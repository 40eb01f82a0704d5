package io.micrologs.query;

import java.time.ZoneId;

/**
 * What the REST API needs to know.
 *
 * @param adminKeySha256 SHA-256 of the installation's admin key, 32 bytes
 * @param zone {@code time.zone}: a project that is created here gets it for good
 */
public record QueryConfig(byte[] adminKeySha256, ZoneId zone) {

    /** @param adminKey the installation's admin key itself, of which only the hash is kept */
    public static QueryConfig of(String adminKey, ZoneId zone) {
        return new QueryConfig(Keys.sha256(adminKey), zone);
    }

    public QueryConfig {
        if (adminKeySha256.length != 32) {
            throw new IllegalArgumentException("the admin key's SHA-256 has 32 bytes, not " + adminKeySha256.length);
        }
    }
}

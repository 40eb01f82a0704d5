package io.micrologs.query;

import java.time.ZoneId;
import org.jspecify.annotations.Nullable;

/**
 * What the REST API needs to know.
 *
 * @param adminKeySha256 SHA-256 of the installation's admin key, 32 bytes
 * @param zone {@code time.zone}: a project that is created here gets it for good
 * @param baseUrl {@code base.url}, which tracked links begin with; null for the host of the request
 * @param linksMax {@code links.max}: tracked links of the whole installation
 */
public record QueryConfig(
        byte[] adminKeySha256, ZoneId zone, @Nullable String baseUrl, int linksMax) {
    public static final int LINKS_MAX = 100_000;

    /** @param adminKey the installation's admin key itself, of which only the hash is kept */
    public static QueryConfig of(String adminKey, ZoneId zone, @Nullable String baseUrl, int linksMax) {
        return new QueryConfig(Keys.sha256(adminKey), zone, baseUrl, linksMax);
    }

    public QueryConfig {
        if (adminKeySha256.length != 32) {
            throw new IllegalArgumentException("the admin key's SHA-256 has 32 bytes, not " + adminKeySha256.length);
        }
        if (linksMax < 1) {
            throw new IllegalArgumentException("links.max must be at least 1, is " + linksMax);
        }
        if (baseUrl != null && baseUrl.endsWith("/")) {
            baseUrl = baseUrl.substring(0, baseUrl.length() - 1);
        }
    }
}

package io.micrologs.journal;

import org.jspecify.annotations.Nullable;

/**
 * A page was looked at. Its envelope always has a visitor and a session token.
 *
 * @param url at most 2,048 characters; UTM values are read from its query string when it is loaded
 * @param title at most 512 characters
 * @param referrer at most 2,048 characters
 * @param fingerprintKey one keyed 64-bit hash of fingerprint and client address together; 0 when no fingerprint came
 * @param screen such as {@code 1920x1080}, at most 20 characters
 * @param timeZone the browser's zone, at most 100 characters
 */
public record Pageview(
        String url,
        @Nullable String title,
        @Nullable String referrer,
        long fingerprintKey,
        @Nullable String screen,
        @Nullable String timeZone)
        implements Event {}

package io.micrologs.journal;

import org.jspecify.annotations.Nullable;

/**
 * Where the client's address is, as far as it is known; all that is left of the address.
 *
 * @param countryCode two upper-case letters of ISO 3166-1
 * @param region English name of the first subdivision, at most 100 characters
 * @param city English name, at most 100 characters
 */
public record Place(
        @Nullable String countryCode,
        @Nullable String region,
        @Nullable String city) {
    public static final Place UNKNOWN = new Place(null, null, null);
}

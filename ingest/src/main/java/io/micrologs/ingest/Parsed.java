package io.micrologs.ingest;

import io.micrologs.journal.Event;
import org.jspecify.annotations.Nullable;

/** What became of a request's body: a {@link Claim} or a {@link Rejection}. */
sealed interface Parsed permits Parsed.Claim, Rejection {

    /**
     * What a client says, checked and cut, with its ids still in the clear. It lives until they are hashed.
     *
     * @param event a pageview's fingerprint key is still 0 in it
     */
    record Claim(
            @Nullable String eventId,
            @Nullable String visitorId,
            @Nullable String sessionToken,
            @Nullable String fingerprint,
            Event event)
            implements Parsed {}
}

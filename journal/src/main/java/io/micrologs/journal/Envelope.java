package io.micrologs.journal;

import org.jspecify.annotations.Nullable;

/**
 * What every event carries besides its own fields.
 *
 * @param projectId the tenant, above 0; 0 only for {@link Refusals} of nobody's
 * @param eventId 64-bit hash of (project, the client's {@code event_id}), or random bits made by ingest
 * @param eventIdFromClient whether the client named the event, so that a retry of it can be recognised
 * @param receivedMs ingest's wall clock, milliseconds since 1970 UTC; decides every day, window and order
 * @param occurredMs the client's claim in the same unit, for display only; 0 when it made none
 * @param visitorId keyed 64-bit hash of the client's {@code visitor_id}; 0 when it sent none
 * @param sessionToken keyed 64-bit hash of the client's {@code session_token}; 0 when it sent none
 * @param userAgent the request's User-Agent, at most 512 characters
 * @param language the first tag of Accept-Language, lower-cased, at most 16 characters
 * @param place where the client is
 * @param cookieless whether visitor and session are hashes of the request itself, with a salt of the day: then {@code
 *     sessionToken} is the visitor's id, and the session ends after 30 idle minutes
 * @param earlierVisitorId of a cookieless event, the same hash with the salt of the day before, for sessions that are
 *     still open; else 0
 */
public record Envelope(
        int projectId,
        long eventId,
        boolean eventIdFromClient,
        long receivedMs,
        long occurredMs,
        long visitorId,
        long sessionToken,
        @Nullable String userAgent,
        @Nullable String language,
        Place place,
        boolean cookieless,
        long earlierVisitorId) {

    public Envelope {
        if (projectId < 0) {
            throw new IllegalArgumentException("projectId must not be below 0, is " + projectId);
        }
    }

    /** Of a client that sends its own ids, from nobody knows where. */
    public Envelope(
            int projectId,
            long eventId,
            boolean eventIdFromClient,
            long receivedMs,
            long occurredMs,
            long visitorId,
            long sessionToken,
            @Nullable String userAgent,
            @Nullable String language) {
        this(
                projectId,
                eventId,
                eventIdFromClient,
                receivedMs,
                occurredMs,
                visitorId,
                sessionToken,
                userAgent,
                language,
                Place.UNKNOWN,
                false,
                0);
    }
}

package io.micrologs.ingest;

import io.micrologs.ingest.Parsed.Claim;

/** Who did it, as an {@link io.micrologs.journal.Envelope} knows people: by hashes, 0 for nobody. */
record Person(long visitorId, long sessionToken, boolean cookieless, long earlierVisitorId) {
    static final Person NOBODY = new Person(0, 0, false, 0);

    /** By the ids that the client sent. */
    static Person named(int projectId, Claim claim, Hasher hasher) {
        String visitorId = claim.visitorId();
        String sessionToken = claim.sessionToken();
        return visitorId == null && sessionToken == null
                ? NOBODY
                : new Person(
                        visitorId == null ? 0 : hasher.visitor(projectId, visitorId),
                        sessionToken == null ? 0 : hasher.session(projectId, sessionToken),
                        false,
                        0);
    }

    /** In a cookieless project, for one day, by the id that a backend sent. */
    static Person namedToday(int projectId, Claim claim, DailyHasher daily) {
        String visitorId = claim.visitorId();
        return visitorId == null ? NOBODY : daily.visitor(projectId, visitorId);
    }
}

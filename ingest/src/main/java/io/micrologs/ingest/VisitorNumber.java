package io.micrologs.ingest;

/** Finds the number under which a visitor is stored, for who has the salt and the visitor's own id. */
public final class VisitorNumber {
    private VisitorNumber() {}

    /**
     * As {@link io.micrologs.journal.Envelope#visitorId} carries it.
     *
     * @param visitorId as the client sends it
     */
    public static long of(byte[] salt, int projectId, String visitorId) {
        return new Hasher(salt).visitor(projectId, Text.cut(visitorId, EventFormat.ID_MAX));
    }
}

package io.micrologs.journal;

/**
 * One validated fact, as ingest accepted it. What all events share stands beside it in {@link Envelope}.
 *
 * <p>Text is already trimmed and cut, ids are already hashed: no address, cookie value or key is in an event.
 */
public sealed interface Event permits Pageview, ErrorEvent, AuditEvent, LinkClick, Refusals {}

package io.micrologs.journal;

import org.jspecify.annotations.Nullable;

/**
 * Somebody did something worth keeping.
 *
 * @param action at most 100 characters
 * @param actor at most 255 characters
 * @param contextJson a JSON object or array of at most 8,192 bytes
 */
public record AuditEvent(
        String action, @Nullable String actor, @Nullable String contextJson) implements Event {}

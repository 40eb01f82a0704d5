package io.micrologs.journal;

import org.jspecify.annotations.Nullable;

/**
 * Somebody followed a tracked link.
 *
 * @param linkId above 0
 * @param referrer the request's {@code Referer}, at most 2,048 characters
 * @param clientKey keyed 64-bit hash of the client's address, by which a click is unique
 * @param bot whether the agent is a known crawler, HTTP library or headless browser
 */
public record LinkClick(int linkId, @Nullable String referrer, long clientKey, boolean bot) implements Event {}

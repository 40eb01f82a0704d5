package io.micrologs.http.limit;

/**
 * What the limiter has done since the start of the process.
 *
 * @param trouble why counts and blocks would not survive a restart now; empty when they would
 * @param blocks how often an address was blocked
 * @param refused requests that were refused
 * @param evicted counts that made room for a new address in a full table
 * @param uncounted requests let through because every place they could be counted in was taken by a blocked address
 * @param unlogged attempts and blocks that are in memory alone
 * @param tableBytes memory of the table
 * @param fileBytes disk taken by {@code .req} files
 */
public record RateLimiterStatus(
        String trouble,
        long blocks,
        long refused,
        long evicted,
        long uncounted,
        long unlogged,
        long tableBytes,
        long fileBytes) {}

package io.micrologs.http.limit;

import java.util.HashMap;
import java.util.Map;

/** What the table has to agree with: one map, no bound, the contract's sentences one by one. */
final class NaiveLimiter {
    private final long windowMs;
    private final long blockMs;
    private final Map<Long, long[]> windows = new HashMap<>();
    private final Map<Long, Long> blockedUntil = new HashMap<>();

    NaiveLimiter(long windowMs, long blockMs) {
        this.windowMs = windowMs;
        this.blockMs = blockMs;
    }

    /** How long the key is blocked from now on; 0 when the attempt passes. */
    long attempt(long key, int max, long nowMs) {
        Long until = blockedUntil.get(key);
        if (until != null && nowMs < until) {
            if (until - nowMs > blockMs + Slot.SKEW_MS_MAX) {
                until = nowMs + blockMs;
                blockedUntil.put(key, until);
            }
            return until - nowMs;
        }
        if (until != null) {
            blockedUntil.remove(key);
            windows.remove(key);
        }
        long[] window = windows.get(key);
        if (window == null || nowMs - window[0] >= windowMs) {
            windows.put(key, new long[] {nowMs, 1});
            return 0;
        }
        if (window[0] - nowMs > Slot.SKEW_MS_MAX) {
            window[0] = nowMs;
        }
        if (window[1] < max) {
            window[1]++;
            return 0;
        }
        blockedUntil.put(key, nowMs + blockMs);
        return blockMs;
    }
}

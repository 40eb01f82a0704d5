package io.micrologs.http.limit;

/**
 * What the table knows of one key, in 64 bits:
 * <pre>
 *  63        62      49 48          7 6       0
 *  +---------+---------+-------------+---------+
 *  | blocked |  count  |   time ms   | version |
 *  +---------+---------+-------------+---------+
 * </pre>
 * Counting: time is when the window began. Blocked: time is when the block ends, count is 0. With neither, time is the phase
 * of a slot that holds no key yet. The version changes whenever the slot gets another key, so that a compare-and-set that
 * was meant for the old one fails.
 */
final class Slot {
    static final int COUNT_MAX = (1 << 14) - 1;

    /** A clock this much behind a window's start is another thread's reading, and no step back. */
    static final long SKEW_MS_MAX = 1_000;

    private static final int TIME_SHIFT = 7;
    private static final int COUNT_SHIFT = 49;
    private static final long VERSION = (1L << TIME_SHIFT) - 1;
    private static final long TIME = (1L << COUNT_SHIFT) - 1 - VERSION;
    private static final long BLOCKED = 1L << 63;
    private static final long ONE = 1L << COUNT_SHIFT;

    /** Of a state that {@link LimitTable#attempt} returns: this attempt is the one that was too many. */
    private static final long NEW = ONE;

    private static final long EMPTY = 0;
    private static final long TAKEN = 1L << TIME_SHIFT;
    private static final long TENTATIVE = 2L << TIME_SHIFT;

    private Slot() {}

    static boolean blocked(long state) {
        return state < 0;
    }

    static int count(long state) {
        return (int) (state >>> COUNT_SHIFT) & COUNT_MAX;
    }

    static long time(long state) {
        return (state & TIME) >>> TIME_SHIFT;
    }

    static boolean holdsKey(long state) {
        return state >>> COUNT_SHIFT != 0;
    }

    static boolean empty(long state) {
        return (state & ~VERSION) == EMPTY;
    }

    static boolean tentative(long state) {
        return (state & ~VERSION) == TENTATIVE;
    }

    static long emptied(long state) {
        return EMPTY | state & VERSION;
    }

    /** Claimed for another key, which is not written yet. */
    static long taken(long state) {
        return TAKEN | state + 1 & VERSION;
    }

    /** The key is written; whether it stands elsewhere too is not known yet. */
    static long tentativeOf(long taken) {
        return TENTATIVE | taken & VERSION;
    }

    static long counting(int count, long startMs, long version) {
        return (long) count << COUNT_SHIFT | startMs << TIME_SHIFT & TIME | version & VERSION;
    }

    static long blockedUntil(long untilMs, long version) {
        return BLOCKED | untilMs << TIME_SHIFT & TIME | version & VERSION;
    }

    /** Nothing that it says matters any more. */
    static boolean expired(long state, long nowMs, long windowMs) {
        return blocked(state) ? time(state) <= nowMs : nowMs - time(state) >= windowMs;
    }

    /** What {@code state} becomes by one more attempt: itself when it refuses. */
    static long attempted(long state, int max, long nowMs, long windowMs, long blockMs) {
        if (expired(state, nowMs, windowMs)) {
            return counting(1, nowMs, state);
        }
        long time = time(state);
        if (blocked(state)) {
            // After the clock was set back, a block must not outlast its length.
            return time - nowMs > blockMs + SKEW_MS_MAX ? blockedUntil(nowMs + blockMs, state) : state;
        }
        long startMs = time - nowMs > SKEW_MS_MAX ? nowMs : time;
        int count = count(state);
        return count < max ? counting(count + 1, startMs, state) : blockedUntil(nowMs + blockMs, state);
    }

    static long markNew(long blockedState) {
        return blockedState | NEW;
    }

    static boolean isNew(long state) {
        return blocked(state) && count(state) != 0;
    }
}

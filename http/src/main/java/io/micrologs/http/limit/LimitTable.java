package io.micrologs.http.limit;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;

/** Counts attempts by key, in bounded memory. Any thread, without locks and without garbage. */
final class LimitTable {
    /*
     * Arrays of slots of two longs, key and Slot, in buckets of WAYS. A key may stand in its bucket of any array. The first
     * array is small; the next, larger one is made by grow() when buckets get crowded, and none ever goes. When no bucket
     * of the key has room, the oldest count makes room; a block never does.
     *
     * Counting is one compare-and-set of the slot's state. Getting a slot for a key is three steps, because two threads may
     * bring the same new key at once and must not both keep a count of it:
     *
     *   state := TAKEN (compare-and-set)   nobody else takes it
     *   key := ours; state := TENTATIVE    from here on others see it
     *   look at all other slots of the key, then state := counting (compare-and-set)
     *
     * Of two threads in the last step at least one sees the other's slot, since each has published its own before it looked.
     * Who sees a slot that counts gives its own back. Who sees a tentative one empties it, and its owner's compare-and-set
     * fails. So at most one gets through, and whoever did not begins again. Nobody waits for anybody.
     *
     * I1  At most one slot with a given key holds a count or a block.
     * I2  A slot's key changes only in the state TAKEN, and then its version has changed too.
     */
    static final int[] STEPS = {1 << 14, 1 << 18, 1 << 21};

    /** The result of {@link #attempt} when there was no slot to be had. */
    static final long UNCOUNTED = 0;

    private static final int WAYS = 8;
    private static final int LEVEL_SHIFT = 28;
    private static final int EVICTS = 1 << 27;
    private static final int INDEX = EVICTS - 1;
    private static final int LEVEL_KEY_BITS = 20;
    private static final int NONE = -1;
    private static final int LOST = -2;

    private final long windowMs;
    private final long blockMs;
    private final int[] steps;
    private final LongAdder evicted = new LongAdder();
    private final LongAdder uncounted = new LongAdder();
    private volatile AtomicLongArray[] levels;
    private volatile boolean crowded;

    /** @param steps slots of each array, powers of two from 8 */
    LimitTable(long windowMs, long blockMs, int... steps) {
        this.windowMs = windowMs;
        this.blockMs = blockMs;
        this.steps = steps.clone();
        this.levels = new AtomicLongArray[] {new AtomicLongArray(2 * steps[0])};
    }

    /**
     * Counts one attempt.
     *
     * @return the key's {@link Slot} after it: blocked, and {@link Slot#isNew new} when this attempt was the one too many,
     *     or counting; or {@link #UNCOUNTED}
     */
    long attempt(long key, int max, long nowMs) {
        while (true) {
            AtomicLongArray[] arrays = levels;
            int at = find(arrays, key);
            if (at == NONE) {
                long first = Slot.counting(1, nowMs, 0);
                at = insert(arrays, key, first, nowMs);
                if (at == NONE) {
                    uncounted.increment();
                    return UNCOUNTED;
                } else if (at != LOST) {
                    return first;
                }
                continue;
            }
            AtomicLongArray slots = arrays[at >>> LEVEL_SHIFT];
            int state = (at & INDEX) + 1;
            long old = slots.get(state);
            if (!Slot.holdsKey(old) || slots.get(state - 1) != key) {
                continue;
            }
            long next = Slot.attempted(old, max, nowMs, windowMs, blockMs);
            if (next == old) {
                return old;
            }
            if (slots.compareAndSet(state, old, next)) {
                return Slot.blocked(next) && !Slot.blocked(old) ? Slot.markNew(next) : next;
            }
        }
    }

    /** Puts back one attempt of a window that began at {@code startMs}. */
    void restoreAttempt(long key, long startMs, long nowMs) {
        long start = Math.min(startMs, nowMs);
        restore(key, nowMs, old -> {
            if (!Slot.expired(old, nowMs, windowMs) && (Slot.blocked(old) || Slot.time(old) > start)) {
                return old;
            }
            boolean same = !Slot.blocked(old) && Slot.time(old) == start;
            return Slot.counting(same ? Math.min(Slot.count(old) + 1, Slot.COUNT_MAX) : 1, start, old);
        });
    }

    /** Puts back a block that ends at {@code untilMs}, or what is left of it. */
    void restoreBlock(long key, long untilMs, long nowMs) {
        long until = Math.min(untilMs, nowMs + blockMs);
        restore(key, nowMs, old -> Slot.blocked(old) && Slot.time(old) >= until ? old : Slot.blockedUntil(until, old));
    }

    private interface Change {
        long of(long state);
    }

    private void restore(long key, long nowMs, Change change) {
        while (true) {
            AtomicLongArray[] arrays = levels;
            int at = find(arrays, key);
            if (at == NONE) {
                at = insert(arrays, key, change.of(0), nowMs);
                if (crowded) {
                    grow();
                }
                if (at != LOST) {
                    return;
                }
            } else {
                AtomicLongArray slots = arrays[at >>> LEVEL_SHIFT];
                int state = (at & INDEX) + 1;
                long old = slots.get(state);
                boolean ours = Slot.holdsKey(old) && slots.get(state - 1) == key;
                if (ours && slots.compareAndSet(state, old, change.of(old))) {
                    return;
                }
            }
        }
    }

    /** The slot that holds the key, or {@link #NONE}. */
    private static int find(AtomicLongArray[] arrays, long key) {
        for (int level = 0; level < arrays.length; level++) {
            AtomicLongArray slots = arrays[level];
            int bucket = bucket(slots, level, key);
            for (int at = bucket; at < bucket + 2 * WAYS; at += 2) {
                if (slots.get(at) == key && Slot.holdsKey(slots.get(at + 1))) {
                    return level << LEVEL_SHIFT | at;
                }
            }
        }
        return NONE;
    }

    private static int bucket(AtomicLongArray slots, int level, long key) {
        // Each array takes other bits of the key, so that what collides in one does not in the next.
        return (int) (key >>> level * LEVEL_KEY_BITS & slots.length() / (2 * WAYS) - 1) * 2 * WAYS;
    }

    /** Where the key stands now; {@link #NONE} when there is no room, {@link #LOST} when to begin again. */
    private int insert(AtomicLongArray[] arrays, long key, long first, long nowMs) {
        int at = room(arrays, key, nowMs);
        if (at == NONE) {
            return NONE;
        }
        boolean evicts = (at & EVICTS) != 0;
        at &= ~EVICTS;
        AtomicLongArray slots = arrays[at >>> LEVEL_SHIFT];
        int state = (at & INDEX) + 1;
        long old = slots.get(state);
        // Meanwhile somebody may have given this very key this slot.
        if (evicts ? !evictable(old) || slots.get(state - 1) == key : !free(old, nowMs)) {
            return LOST;
        }
        long taken = Slot.taken(old);
        if (!slots.compareAndSet(state, old, taken)) {
            return LOST;
        }
        slots.set(state - 1, key);
        long tentative = Slot.tentativeOf(taken);
        slots.set(state, tentative);
        if (evicts) {
            evicted.increment();
        }
        if (!alone(arrays, key, at) || levels != arrays) {
            slots.compareAndSet(state, tentative, Slot.emptied(tentative));
            return LOST;
        }
        long counting = Slot.blocked(first)
                ? Slot.blockedUntil(Slot.time(first), tentative)
                : Slot.counting(Slot.count(first), Slot.time(first), tentative);
        return slots.compareAndSet(state, tentative, counting) ? at : LOST;
    }

    /** An empty or expired slot, else the one with the oldest count, with {@link #EVICTS} added. */
    private int room(AtomicLongArray[] arrays, long key, long nowMs) {
        int oldest = NONE;
        long oldestMs = Long.MAX_VALUE;
        for (int level = 0; level < arrays.length; level++) {
            AtomicLongArray slots = arrays[level];
            int bucket = bucket(slots, level, key);
            for (int at = bucket; at < bucket + 2 * WAYS; at += 2) {
                long state = slots.get(at + 1);
                if (free(state, nowMs)) {
                    if (level == arrays.length - 1 && at >= bucket + 2 * (WAYS - 2)) {
                        crowded = true;
                    }
                    return level << LEVEL_SHIFT | at;
                }
                if (evictable(state) && Slot.time(state) < oldestMs) {
                    oldest = level << LEVEL_SHIFT | at | EVICTS;
                    oldestMs = Slot.time(state);
                }
            }
        }
        crowded = true;
        return oldest;
    }

    private boolean free(long state, long nowMs) {
        return Slot.empty(state) || (Slot.holdsKey(state) && Slot.expired(state, nowMs, windowMs));
    }

    private static boolean evictable(long state) {
        return Slot.holdsKey(state) && !Slot.blocked(state);
    }

    /** Empties tentative slots of the same key; false when another one counts already. */
    private static boolean alone(AtomicLongArray[] arrays, long key, int ours) {
        for (int level = 0; level < arrays.length; level++) {
            AtomicLongArray slots = arrays[level];
            int bucket = bucket(slots, level, key);
            for (int at = bucket; at < bucket + 2 * WAYS; at += 2) {
                if ((level << LEVEL_SHIFT | at) == ours) {
                    continue;
                }
                while (true) {
                    long state = slots.get(at + 1);
                    if (slots.get(at) != key) {
                        break;
                    }
                    if (Slot.holdsKey(state)) {
                        return false;
                    }
                    if (!Slot.tentative(state) || slots.compareAndSet(at + 1, state, Slot.emptied(state))) {
                        break;
                    }
                }
            }
        }
        return true;
    }

    /** Whether it would count more exactly if it were larger, and can be. */
    boolean crowded() {
        return crowded && levels.length < steps.length;
    }

    /** Makes the next array, which takes its time; one thread. */
    void grow() {
        AtomicLongArray[] arrays = levels;
        if (arrays.length < steps.length) {
            AtomicLongArray[] more = Arrays.copyOf(arrays, arrays.length + 1);
            more[arrays.length] = new AtomicLongArray(2 * steps[arrays.length]);
            levels = more;
        }
        crowded = false;
    }

    /** Counts that made room before their window was over. */
    long evicted() {
        return evicted.sum();
    }

    long uncounted() {
        return uncounted.sum();
    }

    long bytes() {
        long bytes = 0;
        for (AtomicLongArray slots : levels) {
            bytes += 8L * slots.length();
        }
        return bytes;
    }
}

package io.micrologs.loader;

import java.util.Arrays;

/**
 * How many different ids there were, from the smallest of their hashes. Not thread-safe.
 *
 * <p>The ids are keyed hashes already, so nobody can choose them; a fixed mix spreads them, of which 48 bits are kept:
 * that two of 16,384 ids meet there has a chance of one in two million. Up to k + 1 hashes are held, so that up to k
 * ids the count is exact, and beyond it the estimate is that of a bottom-(k+1) sketch, k / (largest hash held / 2^48)
 * (Bar-Yossef et al., "Counting distinct elements in a data stream", 2002), with a relative standard error of 1/√(k−1).
 * What it holds depends on the set of ids alone, not on their order or on how they came together.
 *
 * <p>Stored as its hashes, ascending, six bytes each, most significant first.
 */
final class BottomK {

    static final int HASH_BYTES = 6;
    private static final int HASH_BITS = 8 * HASH_BYTES;

    private final int heldMax;
    private long[] hashes = new long[4];
    private int size;
    /** How many of them, from the first, are known to be in order and different. */
    private int ordered;
    /** No hash from here on is among the smallest. */
    private long limit = Long.MAX_VALUE;

    BottomK(int k) {
        heldMax = k + 1;
    }

    static BottomK of(int k, byte[] stored) {
        BottomK sketch = new BottomK(k);
        int count = stored.length / HASH_BYTES;
        sketch.hashes = new long[Math.max(4, count)];
        for (int i = 0; i < count; i++) {
            long hash = 0;
            for (int b = 0; b < HASH_BYTES; b++) {
                hash = hash << 8 | stored[i * HASH_BYTES + b] & 0xFF;
            }
            sketch.hashes[i] = hash;
        }
        sketch.size = count;
        sketch.order();
        return sketch;
    }

    /** Stafford's variant 13 of the 64-bit mix of MurmurHash3. */
    static long hash(long id) {
        long mixed = (id ^ id >>> 30) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ mixed >>> 27) * 0x94D049BB133111EBL;
        return (mixed ^ mixed >>> 31) >>> Long.SIZE - HASH_BITS;
    }

    /** @return by how many numbers this took more memory */
    int add(long id) {
        return addHash(hash(id));
    }

    /** The same with its {@link #hash}. */
    int addHash(long hash) {
        if (hash >= limit) {
            return 0;
        }
        int grown = 0;
        if (size == hashes.length) {
            order();
            if (hash >= limit) {
                return 0;
            }
            if (size > hashes.length / 2) {
                grown = Math.min(2 * heldMax, 2 * hashes.length) - hashes.length;
                hashes = Arrays.copyOf(hashes, hashes.length + grown);
            }
        }
        hashes[size++] = hash;
        return grown;
    }

    private void order() {
        if (ordered == size) {
            return;
        }
        Arrays.sort(hashes, 0, size);
        int distinct = 0;
        for (int i = 0; i < size && distinct < heldMax; i++) {
            if (distinct == 0 || hashes[i] != hashes[distinct - 1]) {
                hashes[distinct++] = hashes[i];
            }
        }
        size = distinct;
        ordered = distinct;
        if (size == heldMax) {
            limit = hashes[size - 1];
        }
    }

    /**
     * Takes in what the other one holds, which is made with the same k.
     *
     * @return by how many numbers this took more memory
     */
    int union(BottomK other) {
        int grown = 0;
        other.order();
        for (int i = 0; i < other.size && other.hashes[i] < limit; i++) {
            grown += addHash(other.hashes[i]);
        }
        return grown;
    }

    double estimate() {
        order();
        return size < heldMax ? size : (heldMax - 1) / Math.scalb((double) hashes[size - 1], -HASH_BITS);
    }

    /** {@link #estimate} of what is stored, as a whole number; what is no longer exact is more than k. */
    static long count(int k, byte[] stored) {
        int held = stored.length / HASH_BYTES;
        return held <= k ? held : Math.max(k + 1, Math.round(of(k, stored).estimate()));
    }

    byte[] toBytes() {
        order();
        byte[] stored = new byte[size * HASH_BYTES];
        for (int i = 0; i < size; i++) {
            for (int b = 0; b < HASH_BYTES; b++) {
                stored[i * HASH_BYTES + b] = (byte) (hashes[i] >>> HASH_BITS - 8 * (b + 1));
            }
        }
        return stored;
    }
}

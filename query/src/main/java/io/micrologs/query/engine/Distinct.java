package io.micrologs.query.engine;

import java.util.Arrays;

/**
 * How many different visitors there are in several sketches together: the smallest k + 1 of all their hashes are those of
 * the union, up to k hashes are so many visitors, and beyond that there are k / (the largest one / 2^48). Not thread-safe.
 */
final class Distinct {
    private static final int HASH_BYTES = 6;
    private static final double HASHES = 0x1p48;

    private final int k;
    private long[] hashes = new long[0];

    Distinct(int k) {
        this.k = k;
    }

    /** @param stored hashes in order, six bytes each, most significant first */
    void add(byte[] stored) {
        int count = Math.min(k + 1, stored.length / HASH_BYTES);
        long[] union = new long[Math.min(k + 1, hashes.length + count)];
        int size = 0;
        int own = 0;
        int other = 0;
        while (size < union.length && (own < hashes.length || other < count)) {
            long mine = own < hashes.length ? hashes[own] : Long.MAX_VALUE;
            long theirs = other < count ? hash(stored, other) : Long.MAX_VALUE;
            union[size++] = Math.min(mine, theirs);
            own += mine <= theirs ? 1 : 0;
            other += theirs <= mine ? 1 : 0;
        }
        hashes = size == union.length ? union : Arrays.copyOf(union, size);
    }

    private static long hash(byte[] stored, int number) {
        long hash = 0;
        for (int i = number * HASH_BYTES; i < (number + 1) * HASH_BYTES; i++) {
            hash = hash << 8 | stored[i] & 0xFF;
        }
        return hash;
    }

    /** More than k, when it is not exact. */
    long count() {
        return hashes.length <= k ? hashes.length : Math.max(k + 1, Math.round(k / (hashes[k] / HASHES)));
    }

    /** In percent, of a count that is not exact: so many of 100 counts are within it in 95 of 100 cases; rounded up. */
    static double errorPercent(int k) {
        return Math.ceil(2_000 / Math.sqrt(k - 1)) / 10;
    }
}

package io.micrologs.bench;

/**
 * Every latency of a leg: exact to the microsecond below 131 ms, to the millisecond up to 65 s, so that a quantile is
 * what was measured and no estimate. Single-threaded: its generator's thread, then whoever joined it.
 */
final class Latencies {
    private static final int MICROS_EXACT = 1 << 17;
    private static final int MILLIS_MAX = 1 << 16;

    private final long[] micros = new long[MICROS_EXACT];
    private final long[] millis = new long[MILLIS_MAX];
    private long count;

    void record(long nanos) {
        long us = Math.max(0, nanos) / 1_000;
        if (us < MICROS_EXACT) {
            micros[(int) us]++;
        } else {
            millis[(int) Math.min(us / 1_000, MILLIS_MAX - 1)]++;
        }
        count++;
    }

    void add(Latencies other) {
        for (int i = 0; i < MICROS_EXACT; i++) {
            micros[i] += other.micros[i];
        }
        for (int i = 0; i < MILLIS_MAX; i++) {
            millis[i] += other.millis[i];
        }
        count += other.count;
    }

    long count() {
        return count;
    }

    /** The smallest latency that at least {@code quantile} (0..1) of all do not exceed, in microseconds; 0 when empty. */
    long micros(double quantile) {
        long rank = Math.max(1, (long) Math.ceil(quantile * count));
        long seen = 0;
        for (int i = 0; i < MICROS_EXACT; i++) {
            seen += micros[i];
            if (seen >= rank) {
                return i;
            }
        }
        for (int i = 0; i < MILLIS_MAX; i++) {
            seen += millis[i];
            if (seen >= rank) {
                return i * 1_000L;
            }
        }
        return 0;
    }
}

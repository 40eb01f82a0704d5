package io.micrologs.bench.history;

import java.util.ArrayDeque;
import java.util.Deque;

/** Draws numbers with given weights: Walker's alias method, by Vose's way of making its table. Immutable. */
final class Skew {
    private static final double RANGE = 0x1p32;

    /** A column is its own number below this, else its alias. */
    private final long[] threshold;

    private final int[] alias;

    private Skew(double[] weights) {
        int count = weights.length;
        threshold = new long[count];
        alias = new int[count];
        double sum = 0;
        for (double weight : weights) {
            sum += weight;
        }
        double[] share = new double[count];
        Deque<Integer> small = new ArrayDeque<>();
        Deque<Integer> large = new ArrayDeque<>();
        for (int i = 0; i < count; i++) {
            share[i] = weights[i] * count / sum;
            (share[i] < 1 ? small : large).add(i);
        }
        while (!small.isEmpty() && !large.isEmpty()) {
            int less = small.remove();
            int more = large.remove();
            threshold[less] = (long) (share[less] * RANGE);
            alias[less] = more;
            share[more] -= 1 - share[less];
            (share[more] < 1 ? small : large).add(more);
        }
        // What is left is 1, but for rounding.
        small.forEach(this::always);
        large.forEach(this::always);
    }

    private void always(int number) {
        threshold[number] = (long) RANGE;
        alias[number] = number;
    }

    /** Number i with the i-th weight. */
    static Skew of(double... weights) {
        return new Skew(weights.clone());
    }

    /** Zipf's law: number i with weight 1 ÷ (i + 1)^exponent. */
    static Skew zipf(int count, double exponent) {
        double[] weights = new double[count];
        for (int i = 0; i < count; i++) {
            weights[i] = Math.pow(i + 1, -exponent);
        }
        return new Skew(weights);
    }

    /** @param random 64 random bits */
    int draw(long random) {
        int column = (int) ((random >>> 32) * threshold.length >>> 32);
        return (random & 0xFFFF_FFFFL) < threshold[column] ? column : alias[column];
    }
}

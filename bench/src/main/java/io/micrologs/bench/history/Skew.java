package io.micrologs.bench.history;

import java.util.Arrays;

/** Draws numbers with given weights. Immutable. */
final class Skew {
    /** Share of all that the numbers up to this one have together. */
    private final double[] upTo;

    private Skew(double[] weights) {
        upTo = new double[weights.length];
        double sum = 0;
        for (int i = 0; i < weights.length; i++) {
            sum += weights[i];
            upTo[i] = sum;
        }
        for (int i = 0; i < weights.length; i++) {
            upTo[i] /= sum;
        }
    }

    /** Number i with the i-th weight. */
    static Skew of(double... weights) {
        return new Skew(weights);
    }

    /** Zipf's law: number i with weight 1 ÷ (i + 1)^exponent. */
    static Skew zipf(int count, double exponent) {
        double[] weights = new double[count];
        for (int i = 0; i < count; i++) {
            weights[i] = StrictMath.pow(i + 1, -exponent);
        }
        return new Skew(weights);
    }

    /** @param random 64 random bits */
    int draw(long random) {
        int found = Arrays.binarySearch(upTo, (random >>> 11) * 0x1p-53);
        // The share at which a number ends is the next one's.
        return found >= 0 ? found + 1 : -found - 1;
    }
}

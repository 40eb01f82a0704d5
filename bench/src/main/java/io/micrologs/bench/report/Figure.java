package io.micrologs.bench.report;

import java.util.Arrays;
import java.util.Locale;

/** Three numbers that stand for several measured ones; which three, the report's columns say. */
public record Figure(double first, double second, double third) {
    private static final double P95 = 0.95;

    /** Median, smallest and largest. */
    public static Figure spread(double... values) {
        double[] sorted = sorted(values);
        return new Figure(median(sorted), sorted[0], sorted[sorted.length - 1]);
    }

    /** Median, 95th percentile and largest. */
    public static Figure tail(double... values) {
        double[] sorted = sorted(values);
        // The smallest that at least 95 % do not exceed; with fewer than 20 values that is the largest.
        int rank = (int) Math.ceil(P95 * sorted.length);
        return new Figure(median(sorted), sorted[rank - 1], sorted[sorted.length - 1]);
    }

    /** One number that was not measured several times. */
    public static Figure single(double value) {
        return new Figure(value, value, value);
    }

    /** Each by the same one of the other. */
    public Figure dividedBy(Figure other) {
        return new Figure(first / other.first, second / other.second, third / other.third);
    }

    private static double[] sorted(double[] values) {
        if (values.length == 0) {
            throw new IllegalArgumentException("nothing was measured");
        }
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted;
    }

    private static double median(double[] sorted) {
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /** With as many digits as are worth reading. */
    static String text(double value) {
        double size = Math.abs(value);
        return String.format(Locale.ROOT, size >= 1_000 ? "%,.0f" : size >= 10 ? "%.1f" : "%.3f", value);
    }
}

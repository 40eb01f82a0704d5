package io.micrologs.query.engine;

/** Percentages and ratios as the contract rounds them. */
public final class Percent {
    private Percent() {}

    /** The mean of milliseconds in whole seconds, rounded half up; 0 of nothing. Neither may be negative. */
    public static long seconds(long sumMs, long count) {
        return count == 0 ? 0 : Math.floorDiv(sumMs * 2 + count * 1_000, count * 2_000);
    }

    /** {@code part} of {@code whole} in percent, rounded half up to one decimal; 0 of nothing. Neither may be negative. */
    public static double of(long part, long whole) {
        return whole == 0 ? 0 : Math.floorDiv(part * 2_000 + whole, whole * 2) / 10.0;
    }

    /** {@code sum} by {@code count}, rounded half up to two decimals; 0 of nothing. Neither may be negative. */
    public static double ratio(long sum, long count) {
        return count == 0 ? 0 : Math.floorDiv(sum * 200 + count, count * 2) / 100.0;
    }
}

package io.micrologs.query;

/** Percentages and ratios as the contract rounds them. */
final class Percent {
    private Percent() {}

    /** {@code part} of {@code whole} in percent, rounded half up to one decimal; 0 of nothing. Neither may be negative. */
    static double of(long part, long whole) {
        return whole == 0 ? 0 : Math.floorDiv(part * 2_000 + whole, whole * 2) / 10.0;
    }

    /** {@code sum} by {@code count}, rounded half up to two decimals; 0 of nothing. Neither may be negative. */
    static double ratio(long sum, long count) {
        return count == 0 ? 0 : Math.floorDiv(sum * 200 + count, count * 2) / 100.0;
    }
}

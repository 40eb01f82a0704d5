package io.micrologs.query;

/** Percentages as the contract rounds them. */
final class Percent {
    private Percent() {}

    /** {@code part} of {@code whole} in percent, rounded half up to one decimal; 0 of nothing. Neither may be negative. */
    static double of(long part, long whole) {
        return whole == 0 ? 0 : Math.floorDiv(part * 2_000 + whole, whole * 2) / 10.0;
    }
}

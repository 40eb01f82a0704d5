package io.micrologs.loader;

import org.jspecify.annotations.Nullable;

/** Where a number of a rollup or a sketch is. Sorted as the tables are. */
record RollupKey(int projectId, Grain grain, Dimension dimension, int period, long valueId)
        implements Comparable<RollupKey> {

    /** The record's own one is slower, and this is asked a hundred times an event. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof RollupKey key
                && valueId == key.valueId
                && period == key.period
                && dimension == key.dimension
                && grain == key.grain
                && projectId == key.projectId;
    }

    @Override
    public int hashCode() {
        // Enums' own hash codes change from run to run, and value ids are often small numbers.
        long mixed = (valueId ^ (long) period << 40 ^ (long) projectId << 16 ^ (long) dimension.code << 8 ^ grain.code)
                * 0x9E3779B97F4A7C15L;
        return (int) (mixed >>> 32);
    }

    @Override
    public int compareTo(RollupKey other) {
        int order = Integer.compare(projectId, other.projectId);
        if (order == 0) {
            order = Integer.compare(grain.code, other.grain.code);
        }
        if (order == 0) {
            order = Integer.compare(dimension.code, other.dimension.code);
        }
        if (order == 0) {
            order = Integer.compare(period, other.period);
        }
        return order == 0 ? Long.compare(valueId, other.valueId) : order;
    }
}

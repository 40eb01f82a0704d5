package io.micrologs.loader;

import java.util.Arrays;

/** The counters of rollup rows. Not thread-safe. */
final class CountTable {

    private final KeyIndex keys = new KeyIndex();
    /** {@link Metric#COUNT} for each key, in the order of their numbers. */
    private long[] sums = new long[32 * Metric.COUNT];

    private int row(long place, long value) {
        int before = keys.size();
        int row = keys.of(place, value) * Metric.COUNT;
        if (keys.size() > before) {
            if (row == sums.length) {
                sums = Arrays.copyOf(sums, 2 * sums.length);
            }
            Arrays.fill(sums, row, row + Metric.COUNT, 0);
        }
        return row;
    }

    void add(long place, long value, int metric, long more) {
        // The field is read after row(), which may replace it.
        int at = row(place, value) + metric;
        sums[at] += more;
    }

    void add(long place, long value, long[] more) {
        add(row(place, value), more, 0);
    }

    private void add(int row, long[] more, int from) {
        for (int i = 0; i < Metric.COUNT; i++) {
            sums[row + i] += more[from + i];
        }
    }

    void add(CountTable other) {
        for (int i = 0; i < other.size(); i++) {
            add(row(other.keys.place(i), other.keys.value(i)), other.sums, i * Metric.COUNT);
        }
    }

    int size() {
        return keys.size();
    }

    int[] sorted() {
        return keys.sorted();
    }

    RollupKey key(int number) {
        return keys.key(number);
    }

    long[] sums(int number) {
        return Arrays.copyOfRange(sums, number * Metric.COUNT, (number + 1) * Metric.COUNT);
    }

    boolean isZero(int number) {
        for (int i = 0; i < Metric.COUNT; i++) {
            if (sums[number * Metric.COUNT + i] != 0) {
                return false;
            }
        }
        return true;
    }

    void clear() {
        if (keys.size() < sums.length / Metric.COUNT / 16) {
            sums = new long[32 * Metric.COUNT];
        }
        keys.clear();
    }
}

package io.micrologs.faults;

import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/** How long the requests of a time took, and how they were answered. Thread-safe. */
final class Latencies {
    private final String name;
    private final Map<Integer, Integer> statuses = new TreeMap<>();
    private int[] micros = new int[1 << 12];
    private int count;

    Latencies(String name) {
        this.name = name;
    }

    synchronized void add(int status, long nanos) {
        statuses.merge(status, 1, Integer::sum);
        if (count == micros.length) {
            micros = Arrays.copyOf(micros, 2 * count);
        }
        micros[count++] = (int) Math.min(Integer.MAX_VALUE, nanos / 1_000);
    }

    /** Answers by status; 0 is none. */
    synchronized Map<Integer, Integer> statuses() {
        return new TreeMap<>(statuses);
    }

    /** The value that the share of the requests did not exceed, in milliseconds. */
    synchronized double ms(double share) {
        int[] sorted = Arrays.copyOf(micros, count);
        Arrays.sort(sorted);
        return count == 0 ? 0 : sorted[Math.min(count - 1, (int) (share * count))] / 1_000.0;
    }

    @Override
    public String toString() {
        return String.format(
                "%n  %s: %s, p50 %.2f, p99 %.2f, p99.9 %.2f, max %.2f ms",
                name, statuses(), ms(0.5), ms(0.99), ms(0.999), ms(1));
    }
}

package io.micrologs.faults;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** How long something took, in milliseconds, beside the bound that it has. */
final class Timings {
    private record Row(long boundMs, List<Long> taken) {}

    private final Map<String, Row> rows = new TreeMap<>();

    void add(String what, long boundMs, long ms) {
        rows.computeIfAbsent(what, name -> new Row(boundMs, new ArrayList<>()))
                .taken
                .add(ms);
    }

    long misses() {
        return rows.values().stream().mapToLong(Timings::misses).sum();
    }

    private static long misses(Row row) {
        return row.taken.stream().filter(ms -> ms > row.boundMs).count();
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        rows.forEach((what, row) -> {
            List<Long> sorted = new ArrayList<>(row.taken);
            Collections.sort(sorted);
            text.append(String.format(
                    "%n  %s: min %d, median %d, max %d ms of %d trials; over %d ms: %d",
                    what,
                    sorted.get(0),
                    sorted.get(sorted.size() / 2),
                    sorted.get(sorted.size() - 1),
                    sorted.size(),
                    row.boundMs,
                    misses(row)));
        });
        return text.toString();
    }
}

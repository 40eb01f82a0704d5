package io.micrologs.loader;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The times of rows that were counted. Those that meet become one; those that lie apart stay apart, since between a dead
 * letter of two months ago and the batch of this second lies all that was loaded meanwhile. Not thread-safe.
 */
final class SpansByProject {

    private final Map<Integer, List<Span>> spans = new TreeMap<>();

    /** Both within it, in milliseconds since 1970 UTC. */
    record Span(long firstMs, long lastMs) {}

    void add(int projectId, long firstMs, long lastMs) {
        spans.computeIfAbsent(projectId, id -> new ArrayList<>()).add(new Span(firstMs, lastMs));
    }

    Set<Integer> projects() {
        return spans.keySet();
    }

    /** In order, none of which meets another. */
    List<Span> of(int projectId) {
        List<Span> sorted = new ArrayList<>(spans.getOrDefault(projectId, List.of()));
        sorted.sort(Comparator.comparingLong(Span::firstMs));
        List<Span> united = new ArrayList<>();
        for (Span span : sorted) {
            int last = united.size() - 1;
            if (last >= 0 && span.firstMs <= united.get(last).lastMs + 1) {
                Span before = united.get(last);
                united.set(last, new Span(before.firstMs, Math.max(before.lastMs, span.lastMs)));
            } else {
                united.add(span);
            }
        }
        return united;
    }

    /** What of a project's lies from one time to before another. */
    SpansByProject within(int projectId, long fromMs, long toMs) {
        SpansByProject within = new SpansByProject();
        for (Span span : of(projectId)) {
            if (span.lastMs >= fromMs && span.firstMs < toMs) {
                within.add(projectId, Math.max(fromMs, span.firstMs), Math.min(toMs - 1, span.lastMs));
            }
        }
        return within;
    }
}

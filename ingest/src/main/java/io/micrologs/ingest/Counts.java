package io.micrologs.ingest;

import io.micrologs.ingest.Rejection.Reason;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * How many events were accepted, and how many requests were refused, of which project and for which reason. Any thread, but
 * for {@link #news} and {@link #told}, which one thread at a time calls.
 */
final class Counts {
    /** @param projectId 0 where none is known; only ids of a snapshot get here, so clients cannot add entries */
    private record Cause(int projectId, String reason) {}

    /** The sum only grows: what was told is subtracted from it, so that nothing counted meanwhile is lost. */
    private static final class Tally {
        final LongAdder sum = new LongAdder();
        long told;
    }

    private final LongAdder accepted = new LongAdder();
    private final ConcurrentHashMap<Cause, Tally> refused = new ConcurrentHashMap<>();

    void accepted(int events) {
        accepted.add(events);
    }

    void refused(int projectId, Reason reason) {
        refused(projectId, reason.text());
    }

    /** @param reason as {@link io.micrologs.journal.Refusals} takes it */
    void refused(int projectId, String reason) {
        refused(projectId, reason, 1);
    }

    void refused(int projectId, String reason, int events) {
        refused.computeIfAbsent(new Cause(projectId, reason), cause -> new Tally())
                .sum
                .add(events);
    }

    long acceptedSum() {
        return accepted.sum();
    }

    /** By reason, of all projects together. */
    Map<String, Long> refusedSums() {
        Map<String, Long> sums = new LinkedHashMap<>();
        for (Reason reason : Reason.values()) {
            sums.put(reason.text(), 0L);
        }
        refused.forEach((cause, tally) -> sums.merge(cause.reason, tally.sum.sum(), Long::sum));
        return sums;
    }

    /** What was refused since it was last {@link #told}: by project, then reason; only numbers above 0. */
    Map<Integer, Map<String, Long>> news() {
        Map<Integer, Map<String, Long>> news = new TreeMap<>();
        refused.forEach((cause, tally) -> {
            long more = tally.sum.sum() - tally.told;
            if (more > 0) {
                news.computeIfAbsent(cause.projectId, project -> new TreeMap<>())
                        .put(cause.reason, more);
            }
        });
        return news;
    }

    void told(Map<Integer, Map<String, Long>> news) {
        news.forEach((project, counts) -> counts.forEach((reason, count) -> {
            Tally tally = refused.get(new Cause(project, reason));
            if (tally != null) {
                tally.told += count;
            }
        }));
    }
}

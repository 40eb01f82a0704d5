package io.micrologs.bench;

import io.micrologs.bench.history.HistoryPlan;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/**
 * What one {@code bench load} does.
 *
 * @param parts that are loaded and compared with the ceiling, one after another
 * @param heap of the loader, as in {@code -Xmx}; null: what Java takes by itself
 * @param database null: the embedded one
 * @param keep whether data and database stay for {@code bench query}
 */
record LoadPlan(
        HistoryPlan history,
        int parts,
        @Nullable String heap,
        Path data,
        BenchData.@Nullable External database,
        boolean keep) {

    private static final long WARMUP_PART = 20;
    private static final long WARMUP_MAX = 200_000;
    /** Before and after the history's own: partitions are made ahead. */
    private static final long DAYS_BESIDE = 10;

    /** Events that are loaded before the first part, so that a program just started is not what is measured. */
    long warmupEvents() {
        return Math.min(WARMUP_MAX, history.events() / WARMUP_PART);
    }

    /** Events of a part, counted from 0. */
    long partEvents(int part) {
        long measured = history.events() - warmupEvents();
        return measured * (part + 1) / parts - measured * part / parts;
    }

    /** When the history begins, milliseconds since 1970 UTC. */
    long startMs() {
        return history.from().atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli();
    }

    DiskNeed disk() {
        return new DiskNeed(
                history.events(),
                history.events() / parts + 1,
                ChronoUnit.DAYS.between(history.from(), history.until()) + DAYS_BESIDE);
    }
}

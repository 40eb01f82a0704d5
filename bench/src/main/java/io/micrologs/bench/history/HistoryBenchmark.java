package io.micrologs.bench.history;

import io.micrologs.journal.Event;
import java.time.LocalDate;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Whether making events could ever be what limits a load. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class HistoryBenchmark {
    private static final LocalDate UNTIL = LocalDate.parse("2026-11-01");

    @SuppressWarnings("NullAway.Init")
    private History history;

    @Setup
    public void setUp() {
        history = new History(new HistoryPlan(
                1,
                HistoryPlan.EVENTS_MAX,
                2_000_000,
                5_000,
                UNTIL.minusYears(1),
                UNTIL,
                0.4,
                1,
                List.of(1, 2, 3),
                "shop.example.com"));
    }

    @Benchmark
    public Event next() {
        history.next();
        return history.event();
    }
}

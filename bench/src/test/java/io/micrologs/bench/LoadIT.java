package io.micrologs.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrologs.bench.history.HistoryPlan;
import io.micrologs.bench.report.Figure;
import io.micrologs.bench.report.Report;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A load, small, with everything that belongs to it: a real loader in its own process, a real database. */
class LoadIT {
    private final StringWriter out = new StringWriter();

    @TempDir
    private Path directory;

    @Test
    void smallLoad_isMeasuredAndLeavesWhatCanBeAsked() throws Exception {
        LocalDate until = LocalDate.now(ZoneOffset.UTC);
        HistoryPlan history = new HistoryPlan(1, 2_000, 80, 100, until.minusDays(3), until, 0.4);
        LoadPlan plan = new LoadPlan(history, 2, "256m", directory.resolve("data"), null, true);

        Report report = new LoadRun(plan, "the command", Duration.ofSeconds(180), new PrintWriter(out))
                .measure()
                .report();

        Map<String, Figure> figures = report.figures();
        assertThat(report.conclusion()).startsWith("2,000 events, each one accounted for");
        assertThat(figures.get("events/s loaded").second()).isPositive();
        assertThat(figures.get("ratio to raw LOAD DATA").second()).isPositive();
        // A pageview has its row, the id that its client gave it, and a part of a visit and of a visitor.
        assertThat(figures.get("raw rows per event").first()).isBetween(2.0, 3.5);
        assertThat(figures.get("bytes per pageview").first()).isPositive();
        assertThat(figures.get("loader resident MiB, peak").first()).isGreaterThan(50);
        assertThat(figures.get("database resident MiB, peak").first()).isGreaterThan(50);
        BenchData kept = BenchData.kept(plan.data());
        assertThat(kept.history()).isEqualTo(new BenchData.Kept(until.minusDays(3), until, "the command"));
        assertThat(kept.secretKey()).hasSize(64);
        QueryPlan questions = new QueryPlan(QueryRequest.named(List.of("visitors")), 2, 1, false);
        try (QueryTarget target = QueryTarget.kept(kept, "256m", null)) {
            Report asked = new QueryRun(questions, target, new PrintWriter(out))
                    .measure("the command")
                    .report(null);
            assertThat(asked.figures().get("pageviews in 12 months").first())
                    .isEqualTo(((Number) report.results().get("pageviews")).doubleValue());
            assertThat(asked.figures().get("visitors, 12 months, cold ms").first())
                    .isPositive();
            assertThat(asked.warnings()).anyMatch(warning -> warning.startsWith("the data begin with"));
            assertThat(asked.about().get("database")).contains("MariaDB", "buffer pool");
        }
    }
}

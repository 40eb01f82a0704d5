package io.micrologs.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.micrologs.bench.history.HistoryPlan;
import io.micrologs.bench.report.Chart;
import io.micrologs.bench.report.Figure;
import io.micrologs.bench.report.Report;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LoadReportTest {
    private static final LocalDate UNTIL = LocalDate.parse("2026-11-01");

    private static LoadPlan plan(long events, int parts) {
        HistoryPlan history = new HistoryPlan(1, events, 40, 100, UNTIL.minusMonths(1), UNTIL, 0.4);
        return new LoadPlan(history, parts, "256m", Path.of("x"), null, false);
    }

    /** 1,000 events in {@code seconds}, with a ceiling that takes them in one. */
    private static LoadPart part(double seconds) {
        Ceiling.Measured ceiling = new Ceiling.Measured(1_000, 2_500, 100_000, 1_000_000_000L);
        return new LoadPart(
                1_000,
                (long) (seconds * 1e9),
                (long) (seconds * 0.5e9),
                (long) (seconds * 2e9),
                0.05,
                0.1,
                0.9,
                0.02,
                300_000,
                ceiling);
    }

    private static Map<String, Figure> figures() {
        return report(part(4), part(2), part(2.5), part(5), part(8)).figures();
    }

    private static Report report(LoadPart... parts) {
        Map<String, Long> tables = new LinkedHashMap<>();
        tables.put("event_seen", 50_000L);
        tables.put("pageview", 40_000L);
        tables.put("session", 30_000L);
        LoadReport.Sizes sizes =
                new LoadReport.Sizes(500, Map.of("stored", 500L), tables, 45_000, 300L << 20, 900L << 20);
        return new LoadReport(
                        plan(1_000, parts.length), "the command", "MariaDB", List.of(parts), sizes, 100, 40, List.of())
                .report();
    }

    @Test
    void ratio_isPartByPartAndItsMedian() {
        assertThat(figures().get("events/s loaded")).isEqualTo(new Figure(250, 125, 500));
        assertThat(figures().get("  committed, not all counted yet")).isEqualTo(new Figure(500, 250, 1_000));
        assertThat(figures().get("events/s raw LOAD DATA")).isEqualTo(new Figure(1_000, 1_000, 1_000));
        assertThat(figures().get("ratio to raw LOAD DATA")).isEqualTo(new Figure(0.25, 0.125, 0.5));
        assertThat(figures().get("raw rows per event").first()).isEqualTo(2.5);
    }

    @Test
    void flatness_isTheLastFifthByTheFirst() {
        assertThat(figures().get("events/s loaded, first fifth").first()).isEqualTo(250);
        assertThat(figures().get("events/s loaded, last fifth").first()).isEqualTo(125);
        assertThat(figures().get("last fifth to first").first()).isEqualTo(0.5);
        assertThat(figures().get("  of the ratio to raw LOAD DATA").first()).isEqualTo(0.5);

        LoadPart[] fifteen = new LoadPart[15];
        for (int i = 0; i < 15; i++) {
            fifteen[i] = part(i + 1);
        }
        assertThat(report(fifteen).figures().get("last fifth to first").first()).isCloseTo(2.0 / 14, within(1e-9));
    }

    @Test
    void picture_hasTheRatioAsWhatIsStoredGrows() {
        Chart few =
                report(part(4), part(2), part(2.5), part(5), part(8)).charts().get(1);
        assertThat(few.bars()).extracting(Chart.Bar::label).containsExactly("50", "240", "430", "620", "810");
        assertThat(few.bars()).extracting(Chart.Bar::value).containsExactly(0.25, 0.5, 0.4, 0.2, 0.125);

        LoadPart[] many = new LoadPart[20];
        for (int i = 0; i < 20; i++) {
            many[i] = part(i % 2 + 1);
        }
        assertThat(report(many).charts().get(1).bars())
                .hasSize(10)
                .allMatch(bar -> bar.value() == 0.75 && bar.low() == 0.5 && bar.high() == 1);
    }

    @Test
    void sumsOfWeeksAndMonths_areInAFigureOfTheirOwn() {
        assertThat(figures().get("  until at rest, weeks and months summed up")).isEqualTo(new Figure(125, 62.5, 250));
    }

    @Test
    void results_areNumbersForPrograms() {
        assertThat(report(part(1), part(1), part(1), part(1), part(1)).results())
                .containsEntry("events", 1_000L)
                .containsEntry("pageviews", 500L)
                .containsEntry("bytes", 120_000L);
    }

    @Test
    void bytesPerPageview_leaveOutOnlyIdsThatGoWithTheDay() {
        assertThat(figures().get("bytes per pageview").first()).isEqualTo(150);
        assertThat(figures().get("  of them event_seen").first()).isEqualTo(10);
        assertThat(figures().get("  of them pageview").first()).isEqualTo(80);
        assertThat(figures().get("until the next UTC day also").first()).isEqualTo(90);
    }

    @Test
    void processorTime_isPerEvent() {
        assertThat(figures().get("loader CPU us/event").first()).isCloseTo(50, within(1e-9));
        assertThat(figures().get("database CPU us/event").first()).isCloseTo(100, within(1e-9));
        assertThat(figures().get("loader resident MiB, peak").first()).isEqualTo(300);
    }

    @Test
    void partsAndWarmup_areAllEvents() {
        for (long events : new long[] {1_000, 999_999, 50_000_001}) {
            LoadPlan plan = plan(events, 7);
            long sum = plan.warmupEvents();
            for (int part = 0; part < 7; part++) {
                assertThat(plan.partEvents(part)).isCloseTo((events - plan.warmupEvents()) / 7, within(1L));
                sum += plan.partEvents(part);
            }
            assertThat(sum).isEqualTo(events);
        }
    }
}

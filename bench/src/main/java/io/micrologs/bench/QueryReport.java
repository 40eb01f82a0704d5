package io.micrologs.bench;

import io.micrologs.bench.report.Chart;
import io.micrologs.bench.report.Figure;
import io.micrologs.bench.report.Machine;
import io.micrologs.bench.report.Report;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The figures of questions that were all answered.
 *
 * @param database null: not known
 * @param pageviews how many the ranges have, by name
 */
record QueryReport(
        String server,
        @Nullable String database,
        QueryPlan plan,
        String command,
        Map<String, Long> pageviews,
        List<QueryRun.Measured> measured,
        List<String> warnings) {
    private static final String COLD = ", cold ms";
    private static final String WARM = ", warm ms";

    /** @param smaller what the same questions took of a smaller store; null: not compared */
    Report report(@Nullable EarlierReport smaller) {
        List<String> all = new ArrayList<>(warnings);
        Map<String, Figure> figures = figures();
        Map<String, String> about = new LinkedHashMap<>();
        about.put("server", server);
        if (database != null) {
            about.put("database", database);
        }
        about.put("command", command);
        about.put("workload", workload());
        if (smaller != null) {
            about.put("smaller", smaller.name());
            all.addAll(smaller.doubts(Machine.here(), figures));
            growth(figures, smaller);
        }
        return new Report(
                "Answering",
                Machine.here(),
                about,
                Map.of("questions", questions()),
                Report.TAIL,
                figures,
                String.format(Locale.ROOT, "%,d questions, every one answered", questions()),
                all,
                charts());
    }

    private Map<String, Figure> figures() {
        Map<String, Figure> figures = new LinkedHashMap<>();
        List<Double> floors = new ArrayList<>();
        pageviews.forEach((name, count) -> figures.put(name, Figure.single(count)));
        for (QueryRun.Measured each : measured) {
            Figure warm = Figure.tail(each.warm());
            if (each.cold().length > 0) {
                figures.put(each.fullName() + COLD, Figure.tail(each.cold()));
            }
            figures.put(each.fullName() + WARM, warm);
            figures.put(
                    "  " + each.fullName() + ", warm to the floor",
                    Figure.single(warm.first() / Figure.tail(each.floor()).first()));
            for (double floor : each.floor()) {
                floors.add(floor);
            }
        }
        figures.put("floor ms", tail(floors));
        return figures;
    }

    /** Of each question over both stores, how many times as long it takes; and of all questions of a range, such ratios of p50. */
    private void growth(Map<String, Figure> figures, EarlierReport smaller) {
        Map<String, List<Double>> byRange = new LinkedHashMap<>();
        for (QueryRun.Measured each : measured) {
            for (String kind : List.of(COLD, WARM)) {
                Figure here = figures.get(each.fullName() + kind);
                Figure there = smaller.figure(each.fullName() + kind);
                if (here != null && there != null) {
                    Figure ratio = here.dividedBy(there);
                    figures.put("  growth of " + each.fullName() + kind, ratio);
                    byRange.computeIfAbsent(each.span().name() + kind, none -> new ArrayList<>())
                            .add(ratio.first());
                }
            }
        }
        byRange.forEach((name, ratios) -> figures.put("growth of all over " + name, tail(ratios)));
    }

    private static Figure tail(List<Double> values) {
        return Figure.tail(values.stream().mapToDouble(Double::doubleValue).toArray());
    }

    private long questions() {
        return measured.stream()
                .mapToLong(each -> each.cold().length + each.warm().length)
                .sum();
    }

    private String workload() {
        StringBuilder text = new StringBuilder();
        text.append(plan.runs()).append(" warm runs, each in turn with the floor; ");
        text.append(plan.coldRuns()).append(" cold runs, each after a restart of the database; one at a time");
        measured.stream()
                .map(QueryRun.Measured::span)
                .distinct()
                .forEach(span -> text.append("; ")
                        .append(span.name())
                        .append(": ")
                        .append(span.from())
                        .append(" to ")
                        .append(span.to()));
        return text.toString();
    }

    /** A chart for each range, cold and warm: the bar is p50, the line reaches to p95. */
    private List<Chart> charts() {
        Map<String, List<Chart.Bar>> bars = new LinkedHashMap<>();
        for (QueryRun.Measured each : measured) {
            if (each.cold().length > 0) {
                bar(bars, each.span().name() + ", cold: p50 to p95 in ms", each.name(), each.cold());
            }
        }
        for (QueryRun.Measured each : measured) {
            bar(bars, each.span().name() + ", warm: p50 to p95 in ms", each.name(), each.warm());
        }
        List<Chart> charts = new ArrayList<>();
        bars.forEach((heading, all) -> charts.add(new Chart(heading, all)));
        return charts;
    }

    private static void bar(Map<String, List<Chart.Bar>> bars, String heading, String label, double[] millis) {
        Figure tail = Figure.tail(millis);
        bars.computeIfAbsent(heading, none -> new ArrayList<>())
                .add(new Chart.Bar(label, tail.first(), tail.first(), tail.second(), false));
    }

    /** While it runs. */
    static String line(QueryRun.Measured each) {
        Figure warm = Figure.tail(each.warm());
        String cold = each.cold().length == 0
                ? ""
                : String.format(
                        Locale.ROOT,
                        "; cold p50 %.1f, p95 %.1f ms",
                        Figure.tail(each.cold()).first(),
                        Figure.tail(each.cold()).second());
        return String.format(
                Locale.ROOT,
                "%s: warm p50 %.1f, p95 %.1f ms%s (%,d bytes)",
                each.fullName(),
                warm.first(),
                warm.second(),
                cold,
                each.bytes());
    }
}

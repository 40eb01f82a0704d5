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

/** The figures of questions that were all answered. */
record QueryReport(
        String server, QueryPlan plan, String command, List<QueryRun.Measured> measured, List<String> warnings) {

    Report report() {
        Map<String, Figure> figures = new LinkedHashMap<>();
        List<Double> floors = new ArrayList<>();
        for (QueryRun.Measured each : measured) {
            String name = each.name() + ", " + each.days().name();
            Figure warm = Figure.tail(each.warm());
            if (each.cold().length > 0) {
                figures.put(name + ", cold ms", Figure.tail(each.cold()));
            }
            figures.put(name + ", warm ms", warm);
            figures.put(
                    "  " + name + ", warm to the floor",
                    Figure.single(warm.first() / Figure.tail(each.floor()).first()));
            for (double floor : each.floor()) {
                floors.add(floor);
            }
        }
        figures.put(
                "floor ms",
                Figure.tail(floors.stream().mapToDouble(Double::doubleValue).toArray()));
        Map<String, String> about = new LinkedHashMap<>();
        about.put("server", server);
        about.put("command", command);
        about.put("workload", workload());
        return new Report(
                "Answering",
                Machine.here(),
                about,
                Report.TAIL,
                figures,
                String.format(Locale.ROOT, "%,d questions, every one answered", questions()),
                warnings,
                charts());
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
                .map(QueryRun.Measured::days)
                .distinct()
                .forEach(days -> text.append("; ")
                        .append(days.name())
                        .append(" are ")
                        .append(days.from())
                        .append(" to ")
                        .append(days.to()));
        return text.toString();
    }

    /** A chart for each range, cold and warm: the bar is p50, the line reaches to p95. */
    private List<Chart> charts() {
        Map<String, List<Chart.Bar>> bars = new LinkedHashMap<>();
        for (QueryRun.Measured each : measured) {
            if (each.cold().length > 0) {
                bar(bars, each.days().name() + ", cold: p50 to p95 in ms", each.name(), each.cold());
            }
        }
        for (QueryRun.Measured each : measured) {
            bar(bars, each.days().name() + ", warm: p50 to p95 in ms", each.name(), each.warm());
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
                        "cold p50 %.1f, p95 %.1f ms; ",
                        Figure.tail(each.cold()).first(),
                        Figure.tail(each.cold()).second());
        return String.format(
                Locale.ROOT,
                "%s, %s: %swarm p50 %.1f, p95 %.1f ms (%,d bytes)",
                each.name(),
                each.days().name(),
                cold,
                warm.first(),
                warm.second(),
                each.bytes());
    }
}

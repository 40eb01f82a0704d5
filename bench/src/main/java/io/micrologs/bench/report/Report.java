package io.micrologs.bench.report;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The figures of a run that counts.
 *
 * @param title of the picture
 * @param machine where it was measured
 * @param about what was measured, and how: name in JSON → value, in the order in which they are printed
 * @param results what the conclusion says in words, for programs: name in JSON → number or truth
 * @param columns what a figure's three numbers are
 * @param figures by name; a name that begins with spaces is a part of the one above
 * @param conclusion what was verified
 * @param warnings why the figures may mean less than they seem to
 */
public record Report(
        String title,
        Machine machine,
        Map<String, String> about,
        Map<String, Object> results,
        List<String> columns,
        Map<String, Figure> figures,
        String conclusion,
        List<String> warnings,
        List<Chart> charts) {

    /** A median and the spread around it. */
    public static final List<String> SPREAD = List.of("median", "min", "max");

    /** A median and the slow ones. */
    public static final List<String> TAIL = List.of("p50", "p95", "max");

    public Report {
        if (columns.size() != 3) {
            throw new IllegalArgumentException("a figure has three numbers, not " + columns);
        }
        about = new LinkedHashMap<>(about);
        results = new LinkedHashMap<>(results);
        figures = new LinkedHashMap<>(figures);
        warnings = List.copyOf(warnings);
        charts = List.copyOf(charts);
    }

    public void print(PrintWriter out) {
        out.println();
        out.printf(Locale.ROOT, "%-9s %s%n", "machine", machine);
        out.printf(Locale.ROOT, "%-9s %s%n", "bench", machine.jdk());
        about.forEach((name, value) -> out.printf(Locale.ROOT, "%-9s %s%n", name.replace('_', ' '), value));
        out.println();
        int width = figures.keySet().stream().mapToInt(String::length).max().orElse(0) + 2;
        String row = "%-" + Math.max(38, width) + "s %12s %12s %12s%n";
        out.printf(Locale.ROOT, row, "", columns.get(0), columns.get(1), columns.get(2));
        figures.forEach((name, figure) -> out.printf(
                Locale.ROOT,
                row,
                name,
                Figure.text(figure.first()),
                Figure.text(figure.second()),
                Figure.text(figure.third())));
        out.println();
        out.println(conclusion);
        warnings.forEach(warning -> out.println("warning: " + warning));
        out.flush();
    }

    public void writeJson(Path file) throws IOException {
        ObjectMapper json = new ObjectMapper();
        ObjectNode all = json.createObjectNode();
        all.putObject("machine")
                .put("cores", machine.cores())
                .put("processor", machine.processor())
                .put("memory_gib", machine.memoryGiB())
                .put("kernel", machine.kernel());
        all.put("bench_jdk", machine.jdk());
        about.forEach(all::put);
        results.forEach(all::putPOJO);
        ObjectNode named = all.putObject("figures");
        figures.forEach((name, figure) -> named.putObject(name.trim())
                .put(columns.get(0), figure.first())
                .put(columns.get(1), figure.second())
                .put(columns.get(2), figure.third()));
        all.put("conclusion", conclusion);
        warnings.forEach(all.putArray("warnings")::add);
        json.writerWithDefaultPrettyPrinter().writeValue(file.toFile(), all);
    }

    public void writeSvg(Path file) throws IOException {
        List<String> lines = new ArrayList<>(List.of(machine + ", " + machine.jdk()));
        String command = about.get("command");
        if (command != null) {
            lines.add(command);
        }
        warnings.forEach(warning -> lines.add("warning: " + warning));
        Files.writeString(file, Svg.draw(title, lines, charts));
    }
}

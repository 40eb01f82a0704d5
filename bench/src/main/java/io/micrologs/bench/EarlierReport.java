package io.micrologs.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.micrologs.bench.report.Figure;
import io.micrologs.bench.report.Machine;
import io.micrologs.bench.report.Report;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What an earlier {@code bench query} has written by {@code --json}. */
record EarlierReport(Path file, JsonNode json) {

    static EarlierReport read(Path file) {
        JsonNode json;
        try {
            json = new ObjectMapper().readTree(file.toFile());
        } catch (IOException e) {
            throw new BenchException("--smaller " + file + " cannot be read: " + firstLine(e), e);
        }
        if (!json.path("figures").has("floor ms")) {
            throw new BenchException("--smaller " + file + " is not what `micrologs bench query --json` writes");
        }
        return new EarlierReport(file, json);
    }

    private static String firstLine(IOException e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("") + " ("
                + e.getClass().getSimpleName() + ")";
    }

    /** Its data, for people. */
    String name() {
        return json.path("server").asText() + " (" + file.getFileName() + ")";
    }

    @Nullable
    Figure figure(String name) {
        JsonNode figure = json.path("figures").path(name);
        return figure.isMissingNode()
                ? null
                : new Figure(
                        figure.path(Report.TAIL.get(0)).asDouble(),
                        figure.path(Report.TAIL.get(1)).asDouble(),
                        figure.path(Report.TAIL.get(2)).asDouble());
    }

    /** Why the two should not be compared. */
    List<String> doubts(Machine machine, Map<String, Figure> figures) {
        List<String> doubts = new ArrayList<>();
        if (!json.at("/machine/processor").asText().equals(machine.processor())
                || json.at("/machine/cores").asInt() != machine.cores()) {
            doubts.add("the smaller store was measured on another machine");
        }
        String all = "pageviews in 12 months";
        Figure here = figures.get(all);
        Figure there = figure(all);
        if (here == null || there == null || there.first() >= here.first()) {
            doubts.add("the smaller store is not smaller");
        }
        return doubts;
    }
}

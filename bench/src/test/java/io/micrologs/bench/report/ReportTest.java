package io.micrologs.bench.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

class ReportTest {
    @TempDir
    private Path directory;

    private static Report report() {
        Map<String, Figure> figures = new LinkedHashMap<>();
        figures.put("events/s", new Figure(12_345.6, 10_000, 20_000));
        figures.put("  of them late", new Figure(0.25, 0.2, 0.5));
        return new Report(
                "Loading <fast> & \"flat\"",
                Machine.here(),
                Map.of("command", "micrologs bench load"),
                Map.of("events", 1_000L, "verified", true),
                Report.SPREAD,
                figures,
                "all is accounted for",
                List.of("something else ran"),
                List.of(new Chart(
                        "Rates",
                        List.of(
                                new Chart.Bar("loaded", 100, 50, 150, false),
                                new Chart.Bar("ceiling", 200, 200, 200, true)))));
    }

    @Test
    void table_hasEveryFigureUnderItsColumns() {
        StringWriter text = new StringWriter();
        report().print(new PrintWriter(text, true));
        assertThat(text.toString())
                .contains("machine ", "micrologs bench load", "all is accounted for", "warning: something else ran")
                .containsPattern("median +min +max")
                .containsPattern("events/s +12,346 +10,000 +20,000")
                .containsPattern("  of them late +0\\.250 +0\\.200 +0\\.500");
    }

    @Test
    void json_hasTheSameWithMachineAndCommand() throws Exception {
        Path file = directory.resolve("report.json");
        report().writeJson(file);
        JsonNode json = new ObjectMapper().readTree(file.toFile());
        assertThat(json.at("/figures/events~1s/median").asDouble()).isEqualTo(12_345.6);
        assertThat(json.at("/figures/of them late/max").asDouble()).isEqualTo(0.5);
        assertThat(json.at("/machine/cores").asInt())
                .isEqualTo(Runtime.getRuntime().availableProcessors());
        assertThat(json.get("command").asText()).isEqualTo("micrologs bench load");
        assertThat(json.get("events").isIntegralNumber()).isTrue();
        assertThat(json.get("verified").isBoolean()).isTrue();
        assertThat(json.at("/warnings/0").asText()).isEqualTo("something else ran");
    }

    @Test
    void picture_isXmlWhoseBarsAreInProportion() throws Exception {
        Path file = directory.resolve("report.svg");
        report().writeSvg(file);
        Document picture =
                DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(file.toFile());
        assertThat(picture.getElementsByTagName("title").item(0).getTextContent())
                .isEqualTo("Loading <fast> & \"flat\"");
        NodeList bars = picture.getElementsByTagName("rect");
        assertThat(bars.getLength()).isEqualTo(2);
        assertThat(width(bars, 1)).isEqualTo(2 * width(bars, 0));
        // A line and two ends each.
        assertThat(picture.getElementsByTagName("line").getLength()).isEqualTo(6);
        assertThat(Files.readString(file)).contains(">100.0<", ">200.0<", "warning: something else ran");
    }

    @Test
    void barThatOnlyGoesUp_hasBothNumbers() {
        List<Chart.Bar> bars =
                List.of(new Chart.Bar("p50 to p95", 20, 20, 50, false), new Chart.Bar("spread", 30, 20, 60, false));
        assertThat(Svg.draw("t", List.of(), List.of(new Chart("c", bars)))).contains(">20.0 – 50.0<", ">30.0<");
    }

    @Test
    void longLines_areBrokenToFitThePicture() throws Exception {
        String word = "x".repeat(300);
        String picture = Svg.draw("t", List.of("one two ".repeat(40).strip(), word), List.of());
        assertThat(picture.lines().filter(line -> line.contains("small")).filter(line -> line.startsWith("<text")))
                .hasSize(3 + 3)
                .allMatch(line -> line.replaceAll("<[^>]*>", "").length() <= 125);
        assertThat(picture).doesNotContain(">  ").doesNotContain("tw<");
    }

    private static double width(NodeList bars, int bar) {
        return Double.parseDouble(((Element) bars.item(bar)).getAttribute("width"));
    }
}

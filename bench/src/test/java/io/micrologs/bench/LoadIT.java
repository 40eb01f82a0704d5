package io.micrologs.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** A load and questions to what it has left, small, with everything that belongs to it: real processes, a real database. */
class LoadIT {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    private Path directory;

    private int run(String... args) {
        return new CommandLine(new Bench())
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(args);
    }

    @Test
    void smallLoad_isMeasuredAndWhatItLeavesAnswersQuestions() throws Exception {
        String data = directory.resolve("data").toString();
        Path json = directory.resolve("load.json");
        int loaded = run(
                "load",
                "--events=6000",
                "--months=1",
                "--urls=100",
                "--parts=5",
                "--data=" + data,
                "--json=" + json,
                "--svg=" + directory.resolve("load.svg"),
                "--keep");
        assertThat(loaded).as("%s%s", out, err).isZero();
        JsonNode figures = new ObjectMapper().readTree(json.toFile()).get("figures");
        assertThat(figures.at("/events~1s loaded/median").asDouble()).isPositive();
        assertThat(figures.at("/ratio to raw LOAD DATA/median").asDouble()).isPositive();
        // A pageview has its row, the id that its client gave it, and a part of a visit and of a visitor.
        assertThat(figures.at("/raw rows per event/median").asDouble()).isBetween(2.0, 3.5);
        assertThat(figures.at("/bytes per pageview/median").asDouble()).isPositive();
        assertThat(figures.at("/loader resident MiB, peak/median").asDouble()).isGreaterThan(50);
        assertThat(figures.at("/database resident MiB, peak/median").asDouble()).isGreaterThan(50);
        assertThat(directory.resolve("load.svg")).isNotEmptyFile();
        assertThat(out.toString()).contains("6,000 events, each one accounted for");

        Path answers = directory.resolve("query.json");
        int answered = run(
                "query", "--data=" + data, "--runs=1", "--cold-runs=0", "--no-drop-page-cache", "--json=" + answers);
        assertThat(answered).as("%s%s", out, err).isZero();
        assertThat(out.toString()).contains("28 questions, every one answered");
        assertThat(new ObjectMapper()
                        .readTree(answers.toFile())
                        .at("/figures/pages, 12 months, warm ms/p50")
                        .asDouble())
                .isPositive();
    }
}

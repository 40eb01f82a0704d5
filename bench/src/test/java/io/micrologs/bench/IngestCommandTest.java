package io.micrologs.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrologs.server.Subcommand;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class IngestCommandTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    private Path data;

    private int run(String... args) {
        return new CommandLine(new Bench())
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(args);
    }

    private int measure(StandIn server, String... more) throws Exception {
        Files.writeString(
                data.resolve("first-project.txt"),
                "# keys\nproject_id=1\npublic_key=" + "0a".repeat(16) + "\nsecret_key=" + StandIn.SECRET_KEY + "\n");
        String[] args = new String[more.length + 11];
        String[] fixed = {
            "ingest",
            "--url",
            server.url().toString(),
            "--data",
            data.toString(),
            "--seconds=1",
            "--rounds=1",
            "--warmup=0",
            "--connections=4",
            "--json",
            data.resolve("figures.json").toString()
        };
        System.arraycopy(fixed, 0, args, 0, fixed.length);
        System.arraycopy(more, 0, args, fixed.length, more.length);
        return run(args);
    }

    @Test
    void serviceLoader_findsTheCommand() {
        assertThat(ServiceLoader.load(Subcommand.class)).hasOnlyElementsOfType(Bench.class);
    }

    @Test
    void keys_comeFromTheDataDirectory() throws Exception {
        try (StandIn server = new StandIn(StandIn.Fault.NONE, true)) {
            assertThat(measure(server)).isZero();
            assertThat(out.toString())
                    .contains("each one stored and counted once")
                    .doesNotContain(StandIn.SECRET_KEY);
            assertThat(data.resolve("figures.json")).isNotEmptyFile();
        }
    }

    @Test
    void lossyServer_isVoidUnlessNotAskedToVerify() throws Exception {
        try (StandIn server = new StandIn(StandIn.Fault.DOUBLES, true)) {
            assertThat(measure(server)).isEqualTo(1);
            assertThat(err.toString()).startsWith("void: more pageviews are counted than accepted");
        }
        try (StandIn server = new StandIn(StandIn.Fault.DOUBLES, true)) {
            assertThat(measure(server, "--no-wait-drained")).isZero();
        }
    }

    @Test
    void noServer_isOneLine() throws Exception {
        StandIn gone = new StandIn(StandIn.Fault.NONE, true);
        gone.close();
        assertThat(measure(gone)).isEqualTo(1);
        assertThat(err.toString().lines())
                .singleElement()
                .asString()
                .startsWith("void: no server answers at http://127");
    }

    @Test
    void noKeys_saysWhereTheyWereLookedFor() {
        assertThat(run("ingest", "--data", data.toString())).isEqualTo(1);
        assertThat(err.toString()).contains(data.resolve("first-project.txt").toString(), "--public-key");
    }

    @Test
    void valueOutOfRange_namesOptionAndRange() {
        assertThat(run("ingest", "--seconds", "601")).isEqualTo(1);
        assertThat(err.toString()).contains("--seconds must be 1..600, is 601");
    }

    @Test
    void benchAlone_asksWhatToMeasure() {
        assertThat(run()).isEqualTo(2);
        assertThat(err.toString()).contains("micrologs bench ingest");
    }
}

package io.micrologs.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class LoadCommandTest {
    private final StringWriter err = new StringWriter();

    @TempDir
    private Path directory;

    private int run(String command, String... args) {
        List<String> all = new ArrayList<>(
                List.of(command, "--data", directory.resolve("data").toString()));
        all.addAll(List.of(args));
        return new CommandLine(new Bench())
                .setOut(new PrintWriter(new StringWriter()))
                .setErr(new PrintWriter(err))
                .execute(all.toArray(String[]::new));
    }

    @ParameterizedTest
    @CsvSource({
        "--events=999, --events must be 1000..10000000000",
        "--events=-5, --events must be 1000..10000000000",
        "--events=10000000001, --events must be",
        "--parts=4, --parts must be 5..100",
        "--months=13, --months must be 1..12",
        "--recent=100, --recent must be 1..99",
        "--urls=19, --urls must be 20..1000000",
        "--visitors=125001, --visitors must be 1..125000",
        "--heap=lots, --heap must be a size such as 256m",
        "--until=2020-01-01, must lie within the last 395 days",
        "--database-user=me, belong to --database",
        "--database=jdbc:mysql://127.0.0.1:1/x, --database needs --database-user"
    })
    void nonsense_isOneLineThatSaysWhatMayBe(String option, String message) {
        assertThat(run("load", option)).isEqualTo(1);
        assertThat(err.toString().lines())
                .singleElement()
                .asString()
                .startsWith("void: ")
                .contains(message);
        assertThat(directory.resolve("data")).doesNotExist();
    }

    @Test
    void directoryWithSomethingInIt_isLeftAlone() throws Exception {
        Path file = Files.createDirectories(directory.resolve("data")).resolve("precious");
        Files.writeString(file, "x");
        assertThat(run("load")).isEqualTo(1);
        assertThat(err.toString()).contains("is not empty", "--data");
        assertThat(file).exists();
    }

    @Test
    void directoryThatCannotBeMade_isNamed() throws Exception {
        Files.writeString(directory.resolve("data"), "a file");
        assertThat(run("load")).isEqualTo(1);
        assertThat(err.toString())
                .startsWith("void: ")
                .contains(directory.resolve("data").toString(), "--data");
    }

    @Test
    void moreThanTheDiskHas_isRefusedAndNothingStays() {
        assertThat(run("load", "--events=10000000000", "--parts=5")).isEqualTo(1);
        assertThat(err.toString()).contains("10,000,000,000 events need up to", "GiB are free");
        assertThat(directory.resolve("data")).doesNotExist();
    }

    @Test
    void databaseThatIsAway_isNamed() {
        assertThat(run("load", "--database=jdbc:mysql://127.0.0.1:1/x", "--database-user=me"))
                .isEqualTo(1);
        assertThat(err.toString()).startsWith("void: --database: ");
    }

    @Test
    void queryWithoutKeptData_saysHowToMakeThem() {
        assertThat(run("query")).isEqualTo(1);
        assertThat(err.toString()).contains("micrologs bench load --keep", "--url");
    }

    @ParameterizedTest
    @CsvSource({
        "--runs=0, --runs must be 1..10000",
        "--cold-runs=1001, --cold-runs must be 0..1000",
        "--questions=pages;nonsense, --questions has no nonsense",
        "--smaller=none.json, --smaller none.json cannot be read",
        "--json=nowhere/x.json, there is no directory",
        "--url=localhost:8080, --url must be http://HOST:PORT",
        "--secret-key=x, belong to --url"
    })
    void nonsenseOfQuery_isOneLineThatSaysWhatMayBe(String option, String message) {
        assertThat(run("query", option.replace(';', ','))).isEqualTo(1);
        assertThat(err.toString().lines())
                .singleElement()
                .asString()
                .startsWith("void: ")
                .contains(message);
    }

    @Test
    void reportThatCannotBeWritten_isSaidBeforeTheRun() {
        assertThat(run("load", "--svg=" + directory)).isEqualTo(1);
        assertThat(err.toString()).startsWith("void: --svg").contains("cannot be written");
        assertThat(directory.resolve("data")).doesNotExist();
    }

    @Test
    void queryOfARunningServerWithoutItsKey_saysWhereItWasLookedFor() {
        assertThat(run("query", "--url=http://127.0.0.1:1")).isEqualTo(1);
        assertThat(err.toString()).contains("first-project.txt", "--secret-key");
    }
}

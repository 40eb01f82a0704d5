package io.micrologs.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettingsTest {

    @TempDir
    Path temp;

    /** What a command printed, and how it ended. */
    private record Run(int exit, String out, String err) {}

    private static Run run(Map<String, String> environment, String... args) {
        PrintStream out = System.out;
        PrintStream err = System.err;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        ByteArrayOutputStream complained = new ByteArrayOutputStream();
        try {
            System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
            System.setErr(new PrintStream(complained, true, StandardCharsets.UTF_8));
            int exit = Main.run(args, environment);
            return new Run(exit, printed.toString(StandardCharsets.UTF_8), complained.toString(StandardCharsets.UTF_8));
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
    }

    private static String line(Run run, String key) {
        return run.out()
                .lines()
                .filter(line -> line.startsWith(key + " "))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no line " + key + " in " + run));
    }

    private Path file(String... lines) throws IOException {
        return Files.write(temp.resolve("some.properties"), java.util.List.of(lines));
    }

    @Test
    void laterSourcesWin_fileThenEnvironmentThenFlag() throws IOException {
        String config =
                file("http.port=1001", "http.host=127.0.0.3", "data.dir=one").toString();
        Map<String, String> environment = Map.of("MICROLOGS_HTTP_PORT", "1002", "MICROLOGS_DATA_DIR", "two");

        Run run = run(environment, "config", "--config", config, "--http.port", "1003");

        assertThat(run.exit()).isZero();
        assertThat(line(run, "http.port")).contains("1003").endsWith("flag");
        assertThat(line(run, "data.dir")).contains("two").endsWith("environment");
        assertThat(line(run, "http.host")).contains("127.0.0.3").endsWith("file " + config);
        assertThat(line(run, "journal.retain")).contains("PT168H").endsWith("default");
    }

    @Test
    void config_masksSecrets() {
        String key = "k".repeat(40);
        Run run = run(Map.of("MICROLOGS_ADMIN_KEY", key, "MICROLOGS_HASH_SALT", key), "config");

        assertThat(run.out()).doesNotContain("kkk").contains("********");
    }

    @ParameterizedTest
    @CsvSource({
        "http.port,           99999, 0 to 65535",
        "http.port,           abc,   0 to 65535",
        "admin.key,           short, 32 to 256",
        "time.zone,           Mars,  Europe/Berlin",
        "time.zone,           +05:07, quarter of an hour",
        "base.url,            ftp:x, https://",
        "database.url,        nope,  jdbc:mysql://",
        "database.url,        jdbc:mysql://me:secret@db/x, database.password",
        "database.url,        jdbc:mysql://db/x?password=secret, database.password",
        "journal.retain,      soon,  7d",
        "journal.bytes.max,   huge,  20g",
        "journal.cycle,       weekly, hourly",
        "journal.ring.size,   100,   power of two",
        "journal.durability,  disk,  process or power",
        "loader.batch-rows.max, 0,   1 to 20000",
        "ratelimit.track,     0,     1 to 10000",
        "ratelimit.enabled,   maybe, true or false",
        "links.max,           0,     1 to 1000000",
        "trusted.proxies,     300.1.1.1/8, CIDR",
        "trusted.proxies,     10.0.0.0/64, CIDR",
        "alias.path,          x7k,   /x7k",
        "alias.path,          /x7k/, /x7k",
        "alias.path,          /api/x, not below /api",
        "alias.path,          /a.php, letters",
    })
    void badValue_refusesWithKeyValueAndRange(String key, String value, String range) throws IOException {
        Run byFlag = run(Map.of(), "config", "--" + key, value);
        Run byFile = run(Map.of(), "config", "--config", file(key + "=" + value).toString());

        assertThat(byFlag.exit()).isEqualTo(2);
        assertThat(byFlag.err()).contains(key).contains(range);
        assertThat(byFile.exit()).isEqualTo(2);
        assertThat(byFile.err()).contains(key).contains(range).contains("some.properties");
    }

    @Test
    void badSecret_isNotRepeated() {
        Run run = run(Map.of("MICROLOGS_ADMIN_KEY", "my-weak-secret"), "config");

        assertThat(run.exit()).isEqualTo(2);
        assertThat(run.err()).contains("admin.key").contains("32 to 256").doesNotContain("my-weak-secret");
    }

    @Test
    void unknownKeyInTheFile_refusesAndNamesTheNearest() throws IOException {
        Run run = run(Map.of(), "config", "--config", file("http.prot=80").toString());

        assertThat(run.exit()).isEqualTo(2);
        assertThat(run.err()).contains("http.prot").contains("did you mean http.port?");
    }

    @Test
    void unknownVariable_refusesAndNamesTheNearest() {
        Run run = run(Map.of("MICROLOGS_HTTP_PROT", "80"), "config");

        assertThat(run.exit()).isEqualTo(2);
        assertThat(run.err()).contains("MICROLOGS_HTTP_PROT").contains("did you mean MICROLOGS_HTTP_PORT?");
    }

    @Test
    void variablesOfAnOrchestrator_areNoSettings() {
        Map<String, String> environment = Map.of(
                "MICROLOGS_PORT", "tcp://10.0.0.1:80",
                "MICROLOGS_PORT_80_TCP_ADDR", "10.0.0.1",
                "MICROLOGS_SERVICE_HOST", "10.0.0.1",
                "MICROLOGS_SERVICE_PORT_HTTP", "80");

        assertThat(run(environment, "config").exit()).isZero();
    }

    @Test
    void missingConfigFile_refuses() {
        Run run = run(Map.of(), "config", "--config", temp.resolve("none").toString());

        assertThat(run.exit()).isEqualTo(2);
        assertThat(run.err()).contains("cannot be read");
    }

    @ParameterizedTest
    @CsvSource({
        "--database.user, me, database.url",
        "--database.url, jdbc:mysql://127.0.0.1:1/x, database.user",
        "--journal.free-bytes.min, 1m, 160m",
        "--journal.bytes.max, 1m, 256m",
        "--journal.retain, 4000d, 3650d",
        "--database.buffer-pool, 1m, 64m",
        "--ratelimit.window, 2h, 1s to 1h",
        "--ratelimit.block, 10ms, 1s to 1d",
    })
    void contradictionOrRange_refuses(String flag, String value, String names) {
        Run run = run(Map.of(), "config", flag, value);

        assertThat(run.exit()).isEqualTo(2);
        assertThat(run.err()).contains(names);
    }

    @Test
    void help_isThereForEveryCommand() {
        for (String command : new String[] {"serve", "ingest", "load", "query", "project", "journal", "config"}) {
            Run run = run(Map.of(), command, "--help");
            assertThat(run.exit()).as(command).isZero();
            assertThat(run.out()).contains("Usage: micrologs " + command);
            assertThat(run(Map.of(), command, "--version").out()).startsWith("micrologs ");
        }
    }
}

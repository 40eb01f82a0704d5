package io.micrologs.ingest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The seeds of the fuzz targets, and whatever a run of them ever found; CONTRIBUTING.md says how to run them for long. */
class FuzzCorpusTest {
    static List<Path> json() throws IOException {
        return files("json");
    }

    static List<Path> batch() throws IOException {
        return files("batch");
    }

    static List<Path> gunzip() throws IOException {
        return files("gunzip");
    }

    static List<Path> bots() throws IOException {
        return files("bots");
    }

    @ParameterizedTest
    @MethodSource("json")
    void anyBody_isAClaimOrRefused(Path input) throws IOException {
        JsonFuzz.fuzzerTestOneInput(Files.readAllBytes(input));
    }

    @ParameterizedTest
    @MethodSource("batch")
    void anyBatch_isCutIntoItemsOrRefused(Path input) throws IOException {
        BatchFuzz.fuzzerTestOneInput(Files.readAllBytes(input));
    }

    @ParameterizedTest
    @MethodSource("gunzip")
    void anyPackedBytes_areReadAsTheJdkReadsThem(Path input) throws IOException {
        GunzipFuzz.fuzzerTestOneInput(Files.readAllBytes(input));
    }

    @ParameterizedTest
    @MethodSource("bots")
    void anyAgent_isABotOrNot(Path input) throws IOException {
        BotsFuzz.fuzzerTestOneInput(Files.readAllBytes(input));
    }

    private static List<Path> files(String target) throws IOException {
        try (Stream<Path> files = Files.list(Path.of("src/test/fuzz", target))) {
            return files.sorted().toList();
        }
    }
}

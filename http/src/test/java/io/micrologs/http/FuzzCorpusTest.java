package io.micrologs.http;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The seeds of the fuzz targets, and whatever a run of them ever found; CONTRIBUTING.md says how to run them for long. */
@ExtendWith(LeakCheck.class)
class FuzzCorpusTest {
    static List<Path> requests() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("src/test/fuzz/request"))) {
            return files.sorted().toList();
        }
    }

    @ParameterizedTest
    @MethodSource("requests")
    void anyRequest_isAnswered(Path input) throws IOException {
        RequestFuzz.fuzzerTestOneInput(Files.readAllBytes(input));
    }
}

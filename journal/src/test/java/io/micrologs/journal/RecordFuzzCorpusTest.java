package io.micrologs.journal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The seeds of the fuzz target, and whatever a run of it ever found; CONTRIBUTING.md says how to run it for long. */
class RecordFuzzCorpusTest {
    static List<Path> inputs() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("src/test/fuzz/record"))) {
            return files.sorted().toList();
        }
    }

    @ParameterizedTest
    @MethodSource("inputs")
    void anyBytes_areAnEventOrAProblem(Path input) throws IOException {
        RecordFuzz.fuzzerTestOneInput(Files.readAllBytes(input));
    }
}

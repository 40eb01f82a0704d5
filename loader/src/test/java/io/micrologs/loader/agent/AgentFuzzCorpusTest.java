package io.micrologs.loader.agent;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The seeds of the fuzz target, and whatever a run of it ever found; CONTRIBUTING.md says how to run it for long. */
class AgentFuzzCorpusTest {
    static List<Path> inputs() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("src/test/fuzz/agent"))) {
            return files.sorted().toList();
        }
    }

    @ParameterizedTest
    @MethodSource("inputs")
    void anyAgent_hasAnAnswer(Path input) throws IOException {
        AgentFuzz.fuzzerTestOneInput(Files.readAllBytes(input));
    }
}

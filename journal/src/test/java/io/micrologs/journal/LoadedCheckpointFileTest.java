package io.micrologs.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoadedCheckpointFileTest {
    private static Path shared;

    @TempDir
    Path directory;

    @BeforeContainer
    static void makeDirectory() throws IOException {
        shared = Files.createTempDirectory("checkpoint");
    }

    @AfterContainer
    static void deleteDirectory() throws IOException {
        Files.deleteIfExists(shared.resolve("loaded.checkpoint"));
        Files.delete(shared);
    }

    @Property(tries = 200)
    void anyCheckpoint_isReadBack(
            @ForAll long journalId, @ForAll int epoch, @ForAll long sequence, @ForAll long index, @ForAll int crc) {
        Checkpoint checkpoint = new Checkpoint(journalId, epoch, sequence, index, crc);

        LoadedCheckpointFile.write(shared, checkpoint);

        assertThat(LoadedCheckpointFile.read(shared)).contains(checkpoint);
    }

    @Test
    void noFileOrNonsense_isEmpty() throws IOException {
        assertThat(LoadedCheckpointFile.read(directory)).isEmpty();

        for (String nonsense : new String[] {"", "1 2 3", "1 2 3 4 x", "1 2 3 4 5 6", "-1 2 3 4 5"}) {
            Files.writeString(directory.resolve("loaded.checkpoint"), nonsense);
            assertThat(LoadedCheckpointFile.read(directory)).as(nonsense).isEmpty();
        }
    }

    @Test
    void directoryMissing_isAnOperatorsMessage() {
        Path missing = directory.resolve("nowhere");

        assertThatThrownBy(() -> LoadedCheckpointFile.write(missing, new Checkpoint(1, 2, 3, 4, 5)))
                .isInstanceOf(JournalException.class)
                .hasMessageContaining("loaded.checkpoint cannot be written");
    }
}

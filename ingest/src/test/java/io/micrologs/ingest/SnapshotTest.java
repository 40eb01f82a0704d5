package io.micrologs.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SnapshotTest {
    @TempDir
    Path directory;

    @Test
    void write_readsBackTheSame() {
        Path file = directory.resolve("snapshot.json");
        Edge.snapshot().write(file);
        assertThat(Snapshot.read(file)).contains(Edge.snapshot());
        Snapshot empty = new Snapshot(8, List.of(), List.of());
        empty.write(file);
        assertThat(Snapshot.read(file)).contains(empty);
    }

    @Test
    void write_isForTheOwnerOnlyAndLeavesNothingElse() throws IOException {
        Path file = directory.resolve("snapshot.json");
        Edge.snapshot().write(file);
        Edge.snapshot().write(file);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        try (var files = Files.list(directory)) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void writeIntoNowhere_saysWhere() {
        Path file = directory.resolve("missing").resolve("snapshot.json");
        assertThatThrownBy(() -> Edge.snapshot().write(file))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining(file.toString());
    }

    @Test
    void missingFile_isEmpty() {
        assertThat(Snapshot.read(directory.resolve("none"))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "[]",
                "{}",
                "{\"version\":1}",
                "{\"version\":1,\"projects\":[{}]}",
                "{\"version\":1,\"projects\":[{\"id\":1,\"name\":\"a\",\"public_key\":\"b\",\"secret_key_sha256\":\"zz\",\"allowed_domains\":[],\"active\":true}]}",
                "{\"version\":1,\"projects\":[{\"id\":1,\"name\":\"a\",\"public_key\":\"b\",\"secret_key_sha256\":\"00\",\"allowed_domains\":[],\"active\":true}]}",
            })
    void damagedFile_isEmpty(String content) throws IOException {
        Path file = directory.resolve("snapshot.json");
        Files.writeString(file, content);
        assertThat(Snapshot.read(file)).isEmpty();
    }

    @Test
    void truncatedFile_isEmptyAtEveryLength() throws IOException {
        Path file = directory.resolve("snapshot.json");
        Edge.snapshot().write(file);
        byte[] whole = Files.readAllBytes(file);
        for (int length = 0; length < whole.length; length += 7) {
            Files.write(file, java.util.Arrays.copyOf(whole, length));
            assertThat(Snapshot.read(file)).isEmpty();
        }
    }
}

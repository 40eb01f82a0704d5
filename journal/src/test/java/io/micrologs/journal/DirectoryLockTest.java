package io.micrologs.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectoryLockTest {
    @TempDir
    Path directory;

    @Test
    void heldLock_isRefused_andSaysByWhom() {
        Path file = directory.resolve("load.lock");
        try (DirectoryLock held = DirectoryLock.acquire(file, "load")) {
            assertThat(held).isNotNull();
            assertThatThrownBy(() -> DirectoryLock.acquire(file, "load"))
                    .isInstanceOf(JournalException.class)
                    .hasMessageStartingWith(file + " is held by process "
                            + ProcessHandle.current().pid() + " (load) on ")
                    .hasMessageContaining(" since 20")
                    .hasMessageNotContaining("\n");
        }
        DirectoryLock.acquire(file, "load").close();
    }

    @Test
    void fileLeftBehind_locksNobodyOut() throws IOException {
        Path file = directory.resolve("append.lock");
        Files.writeString(file, "process 1 (append) since 2020-01-01T00:00:00Z and some more text that is longer\n");

        try (DirectoryLock held = DirectoryLock.acquire(file, "append")) {
            assertThat(held).isNotNull();
            assertThat(Files.readString(file))
                    .startsWith("process " + ProcessHandle.current().pid() + " (append)");
            assertThat(Files.readAllLines(file)).hasSize(1);
        }
    }

    @Test
    void directoryInTheWay_isAnOperatorsMessage() throws IOException {
        Path file = Files.createDirectory(directory.resolve("append.lock"));

        assertThatThrownBy(() -> DirectoryLock.acquire(file, "append"))
                .isInstanceOf(JournalException.class)
                .hasMessageContaining(file + " cannot be written");
    }
}

package io.micrologs.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataDirectoryTest {
    private static final int ROLES = 3;
    private static final int ROUNDS = 500;

    @TempDir
    private Path temp;

    @Test
    void open_byThreeRolesAtOnce_makesItOnce() throws Exception {
        ExecutorService roles = Executors.newFixedThreadPool(ROLES);
        CyclicBarrier begin = new CyclicBarrier(ROLES);
        try {
            for (int round = 0; round < ROUNDS; round++) {
                Path root = temp.resolve("data" + round);
                List<Future<DataDirectory>> opened = new ArrayList<>();
                for (int role = 0; role < ROLES; role++) {
                    opened.add(roles.submit(() -> {
                        begin.await();
                        return DataDirectory.open(root);
                    }));
                }
                for (Future<DataDirectory> data : opened) {
                    assertThat(data.get().root()).isDirectory();
                }
            }
        } finally {
            roles.shutdownNow();
        }
    }

    @Test
    void open_aFile_isRefused() throws Exception {
        Path file = Files.createFile(temp.resolve("data"));

        assertThatThrownBy(() -> DataDirectory.open(file))
                .isInstanceOf(OperatorException.class)
                .hasMessageEndingWith(file + " is a file");
    }
}

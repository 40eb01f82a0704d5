package io.micrologs.database;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class StartFailuresTest {
    private static String explain(int exitCode, String... log) {
        return StartFailures.explain(List.of(log), exitCode);
    }

    @Test
    void missingLibrary_namesItsPackage() {
        assertThat(explain(
                        127,
                        "/x/bin/mariadbd: error while loading shared libraries: libsystemd.so.0: cannot open shared"
                                + " object file: No such file or directory"))
                .isEqualTo("it needs the system library libsystemd.so.0; apt-get install libsystemd0 (or your system's"
                        + " package of it)");
    }

    @Test
    void unknownLibrary_isNamed() {
        assertThat(explain(
                        127,
                        "x: error while loading shared libraries: libnew.so.9: cannot open shared object file: No such"
                                + " file or directory"))
                .isEqualTo("it needs the system library libnew.so.9; install the package that has it");
    }

    @Test
    void oldSystem_pointsToOwnServer() {
        assertThat(explain(1, "mariadbd: /lib/libc.so.6: version `GLIBC_2.28' not found (required by mariadbd)"))
                .contains("GLIBC_2.28")
                .contains("database.url");
    }

    @Test
    void fullDisk_saysSo() {
        assertThat(explain(
                        1,
                        "[ERROR] InnoDB: preallocating 12582912 bytes for file ./ibtmp1 failed with error 28",
                        "[ERROR] mariadbd: Error writing file './x' (Errcode: 28 \"No space left on device\")"))
                .isEqualTo("the disk is full");
        assertThat(explain(1, "[ERROR] InnoDB: preallocating 12582912 bytes for file ./ibtmp1 failed with error 28"))
                .isEqualTo("the disk is full");
    }

    @Test
    void otherError_isTheLastErrorLineWithoutItsTime() {
        assertThat(explain(
                        1,
                        "2026-11-22  9:04:03 0 [ERROR] InnoDB: first",
                        "2026-11-22  9:04:03 0 [ERROR] InnoDB: Corrupted page",
                        "2026-11-22  9:04:03 0 [Note] something",
                        "2026-11-22  9:04:03 0 [ERROR] Aborting"))
                .isEqualTo("exit code 1, last said: [ERROR] InnoDB: Corrupted page");
    }

    @Test
    void noErrorLine_isTheLastLine() {
        assertThat(explain(137, "2026-11-22  9:04:03 0 [Note] ready", ""))
                .isEqualTo("killed by signal 9, last said: [Note] ready");
        assertThat(explain(1)).isEqualTo("exit code 1, last said: nothing");
    }
}

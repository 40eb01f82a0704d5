package io.micrologs.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class EmbeddedDatabaseConfigTest {
    private static final long MIB = 1024 * 1024;

    @Test
    void bufferPoolBytes_isAQuarterBetweenItsBounds() {
        assertThat(EmbeddedDatabaseConfig.bufferPoolBytes(0)).isEqualTo(128 * MIB);
        assertThat(EmbeddedDatabaseConfig.bufferPoolBytes(512 * MIB)).isEqualTo(128 * MIB);
        assertThat(EmbeddedDatabaseConfig.bufferPoolBytes(2048 * MIB)).isEqualTo(512 * MIB);
        assertThat(EmbeddedDatabaseConfig.bufferPoolBytes(2048 * MIB + 5)).isEqualTo(512 * MIB);
        assertThat(EmbeddedDatabaseConfig.bufferPoolBytes(64 * 1024 * MIB)).isEqualTo(2048 * MIB);
    }

    @Test
    void bufferPool_outOfRange_isRefused() {
        Duration minute = Duration.ofMinutes(1);
        Path here = Path.of("x");
        new EmbeddedDatabaseConfig(here, 64 * MIB, minute, minute);
        assertThatThrownBy(() -> new EmbeddedDatabaseConfig(here, 64 * MIB - 1, minute, minute))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new EmbeddedDatabaseConfig(here, MIB * MIB + 1, minute, minute))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new EmbeddedDatabaseConfig(here, 64 * MIB, Duration.ZERO, minute))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void requirePlatform_onlyLinuxOnX86HasOne() {
        Binaries.requirePlatform("Linux", "amd64");
        Binaries.requirePlatform("Linux", "x86_64");
        for (String[] other : new String[][] {{"Linux", "aarch64"}, {"Mac OS X", "x86_64"}, {"Windows 11", "amd64"}}) {
            assertThatThrownBy(() -> Binaries.requirePlatform(other[0], other[1]))
                    .isInstanceOf(DatabaseException.class)
                    .hasMessageContaining(other[1])
                    .hasMessageContaining("database.url");
        }
    }
}

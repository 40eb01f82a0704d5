package io.micrologs.database;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Configuration of the embedded database.
 *
 * @param directory its home: program, data, password and log; made when missing; nobody else's
 * @param bufferPoolBytes InnoDB's cache, 64 MiB to 1 TiB
 * @param startDeadline how long a start may take, crash recovery included
 * @param stopDeadline how long a clean stop may take before the process is killed
 */
public record EmbeddedDatabaseConfig(
        Path directory, long bufferPoolBytes, Duration startDeadline, Duration stopDeadline) {
    private static final long MIB = 1024 * 1024;

    public EmbeddedDatabaseConfig {
        directory = directory.toAbsolutePath().normalize();
        if (bufferPoolBytes < 64 * MIB || bufferPoolBytes > MIB * MIB) {
            throw new IllegalArgumentException("bufferPoolBytes must be 67108864 to 1099511627776: " + bufferPoolBytes);
        }
        if (startDeadline.isNegative() || startDeadline.isZero() || stopDeadline.isNegative()) {
            throw new IllegalArgumentException("deadlines must be positive: " + startDeadline + ", " + stopDeadline);
        }
    }

    /** A quarter of the memory for the buffer pool, between 128 MiB and 2 GiB; five minutes to start, one to stop. */
    public static EmbeddedDatabaseConfig defaults(Path directory) {
        return new EmbeddedDatabaseConfig(
                directory, bufferPoolBytes(memoryBytes()), Duration.ofMinutes(5), Duration.ofMinutes(1));
    }

    static long bufferPoolBytes(long memoryBytes) {
        long quarter = memoryBytes / 4 / MIB * MIB;
        return Math.max(128 * MIB, Math.min(2048 * MIB, quarter));
    }

    /** The container's limit where there is one, else what the machine has. */
    private static long memoryBytes() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean system
                ? system.getTotalMemorySize()
                : 0;
    }
}

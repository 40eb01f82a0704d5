package io.micrologs.journal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.LongSupplier;

/**
 * What the appender asks of the machine; a seam for tests.
 *
 * @param freeBytes what the journal's file system has available
 * @param force how appends are forced to the disk
 * @param boot names the time since the machine was last without power; empty when that is not known
 */
record Machine(LongSupplier freeBytes, DiskForce force, String boot) {
    private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");

    static Machine real(Path directory) {
        return new Machine(() -> directory.toFile().getUsableSpace(), new FileForce(), currentBoot());
    }

    private static String currentBoot() {
        try {
            return Files.readString(BOOT_ID).strip();
        } catch (IOException | SecurityException e) {
            // Not Linux. Then every start takes the time to look at the newest cycles as if the power had been cut.
            return "";
        }
    }
}

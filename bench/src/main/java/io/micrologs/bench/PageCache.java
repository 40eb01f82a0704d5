package io.micrologs.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the operating system has of files in memory. */
final class PageCache {
    private static final Path DROP = Path.of("/proc/sys/vm/drop_caches");

    private PageCache() {}

    /** Makes it forget all that is on the disk; false when that is not allowed, as to all but root. See proc(5). */
    static boolean drop() {
        if (!Files.isWritable(DROP)) {
            return false;
        }
        try {
            // Only what is written can be dropped.
            new ProcessBuilder("sync").inheritIO().start().waitFor();
            Files.writeString(DROP, "3\n");
            return true;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BenchException("interrupted", e);
        }
    }
}

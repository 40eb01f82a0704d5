package io.micrologs.journal;

import java.io.IOException;
import java.nio.file.Path;

/** Waits until what was written is on the disk; a seam, so that tests can watch it and make it fail. */
interface DiskForce extends AutoCloseable {
    /** The bytes of {@code file}, however they came into it, and its length. */
    void file(Path file) throws IOException;

    /** Which files are in {@code directory}, and under which names. */
    void directory(Path directory) throws IOException;

    @Override
    default void close() {}
}

package io.micrologs.journal;

import java.io.IOException;
import java.nio.file.Path;
import java.util.zip.CRC32C;
import net.openhft.chronicle.core.time.SetTimeProvider;
import net.openhft.chronicle.queue.ExcerptAppender;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueue;

/**
 * Writes a journal anew, each record into the cycle in which it was, so that it keeps its index where nothing in front of
 * it is gone. Single-threaded: its owner.
 */
final class SalvageWriter implements SalvageScan.Sink, AutoCloseable {
    private final JournalDirectory directory;
    private final SetTimeProvider clock;
    private final SingleChronicleQueue queue;
    private final ExcerptAppender appender;
    private final RecordEncoder lost = new RecordEncoder();
    private final CRC32C crc32c = new CRC32C();
    private final long nowMs;

    SalvageWriter(JournalDirectory directory, int firstCycle, long nowMs) {
        this.directory = directory;
        this.nowMs = nowMs;
        this.clock = new SetTimeProvider();
        cycle(firstCycle);
        this.queue = directory.openQueue(clock);
        this.appender = queue.createAppender();
    }

    /** What follows goes into this cycle. */
    void cycle(int cycle) {
        clock.currentTimeMillis(directory.cycleStartMs(cycle));
    }

    @Override
    public void whole(byte[] bytes, int at, int length) {
        JournalWriter.write(appender, bytes, at, length);
    }

    @Override
    public void lost(int epoch, long sequence, String reason) {
        lost.clear();
        lost.addLost(reason, nowMs);
        RecordFrame.seal(lost.buffer(), 0, epoch, sequence, crc32c);
        JournalWriter.write(appender, lost.buffer(), 0, lost.end());
    }

    /** Ends writing, and waits until all files and their names are on the disk. */
    void finish() throws IOException {
        close();
        try (DiskForce force = new FileForce()) {
            for (int cycle : directory.cycles().keySet()) {
                force.file(directory.file(cycle));
            }
            Path path = directory.path();
            force.directory(path);
        }
    }

    @Override
    public void close() {
        appender.close();
        queue.close();
    }
}

package io.micrologs.journal;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueue;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueueStore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches disk and cycles beside the writer, so that listing, measuring and deleting files never delay an append. One
 * thread of its own; what is volatile may be read by all.
 */
final class JournalKeeper implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(JournalKeeper.class);

    /** Free space is read this often; at full speed the writer needs less than the floor's tenth in the meantime. */
    static final Duration DISK_INTERVAL = Duration.ofMillis(100);

    private static final Duration FILES_INTERVAL = Duration.ofSeconds(1);
    private static final Duration RETENTION_INTERVAL = Duration.ofMinutes(1);

    private final JournalDirectory directory;
    private final JournalWriter writer;
    private final DiskGuard guard;
    private final Retention retention;
    private final SameFiles files;
    /** Measured once, when a cycle is no longer written to. */
    private final Map<Integer, Long> endedCycleBytes = new HashMap<>();

    private long filesSeenNanos = System.nanoTime() - FILES_INTERVAL.toNanos();
    private long retentionNanos = System.nanoTime() - RETENTION_INTERVAL.toNanos();
    private int retentionCycle = -1;
    private long bytesOnEndedCycles;

    /** What was appended since would be found by nobody, so nothing more is; until a restart. */
    private volatile @Nullable String filesGone;

    private volatile boolean closing;
    private volatile @Nullable Checkpoint loaded;
    private volatile Disk disk = new Disk(null, 0, 0, null, 0, 0);

    /** What was seen last; {@code problem} when events have to be refused. */
    record Disk(
            @Nullable String problem,
            long bytesOnDisk,
            long freeBytes,
            @Nullable Instant oldestCycleStart,
            int cycles,
            int setAside) {}

    JournalKeeper(
            JournalConfig config,
            JournalDirectory directory,
            JournalWriter writer,
            LongSupplier freeSpace,
            InstantSource clock) {
        this.directory = directory;
        this.writer = writer;
        this.guard = new DiskGuard(config, freeSpace);
        this.files = new SameFiles(directory);
        this.retention = new Retention(directory, config.retain(), clock);
        seeFiles();
    }

    Disk disk() {
        return disk;
    }

    /** Any thread. */
    void loaded(Checkpoint committed) {
        loaded = committed;
    }

    void close() {
        closing = true;
    }

    @Override
    public void run() {
        while (!closing) {
            try {
                seeDisk();
                if (elapsed(filesSeenNanos, FILES_INTERVAL)) {
                    filesSeenNanos = System.nanoTime();
                    seeFiles();
                    deleteIfDue();
                }
            } catch (Throwable e) {
                // Chronicle throws Errors, too. Without this thread nobody would watch the disk; the next look may go
                // better. A page that cannot be mapped, as on a full disk, is an InternalError, and no reason to end.
                if (!(e instanceof InternalError)) {
                    FatalErrors.report(e);
                }
                LOG.warn("Looking after the journal's files failed: {}", JournalDirectory.reason(e));
            }
            LockSupport.parkNanos(this, DISK_INTERVAL.toNanos());
        }
    }

    /** Also called by the writer, when an append has failed and the reason matters. */
    synchronized void seeDisk() {
        Disk seen = disk;
        long bytesOnDisk = bytesOnEndedCycles + writer.endCycleBytes();
        String diskProblem = guard.check(bytesOnDisk);
        String gone = filesGone;
        String problem = gone == null ? diskProblem : gone;
        disk = new Disk(
                problem, bytesOnDisk, guard.freeBytes(), seen.oldestCycleStart(), seen.cycles(), seen.setAside());
    }

    private void seeFiles() {
        directory.keepPrivate();
        files.reading(writer.endIndex());
        String gone = files.problem();
        if (gone != null && filesGone == null) {
            filesGone = gone + "; no more events are accepted until the server is restarted";
            LOG.error("{}", filesGone);
        }
        SortedMap<Integer, Long> cycles = directory.cycles();
        int newestCycle = directory.cycle(writer.endIndex());
        long bytes = 0;
        for (Map.Entry<Integer, Long> cycle : cycles.entrySet()) {
            if (cycle.getKey() < newestCycle) {
                bytes +=
                        endedCycleBytes.computeIfAbsent(cycle.getKey(), ended -> writtenBytes(ended, cycle.getValue()));
            }
        }
        endedCycleBytes.keySet().retainAll(cycles.keySet());
        Instant oldest = cycles.isEmpty() ? null : Instant.ofEpochMilli(directory.cycleStartMs(cycles.firstKey()));
        int setAside = directory.setAside();
        synchronized (this) {
            bytesOnEndedCycles = bytes;
            Disk seen = disk;
            disk = new Disk(seen.problem(), seen.bytesOnDisk(), seen.freeBytes(), oldest, cycles.size(), setAside);
            seeDisk();
        }
    }

    /** Cycle files are sparse and end in a hole of up to 80 MB: how far one is written is what it takes. */
    private long writtenBytes(int cycle, long fileBytes) {
        SingleChronicleQueue queue = writer.queue();
        try {
            SingleChronicleQueueStore store = queue.storeForCycle(cycle, 0, false, null);
            if (store == null) {
                return fileBytes;
            }
            try {
                return Math.min(fileBytes, store.writePosition());
            } finally {
                queue.closeStore(store);
            }
        } catch (RuntimeException e) {
            LOG.debug("The size of cycle {} is taken from its file: {}", cycle, JournalDirectory.reason(e));
            return fileBytes;
        }
    }

    /** At start, when the checkpoint has reached another cycle, every minute, and while the disk is short. */
    private void deleteIfDue() {
        Checkpoint checkpoint = loaded;
        if (checkpoint == null) {
            checkpoint = LoadedCheckpointFile.read(directory.path()).orElse(null);
        }
        if (checkpoint == null) {
            return;
        }
        int cycle = directory.cycle(checkpoint.index());
        boolean isShort = guard.isShort();
        if (isShort || cycle != retentionCycle || elapsed(retentionNanos, RETENTION_INTERVAL)) {
            retentionCycle = cycle;
            retentionNanos = System.nanoTime();
            if (retention.delete(writer.queue(), checkpoint, isShort) > 0) {
                seeFiles();
            }
        }
    }

    private static boolean elapsed(long sinceNanos, Duration interval) {
        return System.nanoTime() - sinceNanos >= interval.toNanos();
    }
}

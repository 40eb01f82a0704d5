package io.micrologs.journal;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.time.InstantSource;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes cycles that are loaded and whose replay window has passed, whole ones, oldest first. Single-threaded: keeper.
 *
 * <p>A cycle goes only when all of this holds: it lies below the checkpoint's cycle; the record that the checkpoint names is
 * in this journal, to its CRC, so that a checkpoint of another life of the directory deletes nothing; its end is longer
 * ago than the window, or the disk is short: accepting new events comes before replaying old ones.
 */
final class Retention {
    private static final Logger LOG = LoggerFactory.getLogger(Retention.class);

    private final JournalDirectory directory;
    private final Duration retain;
    private final InstantSource clock;

    Retention(JournalDirectory directory, Duration retain, InstantSource clock) {
        this.directory = directory;
        this.retain = retain;
        this.clock = clock;
    }

    /**
     * Deletes what may go given this checkpoint; how many cycles that were.
     *
     * @param shortOfDisk the oldest loaded cycle goes, whatever the window says
     */
    int delete(SingleChronicleQueue queue, Checkpoint loaded, boolean shortOfDisk) {
        int loadedCycle = directory.cycle(loaded.index());
        long endedBeforeMs = clock.millis() - retain.toMillis();
        int deleted = 0;
        for (int cycle : directory.cycles().headMap(loadedCycle).keySet()) {
            boolean inWindow = directory.cycleEndMs(cycle) > endedBeforeMs;
            if (inWindow && !(shortOfDisk && deleted == 0)) {
                break;
            }
            if (deleted == 0 && !isHere(queue, loaded)) {
                LOG.debug("The loaded checkpoint is not of this journal; nothing is deleted");
                return 0;
            }
            try {
                Files.deleteIfExists(directory.file(cycle));
            } catch (IOException e) {
                LOG.warn("{} cannot be deleted: {}", directory.file(cycle), JournalDirectory.reason(e));
                break;
            }
            deleted++;
            if (inWindow) {
                LOG.warn(
                        "{} was deleted inside its replay window (journal.retain), because the journal is close to"
                                + " journal.bytes.max or the disk to journal.free-bytes.min",
                        directory.file(cycle).getFileName());
            }
        }
        if (deleted > 0) {
            queue.refreshDirectoryListing();
            LOG.info("Deleted {} loaded cycles of the journal", deleted);
        }
        return deleted;
    }

    private boolean isHere(SingleChronicleQueue queue, Checkpoint loaded) {
        if (loaded.journalId() != directory.journalId()) {
            return false;
        }
        try (RecordReader reader = new RecordReader(directory, queue)) {
            return reader.read(loaded.index()) && reader.is(loaded);
        }
    }
}

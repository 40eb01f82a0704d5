package io.micrologs.journal;

import java.nio.file.Files;
import java.util.zip.CRC32C;
import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.queue.ExcerptTailer;
import net.openhft.chronicle.queue.TailerDirection;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueue;
import net.openhft.chronicle.wire.DocumentContext;
import net.openhft.chronicle.wire.Wire;
import org.jspecify.annotations.Nullable;

/**
 * Steps through Chronicle's documents and says of each whether it is a sound frame. It keeps the last one it read.
 * Single-threaded: its owner.
 */
final class RecordReader implements AutoCloseable {
    private final JournalDirectory directory;
    private final SingleChronicleQueue queue;
    private final ExcerptTailer tailer;
    private final CRC32C crc32c = new CRC32C();

    private byte[] frame = new byte[4096];
    private int stored;
    private long index;
    private @Nullable String problem;

    RecordReader(JournalDirectory directory, SingleChronicleQueue queue) {
        this.directory = directory;
        this.queue = queue;
        try {
            // Opens the oldest cycle.
            this.tailer = queue.createTailer();
        } catch (Throwable e) {
            throw new JournalException(
                    "the journal in " + directory.path() + " cannot be read: " + JournalDirectory.reason(e)
                            + JournalDirectory.SALVAGE,
                    e);
        }
    }

    void toStart() {
        try {
            tailer.direction(TailerDirection.FORWARD).toStart();
        } catch (Throwable e) {
            throw damaged(e);
        }
    }

    /** From here {@link #next} goes from the last record towards the first. */
    void toEndBackward() {
        try {
            tailer.direction(TailerDirection.BACKWARD).toEnd();
        } catch (Throwable e) {
            throw damaged(e);
        }
    }

    /** Reads the record at {@code at} and stands behind it; false when there is none. */
    boolean read(long at) {
        int cycle = directory.cycle(at);
        if (cycle < 0 || !Files.exists(directory.file(cycle))) {
            return false;
        }
        try {
            if (!tailer.direction(TailerDirection.FORWARD).moveToIndex(at)) {
                return false;
            }
        } catch (Throwable e) {
            throw damaged(e);
        }
        return next() && index == at;
    }

    /** Where Chronicle says that the journal ends, after a look at the directory; {@link Long#MAX_VALUE} when it is empty. */
    long lastIndex() {
        try {
            queue.refreshDirectoryListing();
            return queue.lastIndex();
        } catch (Throwable e) {
            throw damaged(e);
        }
    }

    /** Makes {@code at}, which was read, the next one to be read. */
    void standBefore(long at) {
        try {
            if (tailer.direction(TailerDirection.FORWARD).moveToIndex(at)) {
                return;
            }
        } catch (Throwable e) {
            throw damaged(e);
        }
        throw new JournalException("record " + Long.toHexString(at) + " in " + directory.file(directory.cycle(at))
                + " is no longer there" + JournalDirectory.SALVAGE);
    }

    /** Reads the next document in the tailer's direction; false at the end. */
    boolean next() {
        try (DocumentContext document = tailer.readingDocument()) {
            Wire wire = document.wire();
            if (!document.isPresent() || wire == null) {
                return false;
            }
            Bytes<?> bytes = wire.bytes();
            stored = (int) Math.min(bytes.readRemaining(), RecordFrame.LENGTH_MAX);
            if (frame.length < stored) {
                frame = new byte[Math.min(RecordFrame.LENGTH_MAX, Math.max(stored, frame.length * 2))];
            }
            bytes.read(frame, 0, stored);
            index = document.index();
        } catch (Throwable e) {
            throw damaged(e);
        }
        problem = RecordFrame.problem(frame, stored, crc32c);
        return true;
    }

    /** The last document's bytes, from 0. */
    byte[] frame() {
        return frame;
    }

    int stored() {
        return stored;
    }

    long index() {
        return index;
    }

    /** Why the last document is not a sound frame, or null when it is one. */
    @Nullable
    String problem() {
        return problem;
    }

    /** The CRC by which this document is recognised, be it a sound frame or not. */
    int crc() {
        return problem == null ? RecordFrame.crc(frame, 0) : RecordFrame.crc(frame, 0, stored, crc32c);
    }

    /** Whether the last document is the one that {@code checkpoint} was taken at. */
    boolean is(Checkpoint checkpoint) {
        if (crc() != checkpoint.crc() || index != checkpoint.index()) {
            return false;
        }
        return problem != null
                || (RecordFrame.epoch(frame, 0) == checkpoint.epoch()
                        && RecordFrame.sequence(frame, 0) == checkpoint.sequence());
    }

    @Override
    public void close() {
        tailer.close();
    }

    /** A page that cannot be read is an InternalError, and damage; other errors say nothing about the journal. */
    private JournalException damaged(Throwable cause) {
        if (cause instanceof Error error && FatalErrors.is(error) && !(error instanceof InternalError)) {
            throw error;
        }
        String where = index == 0
                ? directory.path().toString()
                : directory.file(directory.cycle(index)) + " behind record " + Long.toHexString(index);
        return new JournalException(
                "the journal cannot be read in " + where + ": " + JournalDirectory.reason(cause)
                        + JournalDirectory.SALVAGE,
                cause);
    }
}

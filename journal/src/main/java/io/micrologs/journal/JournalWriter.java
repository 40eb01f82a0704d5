package io.micrologs.journal;

import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.zip.CRC32C;
import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.queue.ExcerptAppender;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueue;
import net.openhft.chronicle.wire.DocumentContext;
import net.openhft.chronicle.wire.Wire;
import org.jspecify.annotations.Nullable;

/**
 * Writes frames to Chronicle: opens an epoch, numbers the events, knows the end. One thread at a time: who
 * holds the appender's pen; what is volatile may be read by all.
 */
final class JournalWriter implements AutoCloseable {

    private static final int EPOCH_JITTER = 1024;

    private final JournalDirectory directory;
    private final SingleChronicleQueue queue;
    private final InstantSource clock;
    private final SecureRandom random = new SecureRandom();
    private final CRC32C crc32c = new CRC32C();
    private final RecordEncoder epochRecord = new RecordEncoder();
    private final Reserve reserve;

    /** Null when an acknowledged event is to survive the death of processes only. */
    private final @Nullable CycleForce force;

    private @Nullable ExcerptAppender appender;
    private long sequence;

    private volatile int epoch;
    private volatile long endSequence;
    private volatile long endIndex;
    private volatile long endCycleBytes;

    private JournalWriter(
            JournalDirectory directory, SingleChronicleQueue queue, InstantSource clock, @Nullable CycleForce force) {
        this.directory = directory;
        this.queue = queue;
        this.clock = clock;
        this.reserve = new Reserve(directory);
        this.force = force;
    }

    /** Opens the queue and starts an epoch. The caller holds append.lock. */
    static JournalWriter open(JournalDirectory directory, InstantSource clock, @Nullable CycleForce force) {
        SingleChronicleQueue queue = directory.openQueueToWrite(directory.clock(clock), clock.instant());
        JournalWriter writer = new JournalWriter(directory, queue, clock, force);
        try {
            writer.startEpoch();
            return writer;
        } catch (Throwable e) {
            writer.close();
            throw e;
        }
    }

    SingleChronicleQueue queue() {
        return queue;
    }

    int epoch() {
        return epoch;
    }

    /** The number of the last event that was published. */
    long endSequence() {
        return endSequence;
    }

    /** Chronicle's position of the last record that was published. */
    long endIndex() {
        return endIndex;
    }

    /** How far the newest cycle's file is written. */
    long endCycleBytes() {
        return endCycleBytes;
    }

    /**
     * Goes on behind the last sound record, whatever happened to the files since. It is also how writing is tried: on files
     * that cannot be mapped for writing, Chronicle turns read-only and says nothing.
     */
    void startEpoch() {
        ExcerptAppender old = appender;
        appender = null;
        if (old != null) {
            old.close();
        }
        int lastEpoch = findEnd();
        long nowMs = clock.millis();
        int epochByClock = (int) (nowMs / 1000);
        // Two lives that go on from the same record, as after a restored copy, must not get the same number even when
        // the
        // clock does not tell them apart: what the loader has of the one would hide what is new in the other.
        int epochByOrder = lastEpoch + 1 + random.nextInt(EPOCH_JITTER);
        epoch = Integer.compareUnsigned(epochByClock, lastEpoch) > 0 ? epochByClock : epochByOrder;
        try {
            directory.forceUnlock(queue);
            ExcerptAppender opened = queue.createAppender();
            opened.singleThreadedCheckDisabled(true);
            appender = opened;
            epochRecord.clear();
            epochRecord.addEpochStart(directory.journalId(), nowMs);
            RecordFrame.seal(epochRecord.buffer(), 0, epoch, sequence, crc32c);
            write(opened, epochRecord.buffer(), 0, epochRecord.end());
        } catch (Throwable e) {
            if (e instanceof OutOfMemoryError outOfMemory) {
                throw outOfMemory;
            }
            throw new JournalException(
                    "the journal in " + directory.path() + " cannot be written: " + JournalDirectory.reason(e), e);
        }
        force();
        publish();
        probe(endIndex);
        // The same cycle, but what lies behind its end may be what a failed append left.
        reserve.close();
        reserve(opened(), 0);
    }

    /** Appends all events of {@code records}. Whatever it throws, some of them may be in the journal. */
    void append(RecordEncoder records) {
        ExcerptAppender current = opened();
        byte[] frames = records.buffer();
        int end = records.end();
        int at = 0;
        while (at < end) {
            int length = RecordFrame.length(frames, at);
            reserve(current, length);
            RecordFrame.seal(frames, at, epoch, sequence + 1, crc32c);
            write(current, frames, at, length);
            sequence++;
            at += length;
            if (current.cycle() != reserve.cycle()) {
                // The pages in which a cycle begins had no room set aside. Whether they got it is seen by reading.
                probe(current.lastIndexAppended());
                reserve(current, 0);
            }
        }
    }

    private ExcerptAppender opened() {
        ExcerptAppender current = appender;
        if (current == null) {
            throw new IllegalStateException("no epoch is open");
        }
        return current;
    }

    private void reserve(ExcerptAppender current, long bytes) {
        Wire wire = current.wire();
        if (wire != null) {
            reserve.ahead(current.cycle(), wire.bytes().writePosition(), bytes);
        }
    }

    /** Waits until what was appended is on the disk, if it is to survive a power cut. {@link ForceFailedException}. */
    void force() {
        CycleForce forcing = force;
        ExcerptAppender current = appender;
        if (forcing != null && current != null) {
            forcing.force(directory.cycle(current.lastIndexAppended()));
        }
    }

    /** Lets others see what was appended. */
    void publish() {
        ExcerptAppender current = appender;
        if (current != null) {
            Wire wire = current.wire();
            endCycleBytes = wire == null ? 0 : wire.bytes().writePosition();
            endIndex = current.lastIndexAppended();
        }
        endSequence = sequence;
    }

    @Override
    public void close() {
        ExcerptAppender old = appender;
        appender = null;
        if (old != null) {
            old.close();
        }
        queue.close();
        reserve.close();
        CycleForce forcing = force;
        if (forcing != null) {
            forcing.close();
        }
    }

    static void write(ExcerptAppender appender, byte[] bytes, int at, int length) {
        try (DocumentContext document = appender.writingDocument()) {
            try {
                Wire wire = document.wire();
                if (wire == null) {
                    throw new IllegalStateException("Chronicle gave no room to write to");
                }
                Bytes<?> room = wire.bytes();
                room.write(bytes, at, length);
            } catch (Throwable e) {
                // Without this, closing the document would commit the part that was written.
                document.rollbackOnClose();
                throw e;
            }
        }
    }

    /** Sets the sequence to that of the last event, damaged ones behind it counted; returns the last epoch, or 0. */
    private int findEnd() {
        sequence = 0;
        try (RecordReader reader = new RecordReader(directory, queue)) {
            reader.toEndBackward();
            long damaged = 0;
            while (reader.next()) {
                if (reader.problem() == null) {
                    sequence = RecordFrame.sequence(reader.frame(), 0) + damaged;
                    return RecordFrame.epoch(reader.frame(), 0);
                }
                damaged++;
            }
            sequence = damaged;
            return 0;
        }
    }

    private void probe(long index) {
        try (RecordReader reader = new RecordReader(directory, queue)) {
            if (reader.read(index) && reader.problem() == null && RecordFrame.epoch(reader.frame(), 0) == epoch) {
                return;
            }
        }
        throw new JournalException("the journal in " + directory.path() + " does not give back what was written to it");
    }
}

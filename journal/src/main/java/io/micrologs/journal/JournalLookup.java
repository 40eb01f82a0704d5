package io.micrologs.journal;

import java.time.InstantSource;
import java.util.zip.CRC32C;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueue;
import org.jspecify.annotations.Nullable;

/** Single records of a journal by their position, beside its appender and its tailers. Single-threaded: its owner. */
public final class JournalLookup implements AutoCloseable {

    private final JournalDirectory directory;
    private final SingleChronicleQueue queue;
    private final RecordReader reader;

    private JournalLookup(JournalDirectory directory) {
        this.directory = directory;
        this.queue = directory.openQueue(directory.clock(InstantSource.system()));
        this.reader = new RecordReader(directory, queue);
    }

    /** {@link JournalException} when the files cannot be read. */
    public static JournalLookup open(JournalConfig config) {
        return new JournalLookup(JournalDirectory.open(config));
    }

    /** The random identity of the directory. */
    public long journalId() {
        return directory.journalId();
    }

    /** The bytes at this position as they are stored; null when the journal does not have it (any more). */
    public byte @Nullable [] bytes(long index) {
        if (!reader.read(index)) {
            return null;
        }
        byte[] bytes = new byte[reader.stored()];
        System.arraycopy(reader.frame(), 0, bytes, 0, bytes.length);
        return bytes;
    }

    /**
     * Decodes the bytes of one record as a tailer would that found them at this position.
     *
     * @param journalId of the journal that they come from
     */
    public static Polled decode(long journalId, long index, byte[] bytes) {
        CRC32C crc32c = new CRC32C();
        String problem = RecordFrame.problem(bytes, bytes.length, crc32c);
        if (problem != null) {
            int crc = RecordFrame.crc(bytes, 0, bytes.length, crc32c);
            return new Polled.Damaged(new Checkpoint(journalId, 0, 0, index, crc), 0, problem, bytes);
        }
        Checkpoint position = new Checkpoint(
                journalId,
                RecordFrame.epoch(bytes, 0),
                RecordFrame.sequence(bytes, 0),
                index,
                RecordFrame.crc(bytes, 0));
        int version = RecordFrame.version(bytes, 0);
        int kind = RecordFrame.kind(bytes, 0);
        if (!RecordDecoder.knows(version, kind) || kind == RecordFrame.KIND_EPOCH) {
            return new Polled.TooNew(position, version, kind);
        }
        RecordDecoder decoder = new RecordDecoder();
        decoder.decode(bytes);
        Envelope envelope = decoder.envelope();
        Event event = decoder.event();
        if (envelope == null || event == null) {
            String reason = decoder.problem();
            int projectId = Math.max(0, RecordFrame.projectId(bytes, 0));
            return new Polled.Damaged(position, projectId, reason == null ? "is not an event" : reason, bytes);
        }
        return new Polled.Stored(new JournalRecord(position, envelope, event));
    }

    @Override
    public void close() {
        reader.close();
        queue.close();
    }
}

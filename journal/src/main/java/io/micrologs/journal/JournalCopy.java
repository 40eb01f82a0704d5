package io.micrologs.journal;

import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.queue.ExcerptAppender;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueue;
import net.openhft.chronicle.wire.DocumentContext;
import net.openhft.chronicle.wire.Wire;
import org.jspecify.annotations.Nullable;

/**
 * A journal's records as a stream, for a backup, and back. Single-threaded: whichever thread uses it.
 *
 * <p>Copying the files of a journal that is being written to would tear them; so the records are read and written again, each
 * at the very index that it had:
 *
 * <pre>
 *  0       8        12        12 + length
 *  +-------+--------+-- … --+
 *  | index | length | bytes |      repeated, big-endian
 *  +-------+--------+-- … --+
 * </pre>
 *
 * <p>Copied are whole cycles, since an index counts from a cycle's first record.
 */
public final class JournalCopy {

    private JournalCopy() {}

    /** How many records were copied, and from which journal. */
    public record Copied(long records, long journalId) {}

    /**
     * Writes every record from the first one of {@code from}'s cycle to the end, as it is when that is reached.
     *
     * @param from the last loaded record; null, or one that is not there, for all of the journal
     * @param told how many records are written, now and then
     */
    public static Copied write(JournalConfig config, @Nullable Checkpoint from, OutputStream target, LongConsumer told)
            throws IOException {
        JournalDirectory directory = JournalDirectory.open(config);
        try (SingleChronicleQueue queue = directory.openQueue(directory.clock(InstantSource.system()));
                RecordReader reader = new RecordReader(directory, queue)) {
            long end = queue.lastIndex();
            place(directory, reader, from);
            DataOutputStream out = new DataOutputStream(new BufferedOutputStream(target, 1 << 16));
            long records = 0;
            long last = -1;
            while (reader.next()) {
                out.writeLong(reader.index());
                out.writeInt(reader.stored());
                out.write(reader.frame(), 0, reader.stored());
                last = reader.index();
                if (++records % 10_000 == 0) {
                    told.accept(records);
                }
            }
            if (end != Long.MAX_VALUE && end > 0 && last < end) {
                throw new JournalException("the journal is damaged behind record " + Long.toHexString(last) + " in "
                        + directory.path() + ", though it goes on to record " + Long.toHexString(end));
            }
            out.flush();
            told.accept(records);
            return new Copied(records, directory.journalId());
        }
    }

    private static void place(JournalDirectory directory, RecordReader reader, @Nullable Checkpoint from) {
        reader.toStart();
        if (from != null && from.journalId() == directory.journalId() && reader.read(from.index()) && reader.is(from)) {
            reader.standBefore(directory.firstIndex(directory.cycle(from.index())));
        } else {
            reader.toStart();
        }
    }

    /**
     * Makes a journal of the records in a directory that has none.
     *
     * @throws JournalException when the records cannot be written as they were
     */
    public static long read(JournalConfig config, long journalId, InputStream source, LongConsumer told)
            throws IOException {
        Path directoryPath = config.directory();
        Files.createDirectories(directoryPath);
        Files.writeString(
                directoryPath.resolve("journal.id"), "%016x%n".formatted(journalId), StandardCharsets.US_ASCII);
        JournalDirectory directory = JournalDirectory.open(config);
        if (!directory.cycles().isEmpty()) {
            throw new JournalException(directoryPath + " has a journal already");
        }
        AtomicLong nowMs = new AtomicLong();
        long records = 0;
        DataInputStream in = new DataInputStream(source);
        try (SingleChronicleQueue queue = directory.openQueue(nowMs::get);
                ExcerptAppender appender = queue.createAppender()) {
            for (long index = next(in); index >= 0; index = next(in)) {
                byte[] bytes = new byte[Math.min(Math.max(0, in.readInt()), RecordFrame.LENGTH_MAX)];
                in.readFully(bytes);
                nowMs.set(Math.max(nowMs.get(), directory.cycleStartMs(directory.cycle(index)) + 1));
                append(appender, bytes);
                if (appender.lastIndexAppended() != index) {
                    throw new JournalException("record " + Long.toHexString(index) + " came to lie at "
                            + Long.toHexString(appender.lastIndexAppended()) + " in " + directoryPath);
                }
                if (++records % 10_000 == 0) {
                    told.accept(records);
                }
            }
        }
        told.accept(records);
        return records;
    }

    private static long next(DataInputStream in) throws IOException {
        try {
            return in.readLong();
        } catch (EOFException e) {
            return -1;
        }
    }

    private static void append(ExcerptAppender appender, byte[] bytes) {
        try (DocumentContext document = appender.writingDocument()) {
            Wire wire = document.wire();
            if (wire == null) {
                document.rollbackOnClose();
                throw new JournalException("Chronicle gave no room to write to");
            }
            Bytes<?> room = wire.bytes();
            room.write(bytes);
        }
    }
}

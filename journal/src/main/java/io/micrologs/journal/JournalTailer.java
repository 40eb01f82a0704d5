package io.micrologs.journal;

import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueue;
import org.jspecify.annotations.Nullable;

/**
 * Reads a journal in order, in the appender's process or in another one. Single-threaded: whichever thread uses it.
 *
 * <p>Nothing is skipped in silence. A document that is not a record of ours comes out as {@link Polled.Damaged}; a place
 * where Chronicle cannot go on, or goes on too far, is a {@link JournalException}, which stays until the files are mended.
 */
public final class JournalTailer implements AutoCloseable {
    /** At the end, new cycles of another process are looked for, and the end is doubted, this often. */
    private static final Duration DOUBT_INTERVAL = Duration.ofSeconds(1);

    private static final int REASON_CHARS_MAX = 255;

    private final JournalDirectory directory;
    private final SingleChronicleQueue queue;
    private final RecordReader reader;
    private final SameFiles files;
    private final EndOfFiles endOfFiles;
    private final RecordDecoder decoder = new RecordDecoder();

    /** Whether a sound record was read, or resumed at, since the start: only then is the next number known. */
    private boolean known;

    /** Of the last record that was read or skipped; what a damaged one is numbered after. */
    private int epoch;

    private long sequence;
    private long damagedSince;
    private long doubtedNanos = System.nanoTime();

    private JournalTailer(JournalDirectory directory, SingleChronicleQueue queue) {
        this.directory = directory;
        this.queue = queue;
        this.reader = new RecordReader(directory, queue);
        this.files = new SameFiles(directory);
        this.endOfFiles = new EndOfFiles(directory);
    }

    /** Opens the directory, making it if the appender has not yet; the tailer stands at the oldest record. */
    public static JournalTailer open(JournalConfig config) {
        return open(config, InstantSource.system());
    }

    static JournalTailer open(JournalConfig config, InstantSource clock) {
        JournalDirectory directory = JournalDirectory.open(config);
        SingleChronicleQueue queue = directory.openQueue(directory.clock(clock));
        try {
            JournalTailer tailer = new JournalTailer(directory, queue);
            tailer.toStart();
            return tailer;
        } catch (Throwable e) {
            queue.close();
            throw e;
        }
    }

    /** The random identity of the directory. */
    public long journalId() {
        return directory.journalId();
    }

    /**
     * Places the tailer behind {@code checkpoint} if its very record is still there, by epoch, sequence and CRC, or if its
     * cycle was deleted and the oldest record is the one that followed it; else at the oldest record.
     */
    public Resume resume(@Nullable Checkpoint checkpoint) {
        reader.lastIndex();
        doubtAtOnce();
        if (checkpoint == null) {
            toStart();
            return Resume.START;
        }
        if (checkpoint.journalId() == directory.journalId()
                && (isBehind(checkpoint) || isSuccessorOldest(checkpoint))) {
            epoch = checkpoint.epoch();
            sequence = checkpoint.sequence();
            known = true;
            // A damaged document, which may not have been an event's.
            damagedSince = reader.problem() == null ? 0 : 1;
            return Resume.SAME;
        }
        toStart();
        return Resume.REPLACED;
    }

    /**
     * The next record, or null when there is none yet. In front of a record that is too new it stays, and returns it again.
     * {@link JournalException} when the files cannot be read on.
     */
    public @Nullable Polled poll() {
        while (true) {
            if (!reader.next() && !wasNotTheEnd()) {
                return null;
            }
            files.reading(reader.index());
            String problem = reader.problem();
            if (problem != null) {
                return damaged(0, problem);
            }
            byte[] frame = reader.frame();
            int version = RecordFrame.version(frame, 0);
            int kind = RecordFrame.kind(frame, 0);
            if (!RecordDecoder.knows(version, kind)) {
                Polled tooNew = new Polled.TooNew(position(), version, kind);
                reader.standBefore(reader.index());
                return tooNew;
            }
            requireNoHole(frame, kind == RecordFrame.KIND_EPOCH);
            if (kind == RecordFrame.KIND_EPOCH) {
                requireOwnJournal(frame);
                follow(frame);
                continue;
            }
            decoder.decode(frame);
            Envelope envelope = decoder.envelope();
            Event event = decoder.event();
            if (envelope == null || event == null) {
                // The frame is sound, so its own numbers hold.
                follow(frame);
                sequence--;
                String reason = decoder.problem();
                return damaged(
                        Math.max(0, RecordFrame.projectId(frame, 0)), reason == null ? "is not an event" : reason);
            }
            follow(frame);
            return new Polled.Stored(new JournalRecord(position(), envelope, event));
        }
    }

    /** The number of the last event in the journal, 0 when there is none; cheap enough to ask four times a second. */
    public long endSequence() {
        try (RecordReader end = new RecordReader(directory, queue)) {
            end.toEndBackward();
            long damaged = 0;
            while (end.next()) {
                if (end.problem() == null) {
                    return RecordFrame.sequence(end.frame(), 0) + damaged;
                }
                damaged++;
            }
            return damaged;
        }
    }

    @Override
    public void close() {
        reader.close();
        queue.close();
    }

    /** The next end that is met is doubted without delay. */
    void doubtAtOnce() {
        doubtedNanos = System.nanoTime() - DOUBT_INTERVAL.toNanos();
    }

    private void toStart() {
        reader.toStart();
        known = false;
        epoch = 0;
        sequence = 0;
        damagedSince = 0;
    }

    private boolean isBehind(Checkpoint checkpoint) {
        return reader.read(checkpoint.index()) && reader.is(checkpoint);
    }

    /** Leaves the tailer at the oldest record when true. */
    private boolean isSuccessorOldest(Checkpoint checkpoint) {
        reader.toStart();
        if (!reader.next()
                || reader.problem() != null
                || directory.cycle(checkpoint.index()) >= directory.cycle(reader.index())) {
            return false;
        }
        byte[] frame = reader.frame();
        long oldest = RecordFrame.sequence(frame, 0);
        boolean follows = RecordFrame.kind(frame, 0) == RecordFrame.KIND_EPOCH
                ? oldest == checkpoint.sequence()
                : oldest == checkpoint.sequence() + 1 && RecordFrame.epoch(frame, 0) == checkpoint.epoch();
        reader.toStart();
        return follows;
    }

    private void follow(byte[] frame) {
        known = true;
        epoch = RecordFrame.epoch(frame, 0);
        sequence = RecordFrame.sequence(frame, 0);
        damagedSince = 0;
    }

    private Checkpoint position() {
        byte[] frame = reader.frame();
        return new Checkpoint(
                directory.journalId(),
                RecordFrame.epoch(frame, 0),
                RecordFrame.sequence(frame, 0),
                reader.index(),
                reader.crc());
    }

    /** Nothing in the bytes is to be believed when the CRC does not hold, so the position continues what came before. */
    private Polled.Damaged damaged(int projectIdOrZero, String reason) {
        sequence++;
        damagedSince++;
        byte[] bytes = new byte[reader.stored()];
        System.arraycopy(reader.frame(), 0, bytes, 0, bytes.length);
        return new Polled.Damaged(
                new Checkpoint(directory.journalId(), epoch, sequence, reader.index(), reader.crc()),
                projectIdOrZero,
                reason.length() > REASON_CHARS_MAX ? reason.substring(0, REASON_CHARS_MAX) : reason,
                bytes);
    }

    /**
     * A damaged length, or a file that is gone, can lead Chronicle over whole records. The sequence shows that: it has no
     * holes, over all epochs. A damaged document counts for one event; only where an epoch began among them it may have
     * been an epoch's start, which has no number of its own.
     */
    private void requireNoHole(byte[] frame, boolean epochStart) {
        if (!known) {
            requireOldest(frame);
            return;
        }
        long found = RecordFrame.sequence(frame, 0);
        long behindDamaged = sequence - damagedSince;
        long missing = (epochStart ? found : found - 1) - behindDamaged;
        boolean sameEpoch = RecordFrame.epoch(frame, 0) == epoch;
        if (sameEpoch && !epochStart ? missing == damagedSince : missing >= 0 && missing <= damagedSince) {
            return;
        }
        reader.standBefore(reader.index());
        throw new JournalException("the journal is damaged: event " + (behindDamaged + damagedSince + 1)
                + " should be at " + Long.toHexString(reader.index()) + " in "
                + directory.file(directory.cycle(reader.index())) + ", but "
                + (epochStart ? "an epoch begins behind event " + found : found + " is") + JournalDirectory.SALVAGE);
    }

    /**
     * The first record that is read has to be the first that is there: of what is in front of it no number is known that
     * would show a hole.
     */
    private void requireOldest(byte[] frame) {
        int cycle = directory.cycle(reader.index());
        for (int there : directory.cycles().headMap(cycle + 1).keySet()) {
            long first;
            try (CycleFile file = CycleFile.open(directory.file(there))) {
                first = file.firstSequence();
            } catch (IOException e) {
                // Deleted in this moment, because it is loaded.
                continue;
            }
            if (there < cycle ? first >= 0 : first != RecordFrame.sequence(frame, 0)) {
                long found = RecordFrame.sequence(frame, 0);
                toStart();
                throw new JournalException("the journal is damaged: " + directory.file(there) + " begins with event "
                        + first + ", and what can be read with " + found + JournalDirectory.SALVAGE);
            }
        }
    }

    /** With another identity, everything would be loaded once more. */
    private void requireOwnJournal(byte[] frame) {
        long id = decoder.journalId(frame);
        if (id != 0 && id != directory.journalId()) {
            reader.standBefore(reader.index());
            throw new JournalException("the journal is damaged: journal.id says %016x, and record %x in %s says %016x"
                            .formatted(
                                    directory.journalId(),
                                    reader.index(),
                                    directory.file(directory.cycle(reader.index())),
                                    id)
                    + JournalDirectory.SALVAGE);
        }
    }

    /**
     * Whether there is a record after all, when the reader says that there is none. Chronicle takes a header of zeros for
     * the end of what was written, and would wait there for ever with records behind it; so it is asked where it ends, and
     * the files are asked how many records they have, before the reader is asked again.
     */
    private boolean wasNotTheEnd() {
        if (System.nanoTime() - doubtedNanos < DOUBT_INTERVAL.toNanos()) {
            return false;
        }
        doubtedNanos = System.nanoTime();
        long behind = reader.index();
        long end = reader.lastIndex();
        int newest = end == Long.MAX_VALUE ? -1 : directory.cycle(end);
        String problem = endOfFiles.problem(behind);
        if (reader.next()) {
            return true;
        }
        String replaced = files.problem();
        if (replaced != null) {
            throw new JournalException(replaced);
        }
        if (end > behind && newest >= 0) {
            problem = "it goes on to record " + Long.toHexString(end);
        }
        if (problem != null) {
            throw new JournalException("the journal is damaged "
                    + (behind == 0
                            ? "at its start in " + directory.path()
                            : "behind record " + Long.toHexString(behind) + " in "
                                    + directory.file(directory.cycle(behind)))
                    + ": nothing can be read there, though " + problem + JournalDirectory.SALVAGE);
        }
        return false;
    }
}

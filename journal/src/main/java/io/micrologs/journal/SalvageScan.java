package io.micrologs.journal;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Reads cycle files one after the other, oldest first, and says of every event whether its record is whole or gone.
 * Single-threaded: its owner.
 */
final class SalvageScan {
    /*
     * Sequences have no holes in a journal, over all its epochs and cycles: an event's record has the next number, an
     * epoch-start record repeats the last one. So what lies between two whole records is known by number, whatever the
     * bytes between them are; and the place of a record in the file is all that Chronicle is needed for.
     *
     * Not known is what was in front of the first whole record and behind the last one. Chronicle's document headers say
     * it if they can be followed, so does the store header, which counts the records of its file; where neither helps, one
     * event stands for those that nobody can count, and a note says so.
     *
     * A frame can also lie inside a record, because whoever sends events may put the bytes of one into a text. While the
     * record around it is whole, the scan goes over it; when that is damaged, the frame inside could claim any number. It
     * is believed only if as many records as it says are missing would have fitted into the space.
     */
    private static final int RECORD_BYTES_MIN = Integer.BYTES + RecordFrame.LENGTH_MIN;

    private final int numberBits;
    private final List<SalvageReport.Cycle> cycles = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();

    /** Of the last record that was found or given up; known once there was one. */
    private boolean known;

    private int epoch;
    private long sequence;

    // Of the file in hand.
    private long recovered;
    private long records;
    private List<SalvageReport.Lost> lost = new ArrayList<>();
    private long foundEnd;
    private long passed;
    /** An earlier file has no whole record, and may have had some: as many as its store header says, if it says anything. */
    private boolean blindBefore;

    private long blindRecords;

    /** Takes what is to be in the journal, in order. */
    interface Sink {
        void whole(byte[] bytes, int at, int length) throws IOException;

        void lost(int epoch, long sequence, String reason) throws IOException;
    }

    SalvageScan(int numberBits) {
        this.numberBits = numberBits;
    }

    /** As if a record of this epoch and sequence had been found in a file before the first. */
    void startBehind(int lastEpoch, long lastSequence) {
        known = true;
        epoch = lastEpoch;
        sequence = lastSequence;
    }

    List<SalvageReport.Cycle> cycles() {
        return cycles;
    }

    List<String> notes() {
        return notes;
    }

    boolean isKnown() {
        return known;
    }

    int epoch() {
        return epoch;
    }

    long sequence() {
        return sequence;
    }

    /** How many records the last file has given to the sink, lost ones and epoch-start records among them. */
    long records() {
        return records;
    }

    /** @param newest whether no file follows, so that what is gone at the end of this one has to be counted here */
    void file(CycleFile file, boolean newest, Sink sink) throws IOException {
        recovered = 0;
        records = 0;
        lost = new ArrayList<>();
        foundEnd = 0;
        passed = 0;
        file.scan(0, (bytes, at, length, position) -> found(file, bytes, at, length, position, sink));
        if (file.holeFrom() >= 0) {
            notes.add(name(file) + " is " + file.size() + " bytes long, with nothing but zeros from byte "
                    + file.holeFrom() + " on for 1 GiB; what may lie behind them was not looked at");
        }
        if (newest) {
            end(file, sink);
        } else if (foundEnd == 0 && !known && !hasNoRecords(file, false)) {
            blindBefore = true;
            blindRecords += Math.max(0, file.recordsByHeader(numberBits));
        }
        if (passed > 0) {
            notes.add(
                    passed + " whole records in " + name(file) + " are left out, because their numbers do not fit in");
        }
        cycles.add(new SalvageReport.Cycle(file.path(), recovered, lost));
    }

    private void found(CycleFile file, byte[] bytes, int at, int length, long position, Sink sink) throws IOException {
        boolean epochStart = RecordFrame.kind(bytes, at) == RecordFrame.KIND_EPOCH;
        int frameEpoch = RecordFrame.epoch(bytes, at);
        long frameSequence = RecordFrame.sequence(bytes, at);
        long before = epochStart ? frameSequence : frameSequence - 1;
        if (!known) {
            // The walk below moves the file's window, in which these bytes are.
            byte[] frame = Arrays.copyOfRange(bytes, at, at + length);
            startAt(file, position, frameEpoch, before, sink);
            take(frame, 0, length, epochStart, frameEpoch, frameSequence, sink);
        } else {
            long missing = before - sequence;
            boolean inFile = foundEnd > 0;
            if (missing < 0 || (inFile && missing > (position - foundEnd) / RECORD_BYTES_MIN)) {
                passed++;
                return;
            }
            lose(epoch, sequence + 1, before, reason(file, foundEnd, position), sink);
            take(bytes, at, length, epochStart, frameEpoch, frameSequence, sink);
        }
        foundEnd = position + length;
    }

    /** The first whole record of the journal: what was in front of it? */
    private void startAt(CycleFile file, long position, int frameEpoch, long before, Sink sink) throws IOException {
        known = true;
        epoch = frameEpoch;
        CycleFile.Walk walk = file.walk(0, position - Integer.BYTES);
        boolean followed = walk.end() == position - Integer.BYTES;
        long gone = blindRecords + (followed ? walk.records() : 1);
        if (!followed || blindBefore) {
            gone = Math.max(1, gone);
            notes.add("how many events are gone in front of event " + (before + 1) + " in " + name(file)
                    + " is not known; " + gone + " stands for them");
        }
        gone = Math.min(gone, before);
        sequence = before - gone;
        lose(frameEpoch, sequence + 1, before, reason(file, 0, position), sink);
    }

    private void take(
            byte[] bytes, int at, int length, boolean epochStart, int frameEpoch, long frameSequence, Sink sink)
            throws IOException {
        sink.whole(bytes, at, length);
        records++;
        recovered += epochStart ? 0 : 1;
        epoch = frameEpoch;
        sequence = frameSequence;
    }

    /** What is gone behind the last whole record of the journal. */
    private void end(CycleFile file, Sink sink) throws IOException {
        if (foundEnd == 0 && hasNoRecords(file, true)) {
            return;
        }
        CycleFile.Walk walk = file.walk(CycleFile.aligned(foundEnd), Long.MAX_VALUE);
        boolean followed =
                walk.problem() == null && (walk.header() == 0 || walk.closed()) && file.isEmptyFrom(walk.behind());
        long byWalk = followed ? walk.records() : 0;
        long byHeader = file.recordsByHeader(numberBits) < 0 ? 0 : file.recordsByHeader(numberBits) - records;
        long gone = Math.max(byWalk, byHeader);
        boolean more = file.writePosition() < 0 || file.writePosition() >= CycleFile.aligned(foundEnd);
        if (gone <= 0 && (more || !followed)) {
            gone = 1;
            notes.add("how many events are gone behind event " + sequence + " in " + name(file)
                    + " is not known; 1 stands for them");
        }
        if (gone > 0) {
            lose(epoch, sequence + 1, sequence + gone, reason(file, foundEnd, file.size()), sink);
        }
    }

    /** The newest file may have been in the making when the power went: then it is all zeros. */
    private boolean hasNoRecords(CycleFile file, boolean newest) throws IOException {
        CycleFile.Walk walk = file.walk(0, Long.MAX_VALUE);
        if (walk.problem() != null || walk.records() > 0 || !file.isEmptyFrom(walk.behind())) {
            return false;
        }
        return file.recordsByHeader(numberBits) == 0 || (newest && file.isEmptyFrom(0));
    }

    private void lose(int ofEpoch, long first, long last, String reason, Sink sink) throws IOException {
        if (last < first) {
            return;
        }
        for (long gone = first; gone <= last; gone++) {
            sink.lost(ofEpoch, gone, reason);
        }
        records += last - first + 1;
        sequence = last;
        lost.add(new SalvageReport.Lost(ofEpoch, first, last));
    }

    private static String reason(CycleFile file, long from, long to) {
        return String.format(
                Locale.ROOT, "was lost: no whole record of it in %s from byte %d to %d", name(file), from, to);
    }

    private static String name(CycleFile file) {
        return file.path().getFileName().toString();
    }
}

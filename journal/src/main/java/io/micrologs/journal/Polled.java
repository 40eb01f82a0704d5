package io.micrologs.journal;

/** What a tailer found at its position. */
public sealed interface Polled {

    /** A whole record. */
    record Stored(JournalRecord record) implements Polled {}

    /**
     * Bytes that are not a record of ours; the tailer has gone past them. The position's epoch and sequence are those
     * that would have come next, its CRC is that of the bytes.
     *
     * @param position usable as a checkpoint
     * @param projectIdOrZero the project when the CRC held and only the body made no sense
     * @param reason at most 255 characters
     * @param bytes as they are stored, at most 1 MiB of them
     */
    record Damaged(Checkpoint position, int projectIdOrZero, String reason, byte[] bytes) implements Polled {
        /** Whether a salvage has put it in the place of a lost event: an operator knows of it already. */
        public boolean lost() {
            return RecordFrame.isLost(bytes);
        }
    }

    /** A sound record that a later version of this program wrote. The tailer stays in front of it. */
    record TooNew(Checkpoint position, int version, int kind) implements Polled {}
}

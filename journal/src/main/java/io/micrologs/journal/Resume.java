package io.micrologs.journal;

/** Where a tailer stands after it was asked to resume. */
public enum Resume {
    /** No checkpoint was given: at the oldest record. */
    START,
    /** Right after the record of the checkpoint, which is still the one that was loaded. */
    SAME,
    /**
     * At the oldest record, because the checkpoint's record is not in this journal: it was replaced, truncated or
     * restored. What is already loaded has to be skipped by the highest loaded sequence of each epoch.
     */
    REPLACED
}

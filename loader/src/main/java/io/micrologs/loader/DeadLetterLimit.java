package io.micrologs.loader;

import io.micrologs.journal.Polled;
import java.util.List;

/**
 * One bad record is set aside; many mean that the journal, or this program, is broken. Single-threaded: loader thread.
 */
final class DeadLetterLimit {

    /** Of a batch; but a few in a small batch are no reason yet. */
    static final double SHARE_MAX = 0.01;

    static final int FREE_PER_BATCH = 10;
    static final int IN_A_ROW_MAX = 100;

    private int batchSize;
    private int inBatch;
    private int inRow;

    /** Counts what is known to be dead of a batch before any of it is loaded. */
    void begin(List<Entry> batch) {
        batchSize = batch.size();
        inBatch = 0;
        for (Entry entry : batch) {
            if (isLost(entry)) {
                // An operator, or the start after a power cut, has accounted for it: no sign of something new.
                continue;
            }
            if (entry.deadReason() != null) {
                dead();
            } else {
                inRow = 0;
            }
        }
    }

    private static boolean isLost(Entry entry) {
        return entry.polled() instanceof Polled.Damaged damaged && damaged.lost();
    }

    /** Another record cannot be loaded. */
    void dead() {
        inBatch++;
        inRow++;
        if (inBatch > Math.max(FREE_PER_BATCH, (int) (batchSize * SHARE_MAX)) || inRow > IN_A_ROW_MAX) {
            throw new LoaderStoppedException(inBatch + " of " + batchSize + " records of a batch, " + inRow
                    + " in a row, cannot be loaded: the journal is damaged or this program does not suit it."
                    + " Nothing more is loaded or deleted until it is restarted, or, if the journal is damaged, salvaged"
                    + " (`micrologs journal salvage`)");
        }
    }

    void loaded(List<Entry> part) {
        if (part.stream().anyMatch(entry -> entry.deadReason() == null)) {
            inRow = 0;
        }
    }
}

package io.micrologs.journal;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The bounded hand-off to the writer. Many threads offer, one at a time polls.
 *
 * <p>Written here because closing is part of it: {@link #close} and every {@link #offer} meet in one compare-and-set of
 * the tail, so an append is either refused or seen by the writer's last drain, and no request waits for ever. (Agrona's
 * queue would also ask the user for one more {@code --add-opens}.)
 */
final class AppendRing {
    private static final long CLOSED = 1L << 62;

    private final AtomicReferenceArray<@Nullable Append> slots;
    private final int mask;
    /** The next slot to fill, with the CLOSED bit. */
    private final AtomicLong tail = new AtomicLong();
    /** The next slot to empty. */
    private final AtomicLong head = new AtomicLong();

    AppendRing(int size) {
        slots = new AtomicReferenceArray<>(size);
        mask = size - 1;
    }

    /** False when the ring is full or closed. */
    boolean offer(Append append) {
        while (true) {
            long at = tail.get();
            if (at >= CLOSED || at - head.get() > mask) {
                return false;
            }
            if (tail.compareAndSet(at, at + 1)) {
                slots.setRelease((int) at & mask, append);
                return true;
            }
        }
    }

    /** The oldest append, or null when there is none or its offer is still under way. Only who holds the pen. */
    @Nullable
    Append poll() {
        long at = head.get();
        int slot = (int) at & mask;
        Append append = slots.getAcquire(slot);
        if (append != null) {
            slots.setPlain(slot, null);
            head.setRelease(at + 1);
        }
        return append;
    }

    /** How many wait, those included whose offer is still under way. */
    int size() {
        long from = head.get();
        return (int) Math.max(0, (tail.get() & ~CLOSED) - from);
    }

    /** From now on every offer is refused. */
    void close() {
        tail.getAndUpdate(at -> at | CLOSED);
    }
}

package io.micrologs.journal;

import org.jspecify.annotations.Nullable;

/**
 * One request's event or events on the way to the journal. It is reused: its connection fills it, offers it, and may fill
 * it again once {@link #completed} was called or the offer was refused. Single-threaded in between: the lane's loop.
 */
public abstract class Append {
    final AppendLane lane;
    final RecordEncoder records = new RecordEncoder();
    /** From an offer that was taken until the completion; a second use in between is a bug that would corrupt records. */
    boolean inFlight;

    boolean appended;

    @Nullable
    Append next;

    protected Append(AppendLane lane) {
        this.lane = lane;
    }

    /** Forgets the events of the last use. */
    public final void clear() {
        requireIdle();
        records.clear();
    }

    /**
     * Encodes one event behind those already added. They are acknowledged together.
     * {@link IllegalArgumentException} when it takes more than 1 MiB, which no valid event does.
     */
    public final void add(Envelope envelope, Event event) {
        requireIdle();
        records.add(envelope, event);
    }

    /**
     * Called once for every offer that was taken, on the lane's executor.
     *
     * @param appended true when every event is in the journal; false when at least one is not known to be, although some
     *     may be: the client is told to try again, and its event ids make sure that nothing counts twice
     */
    protected abstract void completed(boolean appended);

    final void requireIdle() {
        if (inFlight) {
            throw new IllegalStateException("this append is on its way to the journal");
        }
    }
}

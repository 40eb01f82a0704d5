package io.micrologs.query.engine;

/** What was counted for a row of an answer. Not thread-safe. */
public final class Figures {
    /** Of what was not counted. */
    public static final Figures NONE = new Figures();

    private final long[] sums = new long[Counter.values().length];

    Figures() {}

    public long of(Counter counter) {
        return sums[counter.ordinal()];
    }

    void add(Counter counter, long more) {
        sums[counter.ordinal()] += more;
    }

    void add(Figures other) {
        for (int i = 0; i < sums.length; i++) {
            sums[i] += other.sums[i];
        }
    }
}

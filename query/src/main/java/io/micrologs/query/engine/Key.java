package io.micrologs.query.engine;

import java.util.Comparator;

/**
 * What a row of an answer is about; 0 for what was not asked for.
 *
 * @param time the bucket of its interval
 * @param first the number of the first attribute's value
 */
record Key(long time, long first, long second) implements Comparable<Key> {
    static final Key TOTAL = new Key(0, 0, 0);

    private static final Comparator<Key> ORDER =
            Comparator.comparingLong(Key::time).thenComparingLong(Key::first).thenComparingLong(Key::second);

    @Override
    public int compareTo(Key other) {
        return ORDER.compare(this, other);
    }
}

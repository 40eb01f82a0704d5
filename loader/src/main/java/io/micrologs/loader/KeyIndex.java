package io.micrologs.loader;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Numbers the keys of rollups in the order in which they come, without an object for each: every view asks for some thirty of
 * them. Not thread-safe.
 *
 * <pre>
 *  a place:  63         32 31   30 29       24 23      0
 *           |  project    | grain |  dimension |  period |     and the value's number beside it
 * </pre>
 */
final class KeyIndex {

    private static final int FIRST_SLOTS = 64;
    private static final int PERIOD_BITS = 24;
    private static final int DIMENSION_BITS = 6;
    private static final int GRAIN_BITS = 2;
    private static final Grain[] GRAINS = Grain.values();

    /** Open addressing: number + 1, 0 where none is. At most half of them are taken. */
    private int[] slots = new int[FIRST_SLOTS];

    private long[] places = new long[FIRST_SLOTS / 2];
    private long[] values = new long[FIRST_SLOTS / 2];
    private int size;

    /** A period that the tables have no room for is an error of the row that it comes from. */
    static long place(int projectId, Grain grain, Dimension dimension, int period) {
        if (period >>> PERIOD_BITS != 0) {
            throw new IllegalArgumentException("no period has the number " + period);
        }
        return (((long) projectId << GRAIN_BITS | grain.code - 1) << DIMENSION_BITS | dimension.code) << PERIOD_BITS
                | period;
    }

    /** The number of this key; the next one when it is new. */
    int of(long place, long value) {
        long mixed = (value ^ place * 0xBF58476D1CE4E5B9L) * 0x9E3779B97F4A7C15L;
        int slot = (int) (mixed >>> Integer.SIZE) & slots.length - 1;
        while (slots[slot] != 0) {
            int number = slots[slot] - 1;
            if (values[number] == value && places[number] == place) {
                return number;
            }
            slot = slot + 1 & slots.length - 1;
        }
        if (size == places.length) {
            grow();
            return of(place, value);
        }
        slots[slot] = size + 1;
        places[size] = place;
        values[size] = value;
        return size++;
    }

    private void grow() {
        long[] oldPlaces = places;
        long[] oldValues = values;
        int keys = size;
        places = new long[2 * keys];
        values = new long[2 * keys];
        slots = new int[4 * keys];
        size = 0;
        for (int i = 0; i < keys; i++) {
            of(oldPlaces[i], oldValues[i]);
        }
    }

    int size() {
        return size;
    }

    long place(int number) {
        return places[number];
    }

    long value(int number) {
        return values[number];
    }

    RollupKey key(int number) {
        long place = places[number];
        int rest = (int) place;
        return new RollupKey(
                (int) (place >>> Integer.SIZE),
                GRAINS[rest >>> PERIOD_BITS + DIMENSION_BITS],
                Dimension.of(rest >>> PERIOD_BITS & (1 << DIMENSION_BITS) - 1),
                rest & (1 << PERIOD_BITS) - 1,
                values[number]);
    }

    /** The numbers of all, in the order of their keys. */
    int[] sorted() {
        return IntStream.range(0, size)
                .boxed()
                .sorted((one, other) -> places[one] != places[other]
                        ? Long.compare(places[one], places[other])
                        : Long.compare(values[one], values[other]))
                .mapToInt(Integer::intValue)
                .toArray();
    }

    void clear() {
        if (slots.length > FIRST_SLOTS && size < slots.length / 32) {
            slots = new int[FIRST_SLOTS];
            places = new long[FIRST_SLOTS / 2];
            values = new long[FIRST_SLOTS / 2];
        } else if (size > 0) {
            Arrays.fill(slots, 0);
        }
        size = 0;
    }
}

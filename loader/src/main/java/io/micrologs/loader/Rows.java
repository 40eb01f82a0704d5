package io.micrologs.loader;

import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Order among the rows of a batch: two transactions that lock in the same order cannot deadlock. */
final class Rows {

    private static final Comparator<@Nullable Object[]> BY_KEY = Comparator.<@Nullable Object[]>comparingLong(
                    row -> number(row[0]))
            .thenComparingLong(row -> number(row[1]));

    private Rows() {}

    /** Sorts by the first two columns, which are whole numbers and lead the table's primary key. */
    static void sortByKey(List<@Nullable Object[]> rows) {
        rows.sort(BY_KEY);
    }

    private static long number(@Nullable Object value) {
        if (value instanceof Number number) {
            return number.longValue();
        }
        throw new IllegalArgumentException("not a number: " + value);
    }
}

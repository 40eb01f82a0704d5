package io.micrologs.query.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Which values of an attribute count, by the number in its last column.
 *
 * @param only null for all
 * @param except empty when {@code only} says which
 */
record Choice(Attribute attribute, @Nullable Set<Long> only, Set<Long> except) {
    /** A longer list of values is turned into a join by MariaDB. */
    private static final int LIST_MAX = 500;

    static Choice all(Attribute attribute) {
        return new Choice(attribute, null, Set.of());
    }

    Choice and(Operator operator, Set<Long> values) {
        Set<Long> some = new TreeSet<>(operator == Operator.IS_NOT ? except : values);
        if (operator == Operator.IS_NOT) {
            some.addAll(values);
            if (only == null) {
                return new Choice(attribute, null, some);
            }
            Set<Long> left = new TreeSet<>(only);
            left.removeAll(values);
            return new Choice(attribute, left, Set.of());
        }
        if (only != null) {
            some.retainAll(only);
        }
        some.removeAll(except);
        return new Choice(attribute, some, Set.of());
    }

    /** The same of other numbers, as {@code rollup} has them. */
    Choice with(Set<Long> values) {
        return only == null ? new Choice(attribute, null, values) : new Choice(attribute, values, Set.of());
    }

    Set<Long> values() {
        return only == null ? except : only;
    }

    /** @param column never NULL */
    String condition(String column, List<Object> bound) {
        Set<Long> values = values();
        if (values.isEmpty()) {
            return only == null ? "TRUE" : "FALSE";
        }
        List<Object> shown = new ArrayList<>();
        for (long value : values) {
            shown.add(attribute.kind == Attribute.Kind.COUNTRY && !column.equals("value_id") ? country(value) : value);
        }
        List<String> lists = new ArrayList<>();
        for (int from = 0; from < shown.size(); from += LIST_MAX) {
            List<Object> some = shown.subList(from, Math.min(shown.size(), from + LIST_MAX));
            lists.add(column + (only == null ? " NOT IN " : " IN ") + Pieces.marks(some.size()));
            bound.addAll(some);
        }
        return "(" + String.join(only == null ? " AND " : " OR ", lists) + ")";
    }

    static String country(long number) {
        return number == 0 ? "" : "" + (char) (number >> 8) + (char) (number & 0xFF);
    }

    static long country(@Nullable String code) {
        return code == null || code.length() != 2 ? 0 : code.charAt(0) << 8 | code.charAt(1);
    }
}

package io.micrologs.query.engine;

import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** In which order an answer's rows come: by a measure and then by value, or by time and value. */
final class Order {
    private Order() {}

    static List<Key> of(Query query, Map<Key, Figures> figures) {
        Measure by = query.by();
        Comparator<Key> order = Comparator.naturalOrder();
        if (by != null) {
            Comparator<Key> measured = Comparator.comparingDouble(
                    key -> by.of(figures.getOrDefault(key, new Figures())).doubleValue());
            order = (query.ascending() ? measured : measured.reversed()).thenComparing(order);
        } else if (!query.ascending()) {
            order = order.reversed();
        }
        return figures.keySet().stream().sorted(order).toList();
    }

    /** How many rows have to be known for what is asked for, and whether there are more; far less than 2^31. */
    static int known(Query query) {
        return (int) Math.min(1_000_000, (long) query.offset() + query.limit() + 1);
    }
}

package io.micrologs.loader;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The same event id within 24 hours counts once. Single-threaded: loader thread. */
final class SeenEvents {

    static final long WINDOW_MS = 24 * 3_600_000L;

    private static final Table TABLE = Table.of("event_seen", "event_id", "received_ms");

    /** When the ids of this batch were counted before: in earlier batches, and in this one. */
    private final Map<Long, List<Long>> counted = new HashMap<>();

    private final List<@Nullable Object[]> added = new ArrayList<>();

    void begin() {
        counted.clear();
        added.clear();
    }

    /** Nothing is kept over batches: a retry may come a day later, and a lookup in the key is quick. */
    void lookUp(Connection connection, TreeSet<Long> eventIds, long firstMs, long lastMs) throws SQLException {
        Wanted wanted = new Wanted();
        eventIds.forEach(id -> wanted.add(0, id));
        // The upper bound is for a clock that stepped back; without one, all later partitions would be searched.
        String sql = "SELECT event_id, received_ms FROM event_seen WHERE event_id IN (:ids) AND received_ms > "
                + (firstMs - WINDOW_MS) + " AND received_ms < " + (lastMs + WINDOW_MS);
        wanted.select(connection, sql, (none, row) -> count(row.getLong(1), row.getLong(2)));
    }

    boolean isDuplicate(long eventId, long timeMs) {
        List<Long> times = counted.get(eventId);
        if (times != null) {
            for (long time : times) {
                if (Math.abs(timeMs - time) < WINDOW_MS) {
                    return true;
                }
            }
        }
        return false;
    }

    void add(long eventId, long timeMs) {
        count(eventId, timeMs);
        added.add(new Object[] {eventId, timeMs});
    }

    private void count(long eventId, long timeMs) {
        counted.computeIfAbsent(eventId, id -> new ArrayList<>(1)).add(timeMs);
    }

    void write(Connection connection, TableWriter writer, boolean insertOnly) throws SQLException {
        writer.append(connection, insertOnly, TABLE, added);
    }
}

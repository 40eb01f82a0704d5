package io.micrologs.loader;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Values that only together mean something, such as a city in its region and country, as one number. Single-threaded:
 * its owner's thread.
 */
final class Tuples {

    private static final Table TUPLE = Table.of("tuple", "project_id", "tuple_id", "first_id", "second_id", "third_id");

    private final Hash64 hash;
    private final Cache<Tuple, Long> known;
    private final Map<Key, @Nullable Object[]> rows = new TreeMap<>();

    private record Tuple(int projectId, long first, long second, long third) {
        @Override
        public int hashCode() {
            return Long.hashCode((first * 31 + second) * 0x9E3779B97F4A7C15L + third) + projectId;
        }
    }

    Tuples(Hash64 hash, int cacheEntriesMax) {
        this.hash = hash;
        known = new Cache<>(cacheEntriesMax);
    }

    void begin() {
        known.trim();
        rows.clear();
    }

    /** 0 when all parts are. */
    long of(int projectId, long first, long second, long third) {
        if ((first | second | third) == 0) {
            return 0;
        }
        Tuple tuple = new Tuple(projectId, first, second, third);
        Long id = known.get(tuple);
        if (id == null) {
            id = hash.of(first + "|" + second + "|" + third);
            known.put(tuple, id);
            rows.put(new Key(projectId, id), new Object[] {projectId, id, first, second, third});
        }
        return id;
    }

    void write(Connection connection, TableWriter writer) throws SQLException {
        List<@Nullable Object[]> sorted = new ArrayList<>(rows.values());
        writer.upsert(connection, TUPLE, "first_id = VALUES(first_id)", sorted);
    }

    void forget() {
        known.clear();
        rows.clear();
    }
}

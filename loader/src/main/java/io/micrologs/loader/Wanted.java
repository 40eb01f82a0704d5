package io.micrologs.loader;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Iterator;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/** The ids that a batch has to look up, each once. Single-threaded: loader thread. */
final class Wanted {

    /**
     * MariaDB turns IN lists of 1,000 values into joins with a temporary table, and MySQL gives up on ranges when they
     * need too much memory, to scan the whole table instead: stay well below both.
     */
    static final int CHUNK = 500;

    @FunctionalInterface
    interface RowReader {
        void read(int projectId, ResultSet row) throws SQLException;
    }

    private final Map<Integer, TreeSet<Long>> byProject = new TreeMap<>();

    void add(int projectId, long id) {
        byProject.computeIfAbsent(projectId, p -> new TreeSet<>()).add(id);
    }

    boolean isEmpty() {
        return byProject.isEmpty();
    }

    /**
     * Runs the query for every project and chunk of its ids. They are numbers of ours, so they are written into the
     * text; 500 placeholders would only cost time.
     *
     * @param sql with {@code :project} and {@code :ids}
     */
    void select(Connection connection, String sql, RowReader reader) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            for (Map.Entry<Integer, TreeSet<Long>> entry : byProject.entrySet()) {
                int projectId = entry.getKey();
                Iterator<Long> ids = entry.getValue().iterator();
                while (ids.hasNext()) {
                    StringBuilder list = new StringBuilder(CHUNK * 21);
                    for (int i = 0; i < CHUNK && ids.hasNext(); i++) {
                        list.append(i == 0 ? "" : ",").append(ids.next().longValue());
                    }
                    String query =
                            sql.replace(":project", Integer.toString(projectId)).replace(":ids", list);
                    try (ResultSet rows = statement.executeQuery(query)) {
                        while (rows.next()) {
                            reader.read(projectId, rows);
                        }
                    }
                }
            }
        }
    }
}

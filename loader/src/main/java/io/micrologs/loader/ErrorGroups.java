package io.micrologs.loader;

import io.micrologs.journal.ErrorEvent;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Errors that share project, type, message, file and line. Single-threaded: loader thread.
 *
 * <p>A group's number is what people see, so it comes from the table: known groups are looked up, new ones are inserted
 * and their numbers read back. A group's status belongs to whoever works on it; the only change from here, reopening a
 * resolved group, is decided in the UPDATE itself, by the row as it is then.
 */
final class ErrorGroups {

    static final int OPEN = 1;
    static final int RESOLVED = 3;

    /** Of the group that takes what is beyond the limit; no SHA-256 is all zero. */
    private static final Fingerprint.Bytes OTHER = new Fingerprint.Bytes("\0".repeat(32));

    private static final Table TABLE = Table.of(
            "error_group",
            "project_id",
            "fingerprint",
            "error_type",
            "message",
            "file",
            "line",
            "severity",
            "environment",
            "status",
            "status_ms",
            "occurrence_count",
            "first_seen_ms",
            "last_seen_ms",
            "last_sequence");

    /** Every right side sees the row as it was: what others compare with is set last. */
    private static final String UPDATE = """
            UPDATE error_group SET
              occurrence_count = occurrence_count + ?,
              severity = CASE WHEN ? >= last_seen_ms THEN ? ELSE severity END,
              last_sequence = CASE WHEN ? >= last_seen_ms THEN ? ELSE last_sequence END,
              last_seen_ms = GREATEST(last_seen_ms, ?),
              status = CASE WHEN status = %d AND ? > status_ms THEN %d ELSE status END
            WHERE group_id = ?""".formatted(RESOLVED, OPEN);

    private final Hash64 hash;
    private final int groupsMax;
    private final Cache<Fingerprint, Integer> ids;
    /** How many groups a project has, without the one for the rest. */
    private final Map<Integer, Integer> groupCounts = new HashMap<>();

    private final Map<Integer, TreeSet<Fingerprint.Bytes>> wanted = new TreeMap<>();
    private final Map<Fingerprint, Group> touched = new TreeMap<>();

    ErrorGroups(Hash64 hash, int groupsMax, int cacheEntriesMax) {
        this.hash = hash;
        this.groupsMax = groupsMax;
        this.ids = new Cache<>(cacheEntriesMax);
    }

    void begin() {
        ids.trim();
        wanted.clear();
        touched.clear();
    }

    void want(int projectId, ErrorEvent error) {
        Fingerprint fingerprint = fingerprint(projectId, error);
        if (ids.get(fingerprint) == null) {
            TreeSet<Fingerprint.Bytes> ofProject = wanted.computeIfAbsent(projectId, id -> new TreeSet<>());
            ofProject.add(fingerprint.bytes());
            ofProject.add(OTHER);
        }
    }

    void lookUp(Connection connection) throws SQLException {
        if (wanted.isEmpty()) {
            return;
        }
        try (Statement statement = connection.createStatement()) {
            for (Map.Entry<Integer, TreeSet<Fingerprint.Bytes>> entry : wanted.entrySet()) {
                int projectId = entry.getKey();
                select(statement, projectId, entry.getValue(), ids::put);
                if (!groupCounts.containsKey(projectId)) {
                    groupCounts.put(projectId, count(statement, projectId));
                }
            }
        }
    }

    private static int count(Statement statement, int projectId) throws SQLException {
        String sql = "SELECT COUNT(*) FROM error_group WHERE project_id = " + projectId + " AND fingerprint <> "
                + OTHER.literal();
        try (ResultSet row = statement.executeQuery(sql)) {
            return row.next() ? row.getInt(1) : 0;
        }
    }

    @FunctionalInterface
    private interface IdReader {
        void read(Fingerprint fingerprint, Integer groupId);
    }

    private static void select(
            Statement statement, int projectId, Iterable<Fingerprint.Bytes> fingerprints, IdReader reader)
            throws SQLException {
        List<String> literals = new ArrayList<>();
        fingerprints.forEach(bytes -> literals.add(bytes.literal()));
        for (int from = 0; from < literals.size(); from += Wanted.CHUNK) {
            List<String> chunk = literals.subList(from, Math.min(from + Wanted.CHUNK, literals.size()));
            String sql = "SELECT fingerprint, group_id FROM error_group WHERE project_id = " + projectId
                    + " AND fingerprint IN (" + String.join(",", chunk) + ")";
            try (ResultSet rows = statement.executeQuery(sql)) {
                while (rows.next()) {
                    reader.read(new Fingerprint(projectId, Fingerprint.Bytes.of(rows.getBytes(1))), rows.getInt(2));
                }
            }
        }
    }

    /** Counts an occurrence; the group's number is known after {@link #write}. */
    Group occurred(int projectId, ErrorEvent error, long timeMs, long sequence) {
        Fingerprint fingerprint = fingerprint(projectId, error);
        if (ids.get(fingerprint) == null && !touched.containsKey(fingerprint)) {
            int count = groupCounts.getOrDefault(projectId, 0);
            if (count >= groupsMax) {
                fingerprint = new Fingerprint(projectId, OTHER);
            } else {
                groupCounts.put(projectId, count + 1);
            }
        }
        Group group = touched.computeIfAbsent(fingerprint, f -> new Group(f, ids.get(f), error, timeMs));
        group.count++;
        group.severity = error.severity().code;
        group.lastMs = timeMs;
        group.lastSequence = sequence;
        return group;
    }

    void write(Connection connection) throws SQLException {
        List<@Nullable Object[]> inserts = new ArrayList<>();
        List<@Nullable Object[]> updates = new ArrayList<>();
        Map<Integer, List<Fingerprint.Bytes>> inserted = new TreeMap<>();
        for (Group group : touched.values()) {
            if (group.id == null) {
                inserts.add(insertRow(group));
                inserted.computeIfAbsent(group.fingerprint.projectId(), id -> new ArrayList<>())
                        .add(group.fingerprint.bytes());
            } else {
                updates.add(new Object[] {
                    group.count,
                    group.lastMs,
                    group.severity,
                    group.lastMs,
                    group.lastSequence,
                    group.lastMs,
                    group.lastMs,
                    group.id
                });
            }
        }
        TableWriter.batch(connection, TABLE.insert(), inserts);
        TableWriter.batch(connection, UPDATE, updates);
        if (inserted.isEmpty()) {
            return;
        }
        try (Statement statement = connection.createStatement()) {
            for (Map.Entry<Integer, List<Fingerprint.Bytes>> entry : inserted.entrySet()) {
                select(statement, entry.getKey(), entry.getValue(), ids::put);
            }
        }
        touched.values().forEach(group -> group.id = ids.get(group.fingerprint));
    }

    /**
     * The stack trace to store. The group for the rest has no message of its errors, so theirs comes before their traces: who
     * fills a project's groups with a public key must not be able to make a real error unreadable.
     */
    static @Nullable String trace(Group group, ErrorEvent error) {
        if (!group.fingerprint.bytes().equals(OTHER)) {
            return error.stack();
        }
        String file = error.file() == null ? "" : "\n    " + error.file();
        String line = error.line() == null ? "" : ":" + error.line();
        String stack = error.stack() == null ? "" : "\n" + error.stack();
        return error.type() + ": " + error.message() + file + line + stack;
    }

    private @Nullable Object[] insertRow(Group group) {
        ErrorEvent first = group.first;
        boolean other = group.fingerprint.bytes().equals(OTHER);
        return new Object[] {
            group.fingerprint.projectId(),
            group.fingerprint.bytes().toArray(),
            other ? "Other" : first.type(),
            other ? "Errors beyond the limit of " + groupsMax + " groups" : first.message(),
            other ? null : first.file(),
            other ? null : first.line(),
            group.severity,
            first.environment().code,
            OPEN,
            group.firstMs,
            group.count,
            group.firstMs,
            group.lastMs,
            group.lastSequence
        };
    }

    void forget() {
        ids.clear();
        groupCounts.clear();
    }

    private Fingerprint fingerprint(int projectId, ErrorEvent error) {
        String text = projectId
                + error.type()
                + error.message()
                + (error.file() == null ? "" : error.file())
                + (error.line() == null ? "" : error.line());
        return new Fingerprint(projectId, Fingerprint.Bytes.of(hash.sha256(text)));
    }

    /** What a batch adds to a group. */
    static final class Group {
        final Fingerprint fingerprint;
        final ErrorEvent first;
        final long firstMs;

        @Nullable
        Integer id;

        long count;
        int severity;
        long lastMs;
        long lastSequence;

        Group(Fingerprint fingerprint, @Nullable Integer id, ErrorEvent first, long firstMs) {
            this.fingerprint = fingerprint;
            this.id = id;
            this.first = first;
            this.firstMs = firstMs;
        }
    }

    /** A group's natural key. */
    record Fingerprint(int projectId, Bytes bytes) implements Comparable<Fingerprint> {

        @Override
        public int compareTo(Fingerprint other) {
            int byProject = Integer.compare(projectId, other.projectId);
            return byProject != 0 ? byProject : bytes.compareTo(other.bytes);
        }

        /** 32 bytes, one a character: a string is an array that can be compared and hashed. */
        record Bytes(String latin1) implements Comparable<Bytes> {

            static Bytes of(byte[] bytes) {
                return new Bytes(new String(bytes, StandardCharsets.ISO_8859_1));
            }

            byte[] toArray() {
                return latin1.getBytes(StandardCharsets.ISO_8859_1);
            }

            String literal() {
                return "x'" + HexFormat.of().formatHex(toArray()) + "'";
            }

            @Override
            public int compareTo(Bytes other) {
                return latin1.compareTo(other.latin1);
            }
        }
    }
}

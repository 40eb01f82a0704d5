package io.micrologs.loader;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.InstantSource;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes the rollups of days again from their raw rows, while loading goes on. Single-threaded: loader thread. */
final class Rebuild {
    /*
     * A day at a time, exact although batches go on changing it:
     *   flush; a second connection takes a consistent snapshot: what is in the raw rows now is in the rollups now
     *   the day's raw rows are counted in that snapshot, in pieces between batches
     *   what is flushed meanwhile for that day is counted twice: into the rollups, and aside (since)
     *   flush; then in one transaction: the day's old rows go, counted + since come, the request moves on to the next day
     * Nothing comes between the flush and the snapshot: the checkpoint's row is locked, and rollup_pending was seen to be
     * empty. Whoever changes raw rows without counting them (an erasure, a replay) adds a request in the same transaction,
     * which comes later than the one in hand. A retried dead letter counts, as a batch does.
     * After any failure it begins the day again. The day's rollup rows and sketches are held in memory meanwhile; a day that
     * has too many of them is left as it is.
     */

    private static final Logger LOG = LoggerFactory.getLogger(Rebuild.class);
    private static final int ROWS_A_LOOK = 1_000;
    private static final long PIECE_MS = 50;
    private static final int TUPLES_MAX = 20_000;
    /** Of rollup, while a day is counted: some 200 bytes each. */
    static final int DAY_ROWS_MAX = 1_000_000;
    /** Of its sketches, of 8 bytes each. */
    static final long DAY_HASHES_MAX = 10_000_000;

    private final ConnectionSource connections;
    private final InstantSource clock;
    private final Tuples tuples = new Tuples(new Hash64(), TUPLES_MAX);
    private final int dayRowsMax;
    private @Nullable Day current;
    /** A day that cannot be made again, until its request says so. */
    private @Nullable Refused refused;
    /** Requests that are left alone until the next start, when the program or its memory may be another one. */
    private final Set<Long> aside = new TreeSet<>();

    private @Nullable String asideMessage;

    private record Refused(long requestId, int projectId, int day, String reason) {}

    /** A day that is being counted. */
    private static final class Day {
        final long requestId;
        final int projectId;
        final int day;
        final long fromMs;
        final long toMs;
        final Tally counted = new Tally();
        final Tally since = new Tally();
        final Connection snapshot;
        final RawRows raw;

        Day(Request request, Projects.Calendar calendar, Connection snapshot, Tuples tuples) {
            this.requestId = request.id;
            this.projectId = request.projectId;
            this.day = request.day;
            this.fromMs = calendar.startMs(day);
            this.toMs = calendar.startMs(day + 1);
            this.snapshot = snapshot;
            this.raw = RawRows.ofDay(snapshot, projectId, fromMs, toMs, day, tuples, counted);
        }

        boolean isTooLarge(int rowsMax) {
            return counted.countRows() + since.countRows() > rowsMax || counted.held() + since.held() > DAY_HASHES_MAX;
        }
    }

    private record Request(long id, int projectId, int day, int lastDay) {}

    Rebuild(ConnectionSource connections, InstantSource clock) {
        this(connections, clock, DAY_ROWS_MAX);
    }

    Rebuild(ConnectionSource connections, InstantSource clock, int dayRowsMax) {
        this.connections = connections;
        this.clock = clock;
        this.dayRowsMax = dayRowsMax;
    }

    boolean isActive() {
        return current != null;
    }

    /** Begins the next day that is asked for, right after a flush; false when there is none. */
    boolean begin(Connection connection) throws SQLException {
        putAside(connection);
        Request request = next(connection);
        if (request == null) {
            return false;
        }
        Projects.Calendar calendar = Projects.calendar(connection, request.projectId);
        if (calendar == null || request.lastDay < RebuildRequests.firstWholeDay(connection, calendar)) {
            RebuildRequests.delete(connection, request.id);
            return false;
        }
        int firstWholeDay = RebuildRequests.firstWholeDay(connection, calendar);
        if (request.day < firstWholeDay) {
            // Retention came by meanwhile.
            Erasures.update(
                    connection,
                    "UPDATE rollup_rebuild SET next_day = ? WHERE request_id = ?",
                    firstWholeDay,
                    request.id);
            return false;
        }
        tuples.forget();
        current = new Day(request, calendar, snapshot(connections), tuples);
        return true;
    }

    /** A connection that sees the tables as they are now, until it is closed. */
    static Connection snapshot(ConnectionSource connections) throws SQLException {
        Connection snapshot = connections.open();
        try {
            snapshot.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            snapshot.setAutoCommit(false);
            try (Statement statement = snapshot.createStatement()) {
                // A lost machine says no goodbye, and the server would keep the snapshot's old rows for hours.
                statement.execute("SET SESSION wait_timeout = " + CheckpointedConnection.SILENT_SECONDS_MAX);
                statement.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT");
            }
            return snapshot;
        } catch (SQLException e) {
            snapshot.close();
            throw e;
        }
    }

    /** Whether any day is asked for that is not left alone. */
    boolean isAnyPending(Connection connection) throws SQLException {
        return RollupTables.number(connection, "SELECT request_id FROM rollup_rebuild" + notAside() + " LIMIT 1") > 0;
    }

    private String notAside() {
        return aside.isEmpty()
                ? ""
                : " WHERE request_id NOT IN ("
                        + aside.stream().map(id -> Long.toString(id)).collect(Collectors.joining(",")) + ")";
    }

    /** The day in hand, if any, is not tried again by this process: it gets a request of its own, and the others go on. */
    void refuse(String reason) {
        Day day = current;
        if (day != null) {
            refused = new Refused(day.requestId, day.projectId, day.day, reason);
            end();
        }
    }

    private void putAside(Connection connection) throws SQLException {
        Refused day = refused;
        if (day == null) {
            return;
        }
        if (moveOn(connection, day.requestId, day.day)) {
            LocalDate date = LocalDate.ofEpochDay(day.day);
            aside.add(RebuildRequests.add(connection, day.projectId, date, date));
            asideMessage = "counters of project " + day.projectId + " on " + date
                    + " are not made again and stay as they" + " were: " + day.reason;
            LOG.error("The {}", asideMessage);
        }
        refused = null;
    }

    /** For an operator; null when no day was refused. */
    @Nullable
    String refusal() {
        return asideMessage;
    }

    private @Nullable Request next(Connection connection) throws SQLException {
        String sql =
                "SELECT request_id, project_id, next_day, last_day, first_day, next_day IS NULL FROM rollup_rebuild"
                        + notAside() + " ORDER BY request_id LIMIT 1";
        while (true) {
            Request request;
            boolean bounded;
            int firstDay;
            try (Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery(sql)) {
                if (!row.next()) {
                    return null;
                }
                request = new Request(row.getLong(1), row.getInt(2), row.getInt(3), row.getInt(4));
                firstDay = row.getInt(5);
                bounded = !row.getBoolean(6);
            }
            Request found = bounded ? request : bounded(connection, request, firstDay);
            if (found != null) {
                return found;
            }
        }
    }

    /** Brings it down to the days that have, or had, something; null when there is none. */
    private static @Nullable Request bounded(Connection connection, Request request, int firstDay) throws SQLException {
        Projects.Calendar calendar = Projects.calendar(connection, request.projectId);
        RebuildRequests.Days days = calendar == null
                ? null
                : RebuildRequests.days(connection, request.projectId, calendar, firstDay, request.lastDay);
        if (days == null) {
            RebuildRequests.delete(connection, request.id);
            return null;
        }
        Erasures.update(
                connection,
                "UPDATE rollup_rebuild SET first_day = ?, next_day = ?, last_day = ? WHERE request_id = ?",
                days.first(),
                days.first(),
                days.last(),
                request.id);
        return new Request(request.id, request.projectId, days.first(), days.last());
    }

    /** The first and the last days of its raw rows and of its rollups. */
    static SortedSet<Integer> edges(Connection connection, int projectId, Projects.Calendar calendar)
            throws SQLException {
        SortedSet<Integer> days = new TreeSet<>();
        for (String table : List.of("pageview", "error_event", "audit_event", "link_click")) {
            addEdges(
                    connection,
                    "SELECT MIN(received_ms), MAX(received_ms) FROM " + table + " WHERE project_id = " + projectId,
                    number -> days.add(calendar.day(number)));
        }
        long firstViewMs = RollupTables.number(
                connection, "SELECT MIN(received_ms) FROM pageview WHERE project_id = " + projectId);
        if (firstViewMs > 0) {
            // Every visit has a view, but those that it began with may be erased. No key leads from a project to its
            // oldest
            // visit, so that only the partitions in which one may be are gone through.
            addEdges(
                    connection,
                    "SELECT MIN(started_ms), MAX(started_ms) FROM session WHERE project_id = " + projectId
                            + " AND started_ms >= " + (firstViewMs - Sessions.SPAN_MAX_MS) + " AND started_ms < "
                            + firstViewMs,
                    number -> days.add(calendar.day(number)));
        }
        for (Dimension dimension : Dimension.ALL) {
            for (String table : List.of("rollup", "sketch")) {
                addEdges(
                        connection,
                        "SELECT MIN(period), MAX(period) FROM " + table
                                + RollupTables.where(projectId, Grain.DAY, dimension),
                        number -> days.add((int) number));
            }
        }
        return days;
    }

    private static void addEdges(Connection connection, String sql, LongConsumer edges) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            if (row.next() && row.getObject(1) != null) {
                edges.accept(row.getLong(1));
                edges.accept(row.getLong(2));
            }
        }
    }

    /** One piece; true when the day is counted and can be {@link #swap}ped. */
    boolean count() throws SQLException {
        Day day = current;
        if (day == null) {
            return false;
        }
        long untilMs = clock.millis() + PIECE_MS;
        boolean done = false;
        while (!done && clock.millis() < untilMs) {
            done = day.raw.read(ROWS_A_LOOK);
            if (day.isTooLarge(dayRowsMax)) {
                refuse("it has more than " + dayRowsMax + " of them, or its visitors more than " + DAY_HASHES_MAX
                        + " hashes");
                return false;
            }
        }
        return done;
    }

    /** This is in the rollups now, and not in the snapshot. */
    void flushed(Tally more) {
        Day day = current;
        if (day != null) {
            day.since.add(more, key -> isOf(day, key));
        }
    }

    /** Puts the counted day in the place of the old one, right after a flush. */
    void swap(Connection connection, TableWriter writer) throws SQLException {
        Day day = current;
        if (day == null) {
            return;
        }
        RollupTables.deletePeriod(connection, day.projectId, Grain.DAY, day.day);
        try (Statement statement = connection.createStatement()) {
            statement.executeUpdate(
                    "DELETE FROM rollup" + RollupTables.whereQuarters(day.projectId, day.fromMs, day.toMs));
        }
        day.counted.add(day.since);
        tuples.write(connection, writer);
        RollupTables.add(connection, day.counted);
        RollupTables.put(connection, day.counted);
        RollupTables.reopen(connection, Map.of(day.projectId, new TreeSet<>(Set.of(day.day))));
        if (!moveOn(connection, day.requestId, day.day)) {
            throw new SQLException("a request to rebuild has gone while it was worked on");
        }
    }

    /** To the next day; false when the request has gone. */
    private static boolean moveOn(Connection connection, long requestId, int fromDay) throws SQLException {
        int moved = Erasures.update(
                connection,
                "UPDATE rollup_rebuild SET next_day = next_day + 1 WHERE request_id = ? AND next_day = ?",
                requestId,
                fromDay);
        Erasures.update(
                connection, "DELETE FROM rollup_rebuild WHERE request_id = ? AND next_day > last_day", requestId);
        return moved == 1;
    }

    private static boolean isOf(Day day, RollupKey key) {
        if (key.projectId() != day.projectId) {
            return false;
        }
        return key.grain() == Grain.DAY
                ? key.period() == day.day
                : key.period() >= Grain.quarter(day.fromMs) && key.period() < Grain.quarter(day.toMs);
    }

    @FunctionalInterface
    interface DayListener {
        void made(int projectId, int day);
    }

    /** The swap is committed. */
    void made(DayListener listener) {
        Day day = current;
        end();
        if (day != null) {
            listener.made(day.projectId, day.day);
        }
    }

    /** Ends the day, done or not; it begins again if its request is still there. */
    void end() {
        Day day = current;
        current = null;
        if (day != null) {
            try {
                // Without reading what is left.
                day.snapshot.abort(Runnable::run);
            } catch (SQLException e) {
                LOG.debug("The connection of a rebuild did not end: {}", SqlFailures.brief(e));
            }
        }
    }
}

package io.micrologs.loader;

import io.micrologs.database.JdbcUrls;
import io.micrologs.database.TestDatabase;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.InstantSource;

/** The real loader's counting, of raw rows that a test has written: counters and sketches are never made up. */
public final class TestLoader {
    private static final long PATIENCE_MS = 180_000;
    private static final int STEPS_A_LOOK = 50;
    private static final int LOADER = 1;
    private static final int TUPLES_MAX = 20_000;

    /** The days that a project has something on. */
    private static final String REQUEST = """
            INSERT INTO rollup_rebuild (project_id, first_day, last_day, next_day)
            SELECT project_id, day, day, day FROM (
              SELECT project_id, day FROM pageview UNION SELECT project_id, day FROM session
              UNION SELECT project_id, day FROM error_event UNION SELECT project_id, day FROM audit_event
              UNION SELECT project_id, day FROM link_click
            ) days
            WHERE project_id IN (%s)
            """;

    private TestLoader() {}

    /** Counts all days of these projects, or of all of them when none is named. */
    public static void count(String url, int... projects) {
        String some = projects.length == 0 ? "SELECT project_id FROM project" : numbers(projects);
        execute(url, REQUEST.formatted(some));
        settle(url, 0);
    }

    /**
     * The same of all projects, and sums up the weeks and months that are over.
     *
     * @param lastMs when the last event came
     */
    public static void countAndClose(String url, long lastMs) {
        execute(
                url,
                "INSERT INTO checkpoint (loader_id, journal_id, epoch, sequence, record_index, crc, received_ms,"
                        + " loaded_ms) VALUES (" + LOADER + ", 1, 1, 1, 1, 1, " + lastMs + ", 0)"
                        + " ON DUPLICATE KEY UPDATE received_ms = VALUES(received_ms)");
        execute(url, REQUEST.formatted("SELECT project_id FROM project"));
        settle(url, closed(url, lastMs));
    }

    private static long closed(String url, long lastMs) {
        int beforeDay = (int) (lastMs / 86_400_000) - Closing.DAYS_OPEN;
        long[] closed = new long[1];
        each(url, "SELECT project_id, MIN(first_day), MAX(last_day) FROM rollup_rebuild GROUP BY project_id", row -> {
            for (Grain grain : Closing.GRAINS) {
                for (int period = grain.periodOf(row.getInt(2));
                        period <= grain.periodOf(row.getInt(3)) && grain.lastDay(period) < beforeDay;
                        period++) {
                    closed[0]++;
                }
            }
        });
        return closed[0];
    }

    /** The loader's work between batches, until nothing waits any more. */
    private static void settle(String url, long closed) {
        String waiting =
                "SELECT (SELECT COUNT(*) FROM rollup_rebuild) + (SELECT COUNT(*) FROM rollup_pending) + GREATEST(0, "
                        + closed + " - (SELECT COUNT(*) FROM rollup_closed))";
        InstantSource clock = InstantSource.system();
        CheckpointedConnection database = new CheckpointedConnection(LOADER, () -> open(url), clock);
        Rollups rollups = new Rollups(LOADER, new Tuples(new Hash64(), TUPLES_MAX), true);
        Rebuild rebuild = new Rebuild(() -> open(url), clock);
        RollupWork work = new RollupWork(database, rollups, rebuild, new TableWriter(true), clock, 1);
        long deadlineMs = clock.millis() + PATIENCE_MS;
        try {
            database.open();
            while (number(url, waiting) > 0) {
                for (int i = 0; i < STEPS_A_LOOK; i++) {
                    work.step(false);
                }
                if (clock.millis() > deadlineMs) {
                    throw new AssertionError("rows are still not counted: " + work.behind());
                }
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        } finally {
            work.forget();
            database.drop();
        }
    }

    private static String numbers(int[] projects) {
        return String.join(
                ",",
                java.util.Arrays.stream(projects).mapToObj(Integer::toString).toList());
    }

    private static Connection open(String url) throws SQLException {
        TestDatabase database = TestDatabase.shared();
        return DriverManager.getConnection(JdbcUrls.completeForLoader(url), database.user(), database.password());
    }

    private interface Reader {
        void read(ResultSet row) throws SQLException;
    }

    private static void each(String url, String sql, Reader reader) {
        try (Connection connection = open(url);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                reader.read(rows);
            }
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }

    private static long number(String url, String sql) {
        long[] number = new long[1];
        each(url, sql, row -> number[0] = row.getLong(1));
        return number[0];
    }

    private static void execute(String url, String sql) {
        try (Connection connection = open(url);
                Statement statement = connection.createStatement()) {
            statement.executeUpdate(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }
}

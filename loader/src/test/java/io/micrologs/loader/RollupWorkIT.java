package io.micrologs.loader;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** When rollups are worked on, by a clock that the test moves. */
final class RollupWorkIT {

    private static final int DAY = (int) (Stream.START_MS / 86_400_000);

    private long nowMs = Stream.START_MS;
    private final InstantSource clock = () -> Instant.ofEpochMilli(nowMs);
    private final int loaderId = TestSchema.newLoaderId();
    private final TestSchema schema;
    private final int project;
    private final SqlLog log;
    private final CheckpointedConnection database;
    private final Rollups rollups;

    RollupWorkIT() {
        schema = TestSchema.migrated("rollup_work");
        schema.execute("DELETE FROM rollup_rebuild");
        project = schema.newProject("UTC");
        log = new SqlLog(schema);
        database = new CheckpointedConnection(loaderId, log, clock);
        rollups = new Rollups(loaderId, new Tuples(new Hash64(), 1_000), true);
    }

    private RollupWork work(Rebuild rebuild) {
        return new RollupWork(database, rollups, rebuild, new TableWriter(false), clock, RollupWork.FLUSH_INTERVAL_MS);
    }

    private void batch() throws SQLException {
        rollups.begin();
        database.transactBetweenBatches(connection -> {
            rollups.number(connection);
            rollups.at(nowMs);
            rollups.tally().audit(project, DAY, nowMs);
            rollups.write(connection);
        });
        rollups.committed();
    }

    @Test
    void flushes_takeATenthOfTheTimeAtMost() throws SQLException {
        // Each takes 200 ms.
        log.fail(sql -> {
            nowMs += sql.startsWith("DELETE FROM rollup_pending") ? 200 : 0;
            return false;
        });
        RollupWork work = work(new Rebuild(log, clock));
        long untilMs = nowMs + 60_000;
        long batches = 0;
        while (nowMs < untilMs) {
            batch();
            batches++;
            work.step(false);
            nowMs += 50;
        }
        assertThat(log.containing("DELETE FROM rollup_pending")).hasSizeBetween(25, 31);
        work.flush();
        assertThat(schema.number("SELECT SUM(events) FROM rollup WHERE grain = 1 AND project_id = " + project))
                .isEqualTo(batches);
    }

    private void request() {
        schema.execute("INSERT INTO rollup_rebuild (project_id, first_day, last_day, next_day) VALUES (%d, %d, %d, %d)"
                .formatted(project, DAY, DAY + 1, DAY));
    }

    /** As the loader does it, for so long. */
    private void goOn(RollupWork work, long forMs) {
        for (long untilMs = nowMs + forMs; nowMs < untilMs; nowMs += 500) {
            try {
                work.step(false);
            } catch (SQLException e) {
                giveUp(work);
                work.failed(e);
            } catch (IllegalStateException e) {
                work.broken(e);
                giveUp(work);
            }
        }
    }

    private void giveUp(RollupWork work) {
        rollups.forget();
        work.forget();
        database.drop();
    }

    private long requests() {
        return schema.number("SELECT COUNT(*) FROM rollup_rebuild");
    }

    @Test
    void dayThatCannotBeCounted_isTriedLessAndLess_andTold() {
        log.fail(sql -> sql.contains("FROM session s"));
        RollupWork work = work(new Rebuild(log, clock));
        request();
        goOn(work, Setback.PATIENCE_MS);
        assertThat(work.behind()).isNull();
        goOn(work, 10 * 60_000);
        assertThat(work.behind()).contains("days that are to be made again are behind since", "injected: refused");
        assertThat(work.isBroken()).isFalse();
        assertThat(log.containing("CONSISTENT SNAPSHOT")).hasSizeBetween(5, 12);
        log.fail(sql -> false);
        goOn(work, 10 * 60_000);
        assertThat(requests()).isZero();
        assertThat(work.behind()).isNull();
    }

    @Test
    void dayThatBreaksTheProgram_isLeftAlone_andTheOthersGoOn() {
        log.fail(sql -> {
            if (sql.contains("FROM session s") && sql.contains("started_ms >= " + DAY * 86_400_000L)) {
                throw new IllegalStateException("injected");
            }
            return false;
        });
        RollupWork work = work(new Rebuild(log, clock));
        request();
        goOn(work, 10 * 60_000);
        assertThat(work.isBroken()).isTrue();
        assertThat(work.behind())
                .contains("project " + project + " on 2026-03-25 are not made again", "IllegalStateException");
        assertThat(log.containing("CONSISTENT SNAPSHOT")).hasSize(2);
        assertThat(schema.rows("SELECT first_day, last_day, next_day FROM rollup_rebuild"))
                .containsExactly(DAY + "|" + DAY + "|null");
    }

    @Test
    void dayWithMoreRowsThanTheMost_staysAsItIs() throws SQLException {
        batch();
        RollupWork work = work(new Rebuild(log, clock, 2));
        goOn(work, 10_000);
        for (int i = 1; i <= 2; i++) {
            schema.execute(
                    "INSERT INTO error_event (project_id, received_ms, sequence, day, group_id, severity, environment)"
                            + " VALUES (" + project + ", " + (DAY * 86_400_000L + i) + ", " + i + ", " + DAY + ", " + i
                            + ", 1, 1)");
        }
        String rows = "SELECT * FROM rollup WHERE project_id = " + project;
        List<String> before = schema.rows(rows);
        assertThat(before).isNotEmpty();
        request();
        goOn(work, 60_000);
        assertThat(work.behind()).contains("it has more than 2 of them");
        assertThat(schema.rows(rows)).isEqualTo(before);
        assertThat(requests()).isEqualTo(1);
        // With more memory.
        RollupWork other = work(new Rebuild(log, clock));
        goOn(other, 60_000);
        assertThat(requests()).isZero();
        assertThat(schema.rows(rows)).isNotEqualTo(before);
    }

    @Test
    void weeksInPieces_areTheSumsOfTheirDays() throws SQLException {
        Random random = new Random(11);
        Map<Long, BottomK> expected = new TreeMap<>();
        int monday = Grain.WEEK.firstDay(Grain.WEEK.periodOf(DAY));
        for (int day = monday; day < monday + 7; day++) {
            for (int value = -6; value < 20; value++) {
                if (random.nextInt(3) > 0) {
                    long valueId = value == -6 ? Long.MIN_VALUE : value == 19 ? Long.MAX_VALUE : value;
                    BottomK visitors = new BottomK(Dimension.PAGE.k);
                    random.longs(5, 0, 30).forEach(visitors::add);
                    expected.computeIfAbsent(valueId, id -> new BottomK(Dimension.PAGE.k))
                            .union(visitors);
                    String key = "(project_id, grain, dimension, period, value_id, ";
                    String values = ") VALUES (" + project + ", 1, 1, " + day + ", " + valueId + ", ";
                    schema.execute("INSERT INTO rollup " + key + "events" + values + random.nextInt(9) + ")");
                    schema.execute("INSERT INTO sketch " + key + "k, hashes, visitors" + values + Dimension.PAGE.k
                            + ", x'" + HexFormat.of().formatHex(visitors.toBytes()) + "', 0)");
                }
            }
        }
        schema.execute("INSERT INTO rollup (project_id, grain, dimension, period, value_id, events) VALUES (" + project
                + ", 1, 0, " + monday + ", 0, 1)");
        Closing closing = new Closing(3, 2);
        String closed = "SELECT COUNT(*) FROM rollup_closed WHERE grain = 2 AND project_id = " + project;
        int steps = 0;
        while (schema.number(closed) == 0) {
            database.transactBetweenBatches(connection -> closing.step(connection, monday + 6 + Closing.DAYS_OPEN + 1));
            steps++;
        }
        // The search, the old rows, the total, 25 values by at most 3 and by at most 2, the end.
        assertThat(steps).isBetween(12, 50);
        String sums = "SELECT value_id, SUM(events) FROM rollup WHERE dimension = 1 AND project_id = " + project
                + " AND grain = %d GROUP BY value_id ORDER BY value_id";
        assertThat(schema.rows(sums.formatted(2))).hasSizeGreaterThan(20).isEqualTo(schema.rows(sums.formatted(1)));
        List<String> united = new ArrayList<>();
        expected.forEach((value, visitors) ->
                united.add(value + "|" + HexFormat.of().withUpperCase().formatHex(visitors.toBytes())));
        assertThat(schema.number("SELECT COUNT(*) FROM sketch WHERE grain = 2 AND visitors <> LENGTH(hashes) DIV 6"))
                .isZero();
        assertThat(schema.rows("SELECT value_id, HEX(hashes) FROM sketch WHERE grain = 2 AND project_id = " + project
                        + " ORDER BY value_id"))
                .isEqualTo(united);
    }

    @Test
    void dayThatCannotBeCounted_letsWeeksOfOthersBeSummedUp() {
        schema.execute("INSERT INTO checkpoint (loader_id, journal_id, epoch, sequence, record_index, crc, received_ms,"
                + " loaded_ms) VALUES (" + loaderId + ", 1, 1, 1, 1, 1, " + (DAY + 30) * 86_400_000L + ", 0)");
        int other = schema.newProject("UTC");
        for (int each : List.of(project, other)) {
            schema.execute("INSERT INTO rollup (project_id, grain, dimension, period, value_id, events) VALUES (" + each
                    + ", 1, 0, " + DAY + ", 0, 1)");
        }
        log.fail(sql -> sql.contains("FROM session s"));
        request();
        goOn(work(new Rebuild(log, clock)), 60_000);
        assertThat(requests()).isEqualTo(1);
        String closed = "SELECT COUNT(*) FROM rollup_closed WHERE project_id = ";
        // Its week and its month.
        assertThat(schema.number(closed + other)).isEqualTo(2);
        assertThat(schema.number(closed + project)).isZero();
    }

    @Test
    void flushesThatFail_holdNoMoreThanTheMost_andLoseNothing() throws SQLException {
        log.fail(sql -> sql.startsWith("DELETE FROM rollup_pending"));
        RollupWork work = work(new Rebuild(log, clock));
        batch();
        goOn(work, 5_000);
        rollups.begin();
        database.transactBetweenBatches(connection -> {
            rollups.number(connection);
            rollups.at(nowMs);
            for (int group = 1; group <= 100_000; group++) {
                rollups.tally().error(project, DAY, nowMs, group, 1, 1);
            }
            rollups.write(connection);
        });
        rollups.committed();
        assertThat(rollups.isFull()).isTrue();
        work.step(false);
        assertThat(rollups.isFull()).isFalse();
        log.fail(sql -> false);
        goOn(work, 60_000);
        assertThat(schema.number("SELECT SUM(events) FROM rollup WHERE grain = 1 AND dimension = 33 AND project_id = "
                        + project))
                .isEqualTo(100_000);
        assertThat(rollups.isPending()).isFalse();
    }
}

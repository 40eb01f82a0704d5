package io.micrologs.loader;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Random;
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
        return new RollupWork(
                database, rollups, rebuild, new TableWriter(false), clock, RollupWork.FLUSH_INTERVAL_MS);
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
}

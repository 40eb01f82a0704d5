package io.micrologs.loader;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrologs.journal.AuditEvent;
import io.micrologs.journal.Envelope;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A client that sends the same event again, an hour later or tomorrow: over midnight, dropped partitions and restarts. */
final class LoaderRetriesIT {

    private static final long HOUR_MS = 3_600_000;
    private static final long FIRST_MS = TestSchema.ms("2026-03-25T23:30:00Z");
    private static TestSchema schema;

    @BeforeAll
    static void migrate() {
        schema = TestSchema.migrated("loader_retries");
    }

    private final int project = schema.newProject("UTC");
    private final int loaderId = TestSchema.newLoaderId();
    private final Stream stream = new Stream(project, project);

    /** By a loader of its own, on the clock of that time: what it forgets of old days is forgotten. */
    private void loadAt(long timeMs, long... eventIds) {
        for (long eventId : eventIds) {
            stream.add(
                    new Envelope(project, eventId, true, timeMs, 0, 0, 0, null, null),
                    new AuditEvent("login", null, null));
        }
        LoaderRun.load(LoaderRun.config(loaderId, 100), stream.journalId, stream.records, schema, timeMs);
    }

    private void is(int stored, int duplicate) {
        assertThat(outcome("stored")).as("stored").isEqualTo(stored);
        assertThat(outcome("duplicate")).as("duplicate").isEqualTo(duplicate);
        assertThat(schema.number("SELECT COUNT(*) FROM audit_event WHERE project_id = " + project))
                .isEqualTo(stored);
    }

    private long outcome(String name) {
        return schema.number("SELECT COALESCE(SUM(events), 0) FROM ledger WHERE loader_id = " + loaderId
                + " AND project_id = " + project + " AND outcome = '" + name + "'");
    }

    @Test
    void retryUntilTheSameTimeTomorrow_countsOnce_thenAgain() {
        long id = 7_000_000_000L + project;
        loadAt(FIRST_MS, id, id + 1);
        is(2, 0);
        loadAt(FIRST_MS + HOUR_MS, id);
        is(2, 1);
        loadAt(FIRST_MS + 24 * HOUR_MS - 1, id, id + 1);
        is(2, 3);
        loadAt(FIRST_MS + 24 * HOUR_MS, id, id + 1);
        is(4, 3);
        loadAt(FIRST_MS + 48 * HOUR_MS - 1, id, id);
        is(4, 5);
    }

    @Test
    void retryAfterADayWithoutALoader_countsOnce() {
        long id = 8_000_000_000L + project;
        // All of it waits in the journal, and is loaded three days later.
        for (long hours : new long[] {0, 1, 23, 24, 47}) {
            stream.add(
                    new Envelope(project, id, true, FIRST_MS + hours * HOUR_MS, 0, 0, 0, null, null),
                    new AuditEvent("login", null, null));
        }
        loadAt(FIRST_MS + 72 * HOUR_MS, id + 1);
        is(3, 3);
    }
}

package io.micrologs.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrologs.ingest.Rejection.Reason;
import io.micrologs.journal.JournalAppender;
import io.micrologs.journal.JournalConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every refusal is counted under its project where that is known, and the journal gets to know it. */
class RefusalsTest {
    private static final String AUDIT = "/api/track/audit";

    @Test
    void refusals_reachTheJournalByProjectAndReason(@TempDir Path directory) throws Exception {
        try (Edge edge = new Edge(directory);
                Http http = edge.connect()) {
            http.post(AUDIT, "{}", "X-API-Key", Edge.PUBLIC);
            http.post(AUDIT, "{\"x\":1}", "X-API-Key", Edge.PUBLIC);
            http.post(AUDIT, "{\"x\":1}", "X-API-Key", Edge.PUBLIC);
            http.post(AUDIT, "{}", "X-API-Key", Edge.OTHER_PUBLIC);
            http.post(AUDIT, "{}", "X-API-Key", Edge.PUBLIC, "Origin", "https://evil.example");
            http.post(AUDIT, "{}", "X-API-Key", Edge.DISABLED_PUBLIC);
            http.post(AUDIT, "{}");
            http.post(AUDIT, "{\"action\":\"a\"}", "X-API-Key", Edge.PUBLIC);
            Map<Integer, Map<String, Long>> expected = Map.of(
                    0, Map.of("key_invalid", 1L, "key_missing", 1L),
                    1, Map.of("body", 1L, "domain", 1L, "fields", 2L),
                    2, Map.of("body", 1L));
            Wait.until(() -> edge.refusals().equals(expected));
            assertThat(edge.ingest.rejected())
                    .containsEntry("body", 2L)
                    .containsEntry("fields", 2L)
                    .containsEntry("domain", 1L)
                    .containsEntry("journal", 0L);
            assertThat(edge.records()).hasSize(1);
        }
    }

    @Test
    void close_writesTheLastSecond(@TempDir Path directory) throws IOException {
        Edge edge = new Edge(directory);
        try (Http http = edge.connect()) {
            for (int i = 0; i < 3; i++) {
                http.post(AUDIT, "{}", "X-API-Key", Edge.PUBLIC);
            }
        }
        edge.close();
        assertThat(edge.refusals()).isEqualTo(Map.of(1, Map.of("body", 3L)));
    }

    @Test
    void write_tellsEachRefusalOnce(@TempDir Path directory) throws InterruptedException {
        Counts counts = new Counts();
        try (JournalAppender journal = JournalAppender.open(config(directory), InstantSource.system())) {
            RefusalRecords records = new RefusalRecords(counts, journal, InstantSource.system(), 1);
            for (int i = 1; i <= 100; i++) {
                counts.refused(i % 3, Reason.BODY);
                if (i % 10 == 0) {
                    records.write();
                }
            }
            assertThat(records.writeLast(10_000)).isTrue();
            assertThat(records.writeLast(10_000)).isTrue();
        }
        assertThat(Edge.refusals(config(directory)))
                .isEqualTo(Map.of(0, Map.of("body", 33L), 1, Map.of("body", 34L), 2, Map.of("body", 33L)));
    }

    @Test
    void write_keepsWhatTheJournalDoesNotTake(@TempDir Path directory) throws InterruptedException {
        Counts counts = new Counts();
        JournalAppender journal = JournalAppender.open(config(directory), InstantSource.system());
        RefusalRecords records = new RefusalRecords(counts, journal, InstantSource.system(), 1);
        journal.close();
        counts.refused(1, Reason.BODY);
        assertThat(records.writeLast(10)).isFalse();
        assertThat(counts.news()).isEqualTo(Map.of(1, Map.of("body", 1L)));
        records.write();
        records.completed(false);
        assertThat(counts.news()).isEqualTo(Map.of(1, Map.of("body", 1L)));
    }

    private static JournalConfig config(Path directory) {
        return new JournalConfig(directory, "hourly", Duration.ofDays(7), 20L << 30, 0, 64);
    }
}

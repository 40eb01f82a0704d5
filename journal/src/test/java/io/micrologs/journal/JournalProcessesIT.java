package io.micrologs.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Appenders in processes of their own, killed in the middle of it. */
class JournalProcessesIT {
    private static final int ROUNDS = 4;

    @TempDir
    Path directory;

    @Test
    void killedAmidAppends_losesNothingThatWasAcknowledged() throws Exception {
        Set<Long> acknowledged = new HashSet<>();
        long firstId = 1;
        for (int round = 1; round <= ROUNDS; round++) {
            firstId = appendAndKill(firstId, 300 * round * round + 7, 0, acknowledged);

            List<Polled> polled = pollAll(0);
            assertThat(polled).allMatch(Polled.Stored.class::isInstance);
            List<JournalRecord> records = records(polled);
            Set<Long> stored = new HashSet<>(Samples.eventIds(records));
            assertThat(stored).hasSize(records.size());
            assertThat(acknowledged.stream().filter(id -> !stored.contains(id))).isEmpty();
            assertThat(Samples.sequences(records))
                    .isEqualTo(LongStream.rangeClosed(1, records.size()).boxed().toList());
            assertThat(records.stream()
                            .map(record -> record.checkpoint().epoch())
                            .distinct())
                    .hasSize(round)
                    .isSorted();
        }
        // And this process goes on where those were cut off.
        try (JournalAppender journal =
                JournalAppender.open(AppendingProcess.config(directory, 0), InstantSource.system())) {
            Samples.append(journal, firstId + 1000, firstId + 1010);
        }
        assertThat(Samples.eventIds(records(pollAll(0)))).contains(firstId + 1000, firstId + 1010);
    }

    @Test
    void tailer_followsAnotherProcessAcrossItsCycles() throws Exception {
        int rollEvery = 200;
        try (AppendingProcess process = AppendingProcess.start(directory, 1, rollEvery)) {
            assertThat(process.next()).isPositive();
            List<JournalRecord> records = new ArrayList<>();
            try (JournalTailer tailer = JournalTailer.open(AppendingProcess.config(directory, rollEvery))) {
                Samples.await("2000 are read", () -> {
                    records.addAll(Samples.readAll(tailer));
                    drain(process);
                    return records.size() >= 2000;
                });
                assertThat(tailer.endSequence()).isGreaterThanOrEqualTo(2000);
            }
            assertThat(Samples.sequences(records))
                    .isEqualTo(LongStream.rangeClosed(1, records.size()).boxed().toList());
            assertThat(records.stream()
                            .map(record -> record.checkpoint().index() >>> 32)
                            .distinct()
                            .count())
                    .isGreaterThan(1);
        }
    }

    @Test
    void secondProcess_isRefused_andToldWhoHoldsTheLock() throws Exception {
        try (AppendingProcess process = AppendingProcess.start(directory, 1, 0)) {
            assertThat(process.next()).isPositive();

            assertThatThrownBy(() -> JournalAppender.open(Samples.config(directory), InstantSource.system()))
                    .isInstanceOf(JournalException.class)
                    .hasMessageMatching(
                            ".*append.lock is held by process \\d+ \\(append\\) on \\S+ since .*Z; stop that process, or use another directory")
                    .hasMessageNotContaining(" " + ProcessHandle.current().pid() + " ");
        }
    }

    /** Kills once {@code count} are acknowledged; the first id that was certainly never used. */
    private long appendAndKill(long firstId, int count, int rollEvery, Set<Long> acknowledged) throws Exception {
        long highest = firstId;
        try (AppendingProcess process = AppendingProcess.start(directory, firstId, rollEvery)) {
            int seen = 0;
            for (long id = process.next(); id != 0; id = process.next()) {
                acknowledged.add(id);
                highest = Math.max(highest, id);
                if (++seen == count) {
                    process.kill();
                }
            }
            assertThat(seen).isGreaterThanOrEqualTo(count);
        }
        return highest + 1_000_000;
    }

    private List<Polled> pollAll(int rollEvery) {
        try (JournalTailer tailer = JournalTailer.open(AppendingProcess.config(directory, rollEvery))) {
            return Samples.readPolled(tailer, Integer.MAX_VALUE);
        }
    }

    private static List<JournalRecord> records(List<Polled> polled) {
        return polled.stream().map(stored -> ((Polled.Stored) stored).record()).toList();
    }

    /** So that the pipe never stops the process. */
    private static void drain(AppendingProcess process) {
        try {
            for (int i = 0; i < 100; i++) {
                process.next();
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}

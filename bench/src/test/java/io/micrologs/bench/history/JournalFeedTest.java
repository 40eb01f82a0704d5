package io.micrologs.bench.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrologs.journal.Durability;
import io.micrologs.journal.JournalAppender;
import io.micrologs.journal.JournalConfig;
import io.micrologs.journal.JournalException;
import io.micrologs.journal.JournalTailer;
import io.micrologs.journal.LoadedCheckpointFile;
import io.micrologs.journal.Polled;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalFeedTest {
    private static final LocalDate FROM = LocalDate.parse("2026-02-26");

    private static History history() {
        return new History(
                new HistoryPlan(3, 3_000, 100, 50, FROM, FROM.plusDays(6), 0.4),
                new Site(1, List.of(4), "shop.example.com"));
    }

    @TempDir
    private Path directory;

    private JournalConfig config() {
        return new JournalConfig(directory, "daily", Duration.ZERO, 20L << 30, 0, 1024, Durability.PROCESS);
    }

    private static long startMs() {
        return FROM.atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli();
    }

    private List<Polled.Stored> read() {
        List<Polled.Stored> stored = new ArrayList<>();
        try (JournalTailer tailer = JournalTailer.open(config())) {
            tailer.resume(null);
            for (Polled polled = tailer.poll(); polled != null; polled = tailer.poll()) {
                stored.add((Polled.Stored) polled);
            }
        }
        return stored;
    }

    @Test
    void journal_hasTheHistoryInFilesOfItsDays() {
        History history = history();
        try (JournalFeed feed = JournalFeed.open(config(), startMs())) {
            assertThat(feed.append(history, 1_000)).isEqualTo(1_000);
            assertThat(feed.endSequence()).isEqualTo(1_000);
        }
        try (JournalFeed feed = JournalFeed.open(config(), history.receivedMs())) {
            assertThat(feed.append(history, Long.MAX_VALUE)).isEqualTo(2_000);
            assertThat(feed.endSequence()).isEqualTo(3_000);
        }
        History again = history();
        List<Polled.Stored> stored = read();
        assertThat(stored).hasSize(3_000);
        for (Polled.Stored each : stored) {
            assertThat(again.next()).isTrue();
            assertThat(each.record().event()).isEqualTo(again.event());
            assertThat(each.record().envelope()).isEqualTo(again.envelope());
        }
        assertThat(directory.toFile().list((where, name) -> name.endsWith(".cq4")))
                .containsExactlyInAnyOrder(
                        "20260226F.cq4",
                        "20260227F.cq4",
                        "20260228F.cq4",
                        "20260301F.cq4",
                        "20260302F.cq4",
                        "20260303F.cq4");
    }

    @Test
    void loadedDays_areDeletedByTheTimeOfTheHistory() {
        History history = history();
        try (JournalFeed feed = JournalFeed.open(config(), startMs())) {
            feed.append(history, 2_000);
        }
        List<Polled.Stored> stored = read();
        LoadedCheckpointFile.write(directory, stored.get(1_999).record().checkpoint());
        try (JournalFeed feed = JournalFeed.open(config(), history.receivedMs())) {
            long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
            while (directory.resolve("20260226F.cq4").toFile().exists()) {
                assertThat(System.nanoTime()).as("the first day is still there").isLessThan(deadline);
                Thread.onSpinWait();
            }
            feed.append(history, Long.MAX_VALUE);
        }
        long lastDay = Math.floorDiv(history.receivedMs(), 86_400_000L);
        assertThat(read())
                .allSatisfy(each -> assertThat(
                                Math.floorDiv(each.record().envelope().receivedMs(), 86_400_000L))
                        .isBetween(Instant.parse("2026-02-27T00:00:00Z").toEpochMilli() / 86_400_000L, lastDay));
    }

    @Test
    void journalWithAnAppender_isRefusedAndTheMessageNamesItsProcess() {
        try (JournalAppender server = JournalAppender.open(config(), Clock.systemUTC())) {
            assertThat(server.accepting()).isTrue();
            assertThatThrownBy(() -> JournalFeed.open(config(), startMs()))
                    .isInstanceOf(JournalException.class)
                    .hasMessageContaining("append.lock is held by process "
                            + ProcessHandle.current().pid());
        }
    }
}

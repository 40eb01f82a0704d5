package io.micrologs.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Appending and tailing one directory in one process. */
class JournalTest {
    private final JournalConfig config;

    JournalTest(@TempDir Path directory) {
        config = Samples.config(directory);
    }

    @Test
    void poll_givesBackWhatWasAppended_inOrder() {
        try (JournalAppender journal = JournalAppender.open(config, InstantSource.system());
                JournalTailer tailer = JournalTailer.open(config)) {
            Samples.append(journal, 1, 100);

            List<JournalRecord> records = Samples.readAll(tailer);

            assertThat(Samples.eventIds(records))
                    .isEqualTo(LongStream.rangeClosed(1, 100).boxed().toList());
            assertThat(Samples.sequences(records))
                    .isEqualTo(LongStream.rangeClosed(1, 100).boxed().toList());
            assertThat(records.get(41).envelope()).isEqualTo(Samples.envelope(42));
            assertThat(records.get(41).event()).isEqualTo(Samples.pageview(42));
            assertThat(tailer.endSequence()).isEqualTo(100);
            assertThat(journal.status().endSequence()).isEqualTo(100);
            assertThat(journal.status().state()).isEqualTo(JournalStatus.State.OK);
            assertThat(tailer.poll()).isNull();
            Samples.append(journal, 101, 101);
            assertThat(tailer.poll()).isInstanceOf(Polled.Stored.class);
        }
    }

    @Test
    void reopened_continuesTheSequence_inANewEpoch() {
        int firstEpoch;
        try (JournalAppender journal = JournalAppender.open(config, InstantSource.system())) {
            Samples.append(journal, 1, 3);
            firstEpoch = journal.status().epoch();
        }
        try (JournalAppender journal = JournalAppender.open(config, InstantSource.system());
                JournalTailer tailer = JournalTailer.open(config)) {
            Samples.append(journal, 4, 5);

            List<JournalRecord> records = Samples.readAll(tailer);

            assertThat(Samples.sequences(records)).containsExactly(1L, 2L, 3L, 4L, 5L);
            assertThat(records.get(2).checkpoint().epoch()).isEqualTo(firstEpoch);
            assertThat(records.get(3).checkpoint().epoch()).isGreaterThan(firstEpoch);
        }
    }
}

package io.micrologs.loader;

import io.micrologs.journal.AuditEvent;
import io.micrologs.journal.Checkpoint;
import io.micrologs.journal.Envelope;
import io.micrologs.journal.ErrorEvent;
import io.micrologs.journal.Event;
import io.micrologs.journal.JournalRecord;
import io.micrologs.journal.Pageview;
import io.micrologs.journal.Polled;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Random events of few visitors, pages and errors, so that everything that can meet does. */
final class Stream {

    static final long START_MS = TestSchema.ms("2026-03-25T12:00:00Z");

    /** The edges of all windows, and what lies around them. */
    private static final long[] GAPS_MS = {
        0, 0, 1, 50, 1_000, 20_000, 100_000, 299_999, 300_000, 300_001, 1_800_000, -1, -5_000, -600_000, 43_200_000
    };

    private static final long[] RARE_GAPS_MS = {86_399_999, 86_400_000, 86_400_001, 90_000_000, 172_799_999};

    final long journalId;
    final List<Polled> records = new ArrayList<>();
    private final Random random;
    private final int[] projects;
    private final long salt;
    private long nowMs = START_MS;
    private int epoch = 100;

    Stream(long seed, int... projects) {
        this.random = new Random(seed);
        this.projects = projects;
        this.salt = random.nextLong();
        this.journalId = random.nextLong();
    }

    Stream add(int events) {
        for (int i = 0; i < events; i++) {
            nowMs += random.nextInt(20) == 0 ? pick(RARE_GAPS_MS) : pick(GAPS_MS);
            if (random.nextInt(50) == 0) {
                epoch += 1 + random.nextInt(3);
            }
            add(envelope(), event());
        }
        return this;
    }

    Polled add(Envelope envelope, Event event) {
        long sequence = records.size() + 1;
        Checkpoint position = new Checkpoint(journalId, epoch, sequence, 1_000 + sequence, random.nextInt());
        Polled polled = new Polled.Stored(new JournalRecord(position, envelope, event));
        records.add(polled);
        return polled;
    }

    void newEpoch() {
        epoch++;
    }

    private long pick(long[] values) {
        return values[random.nextInt(values.length)];
    }

    private Envelope envelope() {
        boolean fromClient = random.nextInt(3) == 0;
        return new Envelope(
                projects[random.nextInt(projects.length)],
                fromClient ? id(1, 25) : random.nextLong(),
                fromClient,
                nowMs,
                random.nextBoolean() ? 0 : nowMs - 5,
                id(2, 9),
                id(3, 7),
                "agent",
                random.nextBoolean() ? "de" : null);
    }

    private long id(int kind, int count) {
        return (salt ^ (kind * 0x9E3779B97F4A7C15L)) + random.nextInt(count);
    }

    private Event event() {
        int kind = random.nextInt(10);
        if (kind < 7) {
            return new Pageview(
                    "https://example.com/" + random.nextInt(4) + oneOf("", "?utm_source=a%20b&utm_term=x", "#top"),
                    oneOf(null, "One", "Two 🎈", ""),
                    oneOf(null, "https://other.example/", "\\N\t\n"),
                    random.nextInt(3) == 0 ? id(4, 5) : 0,
                    oneOf(null, "1920x1080"),
                    oneOf(null, "Europe/Berlin"));
        }
        if (kind < 9) {
            return new ErrorEvent(
                    oneOf("TypeError", "RangeError"),
                    "message " + random.nextInt(3),
                    oneOf(null, "app.js"),
                    random.nextBoolean() ? 7 : null,
                    oneOf(null, "at a\n\tat b \\ \0 end"),
                    oneOf(null, "https://example.com/1"),
                    ErrorEvent.Severity.values()[random.nextInt(4)],
                    ErrorEvent.Environment.values()[random.nextInt(3)],
                    oneOf(null, "{\"k\":\"\\u0000\\n 🎈\"}"));
        }
        return new AuditEvent(oneOf("login", "log\tout"), oneOf(null, "bob"), oneOf(null, "[]"));
    }

    @SuppressWarnings("NullAway")
    private @Nullable String oneOf(@Nullable String... values) {
        return values[random.nextInt(values.length)];
    }
}

package io.micrologs.loader;

import io.micrologs.journal.AuditEvent;
import io.micrologs.journal.Checkpoint;
import io.micrologs.journal.Envelope;
import io.micrologs.journal.ErrorEvent;
import io.micrologs.journal.Event;
import io.micrologs.journal.JournalRecord;
import io.micrologs.journal.LinkClick;
import io.micrologs.journal.Pageview;
import io.micrologs.journal.Place;
import io.micrologs.journal.Polled;
import io.micrologs.journal.Refusals;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Random events of few visitors, pages and errors, so that everything that can meet does. */
final class Stream {

    private static final long HOUR_MS = 3_600_000;

    static final long START_MS = TestSchema.ms("2026-03-25T12:00:00Z");

    /** The edges of all windows, and what lies around them. */
    private static final long[] GAPS_MS = {
        0, 0, 1, 50, 1_000, 20_000, 100_000, 299_999, 300_000, 300_001, 1_800_000, -1, -5_000, -600_000, 43_200_000
    };

    private static final long[] RARE_GAPS_MS = {86_399_999, 86_400_000, 86_400_001, 90_000_000, 172_799_999};

    static final String CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
            + " Chrome/131.0.0.0 Safari/537.36";
    static final String IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15"
            + " (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1";

    private static final List<Place> PLACES =
            List.of(Place.UNKNOWN, new Place("DE", "Berlin", "Berlin"), new Place("US", null, null));

    final long journalId;
    final List<Polled> records = new ArrayList<>();
    private final Random random;
    private final int[] projects;
    private long salt;
    private long nowMs = START_MS;
    /** The loader's clock, which stands still for an hour before it follows one that was set back. */
    private long loadedMs = START_MS;

    private boolean othersAfterEachStepBack;
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
            followClock();
            if (random.nextInt(50) == 0) {
                epoch += 1 + random.nextInt(3);
            }
            if (random.nextInt(12) == 0) {
                refusals();
            } else {
                Envelope envelope = envelope();
                add(envelope, event(envelope.projectId()));
            }
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

    /** How many of the records are accepted events. */
    long events() {
        return records.stream()
                .filter(polled -> !(((Polled.Stored) polled).record().event() instanceof Refusals))
                .count();
    }

    /** The ingest's clock is set to another time. */
    void setClock(long nowMs) {
        this.nowMs = nowMs;
    }

    /** Whenever the loader's clock goes back, be it by small steps that add up, others come: {@link #newPeople}. */
    void othersAfterEachStepBack() {
        othersAfterEachStepBack = true;
    }

    private void followClock() {
        if (nowMs > loadedMs) {
            loadedMs = nowMs;
        } else if (loadedMs - nowMs > HOUR_MS) {
            loadedMs = nowMs;
            if (othersAfterEachStepBack) {
                newPeople();
            }
        }
    }

    /** From now on all of others: visitors, tokens, event ids. */
    void newPeople() {
        salt = random.nextLong();
    }

    void newEpoch() {
        epoch++;
    }

    private long pick(long[] values) {
        return values[random.nextInt(values.length)];
    }

    /** The last time that was given out. */
    long nowMs() {
        return nowMs;
    }

    /** One of those that the events come from. */
    long visitor() {
        return random.nextInt(3) == 0 ? id(5, 4) : id(2, 9);
    }

    private Envelope envelope() {
        boolean fromClient = random.nextInt(3) == 0;
        boolean cookieless = random.nextInt(4) == 0;
        long daily = id(5, 4);
        return new Envelope(
                projects[random.nextInt(projects.length)],
                fromClient ? id(1, 25) : random.nextLong(),
                fromClient,
                nowMs,
                random.nextBoolean() ? 0 : nowMs - 5,
                cookieless ? daily : id(2, 9),
                cookieless ? daily : id(3, 7),
                oneOf(null, "agent", CHROME, IPHONE),
                random.nextBoolean() ? "de" : null,
                PLACES.get(random.nextInt(PLACES.size())),
                cookieless,
                cookieless && random.nextBoolean() ? id(5, 4) : 0);
    }

    private long id(int kind, int count) {
        return (salt ^ (kind * 0x9E3779B97F4A7C15L)) + random.nextInt(count);
    }

    private void refusals() {
        int project = random.nextInt(3) == 0 ? 0 : projects[random.nextInt(projects.length)];
        Map<String, Long> counts = random.nextBoolean()
                ? Map.of("rate_limit", 1L + random.nextInt(5))
                : Map.of("rate_limit", 2L, "abcdefghijklmnopqrstuvwx", 1L);
        add(new Envelope(project, random.nextLong(), false, nowMs, 0, 0, 0, null, null), new Refusals(counts));
    }

    private Event event(int project) {
        int kind = random.nextInt(12);
        if (kind >= 10) {
            return new LinkClick(
                    TestSchema.linkId(project, 1 + random.nextInt(TestSchema.LINKS + 1)),
                    referrer(),
                    id(6, 3),
                    random.nextInt(4) == 0);
        }
        if (kind < 7) {
            return new Pageview(
                    "https://example.com/" + random.nextInt(4) + oneOf("", "?utm_source=a%20b&utm_term=x", "#top"),
                    oneOf(null, "One", "Two 🎈", ""),
                    referrer(),
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

    /** What {@link Model#category} knows. */
    private @Nullable String referrer() {
        return oneOf(
                null,
                "",
                "https://other.example/",
                "\\N\t\n",
                "https://www.google.de/",
                "https://t.co/x",
                "https://mail.google.com/",
                "https://chatgpt.com/",
                "https://www.example.com/1",
                "http://shop.example.com/");
    }

    @SuppressWarnings("NullAway")
    private @Nullable String oneOf(@Nullable String... values) {
        return values[random.nextInt(values.length)];
    }
}

package io.micrologs.loader;

import io.micrologs.journal.AuditEvent;
import io.micrologs.journal.ErrorEvent;
import io.micrologs.journal.Event;
import io.micrologs.journal.JournalRecord;
import io.micrologs.journal.LinkClick;
import io.micrologs.journal.Pageview;
import io.micrologs.journal.Polled;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Cuts the journal into batches. Single-threaded: loader thread. */
final class BatchReader {

    /**
     * Between two events of a batch. After a crash, who is in the sketches is read from the raw rows of a batch's times, and
     * a clock that was set back and forth may have left many in between.
     */
    private static final long GAP_MAX_MS = 172_800_000;

    private final LoaderConfig config;
    private final RecordSource source;
    private final InstantSource clock;
    private final EventClock eventClock;
    /** Of a replaced journal: the highest loaded sequence of each epoch; else empty. */
    private final Map<Integer, Long> loaded;

    private List<Entry> batch = new ArrayList<>();
    private long batchBytes;
    private long batchBeganMs;
    private @Nullable Entry held;
    private @Nullable String stop;
    private long skipped;

    BatchReader(
            LoaderConfig config,
            RecordSource source,
            InstantSource clock,
            EventClock eventClock,
            Map<Integer, Long> loaded) {
        this.config = config;
        this.source = source;
        this.clock = clock;
        this.eventClock = eventClock;
        this.loaded = loaded;
    }

    /** Takes what the journal has; true when the batch is to be committed, false when it may wait for more. */
    boolean fill() {
        while (stop == null && !full()) {
            Entry entry = held;
            held = null;
            if (entry == null) {
                entry = next();
            }
            if (entry == null) {
                break;
            }
            if (!batch.isEmpty() && entry.timeMs() < batch.get(batch.size() - 1).timeMs()) {
                // The clock stepped back too far to be bridged. Windows are only right over rising times.
                held = entry;
                return true;
            }
            if (!batch.isEmpty() && entry.timeMs() - batch.get(batch.size() - 1).timeMs() > GAP_MAX_MS) {
                held = entry;
                return true;
            }
            if (batch.isEmpty()) {
                batchBeganMs = clock.millis();
            }
            batch.add(entry);
            batchBytes += bytes(entry);
        }
        if (batch.isEmpty()) {
            return false;
        }
        long ageMs = clock.millis() - batchBeganMs;
        return full() || stop != null || ageMs >= config.commitIntervalMs() || ageMs < 0;
    }

    private boolean full() {
        return batch.size() >= config.batchRowsMax() || batchBytes >= config.batchBytesMax();
    }

    private @Nullable Entry next() {
        for (Polled polled = source.poll(); polled != null; polled = source.poll()) {
            if (polled instanceof Polled.TooNew tooNew) {
                stop = "the journal has a record of version " + tooNew.version() + " and kind " + tooNew.kind()
                        + " that this program does not know; upgrade the loader, it goes on from there";
                return null;
            }
            Entry entry = entry(polled);
            Long loadedSequence = loaded.get(entry.position().epoch());
            if (loadedSequence == null || entry.position().sequence() > loadedSequence) {
                return entry;
            }
            skipped++;
        }
        return null;
    }

    private Entry entry(Polled polled) {
        if (polled instanceof Polled.Stored stored) {
            JournalRecord record = stored.record();
            long timeMs = eventClock.next(record.envelope().receivedMs());
            return new Entry(polled, timeMs, source.deadReason(record.checkpoint()));
        }
        String reason = polled instanceof Polled.Damaged damaged ? damaged.reason() : "unreadable";
        return new Entry(polled, eventClock.lastMs(), reason);
    }

    /** Roughly what the texts take; the numbers are bounded by the count of rows. */
    private static long bytes(Entry entry) {
        if (entry.polled() instanceof Polled.Damaged damaged) {
            return damaged.bytes().length;
        }
        if (!(entry.polled() instanceof Polled.Stored stored)) {
            return 0;
        }
        JournalRecord record = stored.record();
        Event event = record.event();
        if (event instanceof Pageview view) {
            return length(view.url()) + length(view.title()) + length(view.referrer());
        } else if (event instanceof ErrorEvent error) {
            return length(error.message()) + length(error.stack()) + length(error.contextJson()) + length(error.url());
        } else if (event instanceof AuditEvent audit) {
            return length(audit.action()) + length(audit.actor()) + length(audit.contextJson());
        } else if (event instanceof LinkClick click) {
            return length(click.referrer());
        }
        return 0;
    }

    private static long length(@Nullable String text) {
        return text == null ? 0 : text.length();
    }

    /** Hands the batch over; the reader begins a new one. */
    List<Entry> take() {
        List<Entry> taken = batch;
        batch = new ArrayList<>();
        batchBytes = 0;
        return taken;
    }

    boolean isEmpty() {
        return batch.isEmpty() && held == null;
    }

    /** Why nothing can be read beyond what was handed over; null when reading goes on. */
    @Nullable
    String stop() {
        return stop;
    }

    /** Records passed over because they are loaded already. */
    long skipped() {
        return skipped;
    }
}

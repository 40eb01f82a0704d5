package io.micrologs.loader;

import io.micrologs.journal.Checkpoint;
import io.micrologs.journal.Polled;
import io.micrologs.journal.Resume;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;

/**
 * Which days a journal can give back, and where they begin in it. A value; found by reading from the oldest record on.
 *
 * @param before the last record before the days, null when the journal begins with them
 * @param beforeMs the time that counted for it, 0 when there is none
 */
record ReplayDays(@Nullable Checkpoint before, long beforeMs) {

    private static final int TELL_EVERY = 100_000;

    /**
     * Looks for the first record of {@code from}.
     *
     * @param last the last loaded record
     * @param alone whether all that was ever loaded came from this journal
     * @throws ToolException when the days do not lie wholly in the journal
     */
    static ReplayDays find(
            RecordSource journal,
            Checkpoint last,
            boolean alone,
            LocalDate from,
            LocalDate to,
            LocalDate today,
            ProgressListener progress) {
        if (journal.resume(last) != Resume.SAME) {
            throw new ToolException(
                    "the last loaded event is not in the journal: it was replaced, truncated or restored,"
                            + " or has no loaded events left. Nothing was changed");
        }
        journal.resume(null);
        long fromMs = from.atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli();
        EventClock clock = new EventClock(0);
        Checkpoint before = null;
        long beforeMs = 0;
        boolean first = true;
        for (Polled polled = journal.poll(); polled != null; polled = journal.poll()) {
            if (polled instanceof Polled.TooNew) {
                break;
            }
            Checkpoint position = new Entry(polled, 0, null).position();
            long timeMs = polled instanceof Polled.Stored stored
                    ? clock.next(stored.record().envelope().receivedMs())
                    : clock.lastMs();
            if (first) {
                first = false;
                boolean whole = alone && position.sequence() == 1;
                requireWhole(from, to, today, timeMs, whole);
            }
            if (position.index() > last.index() || timeMs >= fromMs) {
                return new ReplayDays(before, beforeMs);
            }
            before = position;
            beforeMs = timeMs;
            if (position.sequence() % TELL_EVERY == 0) {
                progress.at("looking for " + from, 0, 0);
            }
        }
        return new ReplayDays(before, beforeMs);
    }

    private static void requireWhole(LocalDate from, LocalDate to, LocalDate today, long oldestMs, boolean whole) {
        LocalDate oldest = Instant.ofEpochMilli(oldestMs).atZone(ZoneOffset.UTC).toLocalDate();
        LocalDate firstDay = whole ? oldest : oldest.plusDays(1);
        if (from.isBefore(firstDay) || to.isAfter(today)) {
            LocalDate day = from.isBefore(firstDay) ? from : to;
            String reason = day.isAfter(today)
                    ? " has not begun"
                    : " is not wholly in the journal, whose oldest event is of " + Instant.ofEpochMilli(oldestMs)
                            + " (journal.retain)";
            throw new ToolException(day + reason + ". "
                    + (firstDay.isAfter(today)
                            ? "No day can be replayed yet"
                            : "Days from " + firstDay + " to " + today + " can be replayed")
                    + "; nothing was changed");
        }
    }
}

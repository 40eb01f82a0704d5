package io.micrologs.loader;

import io.micrologs.journal.JournalException;
import java.sql.SQLException;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A time in which nothing can be loaded: told when it begins, once a minute, and when it is over. What comes and goes in
 * between is counted and not told. Written by the loader thread, read by any.
 */
final class Outage {

    private static final Logger LOG = LoggerFactory.getLogger(Outage.class);
    private static final long LOG_INTERVAL_MS = 60_000;
    /** Above the time between two attempts at a damaged place. */
    private static final long JOURNAL_QUIET_MS = 30_000;

    private final InstantSource clock;
    private volatile @Nullable Trouble trouble;
    private long quietUntilMs;
    private long failures;
    private long untold;
    private boolean told;

    private record Trouble(String message, boolean ofDatabase, boolean ofJournal, long beganMs, long lastMs) {}

    Outage(InstantSource clock) {
        this.clock = clock;
    }

    void failed(String what, Throwable failure) {
        long nowMs = clock.millis();
        boolean ofJournal = failure instanceof JournalException;
        Trouble before = current();
        if (before != null && before.ofJournal != ofJournal) {
            before = null;
        }
        if (before == null) {
            failures = 0;
            told = false;
        }
        failures++;
        untold++;
        long beganMs = before == null ? nowMs : before.beganMs;
        String message = what + ", trying again: " + DatabaseAdvice.of(failure);
        trouble = new Trouble(message, failure instanceof SQLException, ofJournal, beganMs, nowMs);
        if (nowMs >= quietUntilMs || nowMs < quietUntilMs - LOG_INTERVAL_MS) {
            LOG.warn("{} ({} failures; the last one: {})", message, untold, SqlFailures.brief(failure));
            quietUntilMs = nowMs + LOG_INTERVAL_MS;
            untold = 0;
            told = true;
        }
    }

    void over() {
        Trouble before = trouble;
        if (before != null) {
            trouble = null;
            if (told) {
                LOG.info(
                        "Loading again after {} failures in {} s", failures, (clock.millis() - before.beganMs) / 1_000);
            }
        }
    }

    /** The database can be asked; what is behind a damaged place of the journal can be read no better for that. */
    void databaseAnswers() {
        Trouble before = trouble;
        if (before != null && !before.ofJournal) {
            over();
        }
    }

    /** A file that looked damaged while it was made is not met again. */
    private @Nullable Trouble current() {
        Trouble now = trouble;
        return now != null && now.ofJournal && clock.millis() - now.lastMs > JOURNAL_QUIET_MS ? null : now;
    }

    /** Null when there is none. */
    @Nullable
    String message() {
        Trouble now = current();
        return now == null ? null : now.message;
    }

    /** Whether the journal could not be read for so long: what is damaged stays so until somebody salvages it. */
    boolean ofJournal(long forMs) {
        Trouble now = current();
        return now != null && now.ofJournal && clock.millis() - now.beganMs >= forMs;
    }

    /** Null unless the database has been failing for so long. */
    @Nullable
    String databaseMessage(long forMs) {
        Trouble now = trouble;
        return now != null && now.ofDatabase && clock.millis() - now.beganMs >= forMs ? now.message : null;
    }
}

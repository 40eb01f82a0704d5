package io.micrologs.loader;

import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Work that failed, and is tried again after a wait that doubles each time; told, once a minute, when that lasts: of a database
 * that is away for a moment others tell. Single-threaded: loader thread.
 */
final class Setback {

    /** How long a failure may last before it is told: what passes by itself has passed then. */
    static final long PATIENCE_MS = 60_000;

    private static final long LOG_INTERVAL_MS = 60_000;
    private static final Logger LOG = LoggerFactory.getLogger(Setback.class);

    private final String what;
    private final InstantSource clock;
    private final long firstMs;
    private final long maxMs;
    private long waitMs;
    private long triedMs;
    private long sinceMs;
    private long loggedMs;
    private boolean broken;
    private @Nullable String reason;

    /**
     * @param what is not done, in the plural
     * @param maxMs the longest wait
     */
    Setback(String what, InstantSource clock, long firstMs, long maxMs) {
        this.what = what;
        this.clock = clock;
        this.firstMs = Math.min(firstMs, maxMs);
        this.maxMs = maxMs;
    }

    void failed(Throwable failure) {
        note(failure);
        String lasting = message();
        if (lasting != null && (triedMs - loggedMs >= LOG_INTERVAL_MS || triedMs < loggedMs)) {
            loggedMs = triedMs;
            LOG.warn("The {}", lasting);
        }
    }

    private void note(Throwable failure) {
        long nowMs = clock.millis();
        sinceMs = reason == null ? nowMs : sinceMs;
        waitMs = reason == null ? firstMs : Math.min(maxMs, 2 * waitMs);
        triedMs = nowMs;
        reason = SqlFailures.brief(failure);
    }

    /** By a fault of the program, which does not pass by itself; told by who met it. */
    void broke(RuntimeException failure) {
        note(failure);
        broken = true;
    }

    boolean isBroken() {
        return broken;
    }

    void over() {
        reason = null;
        broken = false;
    }

    /** Also when the clock has stepped back. */
    boolean mayTry() {
        long sinceTryMs = clock.millis() - triedMs;
        return reason == null || sinceTryMs >= waitMs || sinceTryMs < 0;
    }

    /** For an operator; null unless it has lasted. */
    @Nullable
    String message() {
        return reason == null || (!broken && clock.millis() - sinceMs < PATIENCE_MS)
                ? null
                : what + " are behind since " + Instant.ofEpochMilli(sinceMs).truncatedTo(ChronoUnit.SECONDS)
                        + ", trying again: " + reason;
    }
}

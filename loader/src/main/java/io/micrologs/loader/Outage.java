package io.micrologs.loader;

import java.time.InstantSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A time in which nothing can be loaded: told when it begins, once a minute, and when it is over. Written by the loader
 * thread, read by any.
 */
final class Outage {

    private static final Logger LOG = LoggerFactory.getLogger(Outage.class);
    private static final long LOG_INTERVAL_MS = 60_000;

    private final InstantSource clock;
    private volatile @Nullable String message;
    private long beganMs;
    private long loggedMs;
    private long failures;

    Outage(InstantSource clock) {
        this.clock = clock;
    }

    void failed(String what, Throwable failure) {
        long nowMs = clock.millis();
        if (message == null) {
            beganMs = nowMs;
            failures = 0;
            loggedMs = nowMs - LOG_INTERVAL_MS;
        }
        failures++;
        message = what + ", trying again: " + SqlFailures.brief(failure);
        if (nowMs - loggedMs >= LOG_INTERVAL_MS) {
            loggedMs = nowMs;
            LOG.warn("{} ({} failures in {} s)", message, failures, (nowMs - beganMs) / 1_000);
        }
    }

    void over() {
        if (message != null) {
            message = null;
            LOG.info("Loading again after {} failures in {} s", failures, (clock.millis() - beganMs) / 1_000);
        }
    }

    /** Null when there is none. */
    @Nullable
    String message() {
        return message;
    }
}

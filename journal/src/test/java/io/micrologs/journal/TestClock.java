package io.micrologs.journal;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLong;

/** A clock that stands where it was set. */
final class TestClock implements InstantSource {
    private final AtomicLong ms =
            new AtomicLong(Instant.parse("2026-03-01T12:00:00Z").toEpochMilli());

    @Override
    public Instant instant() {
        return Instant.ofEpochMilli(ms.get());
    }

    void move(Duration by) {
        ms.addAndGet(by.toMillis());
    }
}

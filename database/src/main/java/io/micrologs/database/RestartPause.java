package io.micrologs.database;

import java.time.Duration;

/**
 * How long a server that died stays down before it is started again: 200 ms, doubled up to 5 s while it does not even
 * answer for 5 s. Single-threaded: the supervisor.
 *
 * <p>A minute and 30 s stood here before. Then a server that was killed every few seconds, each time after it had
 * recovered and loaded what waited, was down longer each time, and no start in a row is dear enough to wait for that long.
 */
final class RestartPause {
    static final Duration FIRST = Duration.ofMillis(200);
    static final Duration MAX = Duration.ofSeconds(5);
    static final Duration STEADY = Duration.ofSeconds(5);

    private Duration next = FIRST;

    /** @param answered how long it had answered until it died */
    Duration afterDeath(Duration answered) {
        if (answered.compareTo(STEADY) >= 0) {
            next = FIRST;
        }
        return afterFailedStart();
    }

    Duration afterFailedStart() {
        Duration pause = next;
        Duration doubled = next.multipliedBy(2);
        next = doubled.compareTo(MAX) > 0 ? MAX : doubled;
        return pause;
    }
}

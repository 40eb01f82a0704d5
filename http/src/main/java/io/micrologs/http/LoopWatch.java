package io.micrologs.http;

import io.netty.channel.EventLoop;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One per event loop: looks at its connections' deadlines in turn, so that no request has to arm a timer, and keeps
 * the time for them. Single-threaded: that event loop.
 */
final class LoopWatch {
    private static final Logger log = LoggerFactory.getLogger(LoopWatch.class);
    private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern(
                    "EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    private final Set<Connection> connections = new HashSet<>();
    private long coarseNanos = System.nanoTime();
    private long dateSecond = -1;
    private byte[] dateLine = new byte[0];

    /** Looks often enough to be at most a tenth of the shortest deadline late, but at least once a second. */
    static LoopWatch start(EventLoop loop, Duration shortestDeadline) {
        LoopWatch watch = new LoopWatch();
        watch.refreshDate();
        long periodMs = Math.max(5, Math.min(1_000, shortestDeadline.toMillis() / 10));
        loop.scheduleAtFixedRate(watch::tick, periodMs, periodMs, TimeUnit.MILLISECONDS);
        return watch;
    }

    void add(Connection connection) {
        connections.add(connection);
    }

    void remove(Connection connection) {
        connections.remove(connection);
    }

    /** {@link System#nanoTime} as of the last look; good enough for idle connections, and free. */
    long coarseNanos() {
        return coarseNanos;
    }

    /** The Date header with its line end. */
    byte[] dateLine() {
        return dateLine;
    }

    /** Every connection ends after what it is busy with. */
    void finish() {
        each(Set.copyOf(connections), Connection::finish);
    }

    /** Netty would never call a periodic task again that threw anything. */
    private void tick() {
        try {
            look();
        } catch (Throwable e) {
            FatalErrors.report(e);
            log.error("looking for late connections failed: {}", e.toString());
        }
    }

    private void look() {
        coarseNanos = System.nanoTime();
        refreshDate();
        Set<Connection> late = null;
        for (Connection connection : connections) {
            if (connection.isPast(coarseNanos)) {
                if (late == null) {
                    late = new HashSet<>();
                }
                late.add(connection);
            } else {
                connection.drainOn();
            }
        }
        if (late != null) {
            each(late, Connection::expire);
        }
    }

    /** One connection's failure must not end the watch over the others, as an exception in a periodic task would. */
    private static void each(Set<Connection> connections, Consumer<Connection> action) {
        for (Connection connection : connections) {
            try {
                action.accept(connection);
            } catch (RuntimeException e) {
                connection.abort();
            }
        }
    }

    private void refreshDate() {
        Instant now = Instant.now();
        if (now.getEpochSecond() != dateSecond) {
            dateSecond = now.getEpochSecond();
            dateLine = ("date: " + DATE.format(now) + "\r\n").getBytes(StandardCharsets.US_ASCII);
        }
    }
}

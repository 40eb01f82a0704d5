package io.micrologs.query;

import io.micrologs.http.Reply;
import io.micrologs.http.WorkerEndpoint;
import java.sql.SQLException;
import java.sql.SQLRecoverableException;
import java.sql.SQLTimeoutException;
import java.sql.SQLTransientException;
import java.time.InstantSource;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns a database that does not answer, or takes no changes, into 503. Any thread. What the database refuses for any other reason is a defect of
 * ours and stays an exception.
 */
final class Outage {
    private static final Logger LOG = LoggerFactory.getLogger(Outage.class);
    private static final long LOG_INTERVAL_MS = 60_000;

    private static final Reply UNREACHABLE = Json.failure(
                    503,
                    "The database does not answer right now. Events are still accepted; try again in a few seconds, and see"
                            + " /api/health.php if this stays")
            .header("retry-after", "5");
    private static final Reply UNCHANGEABLE = Json.failure(
                    503,
                    "The database takes no changes right now. Events are still accepted; try again in a few seconds, and"
                            + " see /api/health.php if this stays")
            .header("retry-after", "5");
    private static final Reply TOO_SLOW =
            Json.failure(503, "This took too long. Ask for a shorter range").header("retry-after", "30");

    /** A lock that does not come; read-only, in three ways; a full disk, in four. */
    private static final Set<Integer> REFUSED_CHANGES = Set.of(1205, 1290, 1836, 1792, 1114, 1021, 1026, 3);

    private final InstantSource clock;
    private final AtomicLong quietUntilMs = new AtomicLong(Long.MIN_VALUE);
    private final AtomicLong unlogged = new AtomicLong();

    Outage(InstantSource clock) {
        this.clock = clock;
    }

    WorkerEndpoint guard(WorkerEndpoint endpoint) {
        return request -> {
            try {
                return endpoint.handle(request);
            } catch (SQLException e) {
                Reply reply = reply(e);
                if (reply == null) {
                    throw e;
                }
                log(e);
                return reply;
            }
        };
    }

    private static @Nullable Reply reply(SQLException e) {
        if (isOutage(e)) {
            return UNREACHABLE;
        }
        if (REFUSED_CHANGES.contains(e.getErrorCode())) {
            return UNCHANGEABLE;
        }
        return e instanceof SQLTimeoutException ? TOO_SLOW : null;
    }

    /** The pool's timeout, a lost or refused connection, a server that shuts down, tables that do not exist yet. */
    private static boolean isOutage(SQLException e) {
        if (e instanceof SQLTimeoutException) {
            return false;
        }
        String state = e.getSQLState() == null ? "" : e.getSQLState();
        return e instanceof SQLTransientException
                || e instanceof SQLRecoverableException
                || state.startsWith("08")
                || state.startsWith("28")
                || state.startsWith("40")
                || state.equals("70100")
                || state.equals("42S02")
                || state.equals("3D000")
                || e.getErrorCode() == 1053
                || e.getErrorCode() == 1927;
    }

    private void log(SQLException e) {
        long now = clock.millis();
        long quietUntil = quietUntilMs.get();
        if (now < quietUntil || !quietUntilMs.compareAndSet(quietUntil, now + LOG_INTERVAL_MS)) {
            unlogged.incrementAndGet();
            return;
        }
        Throwable cause = e.getCause() == null ? e : e.getCause();
        LOG.warn(
                "the database does not answer questions: {} ({} earlier failures not logged)",
                String.valueOf(cause.getMessage()).lines().findFirst().orElse(""),
                unlogged.getAndSet(0));
    }
}

package io.micrologs.server;

import io.micrologs.database.DatabaseException;
import io.micrologs.loader.DatabaseAdvice;
import io.micrologs.loader.Loader;
import io.micrologs.loader.Schema;
import io.micrologs.loader.SchemaTooNewException;
import io.micrologs.query.ProjectStore;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the database up, then asks it four times a second whether projects changed in another process. Everything that
 * has to wait for the database at start waits here, so that accepting events does not. One thread of its own.
 */
final class ControlThread implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(ControlThread.class);
    private static final long POLL_MS = 250;
    /** A database that is back should be used at once, and a try a second hurts nobody. */
    private static final long RETRY_MS_MAX = 2_000;

    private static final long LOG_EVERY_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final Server server;
    private final Database database;
    private final Health health;
    private final ProjectStore projects;
    private final Thread thread = new Thread(this::run, "control");
    private final CountDownLatch closing = new CountDownLatch(1);
    private final CountDownLatch ready = new CountDownLatch(1);

    private volatile @Nullable OperatorException failure;
    private boolean started;
    private long failuresInARow;
    private boolean logged;
    private boolean toldOfThis;
    private long loggedNanos;

    ControlThread(Server server, Database database, Health health, ProjectStore projects) {
        this.server = server;
        this.health = health;
        this.database = database;
        this.projects = projects;
    }

    void start() {
        thread.start();
    }

    /** Returns when the database, its schema and a project are there; throws what only the operator can mend. */
    void awaitReady() throws InterruptedException {
        ready.await();
        OperatorException why = failure;
        if (why != null) {
            throw why;
        }
    }

    private void run() {
        try {
            long waitMs = 0;
            while (!closing.await(waitMs, TimeUnit.MILLISECONDS)) {
                waitMs = step();
            }
        } catch (InterruptedException e) {
            // close() does that.
        }
    }

    /** One attempt; how long to wait before the next, in milliseconds. */
    private long step() {
        health.seeDisk();
        try {
            if (!started) {
                database.start();
                boolean loads = server.plan().has(Server.Role.LOAD);
                if (loads) {
                    Schema.migrate(database.started());
                }
                String mismatch = server.otherInstallation(database.started());
                if (mismatch != null) {
                    return refused(mismatch);
                }
                database.admit();
                if (loads) {
                    server.startLoader();
                }
                started = true;
            }
            database.asked();
            projects.refreshIfChanged();
            if (ready.getCount() > 0) {
                if (server.plan().everything()) {
                    server.allowDomains(projects);
                }
                ready.countDown();
            }
            recovered();
            return POLL_MS;
        } catch (OperatorException e) {
            fatal(e);
        } catch (SchemaTooNewException e) {
            fatal(new OperatorException(String.valueOf(e.getMessage()), e));
        } catch (DatabaseException e) {
            if (server.tagProject() == null) {
                fatal(new OperatorException(String.valueOf(e.getMessage()), e));
            } else {
                return failed(String.valueOf(e.getMessage()));
            }
        } catch (SQLException | RuntimeException e) {
            // Flyway wraps what the database said in exceptions of its own.
            OperatorException refusal = Database.refusal(e);
            if (refusal != null && ready.getCount() > 0) {
                fatal(refusal);
            } else {
                log.debug("an attempt failed", e);
                return failed(DatabaseAdvice.of(e));
            }
        }
        return POLL_MS;
    }

    /** Asked again and again: the operator may put the right one in its place. */
    private long refused(String mismatch) {
        if (server.tagProject() == null) {
            throw new OperatorException(mismatch);
        }
        if (!database.isRefused()) {
            log.error("{}", mismatch);
        }
        database.refused(mismatch);
        return RETRY_MS_MAX;
    }

    private void fatal(OperatorException e) {
        failure = e;
        closing.countDown();
        ready.countDown();
        server.fail(e);
    }

    private long failed(String reason) {
        failuresInARow++;
        database.failed(reason);
        long now = System.nanoTime();
        boolean quiet = logged && (now - loggedNanos < LOG_EVERY_NANOS || loaderTells());
        if (!quiet) {
            logged = true;
            loggedNanos = now;
            toldOfThis = true;
            log.warn(
                    "the database does not answer; events wait in the journal meanwhile ({} attempts): {}",
                    failuresInARow,
                    reason);
        }
        long backoff = Math.min(RETRY_MS_MAX, POLL_MS << Math.min(failuresInARow, 5));
        return backoff / 2 + ThreadLocalRandom.current().nextLong(backoff / 2);
    }

    /** One line a minute is enough. */
    private boolean loaderTells() {
        Loader loader = server.loader();
        return toldOfThis && loader != null && loader.databaseTrouble(Duration.ZERO) != null;
    }

    private void recovered() {
        database.answered();
        if (toldOfThis) {
            log.info("the database answers again after {} attempts", failuresInARow);
        }
        toldOfThis = false;
        failuresInARow = 0;
    }

    @Override
    public void close() {
        closing.countDown();
        // A database that takes minutes to recover is not waited for.
        thread.interrupt();
        try {
            thread.join(TimeUnit.SECONDS.toMillis(10));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

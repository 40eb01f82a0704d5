package io.micrologs.server;

import io.micrologs.journal.FatalErrors;
import io.micrologs.query.QueryApi;
import java.sql.SQLException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the ledger once a minute whether it balances, so that it is counted from the start on, and a line in the log says
 * when it does not. A thread of its own.
 */
final class LedgerWatch implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(LedgerWatch.class);
    private static final int FIRST_SECONDS = 1;
    private static final int EVERY_SECONDS = 60;

    private final QueryApi query;
    private final ScheduledExecutorService thread =
            Executors.newSingleThreadScheduledExecutor(task -> new Thread(task, "ledger-watch"));
    private boolean balanced = true;

    LedgerWatch(QueryApi query) {
        this.query = query;
        thread.scheduleWithFixedDelay(this::look, FIRST_SECONDS, EVERY_SECONDS, TimeUnit.SECONDS);
    }

    private void look() {
        try {
            boolean now = !Boolean.FALSE.equals(query.ledgerBalances());
            if (!now && balanced) {
                log.error("the ledger does not balance: an accepted event has no outcome, or more than one;"
                        + " GET /api/v1/ledger with the admin key says of which project");
            }
            balanced = now;
        } catch (SQLException | RuntimeException e) {
            // The control thread says that the database is away.
            log.debug("the ledger is not known now", e);
        } catch (Error e) {
            // The executor would keep it to itself.
            FatalErrors.report(e);
            throw e;
        }
    }

    @Override
    public void close() {
        thread.shutdownNow();
        try {
            thread.awaitTermination(5, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

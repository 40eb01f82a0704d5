package io.micrologs.bench;

import org.jspecify.annotations.Nullable;

/**
 * A leg against the server, its events' way into the table, and a leg against the bare responder.
 *
 * @param lagAtEnd events not yet loaded when the leg against the server ended; -1 when not known
 * @param drainedSeconds from the leg's start until all were loaded; 0 when not waited for
 * @param serverCpuDrained seconds of the server's process from the leg's start until then
 * @param databaseCpuDrained the same of the processes that it started
 * @param steady a leg against the server at a part of its rate; null for none
 * @param batches a leg of batches against the server; null for none
 */
record Round(
        Measured server,
        long lagAtEnd,
        double drainedSeconds,
        double serverCpuDrained,
        double databaseCpuDrained,
        @Nullable Measured steady,
        @Nullable Measured batches,
        Measured bare) {

    double ratio() {
        return server.leg().rate() / bare.leg().rate();
    }

    /** Events a second into the table, from the first request until the last is loaded. */
    double drainedRate() {
        return drainedSeconds > 0 ? server.leg().accepted() / drainedSeconds : 0;
    }

    /** Events a second into the table once the load has ended, when there was a backlog worth timing. */
    double backlogRate() {
        double alone = drainedSeconds - server.leg().nanos() / 1e9;
        return lagAtEnd > 0 && alone > 0.5 ? lagAtEnd / alone : 0;
    }
}

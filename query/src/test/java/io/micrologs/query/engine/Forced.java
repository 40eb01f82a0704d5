package io.micrologs.query.engine;

import java.sql.SQLException;
import java.util.concurrent.Semaphore;

/** Asks the engine for what it would not do by itself. */
public final class Forced {
    private Forced() {}

    /** To answer from raw rows. */
    public static Answer raw(Engine engine, Query query) throws SQLException, RefusedException {
        return engine.answerFromRawRows(query);
    }

    /** To hold and to read less than usual. */
    public static Engine limited(Rows rows, int project, Days days, int rowsMax, long rawRowsMax) throws SQLException {
        Engine.Limits limits = new Engine.Limits(rowsMax, rawRowsMax, rawRowsMax, rawRowsMax);
        return Engine.of(rows, project, days, new Semaphore(0), limits);
    }

    public static RefusedException refusedForNow(String message) {
        return RefusedException.forNow(message);
    }

    /** To take every raw row for one too many to be read without a permit. */
    public static Engine slow(Rows rows, int project, Days days, Semaphore slow) throws SQLException {
        return Engine.of(rows, project, days, slow, new Engine.Limits(100, 1_000_000, 1_000_000, 0));
    }
}

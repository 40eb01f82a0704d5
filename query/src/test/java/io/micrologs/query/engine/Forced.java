package io.micrologs.query.engine;

import java.sql.SQLException;

/** Asks the engine for what it would not do by itself. */
public final class Forced {
    private Forced() {}

    /** To answer from raw rows. */
    public static Answer raw(Engine engine, Query query) throws SQLException, RefusedException {
        return engine.answer(query, Engine.RAW_ROWS);
    }

    /** To hold and to read less than usual. */
    public static Engine limited(Rows rows, int project, Days days, int rowsMax, long rawRowsMax) throws SQLException {
        return Engine.of(rows, project, days, new Engine.Limits(rowsMax, rawRowsMax, rawRowsMax));
    }
}

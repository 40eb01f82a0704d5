package io.micrologs.query.engine;

import java.sql.SQLException;

/** Asks the engine to answer from where it would not by itself. */
public final class Forced {
    private Forced() {}

    public static Answer raw(Engine engine, Query query) throws SQLException, RefusedException {
        return engine.answer(query, Engine.RAW_ROWS);
    }
}

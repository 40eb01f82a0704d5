package io.micrologs.query.engine;

import java.sql.ResultSet;
import java.sql.SQLException;

/** The statements of one transaction, which an answer is read with: all its figures are of the same moment. */
public interface Rows {

    /** Reads the columns of one row; can run no statement meanwhile. */
    @FunctionalInterface
    interface Reader {
        void read(ResultSet row) throws SQLException;
    }

    /** Row by row, so that there may be many. */
    void each(String text, Reader reader, Object... values) throws SQLException;
}

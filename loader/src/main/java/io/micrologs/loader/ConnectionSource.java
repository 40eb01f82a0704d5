package io.micrologs.loader;

import java.sql.Connection;
import java.sql.SQLException;

/** Where the loader's one connection comes from; the seam at which tests inject faults. */
@FunctionalInterface
public interface ConnectionSource {

    /** Opens a new connection that the caller closes; it must allow LOAD DATA LOCAL for the fast way of writing. */
    Connection open() throws SQLException;
}

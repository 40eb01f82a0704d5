package io.micrologs.loader;

import java.sql.SQLException;

/** LOAD DATA did not take every row as it was: the batch has to be written by INSERT, which says what is wrong. */
final class LocalInfileException extends SQLException {

    private static final long serialVersionUID = 1L;

    LocalInfileException(String message) {
        super(message);
    }
}

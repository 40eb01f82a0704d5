package io.micrologs.database;

import org.jspecify.annotations.Nullable;

/** The embedded database cannot run here; the message is one line for the operator and says what to do about it. */
public final class DatabaseException extends RuntimeException {
    public DatabaseException(String message) {
        super(message);
    }

    public DatabaseException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}

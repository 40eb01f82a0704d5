package io.micrologs.loader;

/** The database was migrated by a newer program; its message names both versions. */
public final class SchemaTooNewException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public SchemaTooNewException(String message) {
        super(message);
    }
}

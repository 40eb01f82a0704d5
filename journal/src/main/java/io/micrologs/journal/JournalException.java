package io.micrologs.journal;

/** The journal cannot do what was asked of it. The message is one line, written for the person who operates the server. */
public final class JournalException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public JournalException(String message) {
        super(message);
    }

    public JournalException(String message, Throwable cause) {
        super(message, cause);
    }
}

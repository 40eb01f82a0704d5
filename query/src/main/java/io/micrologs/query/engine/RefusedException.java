package io.micrologs.query.engine;

/** A question that has no answer; the message is for whoever asked. */
public final class RefusedException extends Exception {
    private static final long serialVersionUID = 1;

    public RefusedException(String message) {
        super(message, null, false, false);
    }

    /** Never null. */
    public String reason() {
        return String.valueOf(getMessage());
    }
}

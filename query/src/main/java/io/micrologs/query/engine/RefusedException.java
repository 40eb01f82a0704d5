package io.micrologs.query.engine;

/** A question that has no answer; the message is for whoever asked. */
public final class RefusedException extends Exception {
    private static final long serialVersionUID = 1;

    private final boolean forNow;

    public RefusedException(String message) {
        this(message, false);
    }

    private RefusedException(String message, boolean forNow) {
        super(message, null, false, false);
        this.forNow = forNow;
    }

    /** Of one that has an answer in a while. */
    static RefusedException forNow(String message) {
        return new RefusedException(message, true);
    }

    public boolean isForNow() {
        return forNow;
    }

    /** Never null. */
    public String reason() {
        return String.valueOf(getMessage());
    }
}

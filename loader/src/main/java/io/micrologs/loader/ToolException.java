package io.micrologs.loader;

/** An operator's tool cannot do what it was asked for; the message is a sentence that says why and what can be done. */
public final class ToolException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public ToolException(String message) {
        super(message);
    }

    public ToolException(String message, Throwable cause) {
        super(message, cause);
    }
}

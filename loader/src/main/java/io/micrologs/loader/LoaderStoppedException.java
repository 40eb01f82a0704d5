package io.micrologs.loader;

/** An invariant does not hold, so that loading on would do harm; the message is for the operator. */
final class LoaderStoppedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    LoaderStoppedException(String message) {
        super(message);
    }
}

package io.micrologs.journal;

import java.io.IOException;

/**
 * The disk did not take what it was made to take. Not to be tried again: after a failed force, kernels call the pages
 * clean, and the next one succeeds without having written them.
 */
final class ForceFailedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ForceFailedException(String message, IOException cause) {
        super(message, cause);
    }
}

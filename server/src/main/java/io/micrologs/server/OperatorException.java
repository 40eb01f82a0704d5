package io.micrologs.server;

/** Something that whoever runs the server has to mend. Its message is one line that says what is wrong and what to do. */
final class OperatorException extends RuntimeException {

    OperatorException(String message) {
        super(message);
    }

    OperatorException(String message, Throwable cause) {
        super(message, cause);
    }
}

package io.micrologs.http;

/** The server cannot start; the message is one line for the operator and says what to do. */
public final class HttpException extends RuntimeException {
    public HttpException(String message) {
        super(message);
    }

    public HttpException(String message, Throwable cause) {
        super(message, cause);
    }
}

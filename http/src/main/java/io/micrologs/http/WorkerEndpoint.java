package io.micrologs.http;

/**
 * Answers on a thread of the bounded worker pool, where it may block. An exception is answered 500
 * {@code {"success":false,"message":"Internal error"}} and logged.
 */
@FunctionalInterface
public interface WorkerEndpoint {
    Reply handle(Request request) throws Exception;
}

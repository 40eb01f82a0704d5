package io.micrologs.http;

/** Answers on the event loop: it must not block, and must call {@link Exchange#respond} exactly once, now or later. */
@FunctionalInterface
public interface LoopEndpoint {
    void handle(Exchange exchange);
}

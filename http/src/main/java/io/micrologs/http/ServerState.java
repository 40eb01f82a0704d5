package io.micrologs.http;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What all connections of one server share.
 *
 * @param closing turns true once, when every answer from then on is the last of its connection
 */
record ServerState(
        Routes routes,
        Gate gate,
        ForwardingWatch forwarding,
        Workers workers,
        ConnectionCaps caps,
        TrustedProxies proxies,
        int bodyBytesMax,
        long headerNanos,
        long bodyNanos,
        long idleNanos,
        AtomicBoolean closing) {}

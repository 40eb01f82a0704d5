package io.micrologs.http;

/** What all connections of one server share. Immutable. */
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
        long idleNanos) {}

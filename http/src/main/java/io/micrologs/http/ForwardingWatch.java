package io.micrologs.http;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import java.net.InetAddress;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Remembers for an hour that a peer which is not trusted sent what a proxy sends: then all clients behind it count as one.
 * Only a peer in the machine's own network is named, because no visitor's address may show up in health, and a visitor who
 * makes the header up must not hide the proxy. Any thread.
 */
final class ForwardingWatch {
    private static final long KEEP_NANOS = TimeUnit.HOURS.toNanos(1);
    private static final long AGAIN_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final AsciiString[] HEADERS = {
        AsciiString.cached("x-forwarded-for"), AsciiString.cached("forwarded"), AsciiString.cached("x-real-ip")
    };

    private record Seen(String address, long nanos) {}

    private volatile @Nullable Seen near;
    private volatile @Nullable Seen far;

    /** Event loops; {@code nowNanos} may be a second old. */
    void look(Peer peer, HttpHeaders headers, long nowNanos) {
        if (peer.trusted()) {
            return;
        }
        for (AsciiString header : HEADERS) {
            if (headers.contains(header)) {
                note(peer.inet(), nowNanos);
                return;
            }
        }
    }

    private void note(InetAddress peer, long nowNanos) {
        boolean own = isOwnNetwork(peer);
        Seen last = own ? near : far;
        if (last == null || nowNanos - last.nanos() > AGAIN_NANOS) {
            if (own) {
                near = new Seen(withoutScope(peer.getHostAddress()), nowNanos);
            } else {
                far = new Seen("", nowNanos);
            }
        }
    }

    /** The last such peer's address if it is in the machine's own network, else ""; empty when there was none lately. */
    Optional<String> untrusted(long nowNanos) {
        for (Seen seen : new @Nullable Seen[] {near, far}) {
            if (seen != null && nowNanos - seen.nanos() < KEEP_NANOS) {
                return Optional.of(seen.address());
            }
        }
        return Optional.empty();
    }

    private static boolean isOwnNetwork(InetAddress peer) {
        byte[] bytes = peer.getAddress();
        boolean uniqueLocal = bytes.length == 16 && (bytes[0] & 0xfe) == 0xfc;
        // 100.64.0.0/10, which overlay networks and some container hosts give to their machines.
        boolean shared = bytes.length == 4 && bytes[0] == 100 && (bytes[1] & 0xc0) == 0x40;
        return peer.isLoopbackAddress()
                || peer.isLinkLocalAddress()
                || peer.isSiteLocalAddress()
                || uniqueLocal
                || shared;
    }

    private static String withoutScope(String address) {
        int scope = address.indexOf('%');
        return scope < 0 ? address : address.substring(0, scope);
    }
}

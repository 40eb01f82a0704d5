package io.micrologs.http;

import java.net.InetAddress;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Counts open connections, in all and per peer. Any thread. */
final class ConnectionCaps {
    /** Refused ones that may have their answer; one more is closed without, so that a flood takes no more descriptors. */
    static final int LINGERING_MAX = 256;

    private final int max;
    private final int perAddressMax;
    private final AtomicInteger open = new AtomicInteger();
    private final AtomicInteger lingering = new AtomicInteger();
    private final ConcurrentHashMap<InetAddress, Integer> byAddress = new ConcurrentHashMap<>();

    ConnectionCaps(int max, int perAddressMax) {
        this.max = max;
        this.perAddressMax = perAddressMax;
    }

    /** Whether there is room; if so the connection is counted until {@link #leave} with the same arguments. */
    boolean enter(InetAddress peer, boolean exempt) {
        if (open.incrementAndGet() > max) {
            open.decrementAndGet();
            return false;
        }
        if (!exempt && byAddress.merge(peer, 1, Integer::sum) > perAddressMax) {
            leave(peer, false);
            return false;
        }
        return true;
    }

    void leave(InetAddress peer, boolean exempt) {
        if (!exempt) {
            byAddress.computeIfPresent(peer, (address, count) -> count == 1 ? null : count - 1);
        }
        if (open.decrementAndGet() == 0) {
            synchronized (this) {
                notifyAll();
            }
        }
    }

    /** Whether one that was refused may stay to read why; if so until {@link #endLinger}. */
    boolean linger() {
        if (lingering.incrementAndGet() > LINGERING_MAX) {
            lingering.decrementAndGet();
            return false;
        }
        return true;
    }

    void endLinger() {
        lingering.decrementAndGet();
    }

    /** Waits until nobody is connected, or for {@code limit}. */
    synchronized void awaitNone(Duration limit) throws InterruptedException {
        long end = System.nanoTime() + limit.toNanos();
        while (open.get() > 0) {
            long leftMs = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
            if (leftMs <= 0) {
                return;
            }
            wait(leftMs);
        }
    }
}

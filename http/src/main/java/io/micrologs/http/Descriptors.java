package io.micrologs.http;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/**
 * How many connections fit into the files that this process may open. Without it, a full house of clients could keep the
 * journal from opening its next file.
 */
final class Descriptors {
    /** For the journal, the database, jars, logs, and those that are refused; of a small limit, half. */
    static final int RESERVED = 768 + ConnectionCaps.LINGERING_MAX;

    private Descriptors() {}

    /** What the process may open; {@link Long#MAX_VALUE} where nobody knows. */
    static long max() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
                ? unix.getMaxFileDescriptorCount()
                : Long.MAX_VALUE;
    }

    /** At least 1, and {@code wanted} if there is room for it. */
    static int connectionsMax(int wanted, long descriptorsMax) {
        long room = descriptorsMax - Math.min(RESERVED, descriptorsMax / 2);
        return (int) Math.max(1, Math.min(wanted, room));
    }
}

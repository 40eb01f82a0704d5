package io.micrologs.journal;

import java.util.Locale;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Says when the disk is too full to accept another event. Chronicle reserves nothing, and on JDK 17 an append to a full
 * disk may even return normally with a torn record, so nothing may be accepted long before that. Single-threaded: whoever holds the keeper's monitor.
 */
final class DiskGuard {
    /** Refusing ends at this part more than where it begins, so that it does not flicker. */
    private static final int HYSTERESIS_PART = 10;

    /** Loaded cycles make room from this part of the cap on, and while free space is less than twice its floor. */
    private static final double SHORT_PART = 0.9;

    private static final double BYTES_PER_GIB = 1L << 30;

    private final long freeBytesMin;
    private final long bytesMax;
    private final LongSupplier freeSpace;

    private long freeBytes;
    private boolean isShort;
    private boolean low;
    private @Nullable String problem;

    /** {@code freeSpace} tells how many bytes the journal's file system has available. */
    DiskGuard(JournalConfig config, LongSupplier freeSpace) {
        this.freeBytesMin = config.freeBytesMin();
        this.bytesMax = config.bytesMax();
        this.freeSpace = freeSpace;
    }

    /** Looks again; the operator's message when events have to be refused, else null. */
    @Nullable
    String check(long bytesOnDisk) {
        freeBytes = freeSpace.getAsLong();
        isShort = bytesOnDisk >= bytesMax * SHORT_PART || freeBytes / 2 < freeBytesMin;
        long resumeAt = freeBytesMin + Math.min(freeBytesMin / HYSTERESIS_PART, Long.MAX_VALUE - freeBytesMin);
        low = freeBytes < (low ? resumeAt : freeBytesMin);
        if (low) {
            problem = "disk low: %s free, events are refused below %s (journal.free-bytes.min)"
                    .formatted(gib(freeBytes), gib(freeBytesMin));
        } else if (bytesOnDisk >= bytesMax) {
            problem = "the journal takes %s, events are refused from %s (journal.bytes.max) until some are loaded"
                    .formatted(gib(bytesOnDisk), gib(bytesMax));
        } else {
            problem = null;
        }
        return problem;
    }

    /** Whether loaded cycles should go now, so that nothing has to be refused. */
    boolean isShort() {
        return isShort;
    }

    long freeBytes() {
        return freeBytes;
    }

    private static String gib(long bytes) {
        return String.format(Locale.ROOT, "%.2f GiB", bytes / BYTES_PER_GIB);
    }
}

package io.micrologs.ingest;

import io.micrologs.ingest.Rejection.Reason;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** How many events were accepted, and how many requests were refused for which reason. Any thread. */
final class Counts {
    private final LongAdder accepted = new LongAdder();
    private final LongAdder[] rejected = new LongAdder[Reason.values().length];

    Counts() {
        for (int i = 0; i < rejected.length; i++) {
            rejected[i] = new LongAdder();
        }
    }

    void accepted() {
        accepted.increment();
    }

    void rejected(Reason reason) {
        rejected[reason.ordinal()].increment();
    }

    long acceptedSum() {
        return accepted.sum();
    }

    /** By the reason's name in lower case. */
    Map<String, Long> rejectedSums() {
        Map<String, Long> sums = new LinkedHashMap<>();
        for (Reason reason : Reason.values()) {
            sums.put(reason.name().toLowerCase(Locale.ROOT), rejected[reason.ordinal()].sum());
        }
        return sums;
    }
}

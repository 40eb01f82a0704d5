package io.micrologs.bench;

import org.jspecify.annotations.Nullable;

/**
 * What one generator, or several added up, saw in one leg against one target.
 *
 * @param accepted answers with status 202
 * @param others answers with any other status
 * @param failed connections that broke and requests never answered
 * @param trouble the first thing that went wrong, with the answer's first line where there was one
 * @param nanos from the first request to the last answer
 * @param generatorNanos processor time of the busiest generator thread
 */
record Leg(
        long accepted,
        long others,
        long failed,
        @Nullable String trouble,
        long nanos,
        long generatorNanos,
        Latencies latencies) {

    /** Accepted requests a second. */
    double rate() {
        return accepted * 1e9 / nanos;
    }

    /** Whether every request was answered with 202. */
    boolean clean() {
        return others == 0 && failed == 0;
    }

    Leg plus(Leg other) {
        latencies.add(other.latencies);
        return new Leg(
                accepted + other.accepted,
                others + other.others,
                failed + other.failed,
                trouble != null ? trouble : other.trouble,
                Math.max(nanos, other.nanos),
                Math.max(generatorNanos, other.generatorNanos),
                latencies);
    }
}

package io.micrologs.bench;

import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * What one {@code bench ingest} does.
 *
 * @param secretKey null: totals cannot be asked for, so nothing is verified
 * @param pid the server's process, 0 when unknown
 * @param seconds of one leg
 * @param warmupSeconds against each target before the first round
 * @param openLoopPercent of the round's own rate, for a leg at a steady rate; 0 for none
 * @param batch pageviews a request, for a leg with batches; 0 for none
 * @param waitDrained wait for the loader between the legs, and verify the totals
 */
record IngestPlan(
        URI url,
        String publicKey,
        @Nullable String secretKey,
        String domain,
        long pid,
        int connections,
        int threads,
        int seconds,
        int rounds,
        int warmupSeconds,
        int openLoopPercent,
        int batch,
        boolean waitDrained) {}

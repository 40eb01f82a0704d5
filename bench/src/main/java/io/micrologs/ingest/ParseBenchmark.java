package io.micrologs.ingest;

import io.micrologs.bench.SampleRequests;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** From a pageview's body to its checked fields, and the hashes that are made of them. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class ParseBenchmark {
    private static final int BODIES = 1_024;

    private final byte[][] bodies = SampleRequests.bodies(BODIES);
    private final JsonBody json = new JsonBody();
    private final Hasher hasher = new Hasher("0123456789abcdef".getBytes(StandardCharsets.US_ASCII));
    private int next;

    /** Bodies in turn, so that no branch learns one by heart. */
    @Benchmark
    public Object parseAndValidate() {
        byte[] body = bodies[next++ & BODIES - 1];
        json.open(body, body.length);
        Parsed parsed = EventFormat.pageview(json);
        Rejection fault = json.close();
        if (fault != null || !(parsed instanceof Parsed.Claim)) {
            throw new IllegalStateException("refused: " + parsed + ", " + fault);
        }
        return parsed;
    }

    /** The three hashes that every pageview of the snippet needs. */
    @Benchmark
    public long hashIds() {
        return hasher.event(1, true, "00000001-0000-4001-a000-000000000001")
                ^ hasher.visitor(1, "00000001-0000-4001-a000-000000000002")
                ^ hasher.session(1, "00000001-0000-4001-a000-000000000003");
    }
}

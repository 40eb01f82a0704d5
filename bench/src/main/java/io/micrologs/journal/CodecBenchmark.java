package io.micrologs.journal;

import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** One pageview between its objects and its bytes. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class CodecBenchmark {
    private final RecordEncoder encoder = new RecordEncoder();
    private final RecordDecoder decoder = new RecordDecoder();
    private final CRC32C crc32c = new CRC32C();
    private final byte[] sealed = sealed();
    private long sequence;

    private static byte[] sealed() {
        RecordEncoder encoder = new RecordEncoder();
        encoder.add(BenchmarkEvents.ENVELOPE, BenchmarkEvents.PAGEVIEW);
        RecordFrame.seal(encoder.buffer(), 0, 1, 1, new CRC32C());
        return encoder.buffer();
    }

    /** What an event loop does. */
    @Benchmark
    public int encode() {
        encoder.clear();
        encoder.add(BenchmarkEvents.ENVELOPE, BenchmarkEvents.PAGEVIEW);
        return encoder.end();
    }

    /** What the writer adds: epoch, sequence and CRC. */
    @Benchmark
    public byte[] encodeAndSeal() {
        encoder.clear();
        encoder.add(BenchmarkEvents.ENVELOPE, BenchmarkEvents.PAGEVIEW);
        RecordFrame.seal(encoder.buffer(), 0, 1, ++sequence, crc32c);
        return encoder.buffer();
    }

    /** What the loader does: the CRC is checked, then the fields are read. */
    @Benchmark
    public @Nullable Event checkAndDecode() {
        String problem = RecordFrame.problem(sealed, RecordFrame.length(sealed, 0), crc32c);
        if (problem != null) {
            throw new IllegalStateException(problem);
        }
        decoder.decode(sealed);
        return decoder.event();
    }
}

package io.micrologs.http.limit;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What the limiter adds to a request: clock, hash, count and the record in its {@code .req} file. The window is a second, so
 * that the files of an endless burst stay a few hundred megabytes; how many records found no file is printed at the end.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class LimiterBenchmark {
    private static final Limit WIDE = new Limit("/wide", Limit.ATTEMPTS_MAX);
    private static final Limit ONE = new Limit("/one", 1);

    @Param({"10000", "1000000"})
    private int addresses;

    private byte[][] clients = new byte[0][];
    private Path directory = Path.of("");

    @SuppressWarnings("NullAway.Init")
    private RateLimiter limiter;

    /** Each thread's own place among the addresses. */
    @State(Scope.Thread)
    public static class Turn {
        private int next = (int) Thread.currentThread().getId() * 7_919;

        byte[] of(byte[][] clients) {
            if (++next >= clients.length) {
                next = 0;
            }
            return clients[next];
        }
    }

    @Setup(Level.Trial)
    public void open() throws IOException {
        clients = new byte[addresses][];
        for (int i = 0; i < addresses; i++) {
            int spread = i * 0x9e3779b1;
            clients[i] =
                    new byte[] {(byte) (spread >>> 24), (byte) (spread >>> 16), (byte) (spread >>> 8), (byte) spread};
        }
        directory = Files.createTempDirectory("micrologs-limiter");
        limiter = RateLimiter.open(
                new RateLimiterConfig(
                        directory,
                        "0123456789abcdef".getBytes(StandardCharsets.US_ASCII),
                        Duration.ofSeconds(1),
                        Duration.ofHours(1),
                        2L << 30,
                        48L << 20),
                InstantSource.system());
        limiter.admit(ONE, clients[0]);
    }

    @Benchmark
    public long admit(Turn turn) {
        return limiter.admit(WIDE, turn.of(clients));
    }

    @Benchmark
    public long refuse() {
        return limiter.admit(ONE, clients[0]);
    }

    @TearDown(Level.Trial)
    public void close() throws IOException {
        System.out.println(limiter.status());
        limiter.close();
        List<Path> files;
        try (Stream<Path> all = Files.list(directory)) {
            files = all.toList();
        }
        for (Path file : files) {
            Files.delete(file);
        }
        Files.delete(directory);
    }
}

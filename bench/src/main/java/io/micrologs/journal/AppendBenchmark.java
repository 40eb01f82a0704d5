package io.micrologs.journal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Comparator;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * From an offer to its completion on the loop that made it, into a real journal in the temporary directory
 * ({@code -Djava.io.tmpdir} moves it).
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(
        value = 2,
        jvmArgsAppend = {
            "-Dchronicle.analytics.disable=true",
            "-Dchronicle.announcer.disable=true",
            "--add-exports=java.base/sun.nio.ch=ALL-UNNAMED",
            "--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED",
            "--add-opens=java.base/java.lang=ALL-UNNAMED",
            "--add-opens=java.base/java.lang.reflect=ALL-UNNAMED"
        })
public class AppendBenchmark {
    private static final int IN_FLIGHT = 64;

    private final Queue<Runnable> loop = new ConcurrentLinkedQueue<>();
    private final One[] appends = new One[IN_FLIGHT];
    private Path directory = Path.of("");

    @SuppressWarnings("NullAway.Init")
    private JournalAppender appender;

    private int pending;

    private final class One extends Append {
        One(AppendLane lane) {
            super(lane);
        }

        @Override
        protected void completed(boolean appended) {
            if (!appended) {
                throw new IllegalStateException("not appended");
            }
            pending--;
        }
    }

    @Setup(Level.Trial)
    public void open() throws IOException {
        directory = Files.createTempDirectory("micrologs-append");
        appender = JournalAppender.open(JournalConfig.defaults(directory), Clock.systemUTC());
        AppendLane lane = AppendLane.writing(loop::add);
        for (int i = 0; i < IN_FLIGHT; i++) {
            appends[i] = new One(lane);
            appends[i].add(BenchmarkEvents.ENVELOPE, BenchmarkEvents.PAGEVIEW);
        }
    }

    /** One at a time: the way to the journal and back. */
    @Benchmark
    public int alone() {
        offer(appends[0]);
        await();
        return pending;
    }

    /** As under load: as many as there are connections. The time is for one of them. */
    @Benchmark
    @OperationsPerInvocation(IN_FLIGHT)
    public int together() {
        for (One append : appends) {
            offer(append);
        }
        await();
        return pending;
    }

    private void offer(One append) {
        pending++;
        if (!appender.offer(append)) {
            throw new IllegalStateException(appender.status().message());
        }
    }

    private void await() {
        while (pending > 0) {
            Runnable task = loop.poll();
            if (task == null) {
                Thread.onSpinWait();
            } else {
                task.run();
            }
        }
    }

    @TearDown(Level.Trial)
    public void close() throws IOException {
        appender.close();
        try (Stream<Path> files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder()).forEach(AppendBenchmark::delete);
        }
    }

    private static void delete(Path file) {
        try {
            Files.delete(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

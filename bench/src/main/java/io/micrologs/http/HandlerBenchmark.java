package io.micrologs.http;

import io.micrologs.bench.SampleRequests;
import io.micrologs.ingest.Ingest;
import io.micrologs.ingest.IngestConfig;
import io.micrologs.ingest.Snapshot;
import io.micrologs.journal.JournalAppender;
import io.micrologs.journal.JournalConfig;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
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
 * A pageview's whole way through the process, without the kernel's part: bytes in, decoded, routed, checked, hashed,
 * appended to a real journal, 202 out. As under load, {@value #CONNECTIONS} connections have one request in flight each;
 * the time is for one of them.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 2)
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
public class HandlerBenchmark {
    private static final int CONNECTIONS = 64;
    private static final int REQUESTS = 4_096;

    private final byte[][] requests = SampleRequests.requests(REQUESTS);
    private final EmbeddedSocket[] sockets = new EmbeddedSocket[CONNECTIONS];
    private Path directory = Path.of("");

    @SuppressWarnings("NullAway.Init")
    private JournalAppender journal;

    @SuppressWarnings("NullAway.Init")
    private Ingest ingest;

    @SuppressWarnings("NullAway.Init")
    private Workers workers;

    @SuppressWarnings("NullAway.Init")
    private BenchmarkLoop loop;

    private int next;

    @Setup(Level.Trial)
    public void open() throws Exception {
        directory = Files.createTempDirectory("micrologs-handler");
        journal = JournalAppender.open(JournalConfig.defaults(directory), Clock.systemUTC());
        ingest = Ingest.open(
                new IngestConfig(
                        "0123456789abcdef".getBytes(StandardCharsets.US_ASCII),
                        directory,
                        true,
                        null,
                        directory.resolve("salts"),
                        0),
                () -> journal,
                Clock.systemUTC());
        ingest.publish(new Snapshot(
                1,
                List.of(new Snapshot.Project(
                        1,
                        "shop",
                        SampleRequests.PUBLIC_KEY,
                        new byte[32],
                        List.of(SampleRequests.DOMAIN),
                        true,
                        Snapshot.Privacy.DEFAULT)),
                List.of()));
        Routes.Builder routes = Routes.builder();
        ingest.routes(routes);
        workers = new Workers(1, 1);
        HttpConfig config = HttpConfig.defaults("127.0.0.1", 0);
        ServerState state = new ServerState(
                routes.build(),
                new Gate(null),
                new ForwardingWatch(),
                workers,
                new ConnectionCaps(config.connectionsMax(), config.connectionsPerAddressMax()),
                TrustedProxies.parse(List.of("127.0.0.1/32")),
                config.bodyBytesMax(),
                config.headerDeadline().toNanos(),
                config.bodyDeadline().toNanos(),
                config.idleDeadline().toNanos(),
                new AtomicBoolean());
        loop = new BenchmarkLoop();
        LoopWatch watch = LoopWatch.start(new EmbeddedChannel().eventLoop(), Duration.ofSeconds(10));
        for (int i = 0; i < CONNECTIONS; i++) {
            sockets[i] = new EmbeddedSocket(loop);
            sockets[i].open(new RequestDecoder(), new Connection(state, watch));
        }
    }

    @Benchmark
    @OperationsPerInvocation(CONNECTIONS)
    public int pageview() {
        for (EmbeddedSocket socket : sockets) {
            byte[] request = requests[next++ & REQUESTS - 1];
            ByteBuf bytes =
                    PooledByteBufAllocator.DEFAULT.directBuffer(request.length).writeBytes(request);
            socket.pipeline().fireChannelRead(bytes).fireChannelReadComplete();
        }
        int answered = 0;
        for (EmbeddedSocket socket : sockets) {
            answered += accepted(socket);
        }
        return answered;
    }

    private int accepted(EmbeddedSocket socket) {
        Object answer;
        while ((answer = socket.outboundMessages().poll()) == null) {
            if (!loop.turn()) {
                Thread.onSpinWait();
            }
        }
        ByteBuf bytes = (ByteBuf) answer;
        boolean accepted = bytes.getByte("HTTP/1.1 ".length()) == '2' && bytes.getByte("HTTP/1.1 20".length()) == '2';
        if (!accepted) {
            throw new IllegalStateException(bytes.toString(StandardCharsets.UTF_8));
        }
        ReferenceCountUtil.release(answer);
        return 1;
    }

    @TearDown(Level.Trial)
    public void close() throws IOException {
        ingest.close();
        journal.close();
        workers.close();
        try (Stream<Path> files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder()).forEach(HandlerBenchmark::delete);
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

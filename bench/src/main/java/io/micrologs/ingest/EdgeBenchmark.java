package io.micrologs.ingest;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Is it a bot, and where is it: of a client that the loop remembers, and of one that it does not. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class EdgeBenchmark {
    private static final int CLIENTS = 1_024;

    private final Bots bots = new Bots();
    private final Recent<String, Boolean> known = new Recent<>(4_096, bots::is);
    private final byte[][] agents = new byte[CLIENTS][];
    private final byte[][] addresses = new byte[CLIENTS][];
    private Path directory = Path.of("");

    @SuppressWarnings("NullAway.Init")
    private PlaceDatabase database;

    @SuppressWarnings("NullAway.Init")
    private PlaceCache cache;

    private int next;

    @Setup(Level.Trial)
    public void load() throws IOException {
        directory = Files.createTempDirectory("micrologs-edge");
        Places places =
                new Places(new IngestConfig(new byte[16], directory, true, null, directory.resolve("salts"), 0));
        places.load();
        PlaceDatabase loaded = places.current();
        if (loaded == null) {
            throw new IllegalStateException(places.status().message());
        }
        database = loaded;
        cache = new PlaceCache(places);
        for (int i = 0; i < CLIENTS; i++) {
            agents[i] = ("Mozilla/5.0 (Linux; Android 14; SM-S" + (900 + i)
                            + "B) AppleWebKit/537.36 (KHTML, like Gecko)" + " Chrome/126.0." + i
                            + ".0 Mobile Safari/537.36")
                    .getBytes(StandardCharsets.ISO_8859_1);
            int spread = i * 0x9e3779b1;
            addresses[i] = new byte[] {
                (byte) (11 + (i & 63)), (byte) (spread >>> 8), (byte) (spread >>> 16), (byte) (spread >>> 24)
            };
        }
    }

    /** The String included that a request makes of its header, whose hash is not known yet. */
    @Benchmark
    public boolean botKnown() {
        return known.get(agent());
    }

    @Benchmark
    public boolean botNew() {
        return bots.is(agent());
    }

    @Benchmark
    public Object placeKnown() {
        return cache.of(addresses[next++ & CLIENTS - 1]);
    }

    @Benchmark
    public Object placeNew() {
        return database.place(addresses[next++ & CLIENTS - 1]);
    }

    private String agent() {
        return new String(agents[next++ & CLIENTS - 1], StandardCharsets.ISO_8859_1);
    }

    @TearDown(Level.Trial)
    public void close() throws IOException {
        Files.delete(directory);
    }
}

package io.micrologs.http.limit;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets through so many requests of one address to one endpoint in a window, and shuts the address out there for a while
 * after one more. {@link #admit} from any thread; files and growth are a thread's own.
 */
public final class RateLimiter implements AutoCloseable {
    /*
     * A window begins with the first attempt and not at a full minute, so that a client that keeps to the limit in every
     * stretch of a window's length is never blocked, and none gets twice the limit around a full minute. Refused attempts
     * neither count nor prolong the block.
     *
     *   admit ── AddressKey ── LimitTable (decides) ── ReqLog (attempts, blocks: mapped memory) ── answer
     *   keeper, once a second ── slices made ahead and deleted, the table grown, one log line a minute
     *
     * A record says when the window began, not when the attempt was: records of one key and window can be counted in any
     * order, and a window that began before the oldest file is not taken for a new one.
     *
     * Time is the wall clock's at start and goes on by the monotonic clock, so that setting the clock neither ends a block
     * nor prolongs it. A restart takes what lies in the future as if it were now.
     */
    static final int SWEEP_ONE_IN = 100;

    private static final Logger log = LoggerFactory.getLogger(RateLimiter.class);
    private static final long TEND_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long TELL_EVERY_MS = 60_000;
    private static final long TAKE_AGAIN_MS = 60_000;
    private static final int ATTEMPTS = 1;
    private static final int BLOCKS = 2;

    private final RateLimiterConfig config;
    private final LongSupplier clockMs;
    private final BooleanSupplier sweepChance;
    private final AddressKey keys;
    private final LimitTable table;
    private final ReqLog attempts;
    private final ReqLog blocks;
    private final LongAdder refused = new LongAdder();
    private final LongAdder blocked = new LongAdder();
    private final ConcurrentHashMap<String, LongAdder> untold = new ConcurrentHashMap<>();
    private final Thread keeper = new Thread(this::keep, "limiter");

    private @Nullable FileChannel lock;
    private long triedMs;
    private volatile boolean sweep;
    private volatile boolean closing;
    private volatile String trouble = "";
    private long toldMs = -TELL_EVERY_MS;

    RateLimiter(
            RateLimiterConfig config,
            LongSupplier clockMs,
            BooleanSupplier sweepChance,
            ReqLog.Maker maker,
            int... tableSteps) {
        this.config = config;
        this.clockMs = clockMs;
        this.sweepChance = sweepChance;
        this.keys = new AddressKey(config.salt());
        long windowMs = config.window().toMillis();
        long blockMs = config.block().toMillis();
        table = new LimitTable(windowMs, blockMs, tableSteps);
        attempts = new ReqLog(
                config.directory(),
                "attempts",
                ATTEMPTS,
                windowMs,
                config.attemptBytesMax(),
                keys.check(),
                maker,
                this::wake);
        blocks = new ReqLog(
                config.directory(), "blocks", BLOCKS, blockMs, config.blockBytesMax(), keys.check(), maker, this::wake);
    }

    /** Takes over the counts and blocks that the directory holds. A directory that cannot be used is a {@link #status trouble}. */
    public static RateLimiter open(RateLimiterConfig config, InstantSource clock) {
        long startMs = clock.millis();
        long startNanos = System.nanoTime();
        RateLimiter limiter = new RateLimiter(
                config,
                () -> startMs + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos),
                () -> ThreadLocalRandom.current().nextInt(SWEEP_ONE_IN) == 0,
                ReqSlice::create,
                LimitTable.STEPS);
        limiter.start();
        limiter.keeper.setDaemon(true);
        limiter.keeper.start();
        return limiter;
    }

    /**
     * Decides about one request.
     *
     * @param address of the client, 4 or 16 bytes
     * @return 0 to let it through, else for how many more milliseconds the address is blocked
     */
    public long admit(Limit limit, byte[] address) {
        long now = clockMs.getAsLong();
        long key = keys.of(limit.id(), address);
        long state = table.attempt(key, limit.attemptsMax(), now);
        if (state == LimitTable.UNCOUNTED) {
            return 0;
        }
        if (!Slot.blocked(state)) {
            attempts.append(key, Slot.time(state));
            if (Slot.count(state) == 1 && table.crowded()) {
                wake();
            }
            if (sweepChance.getAsBoolean()) {
                sweep = true;
            }
            return 0;
        }
        if (Slot.isNew(state)) {
            blocks.append(key, Slot.time(state));
            tell(limit.path());
        }
        refused.increment();
        return Math.max(1, Slot.time(state) - now);
    }

    private void tell(String path) {
        blocked.increment();
        LongAdder count = untold.get(path);
        if (count == null) {
            count = untold.computeIfAbsent(path, first -> new LongAdder());
        }
        count.increment();
    }

    public RateLimiterConfig config() {
        return config;
    }

    public RateLimiterStatus status() {
        String why = trouble.isEmpty() ? attempts.trouble() : trouble;
        return new RateLimiterStatus(
                why.isEmpty() ? blocks.trouble() : why,
                blocked.sum(),
                refused.sum(),
                table.evicted(),
                table.uncounted(),
                attempts.unlogged() + blocks.unlogged(),
                table.bytes(),
                attempts.bytes() + blocks.bytes());
    }

    // ---- files

    void start() {
        takeOver(clockMs.getAsLong());
        if (lock != null) {
            tend();
        }
    }

    /** With the lock comes what the files hold; what was counted meanwhile is added to it. */
    private void takeOver(long now) {
        triedMs = now;
        try {
            Files.createDirectories(
                    config.directory(),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            if (!takeLock()) {
                trouble = "another process has the .req files of this data.dir";
                return;
            }
            long windowMs = config.window().toMillis();
            attempts.replay(now, (key, startMs) -> {
                if (startMs + windowMs > now) {
                    table.restoreAttempt(key, startMs, now);
                }
                return startMs + windowMs;
            });
            blocks.replay(now, (key, untilMs) -> {
                if (untilMs > now) {
                    table.restoreBlock(key, untilMs, now);
                }
                return untilMs;
            });
        } catch (IOException e) {
            trouble = "the .req files cannot be used: " + ReqLog.reason(e);
            log.warn(
                    "rate limits hold, but not over a restart: {} cannot be used: {}",
                    config.directory(),
                    e.toString());
        }
    }

    /** The kernel gives the lock back when the process dies. */
    private boolean takeLock() throws IOException {
        FileChannel channel = FileChannel.open(
                config.directory().resolve("req.lock"),
                java.util.Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        FileLock held;
        try {
            held = channel.tryLock();
        } catch (OverlappingFileLockException e) {
            held = null;
        }
        if (held == null) {
            channel.close();
            return false;
        }
        lock = channel;
        return true;
    }

    private void wake() {
        LockSupport.unpark(keeper);
    }

    private void keep() {
        while (!closing) {
            tendSafely();
            LockSupport.parkNanos(this, TEND_NANOS);
        }
    }

    /** Without the keeper's thread nothing would be kept any more; the next second may go better. */
    void tendSafely() {
        try {
            tend();
        } catch (VirtualMachineError | LinkageError e) {
            // Ends this thread, and by its uncaught exception handler the process.
            throw e;
        } catch (Throwable e) {
            trouble = "looking after the .req files failed: " + e.getClass().getSimpleName();
            log.warn("looking after the .req files failed: {}", e.toString());
        }
    }

    /** What the keeper does once a second, and when a slice is full. */
    void tend() {
        long now = clockMs.getAsLong();
        if (lock == null && now - triedMs >= TAKE_AGAIN_MS) {
            takeOver(now);
        }
        if (lock != null) {
            boolean delete = sweep;
            sweep = false;
            attempts.tend(now, delete);
            blocks.tend(now, delete);
            trouble = "";
        }
        if (table.crowded()) {
            table.grow();
        }
        if (!untold.isEmpty() && now - toldMs >= TELL_EVERY_MS) {
            toldMs = now;
            Map<String, Long> counts = new TreeMap<>();
            for (String path : untold.keySet()) {
                LongAdder count = untold.remove(path);
                counts.put(path, count == null ? 0 : count.sum());
            }
            log.warn(
                    "blocked for {} s for too many requests, addresses by endpoint: {}; {} requests refused since the start",
                    config.block().toSeconds(),
                    counts,
                    refused.sum());
        }
    }

    /** Counts and blocks stay in the files for the next process. */
    @Override
    public void close() {
        closing = true;
        wake();
        try {
            keeper.join(TimeUnit.SECONDS.toMillis(10));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        FileChannel held = lock;
        if (held != null) {
            lock = null;
            attempts.close();
            blocks.close();
            try {
                held.close();
            } catch (IOException e) {
                log.debug("the lock of {} could not be closed", config.directory(), e);
            }
        }
    }
}

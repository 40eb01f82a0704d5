package io.micrologs.http.limit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RateLimiterTest {
    private static final byte[] SALT = "0123456789abcdef0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    private static final Limit TRACK = new Limit("/api/track/pageview", 60);
    private static final Limit OTHER = new Limit("/api/track/error", 60);
    private static final byte[] CLIENT = {10, 1, 2, 3};
    private static final byte[] NEIGHBOUR = {10, 1, 2, 4};
    private static final long BLOCK_MS = 900_000;

    @TempDir
    Path temp;

    private final AtomicLong now = new AtomicLong(1_790_000_000_000L);
    private final AtomicBoolean chance = new AtomicBoolean();
    private final List<RateLimiter> open = new ArrayList<>();
    private int copies;

    @AfterEach
    void close() {
        open.forEach(RateLimiter::close);
    }

    private RateLimiter start(RateLimiterConfig config, ReqLog.Maker maker) {
        RateLimiter limiter = new RateLimiter(config, now::get, chance::get, maker, LimitTable.STEPS);
        limiter.start();
        open.add(limiter);
        return limiter;
    }

    private RateLimiter start(Path directory) {
        return start(RateLimiterConfig.defaults(directory, SALT), ReqSlice::create);
    }

    /** What a process would find that is started after this one was killed now. */
    private RateLimiter startAfterKill(Path directory) throws IOException {
        Path copy = temp.resolve("copy-" + copies++);
        Files.createDirectory(copy);
        for (Path file : files(directory)) {
            Files.copy(file, copy.resolve(file.getFileName()));
        }
        return start(copy);
    }

    private static List<Path> files(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(".req"))
                    .sorted()
                    .toList();
        }
    }

    private static void attempts(RateLimiter limiter, Limit limit, byte[] client, int count) {
        for (int i = 0; i < count; i++) {
            assertThat(limiter.admit(limit, client)).as("attempt %d", i + 1).isZero();
        }
    }

    // ---- deciding

    @Test
    void blockIsForOneAddressAndEndpoint_andSaysHowLong() {
        RateLimiter limiter = start(temp.resolve("req"));
        attempts(limiter, TRACK, CLIENT, 60);
        assertThat(limiter.admit(TRACK, CLIENT)).isEqualTo(BLOCK_MS);
        now.addAndGet(1_500);
        assertThat(limiter.admit(TRACK, CLIENT)).isEqualTo(BLOCK_MS - 1_500);
        attempts(limiter, OTHER, CLIENT, 60);
        attempts(limiter, TRACK, NEIGHBOUR, 60);
        assertThat(limiter.status().blocks()).isEqualTo(1);
        assertThat(limiter.status().refused()).isEqualTo(2);
        now.addAndGet(BLOCK_MS - 1_500);
        attempts(limiter, TRACK, CLIENT, 60);
    }

    // ---- surviving

    @Test
    void countsAndBlocks_surviveAKill() throws IOException {
        Path directory = temp.resolve("req");
        RateLimiter limiter = start(directory);
        attempts(limiter, TRACK, CLIENT, 60);
        limiter.admit(TRACK, CLIENT);
        attempts(limiter, OTHER, CLIENT, 23);
        now.addAndGet(10_000);

        RateLimiter second = startAfterKill(directory);
        assertThat(second.admit(TRACK, CLIENT)).isEqualTo(BLOCK_MS - 10_000);
        attempts(second, OTHER, CLIENT, 37);
        assertThat(second.admit(OTHER, CLIENT)).isEqualTo(BLOCK_MS);
    }

    @Test
    void stopAndStart_keepCountsAndBlocks_untilTheyExpire() throws IOException {
        Path directory = temp.resolve("req");
        RateLimiter limiter = start(directory);
        attempts(limiter, TRACK, CLIENT, 60);
        limiter.admit(TRACK, CLIENT);
        limiter.close();
        now.addAndGet(BLOCK_MS - 1);
        RateLimiter second = start(directory);
        assertThat(second.admit(TRACK, CLIENT)).isEqualTo(1);
        second.close();
        now.addAndGet(1);
        RateLimiter third = start(directory);
        attempts(third, TRACK, CLIENT, 60);
    }

    @Test
    void windowBegunBeforeTheRestart_endsWhenItWouldHave() throws IOException {
        Path directory = temp.resolve("req");
        RateLimiter limiter = start(directory);
        attempts(limiter, TRACK, CLIENT, 1);
        now.addAndGet(50_000);
        attempts(limiter, TRACK, CLIENT, 59);
        RateLimiter second = startAfterKill(directory);
        now.addAndGet(10_000);
        attempts(second, TRACK, CLIENT, 60);
    }

    @Property(tries = 40)
    void restartAtAnyTime_decidesAsIfThereHadBeenNone(@ForAll long seed, @ForAll @IntRange(min = 1, max = 400) int kill)
            throws IOException {
        Path directory = Files.createTempDirectory("limiter-model");
        AtomicLong clock = new AtomicLong(1_790_000_000_000L);
        RateLimiterConfig config = RateLimiterConfig.defaults(directory, SALT);
        SplittableRandom random = new SplittableRandom(seed);
        NaiveLimiter naive = new NaiveLimiter(60_000, BLOCK_MS);
        Limit limit = new Limit("/x", 5);
        RateLimiter limiter = new RateLimiter(config, clock::get, () -> true, ReqSlice::create, LimitTable.STEPS);
        limiter.start();
        for (int i = 0; i < 400; i++) {
            clock.addAndGet(random.nextInt(20) == 0 ? random.nextInt(200_000) : random.nextInt(4_000));
            byte[] client = {10, 0, 0, (byte) random.nextInt(4)};
            assertThat(limiter.admit(limit, client)).isEqualTo(naive.attempt(client[3], 5, clock.get()));
            limiter.tend();
            if (i == kill) {
                limiter.close();
                limiter = new RateLimiter(config, clock::get, () -> true, ReqSlice::create, LimitTable.STEPS);
                limiter.start();
            }
        }
        limiter.close();
        for (Path file : files(directory)) {
            Files.delete(file);
        }
        Files.delete(directory.resolve("req.lock"));
        Files.delete(directory);
    }

    @Test
    void clockSetBackBeforeAStart_neitherUnblocksNorBlocksForEver() throws IOException {
        Path directory = temp.resolve("req");
        RateLimiter limiter = start(directory);
        attempts(limiter, TRACK, CLIENT, 60);
        limiter.admit(TRACK, CLIENT);
        attempts(limiter, OTHER, CLIENT, 60);
        now.addAndGet(-Duration.ofDays(400).toMillis());
        RateLimiter second = startAfterKill(directory);
        assertThat(second.admit(TRACK, CLIENT)).isEqualTo(BLOCK_MS);
        now.addAndGet(60_000);
        attempts(second, OTHER, CLIENT, 60);
        now.addAndGet(BLOCK_MS - 60_000);
        attempts(second, TRACK, CLIENT, 60);
    }

    // ---- files

    @Test
    void files_holdNeitherAddressNorPath() throws IOException {
        Path directory = temp.resolve("req");
        RateLimiter limiter = start(directory);
        attempts(limiter, TRACK, CLIENT, 60);
        limiter.admit(TRACK, CLIENT);
        List<Path> files = files(directory);
        assertThat(files).hasSize(4);
        for (Path file : files) {
            String hex = HexFormat.of().formatHex(Files.readAllBytes(file));
            assertThat(hex).doesNotContain("0a010203").doesNotContain("03020" + "10a");
            assertThat(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1))
                    .doesNotContain("pageview");
            assertThat(Files.getPosixFilePermissions(file)).hasSize(2);
        }
    }

    @Test
    void slicesBesideTheCurrentOne_areDeletedByChanceOnceTheyHaveExpired() throws IOException {
        Path directory = temp.resolve("req");
        RateLimiter limiter = start(directory);
        Path first = files(directory).get(0);
        attempts(limiter, TRACK, CLIENT, 1);
        now.addAndGet(60_000);
        limiter.tend();
        assertThat(first).exists();
        now.addAndGet(60_000);
        attempts(limiter, TRACK, CLIENT, 1);
        limiter.tend();
        assertThat(first).exists();
        chance.set(true);
        attempts(limiter, TRACK, CLIENT, 1);
        limiter.tend();
        assertThat(first).doesNotExist();
    }

    @Test
    void expiredFiles_areDeletedAtStart_liveOnesAreNot() throws IOException {
        Path directory = temp.resolve("req");
        RateLimiter limiter = start(directory);
        attempts(limiter, TRACK, CLIENT, 60);
        limiter.admit(TRACK, CLIENT);
        limiter.close();
        List<Path> written = files(directory);
        assertThat(written).hasSize(2);
        now.addAndGet(60_000);
        start(directory);
        assertThat(written.get(0).getFileName().toString()).startsWith("attempts-");
        assertThat(written.get(0)).doesNotExist();
        assertThat(written.get(1)).exists();
    }

    @Test
    void tornForeignAndGarbageFiles_costNothingButThemselves() throws IOException {
        Path directory = temp.resolve("req");
        RateLimiter limiter = start(directory);
        attempts(limiter, TRACK, CLIENT, 60);
        limiter.close();
        Path good = files(directory).get(0);
        byte[] bytes = Files.readAllBytes(good);
        // Torn: a record whose second word never came, and a flipped byte in another; 58 of 60 are left.
        ByteBuffer torn = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        torn.putLong(ReqSlice.HEADER_BYTES + 16 * 7 + 8, 0);
        torn.put(ReqSlice.HEADER_BYTES + 16 * 30, (byte) (torn.get(ReqSlice.HEADER_BYTES + 16 * 30) ^ 4));
        Files.write(good, bytes);
        byte[] noise = new byte[ReqLog.SLICE_BYTES_MIN];
        new java.util.Random(5).nextBytes(noise);
        Path garbage = Files.write(directory.resolve("attempts-00000000000001-1.req"), noise);
        ByteBuffer.wrap(noise).put(bytes, 0, ReqSlice.HEADER_BYTES);
        Path garbageRecords = Files.write(directory.resolve("attempts-00000000000001-2.req"), noise);
        Path empty = Files.write(directory.resolve("blocks-00000000000001-1.req"), new byte[0]);
        bytes[8] ^= 1;
        Path otherSalt = Files.write(directory.resolve("attempts-00000000000001-3.req"), bytes);
        Path foreign = Files.writeString(directory.resolve("notes.req"), "not ours");

        RateLimiter second = start(directory);
        attempts(second, TRACK, CLIENT, 2);
        assertThat(second.admit(TRACK, CLIENT)).isEqualTo(BLOCK_MS);
        assertThat(List.of(garbage, garbageRecords, empty, otherSalt)).allMatch(file -> !Files.exists(file));
        assertThat(foreign).exists();
        assertThat(second.status().trouble()).isEmpty();
    }

    @Test
    void manyAttempts_rollSlices_andNoneIsLost() throws IOException {
        Path directory = temp.resolve("req");
        RateLimiter limiter = start(directory);
        Limit wide = new Limit("/wide", 10_000);
        for (int client = 0; client < 10; client++) {
            for (int i = 0; i < 9_999; i++) {
                limiter.admit(wide, new byte[] {10, 9, 8, (byte) client});
                if (i % 1_000 == 0) {
                    limiter.tend();
                }
            }
        }
        assertThat(limiter.status().unlogged()).isZero();
        RateLimiter second = startAfterKill(directory);
        for (int client = 0; client < 10; client++) {
            assertThat(second.admit(wide, new byte[] {10, 9, 8, (byte) client})).isZero();
            assertThat(second.admit(wide, new byte[] {10, 9, 8, (byte) client})).isEqualTo(BLOCK_MS);
        }
    }

    @Test
    void attemptsBeyondTheirShareOfTheDisk_countInMemory_andAreToldUntilThereIsRoom() {
        RateLimiterConfig defaults = RateLimiterConfig.defaults(temp.resolve("req"), SALT);
        RateLimiter limiter = start(
                new RateLimiterConfig(
                        defaults.directory(), SALT, defaults.window(), defaults.block(), 128 << 10, 128 << 10),
                ReqSlice::create);
        Limit wide = new Limit("/wide", 10_000);
        attempts(limiter, wide, CLIENT, 8_184);
        assertThat(limiter.status().unlogged()).isZero();
        attempts(limiter, wide, CLIENT, 1_816);
        assertThat(limiter.admit(wide, CLIENT)).isEqualTo(BLOCK_MS);
        limiter.tend();
        assertThat(limiter.status().unlogged()).isEqualTo(1_816);
        assertThat(limiter.status().fileBytes()).isLessThanOrEqualTo(256 << 10);
        assertThat(limiter.status().trouble()).contains("attempts fill");
        now.addAndGet(61_000);
        limiter.tend();
        assertThat(limiter.status().trouble()).isEmpty();
    }

    @Test
    void diskThatTakesNoFile_limitsInMemory_andRecovers() {
        AtomicBoolean full = new AtomicBoolean(true);
        RateLimiter limiter =
                start(RateLimiterConfig.defaults(temp.resolve("req"), SALT), (path, kind, size, keyCheck, nowMs) -> {
                    if (full.get()) {
                        throw new IOException("No space left on device");
                    }
                    return ReqSlice.create(path, kind, size, keyCheck, nowMs);
                });
        attempts(limiter, TRACK, CLIENT, 60);
        assertThat(limiter.admit(TRACK, CLIENT)).isEqualTo(BLOCK_MS);
        assertThat(limiter.status().unlogged()).isEqualTo(61);
        assertThat(limiter.status().trouble()).contains("No space left on device");
        full.set(false);
        limiter.tend();
        attempts(limiter, TRACK, NEIGHBOUR, 60);
        assertThat(limiter.status().unlogged()).isEqualTo(61);
        assertThat(limiter.status().trouble()).isEmpty();
    }

    @Test
    void directoryThatAnotherProcessLetsGo_isTakenOverWithinAMinute() throws IOException {
        Path directory = temp.resolve("req");
        RateLimiter first = start(directory);
        attempts(first, TRACK, CLIENT, 60);
        first.admit(TRACK, CLIENT);
        RateLimiter second = start(directory);
        attempts(second, OTHER, CLIENT, 1);
        first.close();
        now.addAndGet(59_999);
        second.tend();
        assertThat(second.status().trouble()).contains("another process");
        now.addAndGet(1);
        second.tend();
        assertThat(second.status().trouble()).isEmpty();
        assertThat(second.admit(TRACK, CLIENT)).isEqualTo(BLOCK_MS - 60_000);
        attempts(second, TRACK, NEIGHBOUR, 60);
        second.admit(TRACK, NEIGHBOUR);
        assertThat(startAfterKill(directory).admit(TRACK, NEIGHBOUR)).isEqualTo(BLOCK_MS);
    }

    @Test
    void troubleOfTheKeeper_endsWithItsNextGoodRound() throws Exception {
        AtomicInteger slices = new AtomicInteger();
        try (RateLimiter limiter = new RateLimiter(
                RateLimiterConfig.defaults(temp.resolve("req"), SALT),
                now::get,
                chance::get,
                (path, kind, size, keyCheck, nowMs) -> {
                    // The fifth is the first that is not made at the start.
                    if (slices.incrementAndGet() == 5) {
                        throw new IllegalStateException("as a test wants it");
                    }
                    return ReqSlice.create(path, kind, size, keyCheck, nowMs);
                },
                LimitTable.STEPS)) {
            limiter.start();
            Limit wide = new Limit("/wide", 10_000);
            attempts(limiter, wide, CLIENT, 4_100);
            limiter.tendSafely();
            assertThat(limiter.status().trouble()).contains("IllegalStateException");
            limiter.tendSafely();
            assertThat(limiter.status().trouble()).isEmpty();
        }
    }

    @Test
    void fileThatCannotBeDeleted_isTroubleUntilItCan() throws IOException {
        Path directory = temp.resolve("req");
        RateLimiter limiter = start(directory);
        Path first = files(directory).get(0);
        attempts(limiter, TRACK, CLIENT, 1);
        now.addAndGet(60_000);
        limiter.tend();
        now.addAndGet(60_000);
        Files.delete(first);
        Files.createDirectories(first.resolve("in the way"));
        chance.set(true);
        attempts(limiter, TRACK, CLIENT, 1);
        chance.set(false);
        limiter.tend();
        assertThat(limiter.status().trouble()).contains("cannot be deleted");
        limiter.tend();
        assertThat(limiter.status().trouble()).contains("cannot be deleted");
        Files.delete(first.resolve("in the way"));
        limiter.tend();
        assertThat(limiter.status().trouble()).isEmpty();
        assertThat(first).doesNotExist();
    }

    /** A slice that was taken, but is not yet the current one, is nobody's to close. */
    @Test
    void keeperThatNeverRests_closesOnlyFullSlices() throws Exception {
        List<ReqSlice> made = new ArrayList<>();
        Path directory = Files.createDirectory(temp.resolve("req"));
        ReqLog log = new ReqLog(
                directory,
                "attempts",
                1,
                60_000,
                1L << 30,
                7,
                (path, kind, size, keyCheck, nowMs) -> {
                    ReqSlice slice = ReqSlice.create(path, kind, 4_096, keyCheck, nowMs);
                    made.add(slice);
                    return slice;
                },
                () -> {});
        log.tend(now.get(), false);
        AtomicBoolean over = new AtomicBoolean();
        Thread[] threads = new Thread[3];
        for (int t = 0; t < threads.length; t++) {
            threads[t] = new Thread(() -> {
                while (!over.get()) {
                    log.append(1, 1);
                }
            });
            threads[t].start();
        }
        while (made.size() < 1_000) {
            log.tend(now.get(), false);
        }
        over.set(true);
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(made.stream().filter(slice -> !slice.full()).count()).isLessThanOrEqualTo(2);
        log.close();
    }

    @Test
    void directoryOfAnotherProcess_isLeftAlone() throws IOException {
        Path directory = temp.resolve("req");
        start(directory);
        List<Path> before = files(directory);
        RateLimiter second = start(directory);
        attempts(second, TRACK, CLIENT, 60);
        assertThat(second.admit(TRACK, CLIENT)).isEqualTo(BLOCK_MS);
        assertThat(second.status().trouble()).contains("another process");
        assertThat(files(directory)).isEqualTo(before);
    }

    @Test
    void realThread_makesSlicesAheadUnderLoadOfTwoThreads_andWhatIsLoggedIsExact() throws Exception {
        Path directory = temp.resolve("req");
        Limit wide = new Limit("/wide", 10_000);
        int clients = 40;
        try (RateLimiter limiter =
                RateLimiter.open(RateLimiterConfig.defaults(directory, SALT), java.time.InstantSource.system())) {
            Thread[] threads = new Thread[2];
            for (int t = 0; t < 2; t++) {
                threads[t] = new Thread(() -> {
                    for (int i = 0; i < 4_000; i++) {
                        for (int client = 0; client < clients; client++) {
                            limiter.admit(wide, new byte[] {10, 9, 7, (byte) client});
                        }
                    }
                });
                threads[t].start();
            }
            for (Thread thread : threads) {
                thread.join(TimeUnit.SECONDS.toMillis(50));
            }
            long unlogged = limiter.status().unlogged();
            now.set(System.currentTimeMillis());
            RateLimiter second = startAfterKill(directory);
            long left = 0;
            for (int client = 0; client < clients; client++) {
                while (second.admit(wide, new byte[] {10, 9, 7, (byte) client}) == 0) {
                    left++;
                }
            }
            assertThat(left).isEqualTo(clients * 2_000L + unlogged);
        }
    }
}

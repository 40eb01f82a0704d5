package io.micrologs.http.limit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class LimitTableTest {
    private static final long START = 1_790_000_000_000L;
    private static final long WINDOW = 60_000;
    private static final long BLOCK = 900_000;

    private static LimitTable table() {
        return new LimitTable(WINDOW, BLOCK, LimitTable.STEPS);
    }

    private static boolean passes(LimitTable table, long key, int max, long nowMs) {
        return !Slot.blocked(table.attempt(key, max, nowMs));
    }

    // ---- what is counted

    @Test
    void burst_60pass_the61stIsBlockedFor900s() {
        LimitTable table = table();
        for (int i = 0; i < 60; i++) {
            assertThat(passes(table, 7, 60, START + i)).as("attempt %d", i + 1).isTrue();
        }
        long state = table.attempt(7, 60, START + 59_999);
        assertThat(Slot.isNew(state)).isTrue();
        assertThat(Slot.time(state)).isEqualTo(START + 59_999 + BLOCK);
        assertThat(Slot.isNew(table.attempt(7, 60, START + 70_000))).isFalse();
        assertThat(passes(table, 7, 60, START + 59_999 + BLOCK - 1)).isFalse();
        assertThat(passes(table, 7, 60, START + 59_999 + BLOCK)).isTrue();
    }

    @Test
    void windowThatIsOver_beginsAgainWithTheNextAttempt() {
        LimitTable table = table();
        for (int i = 0; i < 60; i++) {
            table.attempt(7, 60, START);
        }
        for (int i = 0; i < 60; i++) {
            assertThat(passes(table, 7, 60, START + WINDOW)).isTrue();
        }
        assertThat(passes(table, 7, 60, START + WINDOW)).isFalse();
    }

    @Test
    void clientWithinItsLimitInEverySlidingWindow_isNeverBlocked() {
        LimitTable table = table();
        SplittableRandom random = new SplittableRandom(42);
        List<Long> times = new ArrayList<>();
        long now = START;
        for (int i = 0; i < 5_000; i++) {
            now += random.nextInt(2_000);
            int last = times.size() - 60;
            if (last >= 0 && now - times.get(last) < WINDOW) {
                now = times.get(last) + WINDOW;
            }
            times.add(now);
            assertThat(passes(table, 7, 60, now)).isTrue();
        }
    }

    record Step(int key, int max, long advanceMs) {}

    @Provide
    Arbitrary<List<Step>> steps() {
        Arbitrary<Long> advance = Arbitraries.frequencyOf(
                net.jqwik.api.Tuple.of(60, Arbitraries.longs().between(0, 3_000)),
                net.jqwik.api.Tuple.of(10, Arbitraries.longs().between(WINDOW - 2, WINDOW + 2)),
                net.jqwik.api.Tuple.of(6, Arbitraries.longs().between(BLOCK - 2, BLOCK + 2)),
                net.jqwik.api.Tuple.of(6, Arbitraries.longs().between(-3_000, 0)),
                net.jqwik.api.Tuple.of(2, Arbitraries.longs().between(-100 * BLOCK, 100 * BLOCK)));
        return Combinators.combine(Arbitraries.integers().between(1, 4), Arbitraries.of(1, 3, 5), advance)
                .as(Step::new)
                .list()
                .ofMaxSize(300);
    }

    @Property(tries = 500)
    void agreesWithTheNaiveModel_alsoWhenTheClockJumps(@ForAll("steps") List<Step> steps) {
        LimitTable table = new LimitTable(WINDOW, BLOCK, 8);
        NaiveLimiter naive = new NaiveLimiter(WINDOW, BLOCK);
        // A place for each key beforehand: a new one takes an expired one's, which a clock set back would bring to
        // life.
        for (int key = 1; key <= 4; key++) {
            assertThat(passes(table, key, 1, START)).isEqualTo(naive.attempt(key, 1, START) == 0);
        }
        long now = START;
        for (Step step : steps) {
            now += step.advanceMs();
            long state = table.attempt(step.key(), step.max(), now);
            long blockedMs = Slot.blocked(state) ? Slot.time(state) - now : 0;
            assertThat(blockedMs).isEqualTo(naive.attempt(step.key(), step.max(), now));
            assertThat(blockedMs).isBetween(0L, BLOCK + Slot.SKEW_MS_MAX);
        }
    }

    // ---- bounds

    @Test
    void fullBucket_letsTheOldestCountGo_andCountsThat() {
        LimitTable table = new LimitTable(WINDOW, BLOCK, 8);
        for (int key = 1; key <= 8; key++) {
            table.attempt(key, 1, START + key);
        }
        assertThat(table.evicted()).isZero();
        table.attempt(9, 1, START + 20);
        assertThat(table.evicted()).isEqualTo(1);
        assertThat(passes(table, 2, 1, START + 21)).isFalse();
        assertThat(passes(table, 1, 1, START + 21)).isTrue();
    }

    @Test
    void fullOfBlocks_letsOthersPassUncounted_andKeepsTheBlocks() {
        LimitTable table = new LimitTable(WINDOW, BLOCK, 8);
        for (int key = 1; key <= 8; key++) {
            table.attempt(key, 1, START);
            assertThat(passes(table, key, 1, START)).isFalse();
        }
        assertThat(table.attempt(9, 1, START)).isEqualTo(LimitTable.UNCOUNTED);
        assertThat(table.attempt(9, 1, START)).isEqualTo(LimitTable.UNCOUNTED);
        assertThat(table.uncounted()).isEqualTo(2);
        for (int key = 1; key <= 8; key++) {
            assertThat(passes(table, key, 1, START + 1)).isFalse();
        }
        assertThat(passes(table, 9, 1, START + BLOCK)).isTrue();
        assertThat(passes(table, 9, 1, START + BLOCK)).isFalse();
    }

    @Test
    void crowdedTable_growsUpToItsLastStep_andKeepsWhatItHolds() {
        LimitTable table = new LimitTable(WINDOW, BLOCK, 8, 64, 1_024);
        SplittableRandom random = new SplittableRandom(1);
        List<Long> keys = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            long key = random.nextLong();
            keys.add(key);
            table.attempt(key, 2, START);
            if (table.crowded()) {
                table.grow();
            }
        }
        assertThat(table.bytes()).isEqualTo(16 * (8 + 64 + 1_024));
        assertThat(table.evicted()).isZero();
        for (long key : keys) {
            assertThat(passes(table, key, 2, START)).isTrue();
            assertThat(passes(table, key, 2, START)).isFalse();
        }
    }

    @Test
    void aMillionAddresses_takeAtMost64MB_andFewMakeRoom() {
        LimitTable table = table();
        SplittableRandom random = new SplittableRandom(3);
        for (int i = 0; i < 1_000_000; i++) {
            table.attempt(random.nextLong(), 60, START);
            if (table.crowded()) {
                table.grow();
            }
        }
        assertThat(table.bytes()).isLessThanOrEqualTo(64_000_000);
        assertThat(table.uncounted()).isZero();
        assertThat(table.evicted()).isLessThan(1_000);
    }

    // ---- threads

    @Test
    void twoThreads_passExactlyTheLimitTogether() throws Exception {
        int keys = 3_000;
        int max = 5;
        ExecutorService threads = Executors.newFixedThreadPool(4);
        for (int round = 0; round < 20; round++) {
            LimitTable table = new LimitTable(WINDOW, BLOCK, 1 << 16);
            long base = (long) round << 40;
            CyclicBarrier start = new CyclicBarrier(4);
            List<Future<Integer>> passed = new ArrayList<>();
            for (int t = 0; t < 4; t++) {
                passed.add(threads.submit(() -> {
                    start.await();
                    int count = 0;
                    for (int key = 1; key <= keys; key++) {
                        for (int i = 0; i < 4; i++) {
                            count += passes(table, base + key, max, START) ? 1 : 0;
                        }
                    }
                    return count;
                }));
            }
            int sum = 0;
            for (Future<Integer> count : passed) {
                sum += count.get();
            }
            assertThat(sum).isEqualTo(keys * max);
        }
        threads.shutdown();
    }

    @Test
    void twoThreadsOnOneNewKeyAmidGrowth_neverKeepTwoCountsOfIt() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(2);
        for (int round = 0; round < 20_000; round++) {
            LimitTable table = new LimitTable(WINDOW, BLOCK, 8, 16);
            CyclicBarrier start = new CyclicBarrier(2);
            Future<Integer> other = threads.submit(() -> burst(table, start));
            Future<Integer> one = threads.submit(() -> burst(table, start));
            table.grow();
            assertThat(one.get() + other.get()).isEqualTo(3);
        }
        threads.shutdown();
    }

    private static int burst(LimitTable table, CyclicBarrier start) throws Exception {
        start.await();
        int passed = 0;
        for (int i = 0; i < 3; i++) {
            passed += passes(table, 77, 3, START) ? 1 : 0;
        }
        return passed;
    }
}

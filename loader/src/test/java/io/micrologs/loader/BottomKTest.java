package io.micrologs.loader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class BottomKTest {

    @Property
    void anyPartsInAnyOrder_giveTheSmallestHashesOfAllIds(
            @ForAll @Size(max = 8) List<@Size(max = 60) List<@IntRange(max = 90) Integer>> parts,
            @ForAll @IntRange(min = 1, max = 20) int k,
            @ForAll long seed) {
        TreeSet<Long> plain = new TreeSet<>();
        parts.forEach(part -> part.forEach(id -> plain.add(BottomK.hash(id))));
        String smallest = plain.stream().limit(k + 1).map("%012x"::formatted).collect(Collectors.joining());

        List<BottomK> sketches = parts.stream()
                .map(part -> {
                    BottomK sketch = new BottomK(k);
                    part.forEach(sketch::add);
                    return sketch;
                })
                .collect(Collectors.toList());
        java.util.Collections.shuffle(sketches, new Random(seed));
        BottomK union = new BottomK(k);
        for (int i = 0; i < sketches.size(); i++) {
            BottomK part = sketches.get(i);
            // Stored and read back makes no difference, nor does it to come twice.
            union.union(i % 2 == 0 ? BottomK.of(k, part.toBytes()) : part);
            union.union(part);
        }
        assertThat(java.util.HexFormat.of().formatHex(union.toBytes())).isEqualTo(smallest);
        if (plain.size() <= k) {
            assertThat(union.estimate()).isEqualTo(plain.size());
        }
        assertThat(BottomK.of(k, union.toBytes()).estimate()).isEqualTo(union.estimate());
    }

    @Test
    void upToK_isExact_andTwoMillionAreWithinTwoPercent() {
        BottomK sketch = new BottomK(Dimension.K_TOTAL);
        SplittableRandom ids = new SplittableRandom(1);
        for (int i = 1; i <= 2_000_000; i++) {
            sketch.add(ids.nextLong());
            if (i == Dimension.K_TOTAL) {
                assertThat(sketch.estimate()).isEqualTo(Dimension.K_TOTAL);
                assertThat(BottomK.of(Dimension.K_TOTAL, sketch.toBytes()).estimate())
                        .isEqualTo(Dimension.K_TOTAL);
            }
        }
        assertThat(sketch.estimate()).isCloseTo(2_000_000, within(40_000.0));
        assertThat(sketch.toBytes()).hasSize((Dimension.K_TOTAL + 1) * BottomK.HASH_BYTES);
    }

    /** Also of ids that are no hashes: the mix makes them some. */
    @Test
    void errors_haveTheirStandardDeviation() {
        int sketches = 200;
        double squares = 0;
        for (int s = 0; s < sketches; s++) {
            BottomK sketch = new BottomK(Dimension.K);
            for (long id = 0; id < 40_000; id++) {
                sketch.add(s * 1_000_000L + id);
            }
            double error = sketch.estimate() / 40_000 - 1;
            squares += error * error;
        }
        // 1/√4095 = 1.56 %, a little less since a tenth of all ids is held.
        assertThat(Math.sqrt(squares / sketches)).isBetween(0.011, 0.019);
    }

    @Property
    void counts_comeBackAsTheyWere(@ForAll @Size(max = 40) List<long[]> rows, @ForAll long seed) throws SQLException {
        Random random = new Random(seed);
        Map<RollupKey, long[]> counts = new TreeMap<>();
        for (long[] row : rows) {
            long[] sums = new long[Metric.COUNT];
            System.arraycopy(row, 0, sums, 0, Math.min(row.length, sums.length));
            if (!Tally.isZero(sums)) {
                Grain grain = Grain.values()[random.nextInt(4)];
                Dimension dimension = Dimension.ALL.get(random.nextInt(Dimension.ALL.size()));
                int project = random.nextInt(Integer.MAX_VALUE);
                counts.put(new RollupKey(project, grain, dimension, random.nextInt(1 << 24), random.nextLong()), sums);
            }
        }
        Tally tally = new Tally();
        for (byte[] part : CountCodec.encode(counts)) {
            CountCodec.decode(part, tally);
        }
        assertThat(tally.counts()).containsOnlyKeys(counts.keySet());
        tally.counts().forEach((key, sums) -> assertThat(sums).isEqualTo(counts.get(key)));
    }

    @Test
    void manyCounts_areSplitIntoParts() throws SQLException {
        Map<RollupKey, long[]> counts = new TreeMap<>();
        for (long value = 0; value < 100_000; value++) {
            counts.put(new RollupKey(7, Grain.DAY, Dimension.PAGE, 20_000, value), new long[] {1, 0, 0, 0, 0, 0, -1});
        }
        List<byte[]> parts = CountCodec.encode(counts);
        assertThat(parts).hasSizeBetween(2, 4);
        Tally tally = new Tally();
        for (byte[] part : parts) {
            CountCodec.decode(part, tally);
        }
        assertThat(tally.countRows()).isEqualTo(100_000);
    }

    @Test
    void periods_ofDays() {
        // A Sunday and a Monday in different months.
        int sunday = (int) java.time.LocalDate.of(2026, 5, 31).toEpochDay();
        assertThat(Grain.WEEK.periodOf(sunday) + 1).isEqualTo(Grain.WEEK.periodOf(sunday + 1));
        assertThat(Grain.MONTH.periodOf(sunday)).isEqualTo(2026 * 12 + 4);
        for (Grain grain : Closing.GRAINS) {
            for (int day = sunday - 40; day < sunday + 40; day++) {
                int period = grain.periodOf(day);
                assertThat(grain.firstDay(period)).isLessThanOrEqualTo(day);
                assertThat(grain.lastDay(period)).isGreaterThanOrEqualTo(day);
                assertThat(grain.periodOf(grain.firstDay(period))).isEqualTo(period);
                assertThat(grain.periodOf(grain.lastDay(period))).isEqualTo(period);
            }
        }
    }
}

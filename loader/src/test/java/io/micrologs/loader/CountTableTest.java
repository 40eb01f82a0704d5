package io.micrologs.loader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Against a plain map. */
final class CountTableTest {

    @Test
    void anyRows_addUp_alsoWhenItGrowsShrinksAndIsUsedAgain() {
        CountTable table = new CountTable();
        CountTable sum = new CountTable();
        Map<RollupKey, long[]> expectedSum = new HashMap<>();
        Random random = new Random(11);
        for (int keys : new int[] {1, 20, 5_000, 0, 3, 400}) {
            Map<RollupKey, long[]> expected = new HashMap<>();
            for (int i = 0; i < 3 * keys; i++) {
                RollupKey key = key(random, keys);
                long place = KeyIndex.place(key.projectId(), key.grain(), key.dimension(), key.period());
                long[] more = random.longs(Metric.COUNT, -5, 6).toArray();
                int metric = random.nextInt(Metric.COUNT);
                table.add(place, key.valueId(), more);
                table.add(place, key.valueId(), metric, 7);
                more[metric] += 7;
                for (Map<RollupKey, long[]> map : List.of(expected, expectedSum)) {
                    long[] sums = map.computeIfAbsent(key, k -> new long[Metric.COUNT]);
                    for (int m = 0; m < Metric.COUNT; m++) {
                        sums[m] += more[m];
                    }
                }
            }
            assertSame(table, expected);
            sum.add(table);
            assertSame(sum, expectedSum);
            table.clear();
        }
    }

    private static RollupKey key(Random random, int keys) {
        int[] projects = {1, 2, Integer.MAX_VALUE};
        int[] periods = {0, 1, 20_000, (1 << 24) - 1};
        long some = random.nextInt(keys);
        long[] values = {0, -1, Long.MIN_VALUE, Long.MAX_VALUE, some, some << 40};
        return new RollupKey(
                projects[random.nextInt(projects.length)],
                Grain.values()[random.nextInt(4)],
                Dimension.ALL.get(random.nextInt(Dimension.ALL.size())),
                periods[random.nextInt(periods.length)],
                values[random.nextInt(values.length)]);
    }

    private static void assertSame(CountTable table, Map<RollupKey, long[]> expected) {
        assertThat(table.size()).isEqualTo(expected.size());
        for (int i = 0; i < table.size(); i++) {
            assertThat(table.sums(i)).as("%s", table.key(i)).isEqualTo(expected.get(table.key(i)));
        }
    }

    @Test
    void periodThatNoTableTakes_isRefused() {
        for (int period : new int[] {-1, 1 << 24, Integer.MIN_VALUE}) {
            assertThatThrownBy(() -> KeyIndex.place(1, Grain.DAY, Dimension.PAGE, period))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }
}

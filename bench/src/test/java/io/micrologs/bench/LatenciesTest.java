package io.micrologs.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class LatenciesTest {
    @Property(tries = 50)
    void quantile_isTheSortedListsElement(
            @ForAll @Size(min = 1, max = 60) List<@IntRange(max = 131_071) Integer> micros) {
        Latencies latencies = new Latencies();
        for (int us : micros) {
            latencies.record(us * 1_000L + 999);
        }
        List<Integer> sorted = micros.stream().sorted().toList();
        for (double quantile : new double[] {0.5, 0.9, 0.99, 1}) {
            int rank = Math.max(1, (int) Math.ceil(quantile * sorted.size()));
            assertThat(latencies.micros(quantile)).isEqualTo((long) sorted.get(rank - 1));
        }
    }

    @Test
    void aboveTheExactRange_isKeptToTheMillisecond() {
        Latencies latencies = new Latencies();
        latencies.record(131_072_000L);
        assertThat(latencies.micros(1)).isEqualTo(131_000);
        latencies.record(Long.MAX_VALUE);
        assertThat(latencies.micros(1)).isEqualTo(65_535_000);
    }

    @Test
    void add_countsBoth() {
        Latencies one = new Latencies();
        one.record(5_000);
        Latencies other = new Latencies();
        other.record(7_000);
        other.record(200_000_000);
        one.add(other);
        assertThat(one.count()).isEqualTo(3);
        assertThat(one.micros(0.5)).isEqualTo(7);
        assertThat(one.micros(1)).isEqualTo(200_000);
    }

    @Test
    void empty_isZero() {
        assertThat(new Latencies().micros(0.99)).isZero();
    }
}

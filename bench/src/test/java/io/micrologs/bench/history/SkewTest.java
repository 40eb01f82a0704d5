package io.micrologs.bench.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class SkewTest {
    private static final int DRAWS = 1_000_000;

    private static double[] shares(Skew skew, int count) {
        SplittableRandom random = new SplittableRandom(42);
        double[] shares = new double[count];
        for (int i = 0; i < DRAWS; i++) {
            shares[skew.draw(random.nextLong())] += 1.0 / DRAWS;
        }
        return shares;
    }

    @Test
    void weights_areTheSharesDrawn() {
        double[] shares = shares(Skew.of(5, 0, 1, 4), 4);
        assertThat(shares[0]).isCloseTo(0.5, within(0.003));
        assertThat(shares[1]).isZero();
        assertThat(shares[2]).isCloseTo(0.1, within(0.003));
        assertThat(shares[3]).isCloseTo(0.4, within(0.003));
    }

    @Test
    void zipf_fallsByItsExponent() {
        double[] shares = shares(Skew.zipf(100, 1), 100);
        // H(100) = 5.187
        assertThat(shares[0]).isCloseTo(1 / 5.187, within(0.003));
        assertThat(shares[9]).isCloseTo(0.1 / 5.187, within(0.002));
    }

    @Test
    void oneNumber_isAlwaysDrawn() {
        assertThat(shares(Skew.zipf(1, 1), 1)[0]).isCloseTo(1, within(1e-9));
    }
}

package io.micrologs.query.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.RoundingMode;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class PercentTest {

    @Test
    void ofNothing_isZero() {
        assertThat(Percent.of(0, 0)).isZero();
    }

    @Test
    void of_roundsHalfUpToOneDecimal() {
        assertThat(Percent.of(1, 3)).isEqualTo(33.3);
        assertThat(Percent.of(2, 3)).isEqualTo(66.7);
        assertThat(Percent.of(1, 2_000)).isEqualTo(0.1);
        assertThat(Percent.of(5, 5)).isEqualTo(100.0);
    }

    @Property
    void of_agreesWithDecimalArithmetic(
            @ForAll @LongRange(min = 0, max = 1_000_000_000_000L) long part,
            @ForAll @LongRange(min = 1, max = 1_000_000_000_000L) long whole) {
        Assume.that(part <= whole);
        assertThat(Percent.of(part, whole))
                .isEqualTo(BigDecimal.valueOf(part)
                        .multiply(BigDecimal.valueOf(100))
                        .divide(BigDecimal.valueOf(whole), 1, RoundingMode.HALF_UP)
                        .doubleValue());
    }
}

package io.micrologs.bench.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FigureTest {
    @Test
    void spread_isMedianSmallestAndLargest() {
        assertThat(Figure.spread(5, 1, 4)).isEqualTo(new Figure(4, 1, 5));
        assertThat(Figure.spread(5, 1, 4, 2)).isEqualTo(new Figure(3, 1, 5));
    }

    @Test
    void tail_isMedianThe95thOfAHundredAndTheLargest() {
        double[] hundred =
                IntStream.rangeClosed(1, 100).mapToDouble(n -> 101 - n).toArray();
        assertThat(Figure.tail(hundred)).isEqualTo(new Figure(50.5, 95, 100));
    }

    @Test
    void tailOfTwenty_isTheSecondLargestAndOfFewerTheLargest() {
        assertThat(Figure.tail(IntStream.rangeClosed(1, 20).asDoubleStream().toArray()))
                .isEqualTo(new Figure(10.5, 19, 20));
        assertThat(Figure.tail(3, 1, 2)).isEqualTo(new Figure(2, 3, 3));
    }

    @Test
    void nothing_isNoFigure() {
        assertThatThrownBy(Figure::spread).hasMessageContaining("nothing was measured");
    }
}

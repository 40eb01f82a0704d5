package io.micrologs.bench.report;

import java.util.List;

/**
 * Bars under a heading, all in one unit.
 *
 * @param unit behind each number, such as {@code "/s"}
 */
public record Chart(String heading, String unit, List<Bar> bars) {

    public Chart {
        bars = List.copyOf(bars);
    }

    /**
     * One bar with what it was at least and at most.
     *
     * @param ceiling whether it is what the others are measured against; drawn in another colour
     */
    public record Bar(String label, double value, double low, double high, boolean ceiling) {

        /** Of a median with its spread. */
        public static Bar of(String label, Figure spread, boolean ceiling) {
            return new Bar(label, spread.first(), spread.second(), spread.third(), ceiling);
        }
    }
}

package io.micrologs.bench.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Bars under a heading, all in one unit. */
public record Chart(String heading, List<Bar> bars) {

    public Chart {
        bars = List.copyOf(bars);
    }

    /**
     * Those of the named figures that there are, with their names in the table.
     *
     * @param ceilings what the others are measured against, drawn below them
     */
    public static Chart of(String heading, Map<String, Figure> figures, List<String> ceilings, String... names) {
        List<Bar> bars = new ArrayList<>();
        for (String name : names) {
            add(bars, figures, name, false);
        }
        for (String name : ceilings) {
            add(bars, figures, name, true);
        }
        return new Chart(heading, bars);
    }

    private static void add(List<Bar> bars, Map<String, Figure> figures, String name, boolean ceiling) {
        Figure figure = figures.get(name);
        if (figure != null) {
            bars.add(new Bar(name, figure.first(), figure.second(), figure.third(), ceiling));
        }
    }

    /**
     * One bar with what it was at least and at most.
     *
     * @param ceiling whether it is what the others are measured against; drawn in another colour
     */
    public record Bar(String label, double value, double low, double high, boolean ceiling) {}
}

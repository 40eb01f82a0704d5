package io.micrologs.bench.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Draws charts as one picture: lying bars, a line from the lowest to the highest round across each one's end. */
final class Svg {
    /*
     * Written by hand, since all there is to it is rectangles and text. Colours are in a style of the picture's own and
     * change with the reader's colour scheme; text is never on a colour.
     */
    private static final int WIDTH = 800;
    private static final int MARGIN = 16;
    private static final int BARS_AT = 270;
    private static final int NUMBERS_WIDTH = 120;
    private static final int BARS_WIDTH = WIDTH - BARS_AT - NUMBERS_WIDTH - MARGIN;
    /** So many of the small ones fit into the width. */
    private static final int SMALL_CHARS = 125;

    private static final int ROW = 24;
    private static final int BAR = 14;
    private static final int HEADING = 40;
    private static final String STYLE = """
            text { font: 13px system-ui, sans-serif; fill: #1f2328 }
            .title { font-size: 17px; font-weight: 600 }
            .heading { font-weight: 600 }
            .small { font-size: 11px; fill: #59636e }
            .bar { fill: #2f6fde }
            .ceiling { fill: #a9b4c0 }
            .spread { stroke: #1f2328; stroke-width: 1.5 }
            @media (prefers-color-scheme: dark) {
              text { fill: #e6edf3 } .small { fill: #9198a1 } .spread { stroke: #e6edf3 }
              .bar { fill: #5b93f0 } .ceiling { fill: #5c6773 }
            }
            """;

    private final StringBuilder out = new StringBuilder();
    private int y;

    /** @param lines below the title: where and how it was measured */
    static String draw(String title, List<String> lines, List<Chart> charts) {
        Svg svg = new Svg();
        svg.y = MARGIN + 16;
        svg.text(MARGIN, "title", "start", title);
        for (String line : lines) {
            for (String piece : pieces(line)) {
                svg.y += 17;
                svg.text(MARGIN, "small", "start", piece);
            }
        }
        charts.forEach(svg::chart);
        int height = svg.y + MARGIN;
        return "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + WIDTH + " " + height + "\" width=\"" + WIDTH
                + "\" height=\"" + height + "\" role=\"img\">\n<title>" + escaped(title) + "</title>\n<style>\n" + STYLE
                + "</style>\n" + svg.out + "</svg>\n";
    }

    /** SVG breaks no lines by itself. */
    private static List<String> pieces(String line) {
        List<String> pieces = new ArrayList<>();
        String rest = line;
        while (rest.length() > SMALL_CHARS) {
            int space = rest.lastIndexOf(' ', SMALL_CHARS);
            int end = space > 0 ? space : SMALL_CHARS;
            pieces.add(rest.substring(0, end));
            rest = rest.substring(end).stripLeading();
        }
        pieces.add(rest);
        return pieces;
    }

    private void chart(Chart chart) {
        y += HEADING;
        text(MARGIN, "heading", "start", chart.heading());
        double most = chart.bars().stream().mapToDouble(Chart.Bar::high).max().orElse(0);
        for (Chart.Bar bar : chart.bars()) {
            y += ROW;
            bar(bar, most > 0 ? BARS_WIDTH / most : 0);
        }
    }

    private void bar(Chart.Bar bar, double scale) {
        text(BARS_AT - 8, "", "end", bar.label());
        out.append(String.format(
                Locale.ROOT,
                "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\"/>%n",
                bar.ceiling() ? "ceiling" : "bar",
                BARS_AT,
                y - BAR + 3,
                Math.max(1, bar.value() * scale),
                BAR));
        double low = BARS_AT + bar.low() * scale;
        double high = BARS_AT + bar.high() * scale;
        int middle = y - BAR / 2 + 3;
        line(low, middle, high, middle);
        line(low, middle - 4, low, middle + 4);
        line(high, middle - 4, high, middle + 4);
        text((int) (BARS_AT + Math.max(bar.high(), bar.value()) * scale) + 8, "", "start", numbers(bar));
    }

    /** A bar whose line only goes up is one of two numbers that both matter, such as p50 and p95. */
    private static String numbers(Chart.Bar bar) {
        String value = Figure.text(bar.value());
        return bar.low() == bar.value() && bar.high() > bar.value() ? value + " – " + Figure.text(bar.high()) : value;
    }

    private void line(double x1, int y1, double x2, int y2) {
        out.append(String.format(
                Locale.ROOT, "<line class=\"spread\" x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\"/>%n", x1, y1, x2, y2));
    }

    private void text(int x, String kind, String anchor, String text) {
        out.append("<text x=\"")
                .append(x)
                .append("\" y=\"")
                .append(y)
                .append("\" text-anchor=\"")
                .append(anchor);
        out.append(kind.isEmpty() ? "" : "\" class=\"" + kind)
                .append("\">")
                .append(escaped(text))
                .append("</text>\n");
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}

package io.micrologs.bench;

import io.micrologs.bench.history.HistoryPlan;
import io.micrologs.bench.report.Chart;
import io.micrologs.bench.report.Figure;
import io.micrologs.bench.report.Machine;
import io.micrologs.bench.report.Report;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** The figures of a load that counts. */
record LoadReport(
        LoadPlan plan,
        String command,
        String database,
        List<LoadPart> parts,
        Sizes sizes,
        long sessions,
        long visitors,
        List<String> warnings) {
    private static final String LOADED = "events/s loaded";
    private static final String FIRST = ", first fifth";
    private static final String LAST = ", last fifth";
    private static final String RAW = "events/s raw LOAD DATA";
    private static final String RATIO = "ratio to raw LOAD DATA";
    private static final String BYTES = "bytes per pageview";
    private static final int TABLES_SHOWN = 8;
    private static final int BARS_MAX = 10;
    private static final double BYTES_PER_MIB = 1 << 20;

    /**
     * What is there at the end.
     *
     * @param outcomes events by what became of them
     * @param tables bytes of data and indexes, largest first
     * @param seenOld bytes of them that go with the next UTC day: ids of events that are older than two days
     */
    record Sizes(
            long pageviews,
            Map<String, Long> outcomes,
            Map<String, Long> tables,
            long seenOld,
            long loaderResident,
            long databaseResident) {

        long bytes() {
            return tables.values().stream().mapToLong(Long::longValue).sum();
        }

        double perPageview(long bytes) {
            return pageviews == 0 ? 0 : (double) bytes / pageviews;
        }
    }

    Report report() {
        Map<String, Figure> figures = figures();
        Map<String, String> about = new LinkedHashMap<>();
        about.put("database", database);
        about.put("command", command);
        about.put("workload", workload());
        about.put("outcomes", sizes.outcomes().toString());
        return new Report(
                "Loading",
                Machine.here(),
                about,
                Map.of(
                        "events",
                        plan.history().events(),
                        "pageviews",
                        sizes.pageviews(),
                        "visits",
                        sessions,
                        "visitors",
                        visitors,
                        "bytes",
                        sizes.bytes()),
                Report.SPREAD,
                figures,
                String.format(
                        Locale.ROOT,
                        "%,d events, each one accounted for; %,d pageviews in rows, totals and counters alike",
                        plan.history().events(),
                        sizes.pageviews()),
                warnings,
                charts(figures));
    }

    private Map<String, Figure> figures() {
        Map<String, Figure> figures = new LinkedHashMap<>();
        figures.put(LOADED, spread(LoadPart::eventsPerSecond));
        figures.put("  committed, not all counted yet", spread(LoadPart::committedPerSecond));
        figures.put("  until at rest, weeks and months summed up", spread(LoadPart::restedPerSecond));
        figures.put(RAW, spread(part -> part.ceiling().eventsPerSecond()));
        figures.put(RATIO, spread(LoadPart::ratio));
        figures.put(LOADED + FIRST, fifth(0, LoadPart::eventsPerSecond));
        figures.put(LOADED + LAST, fifth(parts.size() - fifth(), LoadPart::eventsPerSecond));
        figures.put("last fifth to first", lastToFirst(LoadPart::eventsPerSecond));
        figures.put("  of the ratio to raw LOAD DATA", lastToFirst(LoadPart::ratio));
        figures.put("raw rows per event", spread(part -> (double) part.ceiling().rows() / part.events()));
        figures.put("loader CPU us/event", spread(part -> part.loaderCpu() * 1e6 / part.events()));
        if (plan.database() == null) {
            figures.put("database CPU us/event", spread(part -> part.databaseCpu() * 1e6 / part.events()));
            figures.put("of the machine busy by others %", spread(part -> 100 * part.othersBusy()));
        }
        figures.put("machine busy %", spread(part -> 100 * part.machineBusy()));
        figures.put("events/s made and journaled", spread(LoadPart::made));
        bytes(figures);
        figures.put("loader resident MiB, peak", Figure.single(sizes.loaderResident() / BYTES_PER_MIB));
        if (plan.database() == null) {
            figures.put("database resident MiB, peak", Figure.single(sizes.databaseResident() / BYTES_PER_MIB));
        }
        return figures;
    }

    private void bytes(Map<String, Figure> figures) {
        long lasting = sizes.bytes() - sizes.seenOld();
        figures.put(BYTES, Figure.single(sizes.perPageview(lasting)));
        sizes.tables().entrySet().stream()
                .map(table -> Map.entry(
                        table.getKey(), table.getValue() - (table.getKey().equals("event_seen") ? sizes.seenOld() : 0)))
                .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
                .limit(TABLES_SHOWN)
                .forEach(table ->
                        figures.put("  of them " + table.getKey(), Figure.single(sizes.perPageview(table.getValue()))));
        figures.put("until the next UTC day also", Figure.single(sizes.perPageview(sizes.seenOld())));
    }

    private Figure spread(ToDoubleFunction<LoadPart> value) {
        return Figure.spread(parts.stream().mapToDouble(value).toArray());
    }

    /** Of so many parts. */
    private int fifth() {
        return Math.max(1, parts.size() / 5);
    }

    private Figure fifth(int from, ToDoubleFunction<LoadPart> value) {
        return Figure.spread(
                parts.subList(from, from + fifth()).stream().mapToDouble(value).toArray());
    }

    private Figure lastToFirst(ToDoubleFunction<LoadPart> value) {
        return Figure.single(
                fifth(parts.size() - fifth(), value).first() / fifth(0, value).first());
    }

    private List<Chart> charts(Map<String, Figure> figures) {
        return List.of(
                Chart.of("From journal to counted rows", figures, List.of(RAW), LOADED, LOADED + FIRST, LOADED + LAST),
                new Chart("Ratio to raw LOAD DATA, by events stored before", growing()),
                Chart.of("In the database, indexes and counters included", figures, List.of(), BYTES));
    }

    /** The parts in order, some of them together where there are many. */
    private List<Chart.Bar> growing() {
        List<Chart.Bar> bars = new ArrayList<>();
        int groups = Math.min(BARS_MAX, parts.size());
        long stored = plan.warmupEvents();
        for (int group = 0; group < groups; group++) {
            int from = parts.size() * group / groups;
            int to = parts.size() * (group + 1) / groups;
            Figure ratio = Figure.spread(parts.subList(from, to).stream()
                    .mapToDouble(LoadPart::ratio)
                    .toArray());
            bars.add(new Chart.Bar(
                    String.format(Locale.ROOT, "%,d", stored), ratio.first(), ratio.second(), ratio.third(), false));
            for (int part = from; part < to; part++) {
                stored += plan.partEvents(part);
            }
        }
        return bars;
    }

    private String workload() {
        HistoryPlan history = plan.history();
        return String.format(
                Locale.ROOT,
                "%,d events of %s to %s in %d parts; %,d visits, %,d visitors, %,d URLs; seed %d; batches of %,d; loader's heap %s",
                history.events(),
                history.from(),
                history.until().minusDays(1),
                plan.parts(),
                sessions,
                visitors,
                history.urls(),
                history.seed(),
                Ceiling.BATCH_EVENTS,
                plan.heap() == null ? "as Java takes it" : plan.heap());
    }
}

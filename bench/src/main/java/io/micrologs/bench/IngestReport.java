package io.micrologs.bench;

import io.micrologs.bench.report.Chart;
import io.micrologs.bench.report.Figure;
import io.micrologs.bench.report.Machine;
import io.micrologs.bench.report.Report;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** The figures of a run that counts. */
record IngestReport(
        IngestPlan plan,
        String serverJava,
        List<Round> rounds,
        List<Workload> workloads,
        long accepted,
        boolean verified,
        List<String> warnings) {

    private Map<String, Figure> figures() {
        Map<String, Figure> figures = new LinkedHashMap<>();
        figure(figures, "accepted/s", round -> round.server().leg().rate());
        figure(figures, "bare responder/s", round -> round.bare().leg().rate());
        figure(figures, "ratio to the bare responder", Round::ratio);
        figure(figures, "p50 ms", round -> ms(round.server(), 0.5));
        figure(figures, "p99 ms", round -> ms(round.server(), 0.99));
        figure(figures, "p99.9 ms", round -> ms(round.server(), 0.999));
        figure(figures, "max ms", round -> ms(round.server(), 1));
        figure(figures, "bare p50 ms", round -> ms(round.bare(), 0.5));
        figure(figures, "bare p99 ms", round -> ms(round.bare(), 0.99));
        String steady = "open loop at " + plan.openLoopPercent() + " %, ";
        figure(figures, steady + "accepted/s", Round::steady, leg -> leg.leg().rate());
        figure(figures, steady + "p50 ms", Round::steady, leg -> ms(leg, 0.5));
        figure(figures, steady + "p99 ms", Round::steady, leg -> ms(leg, 0.99));
        figure(figures, steady + "p99.9 ms", Round::steady, leg -> ms(leg, 0.999));
        String batches = "batches of " + plan.batch() + ", ";
        figure(figures, batches + "events/s", Round::batches, leg -> leg.leg().rate() * plan.batch());
        figure(figures, batches + "p99 ms", Round::batches, leg -> ms(leg, 0.99));
        if (rounds.get(0).batches() != null) {
            figure(figures, "events/s in batches to single", this::batchedToSingle);
        }
        if (rounds.get(0).drainedSeconds() > 0) {
            figure(figures, "drained/s", Round::drainedRate);
            figure(figures, "events behind at the leg's end", Round::lagAtEnd);
            figure(figures, "backlog alone drained/s", Round::backlogRate);
        }
        if (plan.pid() > 0) {
            figure(figures, "server CPU us/request", round -> round.server().cpuMicrosEach());
            for (String thread : busiestThreads()) {
                figure(figures, "  threads " + thread, round -> threadMicros(round, thread));
            }
            if (rounds.get(0).drainedSeconds() > 0) {
                figure(figures, "server CPU us/event until drained", round -> each(round, round.serverCpuDrained()));
                figure(
                        figures,
                        "database CPU us/event until drained",
                        round -> each(round, round.databaseCpuDrained()));
            }
        }
        figure(figures, "bare CPU us/request", round -> round.bare().cpuMicrosEach());
        figure(figures, "generator busy %", round -> 100 * round.server().generatorBusy());
        figure(figures, "generator busy %, bare", round -> 100 * round.bare().generatorBusy());
        figure(figures, "machine busy %", round -> 100 * round.server().machineBusy());
        figure(figures, "machine busy %, bare", round -> 100 * round.bare().machineBusy());
        figure(figures, "of it by others %", round -> 100 * round.server().othersBusy());
        return figures;
    }

    private void figure(Map<String, Figure> figures, String name, ToDoubleFunction<Round> value) {
        figures.put(name, Figure.spread(rounds.stream().mapToDouble(value).toArray()));
    }

    /** Of the rounds that have such a leg. */
    private void figure(
            Map<String, Figure> figures,
            String name,
            Function<Round, @Nullable Measured> leg,
            ToDoubleFunction<Measured> value) {
        double[] values = rounds.stream()
                .map(leg)
                .filter(Objects::nonNull)
                .mapToDouble(value)
                .toArray();
        if (values.length > 0) {
            figures.put(name, Figure.spread(values));
        }
    }

    private double batchedToSingle(Round round) {
        Measured batches = round.batches();
        return batches == null
                ? 0
                : batches.leg().rate() * plan.batch() / round.server().leg().rate();
    }

    private static double ms(Measured measured, double quantile) {
        return measured.leg().latencies().micros(quantile) / 1e3;
    }

    private static double each(Round round, double seconds) {
        return seconds * 1e6 / round.server().leg().accepted();
    }

    private static double threadMicros(Round round, String thread) {
        return each(round, round.server().threadsCpu().getOrDefault(thread, 0.0));
    }

    private List<String> busiestThreads() {
        Map<String, Double> sums = new TreeMap<>();
        rounds.forEach(round -> round.server().threadsCpu().forEach((name, cpu) -> sums.merge(name, cpu, Double::sum)));
        return sums.entrySet().stream()
                .sorted(Map.Entry.<String, Double>comparingByValue().reversed())
                .limit(6)
                .map(Map.Entry::getKey)
                .toList();
    }

    Report report(String command) {
        Map<String, Figure> figures = figures();
        Map<String, String> about = new LinkedHashMap<>();
        about.put("server", plan.url() + (plan.pid() > 0 ? ", process " + plan.pid() : ""));
        about.put("server_java", serverJava);
        about.put("command", command);
        about.put("workload", workload());
        return new Report(
                "Accepted pageviews a second",
                Machine.here(),
                about,
                Map.of("accepted", accepted, "verified", verified),
                Report.SPREAD,
                figures,
                String.format(
                        Locale.ROOT,
                        "%,d events, every answer 202%s",
                        accepted,
                        verified ? ", each one stored and counted once" : ""),
                warnings,
                charts(figures));
    }

    private static List<Chart> charts(Map<String, Figure> figures) {
        return List.of(
                Chart.of("Rate", figures, List.of("bare responder/s"), "accepted/s", "drained/s"),
                Chart.of("Round by round", figures, List.of(), "ratio to the bare responder"),
                Chart.of("Latency", figures, List.of("bare p50 ms", "bare p99 ms"), "p50 ms", "p99 ms"));
    }

    private String workload() {
        long requests = sum(Workload::events);
        return String.format(
                Locale.ROOT,
                "%d connections, %d generator thread(s); body %d, request %d bytes on average; %,d visitors, %,d sessions,"
                        + " %,d URLs, %,d agents, %,d addresses",
                plan.connections(),
                plan.threads(),
                sum(Workload::bodyBytes) / requests,
                sum(Workload::requestBytes) / requests,
                sum(Workload::visitors),
                sum(Workload::sessions),
                Workload.URLS,
                WorkloadPieces.AGENTS,
                Workload.ADDRESSES);
    }

    private long sum(ToLongFunction<Workload> value) {
        return workloads.stream().mapToLong(value).sum();
    }
}

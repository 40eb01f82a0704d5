package io.micrologs.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/** The figures of a run that counts: a table for people, the same for programs. */
record IngestReport(
        IngestPlan plan,
        String serverJava,
        List<Round> rounds,
        List<Workload> workloads,
        long accepted,
        boolean verified,
        List<String> warnings) {

    /** Median, smallest and largest over the rounds. */
    record Figure(double median, double min, double max) {
        static Figure of(List<Round> rounds, ToDoubleFunction<Round> value) {
            double[] sorted = rounds.stream().mapToDouble(value).sorted().toArray();
            int middle = sorted.length / 2;
            double median = sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
            return new Figure(median, sorted[0], sorted[sorted.length - 1]);
        }
    }

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
        figures.put(name, Figure.of(rounds, value));
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

    void print(PrintWriter out, String command) {
        out.println();
        out.println("machine   " + Machine.here());
        out.println("bench     " + Machine.here().jdk());
        out.println("server    " + plan.url() + (plan.pid() > 0 ? ", process " + plan.pid() : "")
                + ", bare responder on " + serverJava);
        out.println("command   " + command);
        out.println("workload  " + workload());
        out.println();
        out.printf(Locale.ROOT, "%-38s %12s %12s %12s%n", "", "median", "min", "max");
        figures()
                .forEach((name, figure) -> out.printf(
                        Locale.ROOT,
                        "%-38s %12s %12s %12s%n",
                        name,
                        number(figure.median()),
                        number(figure.min()),
                        number(figure.max())));
        out.println();
        out.printf(
                Locale.ROOT,
                "%,d requests, every answer 202%s%n",
                accepted,
                verified ? ", each one stored and counted once" : "");
        warnings.forEach(warning -> out.println("warning: " + warning));
        out.flush();
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, value >= 1_000 ? "%,.0f" : value >= 10 ? "%.1f" : "%.3f", value);
    }

    private String workload() {
        long requests = sum(Workload::requests);
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

    void writeJson(Path file, String command) throws IOException {
        ObjectMapper json = new ObjectMapper();
        ObjectNode all = json.createObjectNode();
        Machine machine = Machine.here();
        all.putObject("machine")
                .put("cores", machine.cores())
                .put("processor", machine.processor())
                .put("memory_gib", machine.memoryGiB())
                .put("kernel", machine.kernel());
        all.put("bench_jdk", machine.jdk()).put("server_java", serverJava).put("command", command);
        all.put("workload", workload()).put("accepted", accepted).put("verified", verified);
        ObjectNode figures = all.putObject("figures");
        figures()
                .forEach((name, figure) -> figures.putObject(name.trim())
                        .put("median", figure.median())
                        .put("min", figure.min())
                        .put("max", figure.max()));
        warnings.forEach(all.putArray("warnings")::add);
        json.writerWithDefaultPrettyPrinter().writeValue(file.toFile(), all);
    }
}

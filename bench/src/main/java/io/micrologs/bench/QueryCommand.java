package io.micrologs.bench;

import io.micrologs.bench.report.ReportFiles;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code micrologs bench query}: asks what dashboards ask, cold and warm, prints. */
@Command(
        name = "query",
        description = {
            "Asks what dashboards ask over 30 days and 12 months, and over 30 days of one country, on what",
            "`micrologs bench load --keep` has left or of a running server. Nothing else should run on the machine."
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:the run counts", "1:the run is void, or could not be made; the last line says why"})
final class QueryCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            defaultValue = "bench-data",
            description = "What `bench load --keep` has left; with --url the server's data.dir, where the key is read."
                    + " Default: ${DEFAULT-VALUE}.")
    @SuppressWarnings("NullAway.Init")
    private Path data;

    @Option(names = "--url", paramLabel = "URL", description = "A running server. Default: one is started on --data.")
    private @Nullable URI url;

    @Option(names = "--secret-key", paramLabel = "KEY", description = "With --url. Default: the first project's.")
    private @Nullable String secretKey;

    @Option(
            names = "--until",
            paramLabel = "DATE",
            description = "With --url: the day after the last one that is asked for. Default: tomorrow.")
    private @Nullable LocalDate until;

    @Option(
            names = "--restart-command",
            paramLabel = "COMMAND",
            description = "Restarts a database that is not the embedded one, for cold runs; given to sh.")
    private @Nullable String restartCommand;

    @Option(
            names = "--questions",
            paramLabel = "NAME",
            split = ",",
            description = "Only these: contract, dashboard, or names as in the table. Default: all.")
    private List<String> questions = List.of();

    @Option(
            names = "--smaller",
            paramLabel = "FILE",
            description = "What --json has written of a smaller store: how the times grow is told, too.")
    private @Nullable Path smaller;

    @Option(
            names = "--runs",
            paramLabel = "N",
            defaultValue = "20",
            description = "Of each question, warm, 1..10000. Default: ${DEFAULT-VALUE}.")
    private int runs;

    @Option(
            names = "--cold-runs",
            paramLabel = "N",
            defaultValue = "20",
            description = "Of each question, each after a restart of the database, some seconds each; 0..1000."
                    + " Default: ${DEFAULT-VALUE}.")
    private int coldRuns;

    @Option(
            names = "--drop-page-cache",
            negatable = true,
            defaultValue = "true",
            fallbackValue = "true",
            description =
                    "Before a cold run, have the system forget what it has of files in memory, if that is allowed;"
                            + " on unless --no-drop-page-cache.")
    private boolean dropPageCache;

    @Option(names = "--heap", paramLabel = "SIZE", description = "Of the server that is started, as in -Xmx.")
    private @Nullable String heap;

    @Mixin
    private ReportFiles files = new ReportFiles();

    @Override
    public Integer call() {
        return Bench.exitCode(spec, this::measure);
    }

    private void measure(PrintWriter out) throws IOException {
        Options.within("--runs", runs, 1, 10_000);
        Options.within("--cold-runs", coldRuns, 0, 1_000);
        Options.heap(heap);
        files.check();
        EarlierReport earlier = smaller == null ? null : EarlierReport.read(smaller);
        QueryPlan plan = new QueryPlan(QueryRequest.named(questions), runs, coldRuns, dropPageCache);
        try (QueryTarget target = target()) {
            files.give(new QueryRun(plan, target, out).measure(commandLine()).report(earlier), out);
        }
    }

    private QueryTarget target() {
        URI running = url;
        if (running == null) {
            if (secretKey != null || until != null) {
                throw new BenchException("--secret-key and --until belong to --url");
            }
            BenchData kept = BenchData.kept(data);
            if (restartCommand != null && kept.external() == null) {
                throw new BenchException("--restart-command is for a database that is not the embedded one");
            }
            return QueryTarget.kept(kept, heap, restartCommand);
        }
        if (!"http".equals(running.getScheme()) || running.getHost() == null) {
            throw new BenchException("--url must be http://HOST:PORT, is " + running);
        }
        if (heap != null) {
            throw new BenchException("--heap is of a server that is started, --url names one that runs");
        }
        LocalDate end = until == null ? LocalDate.now(ZoneOffset.UTC).plusDays(1) : until;
        String key = secretKey == null ? new BenchData(data.toAbsolutePath()).secretKey() : secretKey;
        return QueryTarget.running(running, key, end, restartCommand);
    }

    /** What was typed, without keys. */
    private String commandLine() {
        return "micrologs bench query --runs " + runs + " --cold-runs " + coldRuns
                + (dropPageCache ? "" : " --no-drop-page-cache") + (url == null ? "" : " --url " + url)
                + (questions.isEmpty() ? "" : " --questions '" + String.join(",", questions) + "'")
                + (heap == null ? "" : " --heap " + heap);
    }
}

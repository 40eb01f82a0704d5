package io.micrologs.bench;

import io.micrologs.bench.history.HistoryPlan;
import io.micrologs.bench.report.ReportFiles;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code micrologs bench load}: makes a history, has it loaded, prints. */
@Command(
        name = "load",
        description = {
            "Makes the events of some months, has them loaded by `micrologs load` into a fresh database,",
            "in turn with LOAD DATA of the bare rows. Nothing else should run on the machine."
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:the run counts", "1:the run is void, or could not be made; the last line says why"})
final class LoadCommand implements Callable<Integer> {
    private static final Duration STALL_MAX = Duration.ofSeconds(180);
    private static final long EVENTS_PER_VISITOR = 25;
    private static final int MONTHS_MAX = 12;

    /** The loader makes partitions for so many days back. */
    private static final int DAYS_BACK_MAX = 395;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(
            names = "--events",
            paramLabel = "N",
            defaultValue = "500000",
            description = "Pageviews and some errors, audits and clicks, 1000..10000000000. Default: ${DEFAULT-VALUE}.")
    private long events;

    @Option(
            names = "--visitors",
            paramLabel = "N",
            description = "Different ones, up to a quarter of the events. Default: a 25th of them.")
    private @Nullable Integer visitors;

    @Option(
            names = "--urls",
            paramLabel = "N",
            defaultValue = "5000",
            description = "Different ones, 20..1000000. Default: ${DEFAULT-VALUE}.")
    private int urls;

    @Option(
            names = "--months",
            paramLabel = "N",
            defaultValue = "12",
            description = "Over which the events are spread, 1..12. Default: ${DEFAULT-VALUE}.")
    private int months;

    @Option(
            names = "--recent",
            paramLabel = "PERCENT",
            defaultValue = "40",
            description = "Of the events are of the last 30 days, 1..99. Default: ${DEFAULT-VALUE}.")
    private int recent;

    @Option(
            names = "--until",
            paramLabel = "DATE",
            description =
                    "The day after the last one, UTC. Default: today; with another day the same seed makes other events.")
    private @Nullable LocalDate until;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1",
            description = "The same one makes the same events. Default: ${DEFAULT-VALUE}.")
    private long seed;

    @Option(
            names = "--parts",
            paramLabel = "N",
            defaultValue = "10",
            description =
                    "Loaded one after another, each compared with the ceiling, 5..100. Default: ${DEFAULT-VALUE}.")
    private int parts;

    @Option(
            names = "--heap",
            paramLabel = "SIZE",
            description = "Of the loader, as in -Xmx, for instance 256m. Default: what Java takes by itself.")
    private @Nullable String heap;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            defaultValue = "bench-data",
            description = "A directory of the bench's own, missing or empty. Default: ${DEFAULT-VALUE}.")
    @SuppressWarnings("NullAway.Init")
    private Path data;

    @Option(
            names = "--database",
            paramLabel = "URL",
            description =
                    "An empty database of the bench's own, jdbc:mysql://HOST:PORT/SCHEMA. Default: the embedded MariaDB.")
    private @Nullable String database;

    @Option(names = "--database-user", paramLabel = "NAME", description = "User for --database.")
    private @Nullable String databaseUser;

    @Option(names = "--database-password", paramLabel = "TEXT", description = "Password for --database.")
    private @Nullable String databasePassword;

    @Option(names = "--keep", description = "Leave the data, for `micrologs bench query`.")
    private boolean keep;

    @Mixin
    private ReportFiles files = new ReportFiles();

    @Override
    public Integer call() {
        return Bench.exitCode(spec, this::measure);
    }

    private void measure(PrintWriter out) throws IOException {
        LoadPlan plan = plan();
        files.check();
        files.give(new LoadRun(plan, commandLine(), STALL_MAX, out).measure().report(), out);
    }

    private LoadPlan plan() {
        Options.within("--events", events, 1_000, HistoryPlan.EVENTS_MAX);
        Options.within("--urls", urls, 20, 1_000_000);
        Options.within("--months", months, 1, MONTHS_MAX);
        Options.within("--recent", recent, 1, 99);
        Options.within("--parts", parts, 5, 100);
        long visitorsMax = Math.min(Integer.MAX_VALUE, events / HistoryPlan.EVENTS_PER_VISITOR_MIN);
        long visiting = visitors != null ? visitors : Math.min(visitorsMax, events / EVENTS_PER_VISITOR);
        Options.within("--visitors", visiting, 1, visitorsMax);
        Options.heap(heap);
        if (database == null && (databaseUser != null || databasePassword != null)) {
            throw new BenchException("--database-user and --database-password belong to --database");
        }
        if (database != null && databaseUser == null) {
            throw new BenchException("--database needs --database-user");
        }
        LocalDate end = end();
        return new LoadPlan(
                new HistoryPlan(seed, events, (int) visiting, urls, end.minusMonths(months), end, recent / 100.0),
                parts,
                heap,
                data,
                database == null
                        ? null
                        : new BenchData.External(
                                database,
                                databaseUser == null ? "" : databaseUser,
                                databasePassword == null ? "" : databasePassword),
                keep);
    }

    private LocalDate end() {
        LocalDate today = LocalDate.now(ZoneOffset.UTC);
        LocalDate end = until == null ? today : until;
        if (end.isAfter(today) || end.minusMonths(months).isBefore(today.minusDays(DAYS_BACK_MAX))) {
            throw new BenchException("--until " + end + " with --months " + months + " must lie within the last "
                    + DAYS_BACK_MAX + " days, before " + today.plusDays(1));
        }
        return end;
    }

    /** What was typed, without what is secret, and with what was not typed but matters. */
    private String commandLine() {
        StringBuilder line = new StringBuilder("micrologs bench load");
        line.append(" --events ").append(events).append(" --months ").append(months);
        line.append(" --until ").append(end()).append(" --seed ").append(seed);
        line.append(visitors == null ? "" : " --visitors " + visitors)
                .append(" --urls ")
                .append(urls);
        line.append(" --recent ").append(recent).append(" --parts ").append(parts);
        line.append(heap == null ? "" : " --heap " + heap);
        line.append(database == null ? "" : " --database …").append(keep ? " --keep" : "");
        return line.toString();
    }
}

package io.micrologs.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code micrologs bench all}: ingest against a server of its own, then load, then query on what load has left. */
@Command(
        name = "all",
        description = {
            "Runs ingest, load and query, one after the other, each against a server of the bench's own,",
            "and leaves their figures and pictures in a directory. Nothing else should run on the machine."
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:all runs count", "1:a run is void, or could not be made"})
final class AllCommand implements Callable<Integer> {
    private static final long START_SECONDS_MAX = 300;
    private static final long START_POLL_MS = 100;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            defaultValue = "bench-report",
            description = "Where ingest.json, ingest.svg and the others go. Default: ${DEFAULT-VALUE}.")
    @SuppressWarnings("NullAway.Init")
    private Path directory;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            defaultValue = "bench-data",
            description =
                    "A directory of the bench's own, missing or empty; deleted at the end. Default: ${DEFAULT-VALUE}.")
    @SuppressWarnings("NullAway.Init")
    private Path data;

    @Option(names = "--ingest", paramLabel = "OPTIONS", description = "For `bench ingest`, such as '--rounds 5'.")
    private String ingest = "";

    @Option(names = "--load", paramLabel = "OPTIONS", description = "For `bench load`, such as '--events 50000000'.")
    private String load = "";

    @Option(names = "--query", paramLabel = "OPTIONS", description = "For `bench query`, such as '--cold-runs 5'.")
    private String query = "";

    @Override
    public Integer call() throws IOException {
        PrintWriter err = spec.commandLine().getErr();
        int worst = 0;
        try {
            Files.createDirectories(directory);
            worst = Math.max(worst, ingest());
            worst = Math.max(worst, loadAndQuery());
        } catch (BenchException e) {
            err.println("void: " + e.getMessage());
            err.flush();
            worst = 1;
        } catch (IOException e) {
            err.println("void: " + directory + " cannot be written: " + e.getMessage());
            err.flush();
            worst = 1;
        }
        return worst;
    }

    private int ingest() {
        int port = QueryTarget.freePort();
        Map<String, String> settings =
                Map.of("http.port", "" + port, "trusted.proxies", "127.0.0.1/32", "ratelimit.events", "1000000");
        BenchData own = BenchData.create(data.resolve("ingest"), null, settings);
        try (Program server = Program.start("serve", own, null)) {
            awaitRunning(own, server);
            return run(
                    "ingest",
                    ingest.contains("--batch") ? ingest : ingest + " --batch 100",
                    "--url",
                    "http://127.0.0.1:" + port,
                    "--data",
                    own.root().toString());
        } finally {
            own.delete();
        }
    }

    /** When it says so, its first project is there. */
    private static void awaitRunning(BenchData own, Program server) {
        long deadline =
                System.nanoTime() + Duration.ofSeconds(START_SECONDS_MAX).toNanos();
        while (!server.said("is running")) {
            server.requireAlive();
            if (System.nanoTime() > deadline) {
                throw new BenchException(
                        "`micrologs serve` in " + own.root() + " does not start: " + server.lastWords());
            }
            Pause.ms(START_POLL_MS);
        }
    }

    private int loadAndQuery() throws IOException {
        Path kept = data.resolve("load");
        int result = run("load", load, "--data", kept.toString(), "--keep");
        if (result == 0) {
            try {
                result = run("query", query, "--data", kept.toString());
            } finally {
                BenchData.kept(kept).delete();
            }
        }
        try {
            Files.deleteIfExists(data);
        } catch (DirectoryNotEmptyException e) {
            // Something else is in it, which is not the bench's.
        }
        return result;
    }

    private int run(String what, String options, String... more) {
        PrintWriter out = spec.commandLine().getOut();
        out.printf("%n== bench %s%n", what);
        out.flush();
        List<String> args = new ArrayList<>(List.of(what));
        args.addAll(List.of(more));
        args.addAll(List.of(
                "--json",
                directory.resolve(what + ".json").toString(),
                "--svg",
                directory.resolve(what + ".svg").toString()));
        if (!options.isBlank()) {
            args.addAll(List.of(options.strip().split("\\s+")));
        }
        return new CommandLine(new Bench())
                .setOut(out)
                .setErr(spec.commandLine().getErr())
                .execute(args.toArray(String[]::new));
    }
}

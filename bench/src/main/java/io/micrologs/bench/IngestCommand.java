package io.micrologs.bench;

import io.micrologs.bench.report.ReportFiles;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code micrologs bench ingest}: finds the running server's keys and process, runs, prints. */
@Command(
        name = "ingest",
        description = {
            "Drives a running server with pageviews over loopback, in turn with a bare Netty responder.",
            "Start the server with trusted.proxies=127.0.0.1/32, and let nobody else use it."
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:the run counts", "1:the run is void, or could not be made; the last line says why"})
final class IngestCommand implements Callable<Integer> {
    private static final Duration STALL_MAX = Duration.ofSeconds(60);
    private static final Pattern SECRET = Pattern.compile("(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])");
    private static final Pattern PUBLIC = Pattern.compile("(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])");
    private static final Pattern PID = Pattern.compile("\\d{1,10}");

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(
            names = "--url",
            paramLabel = "URL",
            defaultValue = "http://127.0.0.1:8080",
            description = "The server. Default: ${DEFAULT-VALUE}.")
    @SuppressWarnings("NullAway.Init")
    private URI url;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            defaultValue = "data",
            description = "The server's data.dir: keys and process id are read there. Default: ${DEFAULT-VALUE}.")
    @SuppressWarnings("NullAway.Init")
    private Path data;

    @Option(names = "--public-key", paramLabel = "KEY", description = "Default: the first project's.")
    private @Nullable String publicKey;

    @Option(
            names = "--secret-key",
            paramLabel = "KEY",
            description = "Default: the first project's. Without one nothing is verified.")
    private @Nullable String secretKey;

    @Option(
            names = "--pid",
            paramLabel = "PID",
            description = "The server's process, for its processor time. Default: the journal's owner.")
    private @Nullable Long pid;

    @Option(
            names = "--domain",
            paramLabel = "HOST",
            defaultValue = "localhost",
            description = "A domain that the project allows. Default: ${DEFAULT-VALUE}.")
    @SuppressWarnings("NullAway.Init")
    private String domain;

    @Option(
            names = "--connections",
            paramLabel = "N",
            defaultValue = "64",
            description = "In all, 1..1024. Default: ${DEFAULT-VALUE}.")
    private int connections;

    @Option(
            names = "--threads",
            paramLabel = "N",
            defaultValue = "1",
            description = "Of the generator, 1..16. Default: ${DEFAULT-VALUE}.")
    private int threads;

    @Option(
            names = "--seconds",
            paramLabel = "N",
            defaultValue = "10",
            description = "A leg, 1..600. Default: ${DEFAULT-VALUE}.")
    private int seconds;

    @Option(
            names = "--rounds",
            paramLabel = "N",
            defaultValue = "3",
            description =
                    "One leg against the server and one against the bare responder each, 1..100. Default: ${DEFAULT-VALUE}.")
    private int rounds;

    @Option(
            names = "--warmup",
            paramLabel = "N",
            defaultValue = "10",
            description =
                    "Seconds against each before the rounds, 0..600; not in the figures. Default: ${DEFAULT-VALUE}.")
    private int warmup;

    @Option(
            names = "--open-loop",
            paramLabel = "PERCENT",
            defaultValue = "70",
            description =
                    "A leg at this part of the round's rate, sent on time whether answers come or not, 1..95; 0 for none."
                            + " Default: ${DEFAULT-VALUE}.")
    private int openLoop;

    @Option(
            names = "--batch",
            paramLabel = "N",
            defaultValue = "0",
            description = "A leg of batches of so many pageviews, 1..1000; 0 for none. Needs the secret key, and"
                    + " ratelimit.events=1000000. Default: ${DEFAULT-VALUE}.")
    private int batch;

    @Option(
            names = "--wait-drained",
            negatable = true,
            defaultValue = "true",
            fallbackValue = "true",
            description = "Wait for the loader between the legs, and verify that each accepted event is counted;"
                    + " on unless --no-wait-drained.")
    private boolean waitDrained;

    @Mixin
    private ReportFiles files = new ReportFiles();

    @Override
    public Integer call() {
        return Bench.exitCode(spec, this::measure);
    }

    private void measure(PrintWriter out) throws IOException {
        Options.within("--connections", connections, 1, 1_024);
        Options.within("--threads", threads, 1, Math.min(16, connections));
        Options.within("--seconds", seconds, 1, 600);
        Options.within("--rounds", rounds, 1, 100);
        Options.within("--warmup", warmup, 0, 600);
        Options.within("--open-loop", openLoop, 0, 95);
        Options.within("--batch", batch, 0, 1_000);
        files.check();
        String secret = secret();
        if (batch > 0 && secret == null) {
            throw new BenchException("batches need the secret key; give --data or --secret-key");
        }
        IngestPlan plan = new IngestPlan(
                url,
                key(publicKey, PUBLIC, "--public-key"),
                secret,
                domain,
                process(),
                connections,
                threads,
                seconds,
                rounds,
                warmup,
                openLoop,
                batch,
                waitDrained);
        IngestRun run = new IngestRun(plan, STALL_MAX, out);
        files.give(run.measure().report(commandLine()), out);
    }

    /** A key given, or the first text of its form in the file that the server leaves for its first project. */
    private String key(@Nullable String given, Pattern form, String option) {
        if (given != null) {
            return given;
        }
        Path file = data.resolve("first-project.txt");
        Matcher matcher = form.matcher(Proc.read(file));
        if (!matcher.find()) {
            throw new BenchException("no key in " + file + "; give --data or " + option);
        }
        return matcher.group();
    }

    private @Nullable String secret() {
        if (secretKey != null || (!waitDrained && batch == 0)) {
            return secretKey;
        }
        Matcher matcher = SECRET.matcher(Proc.read(data.resolve("first-project.txt")));
        return matcher.find() ? matcher.group() : null;
    }

    /** The server's process id, or 0 when it is not known: then there are no figures of processor time. */
    private long process() {
        if (pid != null) {
            return pid;
        }
        for (Path lock : List.of(data.resolve("journal/append.lock"), data.resolve("append.lock"))) {
            Matcher matcher = PID.matcher(Files.isReadable(lock) ? Proc.read(lock) : "");
            if (matcher.find()) {
                long owner = Long.parseLong(matcher.group());
                return ProcessHandle.of(owner).isPresent() ? owner : 0;
            }
        }
        return 0;
    }

    /** What was typed, without keys. */
    private String commandLine() {
        StringBuilder line = new StringBuilder("micrologs bench ingest");
        line.append(" --connections ").append(connections).append(" --threads ").append(threads);
        line.append(" --seconds ").append(seconds).append(" --rounds ").append(rounds);
        line.append(" --warmup ").append(warmup).append(" --open-loop ").append(openLoop);
        line.append(batch > 0 ? " --batch " + batch : "").append(waitDrained ? "" : " --no-wait-drained");
        return line.toString();
    }
}

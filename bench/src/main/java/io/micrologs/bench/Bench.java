package io.micrologs.bench;

import io.micrologs.server.Subcommand;
import java.io.IOException;
import java.io.PrintWriter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code micrologs bench}: measures the running program from outside. */
@Command(
        name = "bench",
        description = "Measures accepting, loading and answering.",
        subcommands = {IngestCommand.class, LoadCommand.class, QueryCommand.class, AllCommand.class})
public final class Bench implements Subcommand, Runnable {
    /** What one of them does. */
    @FunctionalInterface
    interface Measurement {
        /** @throws BenchException when the run is void */
        void make(PrintWriter out) throws IOException;
    }

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "name what to measure, such as `micrologs bench ingest`");
    }

    /** Makes it for {@code command}; returns the exit code, which is 1 when it is void, and that is said with its reason. */
    static int exitCode(CommandSpec command, Measurement measurement) {
        PrintWriter out = command.commandLine().getOut();
        try {
            measurement.make(out);
            return 0;
        } catch (BenchException | IOException e) {
            out.flush();
            PrintWriter err = command.commandLine().getErr();
            err.println("void: " + e.getMessage());
            err.flush();
            return 1;
        }
    }
}

package io.micrologs.bench;

import io.micrologs.server.Subcommand;
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
    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "name what to measure, such as `micrologs bench ingest`");
    }
}

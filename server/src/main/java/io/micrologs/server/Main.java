package io.micrologs.server;

import io.micrologs.database.DatabaseException;
import io.micrologs.http.HttpException;
import io.micrologs.journal.JournalException;
import io.micrologs.loader.SchemaTooNewException;
import io.micrologs.loader.ToolException;
import java.util.Map;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command line. Only here does the process end, with 0, 1 (could not run) or 2 (wrong usage or configuration). */
@Command(
        name = "micrologs",
        description = "Self-hosted web analytics, error tracking and audit logs that lose nothing.",
        subcommands = {
            ServeCommand.class,
            IngestCommand.class,
            LoadCommand.class,
            QueryCommand.class,
            ProjectCommand.class,
            EraseCommand.class,
            JournalCommand.class,
            VerifyCommand.class,
            ReplayCommand.class,
            DeadLettersCommand.class,
            BackupCommand.class,
            RestoreCommand.class,
            RebuildCommand.class,
            ConfigCommand.class
        })
public final class Main implements Runnable {

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    private Main() {}

    public static void main(String[] args) {
        // Netty's and Chronicle's own start banners and calls home; before any of their classes is loaded.
        System.setProperty("chronicle.analytics.disable", "true");
        System.setProperty("chronicle.announcer.disable", "true");
        System.exit(run(args, System.getenv()));
    }

    static int run(String[] args, Map<String, String> environment) {
        SettingsSource source;
        try {
            source = SettingsSource.read(args, environment);
        } catch (OperatorException e) {
            System.err.println("micrologs: " + e.getMessage());
            return CommandLine.ExitCode.USAGE;
        }
        CommandLine line = new CommandLine(new Main());
        for (Subcommand more : ServiceLoader.load(Subcommand.class)) {
            line.addSubcommand(more);
        }
        configure(line, source);
        line.setParameterExceptionHandler((e, ignored) -> refused(e, source));
        line.setExecutionExceptionHandler((e, command, ignored) -> failed(e));
        return line.execute(args);
    }

    /** Gives {@code --help} and {@code --version} to every command and the settings' source to those that have settings. */
    private static void configure(CommandLine line, SettingsSource source) {
        line.getCommandSpec().mixinStandardHelpOptions(true).versionProvider(new Version());
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.getCommandSpec().usageMessage().abbreviateSynopsis(true).width(110);
        if (line.getCommandSpec().mixins().containsKey("settings")) {
            line.setDefaultValueProvider(source);
        }
        for (CommandLine sub : line.getSubcommands().values()) {
            configure(sub, source);
        }
    }

    private static int refused(ParameterException e, SettingsSource source) {
        StringBuilder text = new StringBuilder("micrologs: ");
        ArgSpec arg = e.getArgSpec();
        if (arg instanceof OptionSpec option && e.getCause() != null) {
            String key = SettingsSource.key(option);
            boolean flag = e.getCommandLine().getParseResult() != null
                    && e.getCommandLine().getParseResult().hasMatchedOption(option);
            String origin = source.origin(key, flag);
            text.append(key).append(": ").append(reason(e));
            text.append(origin.equals("default") ? "" : " (" + origin + ")");
        } else {
            text.append(e.getMessage());
        }
        System.err.println(text);
        System.err.println("Try `" + e.getCommandLine().getCommandSpec().qualifiedName() + " --help`.");
        return CommandLine.ExitCode.USAGE;
    }

    private static String reason(ParameterException e) {
        Throwable cause = e.getCause();
        return cause == null || cause.getMessage() == null ? String.valueOf(e.getMessage()) : cause.getMessage();
    }

    private static int failed(Exception e) throws Exception {
        if (e instanceof OperatorException
                || e instanceof JournalException
                || e instanceof HttpException
                || e instanceof DatabaseException
                || e instanceof SchemaTooNewException
                || e instanceof ToolException) {
            System.err.println("micrologs: " + e.getMessage());
            return CommandLine.ExitCode.SOFTWARE;
        }
        throw e;
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "name a command, such as `micrologs serve`");
    }

    /** The version that the jar's manifest carries. */
    static final class Version implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"micrologs " + number()};
        }

        static String number() {
            @Nullable String version = Main.class.getPackage().getImplementationVersion();
            return version == null ? "(unpackaged)" : version;
        }
    }
}

package io.micrologs.server;

import io.micrologs.journal.DirectoryLock;
import io.micrologs.journal.JournalConfig;
import io.micrologs.journal.JournalTailer;
import io.micrologs.loader.RebuildRequests;
import io.micrologs.loader.Replay;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.LocalDate;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Makes the raw rows of days again from the journal, beside a running server or without one. */
@Command(
        name = "replay",
        description =
                "Make the rows of UTC days again from the journal, as loading had made them. A running server goes on"
                        + " accepting; loading pauses for the moment in which rows are exchanged.")
final class ReplayCommand implements Callable<Integer> {

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Mixin
    private Settings settings = new Settings();

    @Option(
            names = "--day",
            paramLabel = "YYYY-MM-DD",
            converter = SettingTypes.Day.class,
            description = "One UTC day.")
    @Nullable
    private LocalDate day;

    @Option(
            names = "--from",
            paramLabel = "YYYY-MM-DD",
            converter = SettingTypes.Day.class,
            description = "The first of several UTC days.")
    @Nullable
    private LocalDate from;

    @Option(
            names = "--to",
            paramLabel = "YYYY-MM-DD",
            converter = SettingTypes.Day.class,
            description = "The last of them (default: the first).")
    @Nullable
    private LocalDate to;

    @Override
    public Integer call() throws SQLException, InterruptedException {
        settings.check();
        if ((day == null) == (from == null) || (day != null && to != null)) {
            throw new ParameterException(spec.commandLine(), "name --day, or --from and --to");
        }
        LocalDate first = Objects.requireNonNull(day == null ? from : day);
        LocalDate last = to == null ? first : to;
        DataDirectory data = DataDirectory.requireUsed(settings);
        JournalConfig journal = settings.journal(data.requireJournal());
        try (DirectoryLock lock = DirectoryLock.acquire(data.toolLock(), "replay");
                Database database = Database.open(settings);
                ProgressBar progress = ProgressBar.open()) {
            Replay replay = new Replay(
                    settings.loader(),
                    () -> JournalTailer.open(journal),
                    database::connectTool,
                    Clock.systemUTC(),
                    progress);
            Replay.Result result = replay.run(first, last);
            boolean counted = countAgain(database, progress);
            progress.close();
            System.out.println("replayed " + first + (last.equals(first) ? "" : " to " + last) + ": " + result.written()
                    + " rows put back or corrected, " + result.removed() + " taken away");
            if (!counted) {
                System.out.println(RebuildWatch.NOTED);
            }
            return 0;
        }
    }

    /** The replay has asked for that; whoever reads the counters next should find them right. */
    private static boolean countAgain(Database database, ProgressBar progress)
            throws SQLException, InterruptedException {
        try (Connection connection = database.connectTool()) {
            return RebuildWatch.await(connection, RebuildRequests.pending(connection), !database.isAlone(), progress)
                    .finished();
        }
    }
}

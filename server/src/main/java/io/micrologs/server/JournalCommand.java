package io.micrologs.server;

import io.micrologs.database.RunningDatabase;
import io.micrologs.journal.DirectoryLock;
import io.micrologs.journal.JournalInfo;
import io.micrologs.journal.JournalSalvage;
import io.micrologs.journal.SalvageReport;
import io.micrologs.loader.LoadedPosition;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The journal's files from the command line. */
@Command(
        name = "journal",
        description = "Look at the journal, and salvage a damaged one.",
        subcommands = {JournalCommand.Info.class, JournalCommand.Salvage.class})
final class JournalCommand implements Runnable {

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "name a command: `micrologs journal info` or `salvage`");
    }

    /** Without making a directory where there is none. */
    private static DataDirectory existing(Settings settings) {
        DataDirectory data = new DataDirectory(settings.dataDir.toAbsolutePath().normalize());
        if (!Files.isDirectory(data.root())) {
            throw new OperatorException(
                    "there is no journal in " + data.journal() + "; set data.dir as the server has it");
        }
        return data;
    }

    @Command(
            name = "info",
            description = "Show size, cycles, the oldest kept, the end and the lag, also while the server runs.")
    static final class Info implements Callable<Integer> {
        private static final double BYTES_PER_MIB = 1 << 20;

        @Mixin
        private Settings settings = new Settings();

        @Override
        public Integer call() {
            settings.check();
            DataDirectory data = existing(settings);
            JournalInfo info = JournalInfo.read(settings.journal(data.journal()));
            line("directory", info.directory().toString());
            line("journal", String.format(Locale.ROOT, "%016x", info.journalId()));
            line("durability", settings.journalDurability);
            line("size", String.format(Locale.ROOT, "%.1f MiB", info.bytesOnDisk() / BYTES_PER_MIB));
            line("cycles", info.cycles() + " (" + settings.journalCycle + ")");
            line("oldest kept", time(info.oldestCycleStart()));
            line("newest", time(info.newestCycleStart()));
            line("end", "event " + info.endSequence());
            line("lag", lag(data, info));
            info.keptAside().forEach(kept -> line("damaged, kept", kept.toString()));
            return 0;
        }

        private static void line(String name, String value) {
            System.out.printf("%-14s %s%n", name, value);
        }

        private static String time(@Nullable Instant start) {
            return start == null ? "none" : start.toString();
        }

        private String lag(DataDirectory data, JournalInfo info) {
            if (settings.databaseUrl == null
                    && RunningDatabase.find(data.mariadb()).isEmpty()) {
                return "unknown: the database is not running";
            }
            try (Database database = new Database(settings, data, false)) {
                database.start();
                try (Connection connection = database.started().getConnection()) {
                    return LoadedPosition.read(connection)
                            .map(loaded -> lag(info, loaded))
                            .orElse(info.endSequence() + " events, nothing is loaded yet");
                }
            } catch (SQLException e) {
                return "unknown: the database does not answer: " + e.getMessage();
            }
        }

        private static String lag(JournalInfo info, LoadedPosition loaded) {
            if (loaded.journalId() != info.journalId()) {
                return "unknown: the database was last loaded from another journal";
            }
            // The end was looked at first, so the loader may be ahead of it.
            long events = Math.max(0, info.endSequence() - loaded.sequence());
            long seconds = Math.max(0, (Clock.systemUTC().millis() - loaded.receivedMs()) / 1000);
            return events == 0
                    ? "0 events"
                    : events + " events; the last loaded one was received " + seconds + " s ago";
        }
    }

    @Command(
            name = "salvage",
            description =
                    "Make a readable journal out of a damaged one, with every record whose CRC holds; events that are"
                            + " gone become dead letters. The damaged journal is kept beside it. The server must be stopped.")
    static final class Salvage implements Callable<Integer> {
        private static final long TELL_EVERY_NANOS = 2_000_000_000L;

        @Mixin
        private Settings settings = new Settings();

        @Option(names = "--dry-run", description = "Only say what would be recovered and what is gone.")
        private boolean dryRun;

        private long toldNanos = System.nanoTime();

        @Override
        public Integer call() {
            settings.check();
            DataDirectory data = existing(settings);
            JournalSalvage salvage =
                    new JournalSalvage(settings.journal(data.journal()), Clock.systemUTC(), this::progress);
            if (dryRun) {
                print(salvage.look());
                return 0;
            }
            try (DirectoryLock loading = DirectoryLock.acquire(data.loadLock(), "salvage")) {
                print(salvage.run());
            }
            return 0;
        }

        private void progress(String step, long bytesDone, long bytesAll) {
            long now = System.nanoTime();
            if (now - toldNanos >= TELL_EVERY_NANOS) {
                toldNanos = now;
                System.err.printf("%s: %d of %d MiB%n", step, bytesDone >> 20, bytesAll >> 20);
            }
        }

        private static void print(SalvageReport report) {
            for (SalvageReport.Cycle cycle : report.cycles()) {
                System.out.printf("%s: %d events%n", cycle.file().getFileName(), cycle.recovered());
                for (SalvageReport.Lost lost : cycle.lost()) {
                    System.out.printf(
                            "  missing: %s of epoch %s%n",
                            lost.events() == 1
                                    ? "event " + lost.firstSequence()
                                    : "events " + lost.firstSequence() + " to " + lost.lastSequence(),
                            Integer.toUnsignedString(lost.epoch()));
                }
            }
            report.notes().forEach(note -> System.out.println("note: " + note));
            System.out.printf(
                    "%s %d events, %d are missing and %s%n",
                    report.damagedKeptAt() == null ? "would recover" : "recovered",
                    report.recovered(),
                    report.lost(),
                    report.damagedKeptAt() == null ? "would become dead letters" : "become dead letters when loaded");
            if (report.damagedKeptAt() != null) {
                System.out.println("the damaged journal is kept in " + report.damagedKeptAt()
                        + "; start the server, and delete that directory when you no longer need it");
            }
        }
    }
}

package io.micrologs.server;

import io.micrologs.journal.Checkpoint;
import io.micrologs.journal.JournalCopy;
import io.micrologs.loader.Dump;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/**
 * Everything an installation needs to be there again, in one file. The tables are of one moment; the journal has all that was
 * accepted until the copy of it ended, so nothing is in neither. Daily salts are left out: whoever had them could link
 * cookieless visitors.
 */
@Command(
        name = "backup",
        description =
                "Write one file with the database, the events that are not in it yet, and the secrets. A running server"
                        + " goes on as ever.")
final class BackupCommand implements Callable<Integer> {

    @Mixin
    private Settings settings = new Settings();

    @Parameters(paramLabel = "FILE", description = "A file that is not there yet, such as micrologs-2026-11-22.zip.")
    private Path file = Path.of("");

    @Override
    public Integer call() throws SQLException, IOException {
        settings.check();
        DataDirectory data = DataDirectory.requireUsed(settings);
        try (BackupFile.Writer writer = new BackupFile.Writer(file);
                ProgressBar progress = ProgressBar.open()) {
            copy(writer, BackupFile.SECRETS, data.secrets());
            copy(writer, BackupFile.FIRST_PROJECT, data.firstProject());
            copy(writer, BackupFile.LEDGER, data.ledger());
            Dump.Written tables = tables(writer, progress);
            JournalCopy.@Nullable Copied journal = journal(writer, data, tables.checkpoint(), progress);
            writer.finish(new BackupFile.Manifest(
                    BackupFile.FORMAT,
                    Main.Version.number(),
                    Clock.systemUTC().instant().truncatedTo(ChronoUnit.SECONDS).toString(),
                    tables.schemaVersion(),
                    tables.rows(),
                    journal == null ? null : Long.toHexString(journal.journalId()),
                    settings.journalCycle,
                    journal == null ? 0 : journal.records(),
                    writer.sha256()));
            progress.close();
            System.out.println("wrote " + file.toAbsolutePath().normalize() + ": " + tables.rows() + " rows, "
                    + (journal == null ? 0 : journal.records()) + " records of the journal, " + Files.size(file)
                    + " bytes");
            System.out.println("It holds secrets and personal data; who has it has everything.");
            return 0;
        } catch (IOException e) {
            throw new OperatorException(file + " cannot be written: " + BackupFile.reason(e), e);
        }
    }

    private static void copy(BackupFile.Writer writer, String part, Path from) throws IOException {
        byte[] bytes;
        try {
            bytes = Files.readAllBytes(from);
        } catch (NoSuchFileException e) {
            return;
        }
        try (OutputStream out = writer.part(part)) {
            out.write(bytes);
        }
    }

    private Dump.Written tables(BackupFile.Writer writer, ProgressBar progress) throws SQLException, IOException {
        try (Database database = Database.open(settings);
                Connection connection = database.connectTool();
                OutputStream out = writer.part(BackupFile.DATABASE)) {
            return new Dump(connection, settings.loader().loaderId(), progress).write(out);
        }
    }

    private JournalCopy.@Nullable Copied journal(
            BackupFile.Writer writer, DataDirectory data, @Nullable Checkpoint from, ProgressBar progress)
            throws IOException {
        if (!data.hasJournal()) {
            return null;
        }
        try (OutputStream out = writer.part(BackupFile.JOURNAL)) {
            return JournalCopy.write(
                    settings.journal(data.journal()), from, out, records -> progress.at("journal", records, 0));
        }
    }
}

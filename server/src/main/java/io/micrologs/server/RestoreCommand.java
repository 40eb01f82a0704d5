package io.micrologs.server;

import io.micrologs.journal.JournalCopy;
import io.micrologs.loader.DumpReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.SQLException;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/**
 * Makes an installation of a backup, in a directory, and a database, that have none. All of it is made in a directory within
 * and moved up at the end, so that what was cut off is no installation.
 */
@Command(
        name = "restore",
        description =
                "Make the installation of a backup in an empty data.dir, and with database.url in a schema without"
                        + " tables. Start the server afterwards.")
final class RestoreCommand implements Callable<Integer> {

    private static final String UNFINISHED = ".restoring";

    @Mixin
    private Settings settings = new Settings();

    @Parameters(paramLabel = "FILE", description = "What `micrologs backup` has written.")
    private Path file = Path.of("");

    @Override
    public Integer call() throws SQLException {
        settings.check();
        Path root = settings.dataDir.toAbsolutePath().normalize();
        try (BackupFile.Reader backup = BackupFile.Reader.open(file)) {
            requireFitting(backup.manifest());
            requireEmpty(root);
            DataDirectory.open(root);
            DataDirectory unfinished = DataDirectory.open(root.resolve(UNFINISHED));
            try (ProgressBar progress = ProgressBar.open()) {
                long rows = restore(backup, unfinished, progress);
                moveUp(unfinished.root(), root);
                progress.close();
                System.out.println("restored " + rows + " rows and "
                        + backup.manifest().journalRecords() + " records of the journal of "
                        + backup.manifest().created() + " into " + root);
                return 0;
            } catch (IOException | SQLException | RuntimeException e) {
                delete(unfinished.root());
                throw e;
            }
        } catch (IOException | UncheckedIOException e) {
            throw new OperatorException("restoring " + file + " failed: " + e.getMessage(), e);
        }
    }

    private void requireFitting(BackupFile.Manifest manifest) {
        if (manifest.journalId() != null && !manifest.journalCycle().equals(settings.journalCycle)) {
            throw new OperatorException("journal.cycle is " + manifest.journalCycle() + " in the backup and "
                    + settings.journalCycle + " here; set it to " + manifest.journalCycle());
        }
    }

    private static void requireEmpty(Path root) throws IOException {
        if (!Files.exists(root)) {
            return;
        }
        if (!Files.isDirectory(root)) {
            throw new OperatorException("data.dir " + root + " is a file");
        }
        try (Stream<Path> found = Files.list(root)) {
            List<String> names =
                    found.map(path -> String.valueOf(path.getFileName())).toList();
            if (names.equals(List.of(UNFINISHED))) {
                throw new OperatorException(root.resolve(UNFINISHED)
                        + " is of a restore that was cut off, or that still runs; delete it if none does");
            }
            if (!names.isEmpty()) {
                throw new OperatorException("data.dir " + root + " is not empty (" + names.get(0)
                        + "); restoring takes an empty directory, nothing was changed");
            }
        }
    }

    private long restore(BackupFile.Reader backup, DataDirectory data, ProgressBar progress)
            throws IOException, SQLException {
        long rows;
        try (Database database = new Database(settings, data, true)) {
            progress.at("starting the database", 0, 0);
            database.start();
            DumpReader reader = new DumpReader(database.started(), progress);
            reader.requireEmpty();
            try (InputStream tables = backup.part(BackupFile.DATABASE)) {
                if (tables == null) {
                    throw new OperatorException(file + " has no tables");
                }
                rows = reader.read(tables);
            }
        }
        String journalId = backup.manifest().journalId();
        try (InputStream journal = backup.part(BackupFile.JOURNAL)) {
            if (journal != null && journalId != null) {
                JournalCopy.read(
                        settings.journal(data.journal()),
                        Long.parseUnsignedLong(journalId, 16),
                        journal,
                        records -> progress.at(
                                "journal", records, backup.manifest().journalRecords()));
            }
        }
        write(backup, BackupFile.LEDGER, data.ledger());
        write(backup, BackupFile.FIRST_PROJECT, data.firstProject());
        write(backup, BackupFile.SECRETS, data.secrets());
        return rows;
    }

    private static void write(BackupFile.Reader backup, String part, Path to) throws IOException {
        try (InputStream in = backup.part(part)) {
            if (in != null) {
                DataDirectory.replace(to, new String(in.readAllBytes(), StandardCharsets.UTF_8));
            }
        }
    }

    private static void moveUp(Path from, Path to) throws IOException {
        try (Stream<Path> made = Files.list(from)) {
            for (Path path : made.toList()) {
                Files.move(path, to.resolve(path.getFileName()), StandardCopyOption.ATOMIC_MOVE);
            }
        }
        Files.delete(from);
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}

package io.micrologs.server;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.micrologs.journal.JournalConfig;
import io.micrologs.journal.JournalTailer;
import io.micrologs.loader.RollupCheck;
import io.micrologs.loader.Verify;
import io.micrologs.loader.VerifyJournal;
import java.io.IOException;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Compares what is kept in more than one place; 0 when all is equal, 1 when something differs. */
@Command(
        name = "verify",
        description =
                "Compare journal, checkpoint, ledger, totals, sessions, error groups, rollups and sketches with each"
                        + " other and with the rows. Changes nothing; ends with 1 when something differs.")
final class VerifyCommand implements Callable<Integer> {

    private static final ObjectMapper JSON = new ObjectMapper();

    /** Further comparisons, by what they are called. */
    private static final Map<String, Verify.Check> MORE =
            Map.of("rollups and sketches and their rows", RollupCheck::differences);

    @Mixin
    private Settings settings = new Settings();

    @Override
    public Integer call() throws SQLException {
        settings.check();
        DataDirectory data = DataDirectory.requireUsed(settings);
        JournalConfig journal = settings.journal(data.journal());
        // Before the tables, so that it is no further than they are.
        Verify.Accepted accepted = accepted(data);
        VerifyJournal.@Nullable Opener opener = data.hasJournal() ? () -> JournalTailer.open(journal) : null;
        try (Database database = Database.open(settings);
                Connection connection = database.connectTool();
                ProgressBar progress = ProgressBar.open()) {
            List<Verify.Outcome> outcomes =
                    new Verify(settings.loader(), connection, progress).run(opener, accepted, MORE);
            progress.close();
            if (opener == null) {
                System.out.println("skipped  journal: there is none in " + data.root());
            }
            boolean equal = true;
            for (Verify.Outcome outcome : outcomes) {
                boolean good = outcome.differences().isEmpty();
                equal &= good;
                System.out.println((good ? "ok       " : "DIFFERS  ")
                        + outcome.check()
                        + (outcome.note().isEmpty() ? "" : " (" + outcome.note() + ")"));
                outcome.differences().forEach(difference -> System.out.println("           " + difference));
            }
            System.out.println(equal ? "everything is equal" : "something differs");
            return equal ? 0 : 1;
        }
    }

    private static Verify.Accepted accepted(DataDirectory data) {
        try {
            if (Files.exists(data.ledger())) {
                JournalCounter.State state =
                        JSON.readValue(Files.readAllBytes(data.ledger()), JournalCounter.State.class);
                return new Verify.Accepted(state.at(), state.accepted());
            }
        } catch (IOException e) {
            System.err.println(data.ledger() + " cannot be read: " + e.getMessage());
        }
        return new Verify.Accepted(null, Map.of());
    }
}

package io.micrologs.server;

import io.micrologs.journal.JournalLookup;
import io.micrologs.journal.RecordText;
import io.micrologs.loader.DeadLetterBox;
import io.micrologs.loader.DeadLetterBox.Letter;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Records that were set aside because they could not be loaded. */
@Command(
        name = "deadletters",
        description = "List, show and retry records that could not be loaded.",
        subcommands = {DeadLettersCommand.ListAll.class, DeadLettersCommand.Show.class, DeadLettersCommand.Retry.class})
final class DeadLettersCommand implements Runnable {

    private static final int REASON_WIDTH = 70;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(), "name a command: `micrologs deadletters list`, `show ID` or `retry ID`");
    }

    @Command(name = "list", description = "List them, oldest first, and how many have which reason.")
    static final class ListAll implements Callable<Integer> {

        @Mixin
        private Settings settings = new Settings();

        @Override
        public Integer call() throws SQLException {
            settings.check();
            DataDirectory.requireUsed(settings);
            try (Database database = Database.open(settings);
                    Connection connection = database.connectTool()) {
                List<Letter> letters = new DeadLetterBox(settings.loader(), connection).list();
                Map<String, Integer> counts = new TreeMap<>();
                if (!letters.isEmpty()) {
                    System.out.printf("%-34s %-8s %-21s %s%n", "id", "project", "set aside", "reason");
                }
                for (Letter letter : letters) {
                    String reason = reason(letter);
                    System.out.printf(
                            "%-34s %-8d %-21s %s%n",
                            letter.id(),
                            letter.projectId(),
                            Instant.ofEpochMilli(letter.loadedMs()).truncatedTo(ChronoUnit.SECONDS),
                            reason);
                    counts.merge("project " + letter.projectId() + ": " + reason, 1, Integer::sum);
                }
                System.out.println(letters.size() + " dead letters");
                counts.forEach((reason, count) -> System.out.println("  " + count + " of " + reason));
                return 0;
            }
        }

        private static String reason(Letter letter) {
            String reason = letter.reason().replaceAll("\\p{Cntrl}", " ");
            return reason.length() <= REASON_WIDTH ? reason : reason.substring(0, REASON_WIDTH) + "…";
        }
    }

    @Command(name = "show", description = "Show what one says: its fields and its bytes, without what may be secret.")
    static final class Show implements Callable<Integer> {

        @Mixin
        private Settings settings = new Settings();

        @Parameters(paramLabel = "ID", description = "As `micrologs deadletters list` shows it.")
        private String id = "";

        @Override
        public Integer call() throws SQLException {
            settings.check();
            DataDirectory.requireUsed(settings);
            try (Database database = Database.open(settings);
                    Connection connection = database.connectTool();
                    Bytes journal = Bytes.open(settings)) {
                Letter letter = new DeadLetterBox(settings.loader(), connection).get(id);
                System.out.println("reason                   " + letter.reason());
                System.out.println("set aside                " + Instant.ofEpochMilli(letter.loadedMs()));
                byte[] bytes = journal.of(letter);
                if (bytes == null) {
                    System.out.println("its bytes are no longer in the journal");
                    return 0;
                }
                RecordText.fields(bytes).forEach(System.out::println);
                RecordText.dump(bytes).forEach(System.out::println);
                return 0;
            }
        }
    }

    @Command(
            name = "retry",
            description = "Load one again, or all. What is loaded is no dead letter any more, what is not keeps its new"
                    + " reason. Ends with 1 when one stays.")
    static final class Retry implements Callable<Integer> {

        @Spec
        @SuppressWarnings("NullAway.Init")
        private CommandSpec spec;

        @Mixin
        private Settings settings = new Settings();

        @Parameters(paramLabel = "ID", arity = "0..1", description = "As `micrologs deadletters list` shows it.")
        @Nullable
        private String id;

        @Option(names = "--all", description = "All there are.")
        private boolean all;

        @Override
        public Integer call() throws SQLException {
            settings.check();
            if (all == (id != null)) {
                throw new ParameterException(spec.commandLine(), "name one by its ID, or --all");
            }
            try (Database database = Database.open(settings);
                    Connection connection = database.connectTool();
                    Bytes journal = Bytes.open(settings)) {
                DeadLetterBox box = new DeadLetterBox(settings.loader(), connection);
                int stay = 0;
                for (Letter letter : id == null ? box.list() : List.of(box.get(id))) {
                    byte[] bytes = journal.of(id == null ? box.get(letter.id()) : letter);
                    if (bytes == null) {
                        System.out.println(letter.id() + " stays: its bytes are no longer in the journal");
                        stay++;
                        continue;
                    }
                    DeadLetterBox.Retried retried =
                            box.retry(letter, bytes, Clock.systemUTC().millis());
                    System.out.println(letter.id() + (retried.loaded() ? " is loaded: " : " stays: ") + retried.text());
                    stay += retried.loaded() ? 0 : 1;
                }
                return stay == 0 ? 0 : 1;
            }
        }
    }

    /** A record's bytes: in the journal, else, of one that was damaged, in the table. */
    private record Bytes(@Nullable JournalLookup journal) implements AutoCloseable {

        /** The bytes that the table holds of a sound record are what it says, in words. */
        private static final String TEXT = "Stored[";

        static Bytes open(Settings settings) {
            DataDirectory data = DataDirectory.open(settings.dataDir);
            return new Bytes(data.hasJournal() ? JournalLookup.open(settings.journal(data.journal())) : null);
        }

        byte @Nullable [] of(Letter letter) {
            byte[] found = journal != null && journal.journalId() == letter.journalId()
                    ? journal.bytes(letter.recordIndex())
                    : null;
            if (found != null) {
                return found;
            }
            String begin = new String(
                    letter.record(), 0, Math.min(TEXT.length(), letter.record().length), StandardCharsets.ISO_8859_1);
            return begin.equals(TEXT) ? null : letter.record();
        }

        @Override
        public void close() {
            if (journal != null) {
                journal.close();
            }
        }
    }
}

package io.micrologs.server;

import io.micrologs.ingest.VisitorNumber;
import io.micrologs.loader.Erasures;
import io.micrologs.query.ProjectStore;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** One visitor's data goes. The command notes the wish in the database; the loader fulfils it, now or when it next runs. */
@Command(
        name = "erase",
        description = "Erase what is stored of one visitor of a project, up to now. A running server does it at once,"
                + " one that is stopped when it starts.")
final class EraseCommand implements Callable<Integer> {

    @Mixin
    private Settings settings = new Settings();

    @Option(
            names = "--project",
            paramLabel = "ID",
            required = true,
            description = "The project's number; `micrologs project list` shows it.")
    private int projectId;

    @Option(
            names = "--visitor",
            paramLabel = "VALUE",
            required = true,
            description =
                    "The visitor's number: the value of the cookie _ml_vid, or the visitor_id that a client sent.")
    private String visitor = "";

    @Override
    public Integer call() throws SQLException {
        settings.check();
        if (visitor.isBlank()) {
            throw new OperatorException("--visitor is empty; it is the value of the visitor's cookie _ml_vid");
        }
        byte[] salt = salt().getBytes(StandardCharsets.UTF_8);
        try (Database database = Database.open(settings)) {
            Clock clock = Clock.systemUTC();
            boolean there = new ProjectStore(database.queries(), clock)
                    .read().projects().stream().anyMatch(project -> project.id() == projectId);
            if (!there) {
                throw new OperatorException(
                        "there is no project " + projectId + "; `micrologs project list` shows them");
            }
            long number = VisitorNumber.of(salt, projectId, visitor);
            boolean known;
            try (Connection connection = database.queries().getConnection()) {
                known = Erasures.isKnown(connection, projectId, number);
                Erasures.request(connection, projectId, number, clock.millis());
            }
            System.out.println(
                    known
                            ? "noted: what project " + projectId
                                    + " has of this visitor up to now is erased by the loader,"
                                    + " within seconds where a server runs"
                            : "noted, but project " + projectId
                                    + " has counted nobody under this number: look whether it"
                                    + " is the whole value of the cookie; what is not loaded yet is left out if it is"
                                    + " this visitor's");
            return 0;
        }
    }

    /** Nothing is made here: a directory or salt of this command's own would be no server's. */
    private String salt() {
        DataDirectory data = DataDirectory.at(settings.dataDir);
        if (settings.databaseUrl == null && !Files.isDirectory(data.mariadb())) {
            throw new OperatorException(
                    "there is no database in " + data.root() + "; set data.dir or database.url as the server has it");
        }
        String salt = Secrets.knownSalt(settings, data);
        if (salt == null) {
            throw new OperatorException(data.secrets() + " has no hash.salt, and without it nobody is found;"
                    + " set data.dir or hash.salt as the server has it");
        }
        return salt;
    }
}

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
        DataDirectory data = DataDirectory.open(settings.dataDir);
        if (settings.hashSalt == null && !Files.exists(data.secrets())) {
            throw new OperatorException(data.secrets() + " is not there, and without its hash.salt nobody is found;"
                    + " set data.dir or hash.salt as the server has it");
        }
        byte[] salt = Secrets.of(settings, data).hashSalt().getBytes(StandardCharsets.UTF_8);
        try (Database database = Database.open(settings)) {
            Clock clock = Clock.systemUTC();
            boolean there = new ProjectStore(database.queries(), clock)
                    .read().projects().stream().anyMatch(project -> project.id() == projectId);
            if (!there) {
                throw new OperatorException(
                        "there is no project " + projectId + "; `micrologs project list` shows them");
            }
            try (Connection connection = database.queries().getConnection()) {
                Erasures.request(connection, projectId, VisitorNumber.of(salt, projectId, visitor), clock.millis());
            }
            System.out.println("noted: what project " + projectId + " has of this visitor up to now is erased by the"
                    + " loader, within seconds where a server runs; whether the visitor was known is not looked up");
            return 0;
        }
    }
}

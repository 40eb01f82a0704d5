package io.micrologs.database;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/** A process with an embedded database, for tests of what happens when it is killed. Ends when its input does. */
final class StartAndWait {
    private StartAndWait() {}

    public static void main(String[] args) throws IOException {
        EmbeddedDatabase database = EmbeddedDatabase.start(new EmbeddedDatabaseConfig(
                Path.of(args[0]), 64L * 1024 * 1024, Duration.ofMinutes(2), Duration.ofSeconds(30)));
        System.out.println("database " + database.pid());
        System.in.transferTo(java.io.OutputStream.nullOutputStream());
        database.close();
        System.out.println("closed");
    }
}

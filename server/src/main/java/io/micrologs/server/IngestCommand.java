package io.micrologs.server;

import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** One role in a process of its own. */
@Command(
        name = "ingest",
        description = "Accept events into the journal; needs no database once it has a snapshot of the projects.")
final class IngestCommand implements Callable<Integer> {

    @Mixin
    private Settings settings = new Settings();

    @Override
    public Integer call() throws InterruptedException {
        settings.check();
        return Server.run(new Server.Plan(Set.of(Server.Role.INGEST), false, List.of()), settings);
    }
}

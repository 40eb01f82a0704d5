package io.micrologs.server;

import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** One role in a process of its own. */
@Command(name = "load", description = "Move events from the journal into the database, exactly once; owns the schema.")
final class LoadCommand implements Callable<Integer> {

    @Mixin
    private Settings settings = new Settings();

    @Override
    public Integer call() throws InterruptedException {
        settings.check();
        return Server.run(new Server.Plan(Set.of(Server.Role.LOAD), false, List.of()), settings);
    }
}

package io.micrologs.server;

import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** One role in a process of its own. */
@Command(name = "query", description = "Answer the REST API from the database.")
final class QueryCommand implements Callable<Integer> {

    @Mixin
    private Settings settings = new Settings();

    @Override
    public Integer call() throws InterruptedException {
        settings.check();
        return Server.run(new Server.Plan(Set.of(Server.Role.QUERY), false, List.of()), settings);
    }
}

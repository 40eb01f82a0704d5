package io.micrologs.server;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Everything in one process on one port. */
@Command(name = "serve", description = "Run everything in one process on one port.")
final class ServeCommand implements Callable<Integer> {

    @Mixin
    private Settings settings = new Settings();

    @Option(names = "--demo", description = "Also serve a page at /demo/ that carries the snippet.")
    private boolean demo;

    @Option(
            names = "--domain",
            paramLabel = "HOST",
            description = "A domain whose pages may send to the first project, besides localhost; may be repeated.")
    private List<String> domains = List.of();

    @Override
    public Integer call() throws InterruptedException {
        settings.check();
        return Server.run(new Server.Plan(Server.Role.ALL, demo, domains), settings);
    }
}

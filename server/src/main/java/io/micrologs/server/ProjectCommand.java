package io.micrologs.server;

import io.micrologs.query.ProjectStore;
import java.sql.SQLException;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Projects from the command line. It writes to the database; a running server has the change in force a quarter of a
 * second later.
 */
@Command(
        name = "project",
        description = "Create and list projects.",
        subcommands = {ProjectCommand.Create.class, ProjectCommand.ListAll.class})
final class ProjectCommand implements Runnable {

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "name a command: `micrologs project create` or `list`");
    }

    @Command(name = "create", description = "Create a project; its secret key is shown once, here.")
    static final class Create implements Callable<Integer> {

        @Mixin
        private Settings settings = new Settings();

        @Option(names = "--name", paramLabel = "NAME", description = "1 to 100 characters (default: the first domain).")
        private String name = "";

        @Option(
                names = "--domain",
                paramLabel = "HOST",
                required = true,
                description = "A domain whose pages may send; may be repeated, up to 20 times.")
        private List<String> domains = List.of();

        @Override
        public Integer call() throws SQLException {
            settings.check();
            try (Database database = Database.open(settings)) {
                ProjectStore projects = new ProjectStore(database.queries(), Clock.systemUTC());
                ProjectStore.Created project =
                        projects.create(name.isEmpty() ? domains.get(0) : name, domains, settings.zone());
                System.out.println("project_id=" + project.id());
                System.out.println("name=" + project.name());
                System.out.println("allowed_domains=" + String.join(",", project.allowedDomains()));
                System.out.println("public_key=" + project.publicKey());
                System.out.println("secret_key=" + project.secretKey());
                return 0;
            } catch (IllegalArgumentException e) {
                throw new OperatorException(String.valueOf(e.getMessage()), e);
            }
        }
    }

    @Command(name = "list", description = "List all projects, newest first.")
    static final class ListAll implements Callable<Integer> {

        @Mixin
        private Settings settings = new Settings();

        @Override
        public Integer call() throws SQLException {
            settings.check();
            try (Database database = Database.open(settings)) {
                System.out.printf("%-6s %-8s %-34s %-24s %s%n", "id", "active", "public key", "name", "domains");
                for (ProjectStore.Listed project : new ProjectStore(database.queries(), Clock.systemUTC()).list()) {
                    System.out.printf(
                            "%-6d %-8s %-34s %-24s %s%n",
                            project.id(),
                            project.active() ? "yes" : "no",
                            project.publicKey(),
                            project.name(),
                            String.join(", ", project.allowedDomains()));
                }
                return 0;
            }
        }
    }
}

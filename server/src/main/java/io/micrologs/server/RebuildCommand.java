package io.micrologs.server;

import io.micrologs.loader.RebuildRequests;
import io.micrologs.loader.RebuildRequests.Request;
import io.micrologs.query.ProjectStore;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What can be made again from what is stored. */
@Command(
        name = "rebuild",
        description = "Make derived tables again.",
        subcommands = {RebuildCommand.Rollups.class})
final class RebuildCommand implements Runnable {

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "name what to rebuild: `micrologs rebuild rollups`");
    }

    /** Notes which days are wanted; the loader makes them again between its batches, and this watches it. */
    @Command(
            name = "rollups",
            description = "Make counters and visitor sketches again from the raw rows, while events go on coming in."
                    + " A running server does it, one that is stopped when it starts.")
    static final class Rollups implements Callable<Integer> {

        @Mixin
        private Settings settings = new Settings();

        @Option(
                names = "--project",
                paramLabel = "ID",
                description = "The project's number (default: all); `micrologs project list` shows it.")
        private int projectId;

        @Option(
                names = "--from",
                paramLabel = "YYYY-MM-DD",
                converter = SettingTypes.Day.class,
                description = "The first day, in the project's time zone (default: the oldest one).")
        private LocalDate from = LocalDate.MIN;

        @Option(
                names = "--to",
                paramLabel = "YYYY-MM-DD",
                converter = SettingTypes.Day.class,
                description = "The last day (default: the newest one).")
        private LocalDate to = LocalDate.MAX;

        @Override
        public Integer call() throws SQLException, InterruptedException {
            settings.check();
            check();
            DataDirectory.requireUsed(settings);
            try (Database database = Database.open(settings);
                    Connection connection = database.connectTool();
                    ProgressBar progress = ProgressBar.open()) {
                List<Request> requests = request(connection, projects(database));
                RebuildWatch.Result result = RebuildWatch.await(connection, requests, !database.isAlone(), progress);
                progress.close();
                System.out.println(
                        !result.finished()
                                ? RebuildWatch.NOTED
                                : result.days() == 0
                                        ? "there is nothing to count in these days"
                                        : "counted " + result.days() + " days again");
                return 0;
            }
        }

        private void check() {
            if (from.isAfter(to)) {
                throw new OperatorException("--from " + from + " is after --to " + to);
            }
            // Somewhere it may be tomorrow already.
            LocalDate tomorrow = Clock.systemUTC()
                    .instant()
                    .atZone(ZoneOffset.UTC)
                    .toLocalDate()
                    .plusDays(1);
            if (from.isAfter(tomorrow)) {
                throw new OperatorException("--from " + from + " is in the future");
            }
        }

        private List<Integer> projects(Database database) throws SQLException {
            List<Integer> projects = new ProjectStore(database.queries(), Clock.systemUTC())
                    .read().projects().stream()
                            .map(project -> project.id())
                            .filter(id -> projectId == 0 || id == projectId)
                            .toList();
            if (projects.isEmpty() && projectId != 0) {
                throw new OperatorException(
                        "there is no project " + projectId + "; `micrologs project list` shows them");
            }
            return projects;
        }

        private List<Request> request(Connection connection, List<Integer> projects) throws SQLException {
            for (int project : projects) {
                LocalDate first = RebuildRequests.firstWholeDay(connection, project);
                if (to.isBefore(first) || (!from.equals(LocalDate.MIN) && from.isBefore(first))) {
                    throw new OperatorException("project " + project + ": raw rows of days before " + first
                            + " were dropped by retention, so their counters cannot be made again and stay as they are;"
                            + " begin with --from " + first);
                }
            }
            List<Request> requests = new ArrayList<>();
            for (int project : projects) {
                int days = RebuildRequests.days(connection, project, from, to);
                if (days > 0) {
                    requests.add(new Request(RebuildRequests.add(connection, project, from, to), project, 0, days));
                }
            }
            return requests;
        }
    }
}

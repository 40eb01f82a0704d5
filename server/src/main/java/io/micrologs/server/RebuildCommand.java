package io.micrologs.server;

import io.micrologs.loader.RebuildRequests;
import io.micrologs.query.ProjectStore;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.LocalDate;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
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

        private static final long POLL_MS = 250;
        /** A loader looks for requests every second. */
        private static final long IDLE_MAX_NANOS = TimeUnit.SECONDS.toNanos(30);

        @Mixin
        private Settings settings = new Settings();

        @Option(
                names = "--project",
                paramLabel = "ID",
                description = "The project's number (default: all); `micrologs project list` shows it.")
        private int projectId;

        @Option(
                names = "--from",
                paramLabel = "DAY",
                description = "The first day, as 2026-01-31, in the project's time zone (default: the oldest one).")
        private LocalDate from = LocalDate.MIN;

        @Option(names = "--to", paramLabel = "DAY", description = "The last day (default: the newest one).")
        private LocalDate to = LocalDate.MAX;

        @Override
        public Integer call() throws SQLException, InterruptedException {
            settings.check();
            if (from.isAfter(to)) {
                throw new OperatorException("--from is after --to");
            }
            try (Database database = Database.open(settings);
                    Connection connection = database.queries().getConnection()) {
                Set<Long> requested = request(connection, projects(database));
                watch(connection, requested);
                return 0;
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

        private Set<Long> request(Connection connection, List<Integer> projects) throws SQLException {
            for (int project : projects) {
                LocalDate first = RebuildRequests.firstWholeDay(connection, project);
                if (!from.equals(LocalDate.MIN) && from.isBefore(first)) {
                    throw new OperatorException("project " + project + ": raw rows of days before " + first
                            + " were dropped by retention, so their rollups cannot be made again and stay as they are;"
                            + " begin with --from " + first);
                }
            }
            Set<Long> before = ids(connection);
            for (int project : projects) {
                RebuildRequests.add(connection, project, from, to);
            }
            Set<Long> requested = ids(connection);
            requested.removeAll(before);
            return requested;
        }

        private static Set<Long> ids(Connection connection) throws SQLException {
            return RebuildRequests.pending(connection).stream()
                    .map(RebuildRequests.Request::id)
                    .collect(Collectors.toSet());
        }

        private static void watch(Connection connection, Set<Long> requested)
                throws SQLException, InterruptedException {
            Progress progress = new Progress();
            long movedNanos = System.nanoTime();
            while (true) {
                List<RebuildRequests.Request> pending = RebuildRequests.pending(connection);
                if (progress.moved(pending, requested)) {
                    movedNanos = System.nanoTime();
                }
                if (pending.stream().noneMatch(request -> requested.contains(request.id()))) {
                    progress.done();
                    return;
                }
                if (System.nanoTime() - movedNanos > IDLE_MAX_NANOS) {
                    System.out.println();
                    System.out.println(
                            "noted; nothing has moved for a while. It goes on as soon as a loader runs on this"
                                    + " database; nothing is lost by ending this command");
                    return;
                }
                TimeUnit.MILLISECONDS.sleep(POLL_MS);
            }
        }

        /** One line that is written over on a terminal; elsewhere a line whenever it changed. */
        private static final class Progress {
            private static final int WIDTH = 30;
            private final boolean terminal = System.console() != null;
            private final Map<Long, Integer> days = new HashMap<>();
            private String shown = "";

            /** Whether something was done since the last time. */
            boolean moved(List<RebuildRequests.Request> pending, Set<Long> requested) {
                Map<Long, RebuildRequests.Request> left = new HashMap<>();
                pending.forEach(request -> left.put(request.id(), request));
                pending.forEach(request -> days.merge(request.id(), request.days(), Math::max));
                long all = 0;
                long done = 0;
                for (long id : requested) {
                    int ofRequest = days.getOrDefault(id, 0);
                    RebuildRequests.Request request = left.get(id);
                    all += ofRequest;
                    done += request == null ? ofRequest : request.doneDays();
                }
                long waiting = requested.stream()
                        .filter(id -> left.containsKey(id) && days.getOrDefault(id, 0) == 0)
                        .count();
                // Others' requests come first; that they move is movement, too.
                String state = line(
                        done,
                        all,
                        waiting,
                        pending.size()
                                - left.keySet().stream()
                                        .filter(requested::contains)
                                        .count());
                if (state.equals(shown)) {
                    return false;
                }
                shown = state;
                System.out.print(terminal ? "\r" + state : state + System.lineSeparator());
                System.out.flush();
                return true;
            }

            private static String line(long done, long all, long waiting, long others) {
                int filled = all == 0 ? 0 : (int) (done * WIDTH / all);
                return "[" + "#".repeat(filled) + ".".repeat(WIDTH - filled) + "] " + done + " of " + all + " days"
                        + (waiting == 0 ? "" : ", " + waiting + " projects to come")
                        + (others == 0 ? "" : ", after " + others + " other requests") + "   ";
            }

            void done() {
                System.out.println((terminal ? System.lineSeparator() : "") + "done");
            }
        }
    }
}

package io.micrologs.bench;

import io.micrologs.bench.history.History;
import io.micrologs.bench.history.JournalFeed;
import io.micrologs.bench.history.Site;
import io.micrologs.journal.JournalException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * One {@code bench load}: a journal in parts, each loaded by the packaged loader and then, as bare rows, by LOAD DATA.
 * Single-threaded.
 */
final class LoadRun {
    /*
     *   start `micrologs load` → project, links → warm up → for each part:
     *     append to the journal → [clock runs] all committed and counted [clock stops] → loader is at rest → ceiling
     *
     * The loader lives through all parts and is never stopped, so that its caches and compiled code are those of a process that
     * runs for months. It begins with a part while that is still being appended; what counts begins when the last event is in
     * the journal, so that making events and loading them do not share the processors. The ceiling is warmed up as the loader is.
     */
    private static final String DOMAIN = "shop.example.com";
    private static final long POLL_MS = 50;
    private static final long LOADED_POLL_MS = 20;
    private static final long COMMIT_POLL_MS = 3;
    private static final long START_SECONDS_MAX = 600;
    private static final double RESTING_CPU = 0.15;
    private static final long RESTING_WINDOW_MS = 200;
    private static final int RESTING_WINDOWS = 2;
    private static final long RESTING_SECONDS_MAX = 600;
    private static final double OTHERS_BUSY_MAX = 0.1;

    private final LoadPlan plan;
    private final String command;
    private final Duration stallMax;
    private final PrintWriter out;
    private final List<String> warnings = new ArrayList<>();

    /** @param stallMax how long the loader may make no progress before the run is given up */
    LoadRun(LoadPlan plan, String command, Duration stallMax, PrintWriter out) {
        this.plan = plan;
        this.command = command;
        this.stallMax = stallMax;
        this.out = out;
    }

    /** @throws BenchException when the run is void, or cannot be made */
    LoadReport measure() throws IOException {
        BenchData.External external = plan.database();
        if (external != null) {
            LoadDatabase.requireEmpty(external);
        }
        BenchData data = BenchData.create(plan.data(), external, BenchData.JOURNAL_SETTINGS);
        boolean done = false;
        try {
            plan.disk()
                    .require(
                            Files.getFileStore(data.root()).getUsableSpace(),
                            data.root().toString());
            LoadReport report = measure(data);
            done = true;
            return report;
        } catch (SQLException e) {
            throw new BenchException("the database does not answer: " + e.getMessage(), e);
        } catch (JournalException e) {
            throw new BenchException(String.valueOf(e.getMessage()), e);
        } finally {
            if (!done || !plan.keep()) {
                data.delete();
            }
        }
    }

    private LoadReport measure(BenchData data) throws IOException, SQLException {
        say("starting `micrologs load` in " + data.root());
        try (Program loader = Program.start("load", data, plan.heap());
                LoadDatabase database = await(data, loader)) {
            int projectId = database.makeProject(data, DOMAIN);
            Site site = new Site(
                    projectId, database.makeLinks(projectId, plan.history().from()), DOMAIN);
            History history = new History(plan.history(), site);
            say(String.format(Locale.ROOT, "warming up with %,d events", plan.warmupEvents()));
            long journaled = append(data, history, plan.warmupEvents());
            awaitLoaded(loader, database, journaled);
            List<LoadPart> parts = parts(data, loader, database, history);
            LoadReport.Sizes sizes = sizes(loader, database, projectId, history);
            data.writeHistory(plan.history(), command);
            return new LoadReport(
                    plan, command, database.name(), parts, sizes, history.sessions(), history.visitors(), warnings);
        }
    }

    private static LoadDatabase await(BenchData data, Program loader) throws SQLException {
        long deadline =
                System.nanoTime() + Duration.ofSeconds(START_SECONDS_MAX).toNanos();
        while (System.nanoTime() < deadline) {
            loader.requireAlive();
            Optional<LoadDatabase> found = LoadDatabase.find(data);
            if (found.isPresent()) {
                return found.get();
            }
            Pause.ms(POLL_MS);
        }
        throw new BenchException(
                "`micrologs load` has no database after " + START_SECONDS_MAX + " s: " + loader.lastWords());
    }

    private List<LoadPart> parts(BenchData data, Program loader, LoadDatabase database, History history)
            throws SQLException, IOException {
        List<LoadPart> parts = new ArrayList<>();
        try (Ceiling ceiling = new Ceiling(database, data.root())) {
            ceiling.open();
            awaitRest(loader, database);
            ceiling.measure(plan.startMs(), history.receivedMs(), plan.warmupEvents());
            for (int i = 0; i < plan.parts(); i++) {
                LoadPart part = part(i, data, loader, database, history, ceiling);
                parts.add(part);
                say(String.format(
                        Locale.ROOT,
                        "part %d of %d: %,d events made at %,.0f/s, %,d loaded at %,.0f/s, ceiling %,.0f/s, ratio %.2f",
                        i + 1,
                        plan.parts(),
                        plan.partEvents(i),
                        part.made(),
                        part.events(),
                        part.eventsPerSecond(),
                        part.ceiling().eventsPerSecond(),
                        part.ratio()));
                awaitRest(loader, database);
            }
        }
        return parts;
    }

    private LoadPart part(
            int number, BenchData data, Program loader, LoadDatabase database, History history, Ceiling ceiling)
            throws SQLException, IOException {
        LoadDatabase.Position before = database.position();
        Cpu beganAppending = Cpu.now(loader);
        long count = plan.partEvents(number);
        long journaled = append(data, history, count);
        double made = count * 1e9 / (System.nanoTime() - beganAppending.nanos());
        LoadDatabase.Position at = awaitCommit(loader, database, journaled);
        Cpu began = Cpu.now(loader);
        if (journaled - at.sequence() < count / 2) {
            // So few events that the loader had most of them before the last was made.
            at = before;
            began = beganAppending;
            warnOnce("parts are so small that making their events is timed with loading them; take more --events");
        }
        long committed = awaitLoaded(loader, database, journaled);
        Cpu ended = Cpu.now(loader);
        long rested = Math.max(ended.nanos(), awaitRest(loader, database));
        long events = journaled - at.sequence();
        Cpu beganCeiling = Cpu.now(loader);
        Ceiling.Measured rows = ceiling.measure(at.receivedMs(), history.receivedMs(), events);
        double others = Math.max(ended.othersSince(began), Cpu.now(loader).othersSince(beganCeiling));
        LoadPart part = new LoadPart(
                events,
                ended.nanos() - began.nanos(),
                committed - began.nanos(),
                rested - began.nanos(),
                ended.loader() - began.loader(),
                ended.database() - began.database(),
                ended.busySince(began),
                plan.database() == null ? others : 0,
                made,
                rows);
        if (part.othersBusy() > OTHERS_BUSY_MAX) {
            warnOnce("something else used more than a tenth of the machine in some part: these figures are too low");
        }
        return part;
    }

    /** What has been used since boot or start; {@code nanos} is the moment. */
    private record Cpu(long nanos, double loader, double database, double bench, double busy, double all) {
        static Cpu now(Program program) {
            double[] machine = Proc.machineSeconds();
            return new Cpu(
                    System.nanoTime(),
                    Proc.cpuSeconds(program.pid()),
                    Proc.descendantsCpuSeconds(program.pid()),
                    Proc.cpuSeconds(ProcessHandle.current().pid()),
                    machine[0],
                    machine[1]);
        }

        double ours() {
            return loader + database + bench;
        }

        double busySince(Cpu began) {
            return all > began.all ? (busy - began.busy) / (all - began.all) : 0;
        }

        double othersSince(Cpu began) {
            double others = busy - began.busy - (ours() - began.ours());
            return all > began.all ? Math.max(0, others / (all - began.all)) : 0;
        }
    }

    /** Returns the number of the last event in the journal. */
    private long append(BenchData data, History history, long count) {
        long startMs = history.made() > 0 ? history.receivedMs() : plan.startMs();
        try (JournalFeed feed = JournalFeed.open(data.journal(), startMs)) {
            feed.append(history, count);
            return feed.endSequence();
        }
    }

    /** Until the next batch is committed, so that no half one is in what is timed; at once when all are. */
    private static LoadDatabase.Position awaitCommit(Program loader, LoadDatabase database, long sequence)
            throws SQLException {
        LoadDatabase.Position first = database.position();
        LoadDatabase.Position next = first;
        while (next.sequence() == first.sequence() && next.sequence() < sequence) {
            loader.requireAlive();
            Pause.ms(COMMIT_POLL_MS);
            next = database.position();
        }
        return next;
    }

    /**
     * Until that event is committed and nothing waits to be counted.
     *
     * @return when it was committed (nanoTime)
     */
    private long awaitLoaded(Program loader, LoadDatabase database, long sequence) throws SQLException {
        LoadDatabase.Position last = new LoadDatabase.Position(-1, 0, 0);
        long progressAt = System.nanoTime();
        long committedAt = 0;
        while (true) {
            LoadDatabase.Position position = database.position();
            if (position.sequence() == sequence) {
                committedAt = committedAt == 0 ? System.nanoTime() : committedAt;
                if (position.pending() == 0) {
                    return committedAt;
                }
            }
            long now = System.nanoTime();
            if (!position.equals(last)) {
                last = position;
                progressAt = now;
            } else if (now - progressAt > stallMax.toNanos()) {
                throw new BenchException(
                        (sequence - position.sequence()) + " events of the journal are not loaded, and for "
                                + stallMax.toSeconds() + " s nothing changed: " + loader.lastWords());
            }
            loader.requireAlive();
            Pause.ms(LOADED_POLL_MS);
        }
    }

    /**
     * Until weeks and months are summed up, and the database has written what it wrote to memory first.
     *
     * @return since when it is so (nanoTime)
     */
    private long awaitRest(Program loader, LoadDatabase database) throws SQLException {
        long deadline =
                System.nanoTime() + Duration.ofSeconds(RESTING_SECONDS_MAX).toNanos();
        int resting = 0;
        LoadDatabase.Activity last = database.activity();
        Cpu before = Cpu.now(loader);
        long since = before.nanos();
        while (resting < RESTING_WINDOWS) {
            Pause.ms(RESTING_WINDOW_MS);
            LoadDatabase.Activity activity = database.activity();
            Cpu after = Cpu.now(loader);
            double used = after.loader() + after.database() - before.loader() - before.database();
            boolean rests = used * 1e9 / (after.nanos() - before.nanos()) < RESTING_CPU
                    && activity.changes() == last.changes()
                    && !activity.busy();
            resting = rests ? resting + 1 : 0;
            since = rests ? since : after.nanos();
            last = activity;
            before = after;
            if (resting < RESTING_WINDOWS && after.nanos() > deadline) {
                warnOnce("the loader was not at rest after " + RESTING_SECONDS_MAX
                        + " s in some part: the ceiling is too low there, and the ratio too high");
                return after.nanos();
            }
        }
        return since;
    }

    /** Checks that every event became what it had to, and measures what that takes. */
    private LoadReport.Sizes sizes(Program loader, LoadDatabase database, int projectId, History history)
            throws SQLException {
        say("counting and measuring the tables");
        Map<String, Long> ledger = database.ledger(projectId);
        long pageviews = database.pageviews(projectId);
        long accounted = ledger.values().stream().mapToLong(Long::longValue).sum();
        long lost = ledger.getOrDefault("dead_letter", 0L) + ledger.getOrDefault("deleted", 0L);
        if (accounted != history.made() || lost > 0) {
            throw new BenchException(history.made() + " events were made, and the ledger has " + ledger);
        }
        if (database.pageviewRows() != pageviews || database.pageviewsCounted(projectId) != pageviews) {
            throw new BenchException(pageviews + " pageviews are in the project's total, " + database.pageviewRows()
                    + " in rows and " + database.pageviewsCounted(projectId) + " in the counters by day");
        }
        return new LoadReport.Sizes(
                pageviews,
                ledger,
                database.bytes(),
                database.seenBytesBefore(plan.history().until().minusDays(2)),
                Proc.peakResidentBytes(loader.pid()),
                Proc.descendantsPeakResidentBytes(loader.pid()));
    }

    private void warnOnce(String warning) {
        if (!warnings.contains(warning)) {
            warnings.add(warning);
        }
    }

    private void say(String line) {
        out.println(line);
        out.flush();
    }
}

package io.micrologs.server;

import io.micrologs.http.HttpServer;
import io.micrologs.http.Routes;
import io.micrologs.http.limit.RateLimiter;
import io.micrologs.ingest.Ingest;
import io.micrologs.ingest.Snapshot;
import io.micrologs.journal.Checkpoint;
import io.micrologs.journal.DirectoryLock;
import io.micrologs.journal.JournalAppender;
import io.micrologs.journal.JournalConfig;
import io.micrologs.journal.JournalException;
import io.micrologs.journal.JournalTailer;
import io.micrologs.journal.LoadedCheckpointFile;
import io.micrologs.loader.Loader;
import io.micrologs.loader.LoaderStatus;
import io.micrologs.query.ControlSnapshot;
import io.micrologs.query.ProjectSettings;
import io.micrologs.query.ProjectStore;
import io.micrologs.query.QueryApi;
import io.micrologs.query.QueryConfig;
import io.micrologs.query.QueryEdges;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One process: the roles it was asked for, from start to stop. Main thread, but for {@link #close} and {@link #fail}. */
final class Server implements AutoCloseable {
    /*
     * Start: journal → HTTP → (control thread:) database → schema → loader → projects.
     *   Whatever can be refused for good (directory held by another process, port taken) comes first, so that nothing is
     *   half-started. The database may be away: with a snapshot of the projects on disk, ingest accepts from the moment
     *   the port is open, and the control thread goes on trying.
     * Stop: the same order. HTTP answers what is in flight, the journal writes what waits, the loader commits what is
     *   there as long as the database answers, then the connections and the database go.
     */
    enum Role {
        INGEST,
        LOAD,
        QUERY;

        static final Set<Role> ALL = Set.of(values());
    }

    /**
     * What this process was started for.
     *
     * @param domains added to the first project
     */
    record Plan(Set<Role> roles, boolean demo, List<String> domains) {
        boolean has(Role role) {
            return roles.contains(role);
        }

        boolean everything() {
            return roles.equals(Role.ALL);
        }
    }

    private static final Logger log = LoggerFactory.getLogger(Server.class);
    private static final long APPENDER_TOLD_EVERY_MS = 1_000;
    private static final Duration DRAIN_MAX = Duration.ofSeconds(10);
    private static final int NO_SUCH_TABLE = 1146;

    private final Plan plan;
    private final Settings settings;
    private final Clock clock = Clock.systemUTC();
    private final DataDirectory data;
    private final Secrets secrets;
    private final JournalConfig journalConfig;
    private final Database database;
    private final Health health;
    private final ControlThread control;
    private final JournalCounter journalCounter;
    private final @Nullable QueryApi queryApi;
    private final Deque<AutoCloseable> opened = new ArrayDeque<>();
    private final CountDownLatch ended = new CountDownLatch(1);
    private boolean closed;

    private long appenderToldMs;

    private volatile @Nullable OperatorException failure;
    private volatile @Nullable JournalAppender appender;
    private volatile @Nullable Ingest ingest;
    private volatile @Nullable HttpServer http;
    private volatile @Nullable RateLimiter limiter;
    private volatile @Nullable Loader loader;
    private volatile @Nullable Thread loaderThread;

    Server(Plan plan, Settings settings) {
        this.plan = plan;
        this.settings = settings;
        this.data = DataDirectory.open(settings.dataDir);
        this.secrets = Secrets.of(settings, data);
        this.journalConfig = settings.journal(data.journal());
        this.database = new Database(settings, data, plan.has(Role.LOAD));
        this.journalCounter = open(new JournalCounter(() -> JournalTailer.open(journalConfig), data.ledger()));
        this.queryApi = plan.has(Role.QUERY)
                ? new QueryApi(
                        QueryConfig.of(secrets.adminKey(), settings.zone(), settings.baseUrl, settings.linksMax),
                        database.queries(),
                        edges(),
                        clock)
                : null;
        this.health = new Health(this, database, data, clock, settings.zone());
        this.control = new ControlThread(
                this,
                database,
                health,
                queryApi == null ? new ProjectStore(database.queries(), clock, this::inForce) : queryApi.projects());
    }

    /** A journal may come into the directory later, by an ingest of its own. */
    private QueryEdges edges() {
        QueryEdges alone = QueryEdges.of(this::inForce);
        return new QueryEdges(
                alone.publisher(),
                (loaded, outcomes) -> (data.hasJournal() ? journalCounter : alone.journal()).count(loaded, outcomes),
                () -> {
                    Ingest edge = ingest;
                    return edge == null ? null : edge.locationSource();
                });
    }

    /** Runs until a signal or a failure that needs the operator; the process's exit code. */
    static int run(Plan plan, Settings settings) throws InterruptedException {
        long startedNanos = System.nanoTime();
        Server server = new Server(plan, settings);
        AtomicBoolean signalled = new AtomicBoolean(true);
        Thread hook = new Thread(
                () -> {
                    if (!signalled.get()) {
                        // The main thread stops it already; the JVM waits for this hook.
                        server.close();
                    } else {
                        log.info("stopping: answering what is in flight, writing what waits");
                        server.close();
                        log.info("stopped");
                        // A stop that was asked for and lost nothing is a success; without this the JVM says 128 +
                        // signal.
                        Runtime.getRuntime().halt(0);
                    }
                },
                "stop");
        LastResort.install(server::fail);
        try {
            Runtime.getRuntime().addShutdownHook(hook);
            server.start();
            System.out.print(StartText.of(server, settings));
            log.info("started in {} ms", TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startedNanos));
            server.ended.await();
        } catch (RuntimeException | Error e) {
            signalled.set(false);
            server.close();
            throw e;
        }
        signalled.set(false);
        server.close();
        OperatorException why = server.failure;
        if (why != null) {
            throw why;
        }
        return 0;
    }

    private void start() throws InterruptedException {
        if (plan.has(Role.INGEST)) {
            startIngest();
        }
        if (plan.has(Role.LOAD)) {
            open(DirectoryLock.acquire(data.loadLock(), "load"));
        }
        if (plan.has(Role.INGEST) || plan.has(Role.QUERY)) {
            startHttp();
        }
        control.start();
        if (queryApi != null && plan.has(Role.INGEST)) {
            open(new LedgerWatch(queryApi));
        }
        if (plan.everything() && (tagProject() == null || !plan.domains().isEmpty())) {
            // The very first start can accept nothing before the database has a project, and a domain that was asked
            // for
            // is refused until the database knows it: say "running" when it is true. What is known is accepted
            // meanwhile.
            control.awaitReady();
        }
    }

    void startIngest() {
        Ingest edge = open(Ingest.open(settings.ingest(secrets.hashSalt(), data), this::openJournal, clock));
        Snapshot.read(data.snapshot())
                .filter(snapshot -> !snapshot.projects().isEmpty())
                .ifPresent(edge::publish);
        ingest = edge;
    }

    private JournalAppender openJournal() {
        JournalAppender opening = open(JournalAppender.open(journalConfig, clock));
        appender = opening;
        return opening;
    }

    private void startHttp() {
        RateLimiter limiting = settings.rateLimits.enabled ? open(openLimiter()) : null;
        limiter = limiting;
        http = open(HttpServer.start(settings.http(), routes(), limiting));
    }

    /** Every endpoint of the roles that are there. */
    Routes routes() {
        Routes.Builder routes = Routes.builder();
        health.routes(routes);
        Ingest edge = ingest;
        if (edge != null) {
            edge.routes(routes);
        }
        new Site(this, settings).routes(routes);
        if (queryApi != null) {
            queryApi.routes(routes);
        }
        settings.rateLimits.apply(routes);
        return routes.build();
    }

    /** A query process has counts of its own beside an ingest process on the same directory. */
    private RateLimiter openLimiter() {
        Path directory = plan.has(Role.INGEST) ? data.req() : data.req().resolve("query");
        byte[] salt = secrets.hashSalt().getBytes(StandardCharsets.UTF_8);
        return RateLimiter.open(settings.rateLimits.config(directory, salt), clock);
    }

    /** Called by the control thread once the schema is there. */
    void startLoader() {
        Loader starting = new Loader(
                settings.loader(),
                () -> JournalTailer.open(journalConfig),
                database::connectLoader,
                this::committed,
                clock);
        loader = starting;
        loaderThread = new Thread(starting, "loader");
        loaderThread.start();
    }

    private void committed(Checkpoint checkpoint) {
        JournalAppender here = appender;
        if (here != null) {
            here.loaded(checkpoint);
        } else {
            tellAppender(checkpoint);
        }
    }

    /** A hint, so that old cycles may go; loading does not stop for it. Loader thread. */
    private void tellAppender(Checkpoint checkpoint) {
        long now = clock.millis();
        if (now - appenderToldMs < APPENDER_TOLD_EVERY_MS && now >= appenderToldMs) {
            return;
        }
        appenderToldMs = now;
        try {
            LoadedCheckpointFile.write(journalConfig.directory(), checkpoint);
        } catch (JournalException e) {
            log.warn("ingest is not told what is loaded, so it keeps old journal files: {}", e.getMessage());
        }
    }

    /** Puts a change of the control tables in force here; returns when every request from now on sees it. */
    private void inForce(ControlSnapshot control) {
        Ingest edge = ingest;
        if (edge != null) {
            List<Snapshot.Project> known = control.projects().stream()
                    .map(p -> new Snapshot.Project(
                            p.id(),
                            p.name(),
                            p.publicKey(),
                            p.secretKeySha256(),
                            p.allowedDomains(),
                            p.active(),
                            privacy(p.settings())))
                    .toList();
            List<Snapshot.Link> links = control.links().stream()
                    .map(l -> new Snapshot.Link(l.id(), l.projectId(), l.code(), l.destinationUrl(), l.active()))
                    .toList();
            if (known.isEmpty() && edge.snapshot() == null) {
                // The first project is still to be made. Until then no key is wrong: a 401 would make clients drop
                // events.
                return;
            }
            Snapshot snapshot = new Snapshot(control.version(), known, links);
            edge.publish(snapshot);
            try {
                snapshot.write(data.snapshot());
            } catch (UncheckedIOException e) {
                // The change is in the database and in force; only a start without the database would not know it.
                log.warn(
                        "{} cannot be written, so a start without the database would use an older one: {}",
                        data.snapshot(),
                        e.getMessage());
            }
        }
    }

    private static Snapshot.Privacy privacy(ProjectSettings settings) {
        return new Snapshot.Privacy(
                settings.cookieless(), settings.fingerprint(), settings.gpc(), settings.dnt(), settings.excludeCidrs());
    }

    /** Why this database must not be used with this data directory; null when it may. */
    @Nullable
    String otherInstallation(DataSource database) throws SQLException {
        try {
            return Installation.mismatch(database, data, clock);
        } catch (SQLException e) {
            if (!plan.has(Role.LOAD) && e.getErrorCode() == NO_SUCH_TABLE) {
                // The loader makes the table; until it is upgraded, there is nothing to compare.
                return null;
            }
            throw e;
        }
    }

    /** The project whose tag the pages show: the oldest one, which is the first project unless that was deleted. */
    @Nullable
    ProjectTag tagProject() {
        Ingest edge = ingest;
        Snapshot snapshot = edge == null ? null : edge.snapshot();
        if (snapshot == null) {
            return null;
        }
        return snapshot.projects().stream()
                .min(Comparator.comparingInt(Snapshot.Project::id))
                .map(p -> new ProjectTag(p.name(), p.publicKey(), p.allowedDomains()))
                .orElse(null);
    }

    /** What a snippet tag needs of a project. */
    record ProjectTag(String name, String publicKey, List<String> allowedDomains) {}

    void allowDomains(ProjectStore projects) throws SQLException {
        FirstProject.ensure(projects, plan.domains(), settings.zone(), data);
    }

    Plan plan() {
        return plan;
    }

    DataDirectory data() {
        return data;
    }

    int port() {
        HttpServer listening = http;
        return listening == null ? 0 : listening.port();
    }

    @Nullable
    HttpServer http() {
        return http;
    }

    /** Null when limits are switched off. */
    @Nullable
    RateLimiter limiter() {
        return limiter;
    }

    @Nullable
    JournalAppender journal() {
        return appender;
    }

    @Nullable
    Ingest ingest() {
        return ingest;
    }

    @Nullable
    Loader loader() {
        return loader;
    }

    /**
     * Events that are in the journal and not in the database; -1 while the loader does not know yet. Exact where the
     * journal is written by this process: what was answered 202 before the call is in it.
     */
    long lagEvents() {
        Loader running = loader;
        if (running == null) {
            return -1;
        }
        LoaderStatus status = running.status();
        JournalAppender here = appender;
        Checkpoint committed = status.checkpoint();
        if (status.lagEvents() < 0 || here == null) {
            return status.lagEvents();
        }
        long ahead = here.status().endSequence() - (committed == null ? 0 : committed.sequence());
        return Math.max(ahead, status.lagEvents());
    }

    /** Ends the process: something is wrong that only the operator can mend. */
    void fail(OperatorException why) {
        failure = why;
        ended.countDown();
    }

    private <T extends AutoCloseable> T open(T part) {
        synchronized (opened) {
            opened.push(part);
        }
        return part;
    }

    /** Whoever calls second waits until the first is done. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        closePart(http);
        closePart(ingest);
        closePart(appender);
        closePart(control);
        stopLoader();
        closePart(database);
        synchronized (opened) {
            opened.forEach(Server::closePart);
            opened.clear();
        }
    }

    /** Lets the loader commit what is in the journal, as long as that does not take long, and stops it. */
    private void stopLoader() {
        Loader running = loader;
        Thread thread = loaderThread;
        if (running == null || thread == null) {
            return;
        }
        long deadline = System.nanoTime() + DRAIN_MAX.toNanos();
        try {
            while (lagEvents() > 0
                    && running.status().state() != LoaderStatus.State.FAIL
                    && database.trouble().isEmpty()
                    && System.nanoTime() < deadline) {
                TimeUnit.MILLISECONDS.sleep(20);
            }
            long left = lagEvents();
            if (left > 0) {
                log.info("{} events stay in the journal; they are loaded after the next start", left);
            }
            running.close();
            thread.join(DRAIN_MAX.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** What fails while stopping must not keep the rest from being stopped. */
    private static void closePart(@Nullable AutoCloseable part) {
        if (part != null) {
            try {
                part.close();
            } catch (Exception e) {
                log.warn("closing {} failed: {}", part.getClass().getSimpleName(), e.toString());
            }
        }
    }
}

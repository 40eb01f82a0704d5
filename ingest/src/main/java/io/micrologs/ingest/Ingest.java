package io.micrologs.ingest;

import io.micrologs.http.Exchange;
import io.micrologs.http.Reply;
import io.micrologs.http.Routes;
import io.micrologs.journal.AppendLane;
import io.micrologs.journal.JournalAppender;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The tracking edge: pageviews, errors, audits and clicks on their way to the journal. It refuses everything with 503 until the
 * first {@link #publish}. {@link Tracking} is the hot path.
 */
public final class Ingest implements AutoCloseable {
    private static final String EVENTS = "/api/v1/events";

    /** Remembered by each loop, twice: at most about 2 MB of them. */
    private static final int AGENTS_MAX = 4_096;

    private static final long LAST_REFUSALS_MAX_MS = 2_000;
    private static final Logger log = LoggerFactory.getLogger(Ingest.class);

    /** A snapshot and its index change together. */
    private record InForce(Snapshot snapshot, Access access, Links links) {}

    private final IngestConfig config;
    private final JournalAppender journal;
    private final InstantSource clock;
    private final Bots bots = new Bots();
    private final Places places;
    private final DailySalts salts;
    private final Batch batch;
    private final Counts counts = new Counts();
    private final SecureRandom seeds = new SecureRandom();
    private final ConcurrentHashMap<Executor, LoopTools> tools = new ConcurrentHashMap<>();
    private final RefusalRecords refusals;
    private final Upkeep upkeep = new Upkeep("ingest-upkeep");
    /** Its own thread: a file system that hangs must stop neither the refusals nor the salts' turn. */
    private final Upkeep geoipUpkeep = new Upkeep("ingest-geoip");

    private volatile @Nullable InForce inForce;

    private Ingest(IngestConfig config, Places places, JournalAppender journal, InstantSource clock) {
        this.config = config;
        this.journal = journal;
        this.clock = clock;
        this.places = places;
        this.salts = new DailySalts(config.cookielessSalts(), seeds, today());
        this.batch = new Batch(this, new BatchLimit(config.batchesPerMinuteMax()));
        this.refusals = new RefusalRecords(counts, journal, clock, seeds.nextLong());
    }

    /**
     * Loads the location data while the journal is opened: each takes a second, and no event may be without its place.
     *
     * @param journal opens the journal, which stays the caller's, who closes it after this
     */
    public static Ingest open(IngestConfig config, Supplier<JournalAppender> journal, InstantSource clock) {
        Places places = new Places(config);
        CompletableFuture<Void> loading = CompletableFuture.runAsync(places::load, Ingest::startDaemon);
        Ingest ingest = new Ingest(config, places, journal.get(), clock);
        loading.join();
        // Only who has the journal has the directory.
        places.sweep();
        ingest.upkeep.everySecond(ingest.refusals::write);
        ingest.geoipUpkeep.everySecond(ingest.places::refresh);
        ingest.upkeep.everySecond(() -> ingest.salts.turn(ingest.today()));
        return ingest;
    }

    /** A start that is refused does not wait for it. */
    private static void startDaemon(Runnable task) {
        Thread thread = new Thread(task, "ingest-start");
        thread.setDaemon(true);
        thread.start();
    }

    /** Writes what was refused in the last second. To be called when no requests come any more. */
    @Override
    public void close() {
        try {
            batch.threads().shutdown();
            geoipUpkeep.letGo();
            upkeep.stop();
            if (!refusals.writeLast(LAST_REFUSALS_MAX_MS)) {
                log.warn("the journal did not take the last second's counts of refused requests");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Adds the tracking endpoints, batches and the redirect. */
    public void routes(Routes.Builder routes) {
        Set<String> post = Set.of("POST");
        routes.crossOrigin("/api/track/pageview", post, Tracking.pageviews(this));
        routes.crossOrigin("/api/track/error", post, Tracking.others(this, EventFormat::error));
        routes.crossOrigin("/api/track/audit", post, Tracking.others(this, EventFormat::audit));
        routes.on("/api/redirect", Set.of("GET"), new Redirect(this));
        routes.on(EVENTS, post, batch);
        routes.bodyMax(EVENTS, BatchBody.BYTES_MAX, Batch.AT_ONCE_MAX, batch::refuseLarge);
        for (String path : List.of("/api/track/pageview", "/api/track/error", "/api/track/audit", EVENTS)) {
            routes.onOverload(path, this::overload);
        }
        for (String path :
                List.of("/api/track/pageview", "/api/track/error", "/api/track/audit", "/api/redirect", EVENTS)) {
            // The server refuses before it looks at a key, so it cannot know whose request it was.
            routes.onRefusal(path, reason -> counts.refused(0, reason));
        }
    }

    /** In force for every request that is looked at from now on; the last call wins. Any thread. */
    public void publish(Snapshot snapshot) {
        inForce = new InForce(snapshot, new Access(snapshot), new Links(snapshot));
    }

    /** What is in force; null before the first {@link #publish}. */
    public @Nullable Snapshot snapshot() {
        InForce current = inForce;
        return current == null ? null : current.snapshot;
    }

    /** Events acknowledged since the start. */
    public long accepted() {
        return counts.acceptedSum();
    }

    /** Requests refused since the start, by reason. */
    public Map<String, Long> rejected() {
        return counts.refusedSums();
    }

    /** The data that locations are from, such as {@code GeoLite2-City of 2019-11-19}; null when there are none. */
    public @Nullable String locationSource() {
        return places.source();
    }

    /** Where locations come from. */
    public GeoipStatus geoip() {
        return places.status();
    }

    /** Null when events can be taken. Called once a request, as it counts what it refuses. */
    private @Nullable Reply overload() {
        boolean ready = inForce != null;
        if (ready && journal.accepting()) {
            return null;
        }
        Rejection refused = ready ? Rejection.JOURNAL : Rejection.NO_SNAPSHOT;
        counts.refused(0, refused.reason());
        return refused.reply();
    }

    @Nullable
    Access access() {
        InForce current = inForce;
        return current == null ? null : current.access;
    }

    @Nullable
    Links links() {
        InForce current = inForce;
        return current == null ? null : current.links;
    }

    /** What batches still fit in. */
    Semaphore batchRoom() {
        return batch.room();
    }

    JournalAppender journal() {
        return journal;
    }

    Counts counts() {
        return counts;
    }

    long nowMs() {
        return clock.millis();
    }

    private LocalDate today() {
        return LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
    }

    /** The connection's own, made with its first request. */
    Ticket ticket(Exchange exchange) {
        if (exchange.attachment() instanceof Ticket ticket) {
            return ticket;
        }
        Ticket ticket = new Ticket(exchange, tools(exchange.loop()), counts);
        exchange.attach(ticket);
        return ticket;
    }

    LoopTools tools(Executor loop) {
        return tools.computeIfAbsent(loop, this::newTools);
    }

    Hasher newHasher() {
        return new Hasher(config.salt());
    }

    DailyHasher newDailyHasher() {
        return new DailyHasher(salts);
    }

    SplittableRandom newRandom() {
        return new SplittableRandom(seeds.nextLong());
    }

    private LoopTools newTools(Executor loop) {
        AppendLane lane = AppendLane.writing(loop);
        return new LoopTools(
                lane,
                newHasher(),
                newDailyHasher(),
                new JsonBody(),
                new Gunzip(Tracking.UNPACKED_BYTES_MAX),
                newRandom(),
                new Recent<>(AGENTS_MAX, bots::is),
                new PlaceCache(places),
                new Clicks(lane, counts));
    }
}

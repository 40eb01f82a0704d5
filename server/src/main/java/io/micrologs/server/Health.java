package io.micrologs.server;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.micrologs.http.HttpServer;
import io.micrologs.http.LoopEndpoint;
import io.micrologs.http.Reply;
import io.micrologs.http.Routes;
import io.micrologs.http.limit.RateLimiter;
import io.micrologs.http.limit.RateLimiterStatus;
import io.micrologs.ingest.GeoipStatus;
import io.micrologs.ingest.Ingest;
import io.micrologs.journal.JournalAppender;
import io.micrologs.journal.JournalStatus;
import io.micrologs.loader.Loader;
import io.micrologs.loader.LoaderStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /api/health.php}: what works, what does not, and what to do. Answers from what the parts know already, on the
 * event loop, so that neither a database that is away nor slow questions make it wait. Thread-safe.
 */
final class Health {

    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final double LOW_DISK = 0.1;
    private static final int LATE_SECONDS = 10;
    /** A database that refuses rows for longer than this needs somebody. */
    private static final Duration PATIENCE = Duration.ofSeconds(LATE_SECONDS);

    private final Server server;
    private final Database database;
    private final DataDirectory data;
    private final InstantSource clock;
    private final ZoneId zone;
    private volatile Map<String, @Nullable Object> disk = check("ok", "not looked at yet");

    Health(Server server, Database database, DataDirectory data, InstantSource clock, ZoneId zone) {
        this.server = server;
        this.database = database;
        this.data = data;
        this.clock = clock;
        this.zone = zone;
    }

    void routes(Routes.Builder routes) {
        LoopEndpoint health = exchange -> exchange.respond(reply());
        routes.on("/api/health", Set.of("GET"), health);
    }

    private Reply reply() {
        Map<String, Map<String, @Nullable Object>> checks = checks();
        boolean healthy = checks.entrySet().stream()
                .noneMatch(check -> "fail".equals(check.getValue().get("status")));
        Map<String, @Nullable Object> answer = new LinkedHashMap<>();
        answer.put("status", healthy ? "healthy" : "unhealthy");
        answer.put("timestamp", TIME.format(clock.instant().atZone(zone)));
        answer.put("checks", checks);
        try {
            return Reply.json(healthy ? 200 : 503, JSON.writeValueAsBytes(answer));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("maps of text and numbers are JSON", e);
        }
    }

    /** The parts that run in this process, by their names in the contract. */
    private Map<String, Map<String, @Nullable Object>> checks() {
        Map<String, Map<String, @Nullable Object>> checks = new LinkedHashMap<>();
        JournalAppender journal = server.journal();
        if (journal != null) {
            checks.put("journal", journal(journal.status()));
        }
        checks.put("database", database());
        if (server.plan().has(Server.Role.LOAD)) {
            checks.put("loader", loader());
        }
        Ingest ingest = server.ingest();
        if (ingest != null) {
            GeoipStatus geoip = ingest.geoip();
            checks.put("geoip", check(geoip.ok() ? "ok" : "warn", geoip.message()));
        }
        checks.put("disk", disk);
        RateLimiter limiter = server.limiter();
        if (limiter != null) {
            checks.put("ratelimit", rateLimit(limiter.status()));
        }
        HttpServer http = server.http();
        if (http != null) {
            checks.put("proxy", proxy(http.untrustedProxy()));
        }
        return checks;
    }

    private static Map<String, @Nullable Object> rateLimit(RateLimiterStatus status) {
        String trouble = status.trouble();
        Map<String, @Nullable Object> check = trouble.isEmpty()
                ? check("ok", "limits hold, also over a restart")
                : check("warn", "limits hold, but not over a restart: " + trouble);
        check.put("blocks", status.blocks());
        check.put("refused", status.refused());
        check.put("evicted", status.evicted());
        check.put("uncounted", status.uncounted());
        check.put("unlogged", status.unlogged());
        check.put("table_bytes", status.tableBytes());
        check.put("file_bytes", status.fileBytes());
        return check;
    }

    /** Anybody may read this and anybody may send the header: nothing of what was sent is shown. */
    private static Map<String, @Nullable Object> proxy(Optional<String> untrusted) {
        if (untrusted.isEmpty()) {
            return check("ok", "no forwarded request of a peer that is not trusted within an hour");
        }
        String peer = untrusted.get();
        return check(
                "warn",
                peer.isEmpty()
                        ? "a peer that is not trusted sends X-Forwarded-For; if it is your proxy, all its clients count"
                                + " as one until you set trusted.proxies=<its address>"
                        : peer + " sends X-Forwarded-For and is not trusted; if it is your proxy, all its clients count"
                                + " as one until you set trusted.proxies=" + peer);
    }

    private static Map<String, @Nullable Object> journal(JournalStatus status) {
        Map<String, @Nullable Object> check = check(status.state().name().toLowerCase(Locale.ROOT), status.message());
        check.put("end_sequence", status.endSequence());
        check.put("bytes", status.bytesOnDisk());
        check.put("cycles", status.cycles());
        return check;
    }

    private Map<String, @Nullable Object> database() {
        String trouble = database.trouble();
        if (database.isRefused()) {
            return check("fail", trouble);
        }
        Loader loader = server.loader();
        String refusal = loader == null ? null : loader.databaseTrouble(PATIENCE);
        if (trouble.isEmpty() && refusal == null) {
            return check("ok", database.name() + " answers");
        }
        String what = trouble.isEmpty() ? " answers, but: " + refusal : " does not answer: " + trouble;
        return check("fail", database.name() + what + "; events are accepted and wait in the journal until it does");
    }

    private Map<String, @Nullable Object> loader() {
        Loader loader = server.loader();
        if (loader == null) {
            return check("fail", database.isRefused() ? database.trouble() : "waits for the database");
        }
        LoaderStatus status = loader.status();
        long lag = server.lagEvents();
        boolean late = status.state() == LoaderStatus.State.OK && status.lagSeconds() > LATE_SECONDS;
        Map<String, @Nullable Object> check = late
                ? check("warn", "behind by " + lag + " events, the oldest " + status.lagSeconds() + " s old")
                : check(status.state().name().toLowerCase(Locale.ROOT), status.message());
        check.put("lag_events", lag < 0 ? null : lag);
        check.put("lag_seconds", status.lagSeconds());
        return check;
    }

    /** Looks at the disk, which may take its time; not for the event loop. */
    void seeDisk() {
        disk = diskCheck();
    }

    private Map<String, @Nullable Object> diskCheck() {
        try {
            var store = Files.getFileStore(data.root());
            long free = store.getUsableSpace();
            long total = store.getTotalSpace();
            boolean low = free < total * LOW_DISK && free < 10L << 30;
            Map<String, @Nullable Object> check = check(
                    low ? "warn" : "ok",
                    (free >> 20) + " MiB of " + (total >> 20) + " MiB free"
                            + (low ? "; make room, or set journal.retain lower" : ""));
            check.put("free_bytes", free);
            check.put("total_bytes", total);
            return check;
        } catch (IOException e) {
            // Not the message, which names a path: anybody may read health.
            return check(
                    "fail",
                    "free space under data.dir cannot be read: " + e.getClass().getSimpleName());
        }
    }

    private static Map<String, @Nullable Object> check(String status, String message) {
        Map<String, @Nullable Object> check = new LinkedHashMap<>();
        check.put("status", status);
        check.put("message", message);
        return check;
    }
}

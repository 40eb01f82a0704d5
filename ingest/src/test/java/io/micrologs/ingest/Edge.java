package io.micrologs.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrologs.http.HttpConfig;
import io.micrologs.http.HttpServer;
import io.micrologs.http.Routes;
import io.micrologs.ingest.Snapshot.Link;
import io.micrologs.ingest.Snapshot.Privacy;
import io.micrologs.ingest.Snapshot.Project;
import io.micrologs.journal.JournalAppender;
import io.micrologs.journal.JournalConfig;
import io.micrologs.journal.JournalRecord;
import io.micrologs.journal.JournalTailer;
import io.micrologs.journal.Polled;
import io.micrologs.journal.Refusals;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A running edge over a real journal and a real socket, with two projects. */
final class Edge implements AutoCloseable {
    static final String PUBLIC = "0123456789abcdef0123456789abcdef";
    static final String SECRET = "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210";
    static final String OTHER_PUBLIC = "11111111111111111111111111111111";
    static final String DISABLED_PUBLIC = "22222222222222222222222222222222";
    static final String DISABLED_SECRET = "2".repeat(64);
    static final Instant NOW = Instant.parse("2026-03-04T05:06:07.089Z");

    static final byte[] SALT = "a salt of 16 bytes or more".getBytes(StandardCharsets.UTF_8);

    final Ingest ingest;
    private final JournalConfig config;
    private final JournalAppender journal;
    private final HttpServer server;

    Edge(Path directory) {
        this(new JournalConfig(directory, "hourly", Duration.ofDays(7), 20L << 30, 0, 64), true);
    }

    Edge(JournalConfig config, boolean withSnapshot) {
        this(config, IngestConfig.withoutPlaces(SALT, config.directory()), withSnapshot);
    }

    Edge(JournalConfig config, IngestConfig ingestConfig, boolean withSnapshot) {
        this(config, ingestConfig, withSnapshot, InstantSource.fixed(NOW));
    }

    Edge(JournalConfig config, IngestConfig ingestConfig, boolean withSnapshot, InstantSource clock) {
        this.config = config;
        journal = JournalAppender.open(config, InstantSource.system());
        ingest = Ingest.open(ingestConfig, () -> journal, clock);
        if (withSnapshot) {
            ingest.publish(snapshot());
        }
        Routes.Builder routes = Routes.builder();
        ingest.routes(routes);
        server = HttpServer.start(behindAProxy(), routes.build());
    }

    /** So that a test can be any client, by X-Forwarded-For. */
    private static HttpConfig behindAProxy() {
        HttpConfig defaults = HttpConfig.defaults("127.0.0.1", 0);
        return new HttpConfig(
                defaults.host(),
                defaults.port(),
                List.of("127.0.0.1/32"),
                defaults.connectionsMax(),
                defaults.connectionsPerAddressMax(),
                defaults.headerDeadline(),
                defaults.bodyDeadline(),
                defaults.idleDeadline(),
                defaults.bodyBytesMax(),
                defaults.workerThreads(),
                defaults.workerQueueMax());
    }

    static Snapshot snapshot() {
        return snapshot(Privacy.DEFAULT);
    }

    /** @param privacy of the first project */
    static Snapshot snapshot(Privacy privacy) {
        return new Snapshot(
                7,
                List.of(
                        new Project(
                                1,
                                "shop",
                                PUBLIC,
                                sha256(SECRET),
                                List.of("shop.example", "www.blog.example"),
                                true,
                                privacy),
                        new Project(
                                2,
                                "other",
                                OTHER_PUBLIC,
                                sha256("1".repeat(64)),
                                List.of("other.example"),
                                true,
                                Privacy.DEFAULT),
                        new Project(
                                3,
                                "off",
                                DISABLED_PUBLIC,
                                sha256(DISABLED_SECRET),
                                List.of("off.example"),
                                false,
                                Privacy.DEFAULT)),
                List.of(
                        new Link(11, 1, "goodLink", "https://shop.example/landing?x=1", true),
                        new Link(12, 1, "offLink1", "https://shop.example/", false),
                        new Link(13, 1, "badLink1", "javascript:alert(1)", true),
                        new Link(14, 3, "offProj1", "https://off.example/", true),
                        new Link(15, 2, "otherOne", "https://müller.example/ä b?q=ü#\"", true)));
    }

    static byte[] sha256(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    Http connect() throws IOException {
        return new Http(server.port());
    }

    void closeJournal() {
        journal.close();
    }

    /** The accepted events in the journal. */
    List<JournalRecord> records() {
        return everything(config).stream()
                .filter(record -> !(record.event() instanceof Refusals))
                .toList();
    }

    /** What the journal says was refused in all, by project and reason. */
    Map<Integer, Map<String, Long>> refusals() {
        return refusals(config);
    }

    static Map<Integer, Map<String, Long>> refusals(JournalConfig config) {
        Map<Integer, Map<String, Long>> sums = new TreeMap<>();
        for (JournalRecord record : everything(config)) {
            if (record.event() instanceof Refusals refusals) {
                Map<String, Long> of = sums.computeIfAbsent(record.envelope().projectId(), id -> new TreeMap<>());
                refusals.counts().forEach((reason, count) -> of.merge(reason, count, Long::sum));
            }
        }
        return sums;
    }

    private static List<JournalRecord> everything(JournalConfig config) {
        List<JournalRecord> records = new ArrayList<>();
        try (JournalTailer tailer = JournalTailer.open(config)) {
            for (Polled polled = tailer.poll(); polled != null; polled = tailer.poll()) {
                assertThat(polled).isInstanceOf(Polled.Stored.class);
                records.add(((Polled.Stored) polled).record());
            }
        }
        return records;
    }

    JournalRecord last() {
        List<JournalRecord> records = records();
        return records.get(records.size() - 1);
    }

    @Override
    public void close() {
        server.close();
        ingest.close();
        journal.close();
    }
}

package io.micrologs.server;

import io.micrologs.http.HttpConfig;
import io.micrologs.ingest.IngestConfig;
import io.micrologs.journal.Durability;
import io.micrologs.journal.JournalConfig;
import io.micrologs.loader.LoaderConfig;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Every setting of an installation. Each option's long name is its key in the file and, as {@code MICROLOGS_} and upper
 * case, in the environment; {@link SettingsSource} supplies those where no flag was given.
 */
final class Settings {
    private static final Path NONE = Path.of("none");

    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init")
    CommandSpec command;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "Properties file to read (default: micrologs.properties in the working directory, if there).")
    @Nullable
    Path config;

    @Option(
            names = "--http.port",
            paramLabel = "PORT",
            defaultValue = "8080",
            converter = SettingTypes.Port.class,
            description = "Port to listen on, 0 to 65535; 0 takes any free one (default: ${DEFAULT-VALUE}).")
    int httpPort;

    @Option(
            names = "--http.host",
            paramLabel = "ADDRESS",
            defaultValue = "127.0.0.1",
            description = "Address to listen on; 0.0.0.0 opens it to the network (default: ${DEFAULT-VALUE}).")
    String httpHost = "";

    @Option(
            names = "--http.connections.max",
            paramLabel = "N",
            defaultValue = "10000",
            converter = SettingTypes.Connections.class,
            description = "Open connections in all, 1 to 1000000 (default: ${DEFAULT-VALUE}).")
    int connectionsMax;

    @Option(
            names = "--http.connections.per-address.max",
            paramLabel = "N",
            defaultValue = "1000",
            converter = SettingTypes.Connections.class,
            description = "Open connections of one address that is no trusted proxy, 1 to 1000000"
                    + " (default: ${DEFAULT-VALUE}).")
    int connectionsPerAddressMax;

    @Option(
            names = "--data.dir",
            paramLabel = "DIR",
            defaultValue = "data",
            description = "Journal, embedded database, secrets (default: ${DEFAULT-VALUE}).")
    Path dataDir = Path.of("data");

    @Option(
            names = "--admin.key",
            paramLabel = "KEY",
            converter = SettingTypes.Secret.class,
            description = "Key for project administration, 32 to 256 printable ASCII characters"
                    + " (default: generated into DIR/secrets.properties).")
    @Nullable
    String adminKey;

    @Option(
            names = "--hash.salt",
            paramLabel = "SALT",
            converter = SettingTypes.Secret.class,
            description = "Key of all hashes of visitors and addresses, 32 to 256 printable ASCII characters"
                    + " (default: generated into DIR/secrets.properties).")
    @Nullable
    String hashSalt;

    @Option(
            names = "--base.url",
            paramLabel = "URL",
            converter = SettingTypes.HttpUrl.class,
            description = "Address under which browsers reach this server (default: the request's host).")
    @Nullable
    String baseUrl;

    @Option(
            names = "--links.max",
            paramLabel = "N",
            defaultValue = "100000",
            converter = SettingTypes.Links.class,
            description = "Tracked links of the installation, 1 to 1000000 (default: ${DEFAULT-VALUE}).")
    int linksMax;

    @Option(
            names = "--alias.path",
            paramLabel = "PATH",
            converter = SettingTypes.AliasPath.class,
            description = "Second path for the snippet and its endpoints, such as /x7k: PATH/s.js (default: none).")
    @Nullable
    String aliasPath;

    @Option(
            names = "--time.zone",
            paramLabel = "ZONE",
            converter = SettingTypes.Zone.class,
            description = "Calendar of new projects, such as Europe/Berlin (default: the machine's).")
    @Nullable
    ZoneId timeZone;

    @Option(
            names = "--trusted.proxies",
            paramLabel = "CIDRS",
            split = ",",
            converter = SettingTypes.Cidr.class,
            description = "Proxies whose X-Forwarded-For is believed, as CIDRs with commas between (default: none).")
    List<String> trustedProxies = List.of();

    @Option(
            names = "--database.url",
            paramLabel = "URL",
            converter = SettingTypes.JdbcUrl.class,
            description = "jdbc:mysql://HOST:PORT/SCHEMA of a MySQL 8 or MariaDB 10.6 or later"
                    + " (default: the embedded MariaDB).")
    @Nullable
    String databaseUrl;

    @Option(names = "--database.user", paramLabel = "NAME", description = "User for database.url.")
    @Nullable
    String databaseUser;

    @Option(names = "--database.password", paramLabel = "TEXT", description = "Password for database.url.")
    @Nullable
    String databasePassword;

    @Option(
            names = "--database.buffer-pool",
            paramLabel = "SIZE",
            converter = SettingTypes.Bytes.class,
            description = "Buffer pool of the embedded MariaDB, 64m to 1t"
                    + " (default: a quarter of the memory, 128m to 2g).")
    @Nullable
    Long databaseBufferPool;

    @Option(
            names = "--geoip.path",
            paramLabel = "FILE",
            description = "City or Country database (.mmdb of GeoLite2, GeoIP2 or DB-IP), read again when it changes;"
                    + " none for no locations (default: the bundled GeoLite2 of 2019-11-19).")
    @Nullable
    Path geoipPath;

    @Option(
            names = "--cookieless.salts",
            paramLabel = "FILE",
            description = "Where the daily salts of cookieless projects are kept; several ingests that serve the same"
                    + " visitors share one (default: DIR/cookieless-salts.properties).")
    @Nullable
    Path cookielessSalts;

    @Mixin
    RateLimits rateLimits = new RateLimits();

    @Option(
            names = "--ratelimit.events",
            paramLabel = "N",
            defaultValue = "600",
            converter = SettingTypes.EventRequests.class,
            description = "Requests to /api/v1/events of one project in a minute, 1 to 1000000"
                    + " (default: ${DEFAULT-VALUE}).")
    int ratelimitEvents;

    @Option(
            names = "--journal.cycle",
            paramLabel = "CYCLE",
            defaultValue = "hourly",
            converter = SettingTypes.Cycle.class,
            description = "How much time one journal file covers: five-minutely, hourly, daily"
                    + " (default: ${DEFAULT-VALUE}).")
    String journalCycle = "";

    @Option(
            names = "--journal.retain",
            paramLabel = "SPAN",
            defaultValue = "7d",
            converter = SettingTypes.TimeSpan.class,
            description = "How long loaded events are kept in the journal for replay, 0s to 3650d"
                    + " (default: ${DEFAULT-VALUE}).")
    Duration journalRetain = Duration.ZERO;

    @Option(
            names = "--journal.bytes.max",
            paramLabel = "SIZE",
            defaultValue = "20g",
            converter = SettingTypes.Bytes.class,
            description = "Disk the journal may take; when unloaded events fill it, new ones are refused"
                    + " (default: ${DEFAULT-VALUE}).")
    long journalBytesMax;

    @Option(
            names = "--journal.free-bytes.min",
            paramLabel = "SIZE",
            defaultValue = "1g",
            converter = SettingTypes.Bytes.class,
            description = "Free disk space below which events are refused (default: ${DEFAULT-VALUE}).")
    long journalFreeBytesMin;

    @Option(
            names = "--journal.ring.size",
            paramLabel = "N",
            defaultValue = "8192",
            converter = SettingTypes.RingSize.class,
            description = "Requests that may wait for the journal's writer, 64 to 1048576 (default: ${DEFAULT-VALUE}).")
    int journalRingSize;

    @Option(
            names = "--journal.durability",
            paramLabel = "MODE",
            defaultValue = "process",
            converter = SettingTypes.DurabilityMode.class,
            description = "What an answered event survives: process (kill -9 of every process) or power"
                    + " (a power cut, too) (default: ${DEFAULT-VALUE}).")
    String journalDurability = "";

    @Option(
            names = "--loader.batch-rows.max",
            paramLabel = "N",
            defaultValue = "5000",
            converter = SettingTypes.BatchRows.class,
            description = "Events committed together at most, 1 to 20000 (default: ${DEFAULT-VALUE}).")
    int loaderBatchRowsMax;

    @Option(
            names = "--loader.commit-interval-ms",
            paramLabel = "MS",
            defaultValue = "500",
            converter = SettingTypes.CommitInterval.class,
            description = "An incomplete batch is committed when it is this old, 10 to 60000"
                    + " (default: ${DEFAULT-VALUE}).")
    int loaderCommitIntervalMs;

    @Option(
            names = "--loader.error-groups.max",
            paramLabel = "N",
            defaultValue = "10000",
            converter = SettingTypes.ErrorGroups.class,
            description = "Error groups of one project, 1 to 1000000; further ones share one group"
                    + " (default: ${DEFAULT-VALUE}).")
    int loaderErrorGroupsMax;

    @Option(
            names = "--retention.days",
            paramLabel = "DAYS",
            defaultValue = "0",
            converter = SettingTypes.RetentionDays.class,
            description = "UTC days of raw rows to keep before today, 3 to 36500; 0 keeps all"
                    + " (default: ${DEFAULT-VALUE}).")
    int retentionDays;

    /** Refuses what no single value shows to be wrong: settings that contradict each other. */
    void check() {
        if (databaseUrl == null && (databaseUser != null || databasePassword != null)) {
            throw wrong("database.user and database.password belong to database.url, which is not set;"
                    + " the embedded database makes its own");
        }
        if (databaseUrl != null && databaseUser == null) {
            throw wrong("database.url is set, so database.user must be set too");
        }
        if (databaseUrl != null && databaseBufferPool != null) {
            throw wrong("database.buffer-pool is for the embedded database, but database.url names another one");
        }
        if (databaseBufferPool != null && (databaseBufferPool < 64L << 20 || databaseBufferPool > 1L << 40)) {
            throw wrong("database.buffer-pool must be from 64m to 1t, is " + databaseBufferPool + " bytes");
        }
        if (journalRetain.compareTo(Duration.ofDays(3650)) > 0) {
            throw wrong("journal.retain must be from 0s to 3650d, is " + journalRetain.toDays() + "d");
        }
        if (journalFreeBytesMin < 160L << 20) {
            throw wrong("journal.free-bytes.min must be 160m (two chunks of a journal file) or more, is "
                    + journalFreeBytesMin + " bytes");
        }
        String fault = rateLimits.fault();
        if (fault != null) {
            throw wrong(fault);
        }
        if (journalBytesMax < 256L << 20) {
            throw wrong("journal.bytes.max must be 256m or more, is " + journalBytesMax + " bytes");
        }
    }

    JournalConfig journal(Path directory) {
        return new JournalConfig(
                directory,
                journalCycle,
                journalRetain,
                journalBytesMax,
                journalFreeBytesMin,
                journalRingSize,
                Durability.of(journalDurability));
    }

    IngestConfig ingest(String hashSalt, DataDirectory data) {
        boolean geoip = geoipPath == null || !geoipPath.equals(NONE);
        return new IngestConfig(
                hashSalt.getBytes(StandardCharsets.UTF_8),
                data.root(),
                geoip,
                geoip ? geoipPath : null,
                cookielessSalts == null ? data.cookielessSalts() : cookielessSalts.toAbsolutePath(),
                rateLimits.enabled ? ratelimitEvents : 0);
    }

    /** A fifth of the heap's kilobytes: a session that is remembered takes most, about 300 bytes, and there are other rows. */
    private static int cacheEntriesMax(int usual) {
        return (int) Math.max(10_000, Math.min(usual, Runtime.getRuntime().maxMemory() / (5 << 10)));
    }

    LoaderConfig loader() {
        LoaderConfig defaults = LoaderConfig.defaults();
        return new LoaderConfig(
                defaults.loaderId(),
                loaderBatchRowsMax,
                defaults.batchBytesMax(),
                loaderCommitIntervalMs,
                loaderErrorGroupsMax,
                cacheEntriesMax(defaults.cacheEntriesMax()),
                defaults.recentViewsMax(),
                defaults.localInfile(),
                retentionDays);
    }

    HttpConfig http() {
        HttpConfig defaults = HttpConfig.defaults(httpHost, httpPort);
        return new HttpConfig(
                httpHost,
                httpPort,
                trustedProxies,
                connectionsMax,
                connectionsPerAddressMax,
                defaults.headerDeadline(),
                defaults.bodyDeadline(),
                defaults.idleDeadline(),
                defaults.bodyBytesMax(),
                defaults.workerThreads(),
                defaults.workerQueueMax());
    }

    ZoneId zone() {
        return timeZone == null ? ZoneId.systemDefault() : timeZone;
    }

    private ParameterException wrong(String message) {
        return new ParameterException(command.commandLine(), message);
    }
}

package io.micrologs.server;

import io.micrologs.http.Routes;
import io.micrologs.http.limit.RateLimiterConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How many requests one client address may make to which endpoint; part of {@link Settings}. */
final class RateLimits {

    @Option(
            names = "--ratelimit.enabled",
            paramLabel = "true|false",
            defaultValue = "true",
            converter = SettingTypes.TrueOrFalse.class,
            arity = "1",
            description = "Whether requests of one address are limited (default: ${DEFAULT-VALUE}).")
    boolean enabled;

    @Option(
            names = "--ratelimit.window",
            paramLabel = "SPAN",
            defaultValue = "60s",
            converter = SettingTypes.TimeSpan.class,
            description = "In which requests are counted, from the first one on, 1s to 1h (default: ${DEFAULT-VALUE}).")
    Duration window = Duration.ZERO;

    @Option(
            names = "--ratelimit.block",
            paramLabel = "SPAN",
            defaultValue = "15m",
            converter = SettingTypes.TimeSpan.class,
            description = "How long an address is refused at an endpoint after one request too many, 1s to 1d"
                    + " (default: ${DEFAULT-VALUE}).")
    Duration block = Duration.ZERO;

    @Option(
            names = "--ratelimit.track",
            paramLabel = "N",
            defaultValue = "60",
            converter = SettingTypes.Attempts.class,
            description = "Requests to each tracking endpoint, 1 to 10000 (default: ${DEFAULT-VALUE}).")
    int track;

    @Option(
            names = "--ratelimit.analytics",
            paramLabel = "N",
            defaultValue = "60",
            converter = SettingTypes.Attempts.class,
            description = "Requests to each analytics endpoint, 1 to 10000 (default: ${DEFAULT-VALUE}).")
    int analytics;

    @Option(
            names = "--ratelimit.redirect",
            paramLabel = "N",
            defaultValue = "120",
            converter = SettingTypes.Attempts.class,
            description = "Redirects of tracked links, 1 to 10000 (default: ${DEFAULT-VALUE}).")
    int redirect;

    @Option(
            names = "--ratelimit.links-write",
            paramLabel = "N",
            defaultValue = "30",
            converter = SettingTypes.Attempts.class,
            description = "Requests to create, edit or delete a link, each, 1 to 10000 (default: ${DEFAULT-VALUE}).")
    int linksWrite;

    @Option(
            names = "--ratelimit.links-read",
            paramLabel = "N",
            defaultValue = "60",
            converter = SettingTypes.Attempts.class,
            description = "Requests to list links or see one, each, 1 to 10000 (default: ${DEFAULT-VALUE}).")
    int linksRead;

    @Option(
            names = "--ratelimit.projects-keys",
            paramLabel = "N",
            defaultValue = "5",
            converter = SettingTypes.Attempts.class,
            description =
                    "Requests to create or delete a project or renew its keys, each, 1 to 10000 (default: ${DEFAULT-VALUE}).")
    int projectsKeys;

    @Option(
            names = "--ratelimit.projects-edit",
            paramLabel = "N",
            defaultValue = "10",
            converter = SettingTypes.Attempts.class,
            description = "Requests to edit or toggle a project, each, 1 to 10000 (default: ${DEFAULT-VALUE}).")
    int projectsEdit;

    @Option(
            names = "--ratelimit.projects-list",
            paramLabel = "N",
            defaultValue = "30",
            converter = SettingTypes.Attempts.class,
            description = "Requests to list projects, 1 to 10000 (default: ${DEFAULT-VALUE}).")
    int projectsList;

    @Option(
            names = "--ratelimit.projects-verify",
            paramLabel = "N",
            defaultValue = "20",
            converter = SettingTypes.Attempts.class,
            description = "Requests to verify a key, 1 to 10000 (default: ${DEFAULT-VALUE}).")
    int projectsVerify;

    @Option(
            names = "--ratelimit.errors-status",
            paramLabel = "N",
            defaultValue = "30",
            converter = SettingTypes.Attempts.class,
            description = "Requests to set the status of errors, 1 to 10000 (default: ${DEFAULT-VALUE}).")
    int errorsStatus;

    /** What is out of range, as a sentence; null when nothing is. */
    @Nullable
    String fault() {
        if (window.compareTo(Duration.ofSeconds(1)) < 0 || window.compareTo(Duration.ofHours(1)) > 0) {
            return "ratelimit.window must be from 1s to 1h, is " + window.toMillis() + "ms";
        }
        if (block.compareTo(Duration.ofSeconds(1)) < 0 || block.compareTo(Duration.ofDays(1)) > 0) {
            return "ratelimit.block must be from 1s to 1d, is " + block.toMillis() + "ms";
        }
        return null;
    }

    RateLimiterConfig config(Path directory, byte[] salt) {
        RateLimiterConfig defaults = RateLimiterConfig.defaults(directory, salt);
        return new RateLimiterConfig(
                directory, salt, window, block, defaults.attemptBytesMax(), defaults.blockBytesMax());
    }

    /** Sets the limit of every limited route that this process has. */
    void apply(Routes.Builder routes) {
        perPath().forEach(routes::limitIfThere);
    }

    /** Each path counts for itself. */
    Map<String, Integer> perPath() {
        Map<String, Integer> limits = new TreeMap<>();
        put(limits, track, "/api/track/", List.of("pageview", "error", "audit"));
        put(limits, errorsStatus, "/api/track/", List.of("errors-update-status"));
        put(
                limits,
                analytics,
                "/api/analytics/",
                List.of(
                        "visitors",
                        "visitors-returning",
                        "sessions",
                        "pages",
                        "devices",
                        "locations",
                        "referrers",
                        "utm",
                        "errors",
                        "errors-trend",
                        "error-detail",
                        "audits",
                        "links",
                        "link-detail"));
        put(limits, analytics, "/api/v1/", List.of("ledger", "query"));
        put(limits, redirect, "/api/", List.of("redirect"));
        put(limits, linksWrite, "/api/links/", List.of("create", "edit", "delete"));
        put(limits, linksRead, "/api/links/", List.of("list", "detail"));
        put(limits, projectsKeys, "/api/projects/", List.of("create", "regenerate-keys", "delete"));
        put(limits, projectsEdit, "/api/projects/", List.of("edit", "toggle"));
        put(limits, projectsList, "/api/projects/", List.of("list"));
        put(limits, projectsVerify, "/api/projects/", List.of("verify"));
        return limits;
    }

    private static void put(Map<String, Integer> limits, int attempts, String folder, List<String> names) {
        names.forEach(name -> limits.put(folder + name, attempts));
    }
}

package io.micrologs.server;

import io.micrologs.http.Routes;
import io.micrologs.http.StaticFile;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A second path for script and endpoints, because blockers match names: {@code PATH/s.js} is the snippet, and it sends to
 * {@code PATH/p}, {@code PATH/e} and {@code PATH/a}, which are the tracking endpoints themselves. Immutable.
 */
final class Alias {
    /** Where the snippet, minified, cuts its own address and where it builds an endpoint's. */
    private static final Pattern OWN = Pattern.compile(Pattern.quote("snippet\\/"));

    private static final Pattern ENDPOINT = Pattern.compile("/api/track/\\$\\{(\\w+)}\\.php");

    private final String path;

    /** @param path begins with a slash and does not end with one */
    Alias(String path) {
        this.path = path;
    }

    void script(Routes.Builder routes, byte[] snippet, Duration maxAge) {
        String text = script(new String(snippet, StandardCharsets.UTF_8));
        new StaticFile("text/javascript; charset=utf-8", text.getBytes(StandardCharsets.UTF_8), maxAge, true)
                .route(routes, path + "/s.js");
    }

    void endpoints(Routes.Builder routes) {
        routes.alias(path + "/p", "/api/track/pageview");
        routes.alias(path + "/e", "/api/track/error");
        routes.alias(path + "/a", "/api/track/audit");
    }

    /** The snippet with the alias's addresses: an endpoint's name is the first letter of what the snippet calls it. */
    String script(String snippet) {
        String moved = replaceOnly(
                OWN, snippet, Matcher.quoteReplacement(path.substring(1).replace("/", "\\/") + "\\/"));
        return replaceOnly(ENDPOINT, moved, path + "/\\${$1[0]}");
    }

    private static String replaceOnly(Pattern pattern, String text, String replacement) {
        Matcher found = pattern.matcher(text);
        if (found.results().count() != 1) {
            throw new IllegalStateException("the snippet does not have exactly one " + pattern);
        }
        return found.replaceFirst(replacement);
    }
}

package io.micrologs.server;

import java.nio.file.Path;

/** What a person reads after the start: where it is, what to paste, what to do next. Never a secret. */
final class StartText {

    private StartText() {}

    static String of(Server server, Settings settings) {
        String base = baseUrl(server, settings);
        Server.ProjectTag project = server.tagProject();
        StringBuilder text = new StringBuilder();
        text.append('\n').append("Micrologs ").append(Main.Version.number()).append(" is running.\n\n");
        line(text, "Address", base + "/");
        if (server.plan().demo()) {
            line(
                    text,
                    "Demo",
                    base + "/demo/   a page that carries the snippet: click around, then look at the numbers");
        }
        if (project != null) {
            line(text, "Snippet", Site.tag(base, project));
            line(text, "", "for pages of " + String.join(", ", project.allowedDomains()));
        } else {
            line(text, "Snippet", "once the database has answered for the first time; see " + base + "/");
        }
        line(text, "Numbers", numbers(base, server.data().firstProject()));
        line(text, "Health", base + "/api/health.php");
        line(text, "Data", server.data().root() + "   keys: secrets.properties, first-project.txt");
        text.append('\n');
        if (settings.httpHost.startsWith("127.") || settings.httpHost.equals("localhost")) {
            text.append(
                    "  Only this machine reaches it. For others: a TLS proxy in front (then set trusted.proxies and\n"
                            + "  base.url), or --http.host 0.0.0.0. Your own site: --domain example.com\n\n");
        }
        return text.toString();
    }

    static String baseUrl(Server server, Settings settings) {
        String configured = settings.baseUrl;
        if (configured != null) {
            return configured;
        }
        String host =
                settings.httpHost.equals("0.0.0.0") || settings.httpHost.equals("::") ? "localhost" : settings.httpHost;
        return "http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + server.port();
    }

    /** A line that works when it is pasted, with the key read from its file instead of standing in the terminal's history. */
    static String numbers(String base, Path firstProject) {
        return "curl -H \"X-API-Key: $(sed -n s/^secret_key=//p '" + firstProject + "')\" " + base
                + "/api/analytics/visitors.php";
    }

    private static void line(StringBuilder text, String name, String value) {
        text.append("  ").append("%-9s".formatted(name)).append(value).append('\n');
    }
}

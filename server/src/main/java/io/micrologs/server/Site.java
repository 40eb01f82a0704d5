package io.micrologs.server;

import io.micrologs.http.LoopEndpoint;
import io.micrologs.http.Reply;
import io.micrologs.http.Routes;
import io.micrologs.http.StaticFile;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;

/** The snippet, and the pages for people: what runs here, and with {@code --demo} one that carries the snippet. */
final class Site {

    private static final Set<String> GET = Set.of("GET");
    private static final String HTML = "text/html; charset=utf-8";
    private static final String POLICY =
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
                    + " connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
    /** Long enough to spare requests, short enough that a fixed snippet reaches everybody within the hour. */
    private static final Duration SNIPPET_MAX_AGE = Duration.ofHours(1);

    private final Server server;
    private final Settings settings;
    private final String startPage = Resources.text("io/micrologs/server/pages/start.html");
    private final String demoPage = Resources.text("io/micrologs/server/pages/demo.html");

    Site(Server server, Settings settings) {
        this.server = server;
        this.settings = settings;
    }

    void routes(Routes.Builder routes) {
        LoopEndpoint start = exchange -> exchange.respond(page(start(base(exchange.baseUrl()))));
        routes.on("/", GET, start);
        file("text/css; charset=utf-8", "pages/pages.css").route(routes, "/pages.css");
        byte[] snippet = Resources.bytes("io/micrologs/snippet/micrologs.js");
        new StaticFile("text/javascript; charset=utf-8", snippet, SNIPPET_MAX_AGE, true)
                .route(routes, "/snippet/micrologs.js");
        if (settings.aliasPath != null) {
            Alias alias = new Alias(settings.aliasPath);
            alias.script(routes, snippet, SNIPPET_MAX_AGE);
            if (server.plan().has(Server.Role.INGEST)) {
                alias.endpoints(routes);
            }
        }
        if (server.plan().demo()) {
            file("text/javascript; charset=utf-8", "pages/demo.js").route(routes, "/demo/demo.js");
            LoopEndpoint demo = exchange -> exchange.respond(page(demo(base(exchange.baseUrl()))));
            routes.prefix("/demo/", GET, demo);
            Reply toDemo = Reply.empty(302).header("location", "/demo/");
            LoopEndpoint withoutSlash = exchange -> exchange.respond(toDemo);
            routes.on("/demo", GET, withoutSlash);
        }
    }

    private static StaticFile file(String type, String name) {
        return new StaticFile(type, Resources.bytes("io/micrologs/server/" + name), Duration.ZERO, false);
    }

    private static Reply page(String html) {
        return Reply.of(200, HTML, html.getBytes(StandardCharsets.UTF_8))
                .header("content-security-policy", POLICY)
                .header("referrer-policy", "no-referrer")
                .header("cache-control", "no-store");
    }

    private String base(String requested) {
        String configured = settings.baseUrl;
        return configured == null ? requested : configured;
    }

    private String start(String base) {
        Server.ProjectTag project = server.tagProject();
        String tag = project == null ? "The database has not answered yet; reload in a moment." : tag(base, project);
        String demo = server.plan().demo()
                ? "See events arrive: open " + base + "/demo/ and click around."
                : "A page to try it on: start with --demo.";
        String domains = project == null ? "localhost" : String.join(", ", project.allowedDomains());
        return fill(
                startPage,
                "snippetTag",
                tag,
                "domains",
                domains,
                "baseUrl",
                base,
                "demoHint",
                demo,
                "version",
                Main.Version.number());
    }

    private String demo(String base) {
        Server.ProjectTag project = server.tagProject();
        // The tag is markup of ours; what it is made of was escaped when it was made.
        String page = demoPage.replace("{{snippet}}", project == null ? "" : tag(escape(base), project));
        return fill(page, "api", base);
    }

    /** The line to paste into a page. */
    static String tag(String baseUrl, Server.ProjectTag project) {
        return "<script src=\"" + baseUrl + "/snippet/micrologs.js\" data-public-key=\"" + project.publicKey()
                + "\" data-environment=\"production\" async></script>";
    }

    /** Replaces {@code {{name}}} by its value, which becomes text, never markup. */
    private static String fill(String page, String... namesAndValues) {
        String filled = page;
        for (int i = 0; i < namesAndValues.length; i += 2) {
            filled = filled.replace("{{" + namesAndValues[i] + "}}", escape(namesAndValues[i + 1]));
        }
        return filled;
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("'", "&#39;");
    }
}

package io.micrologs.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Page;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Somebody moves over from the original: its clients go on, and only the host name changes. They send JSON with the key in
 * a header, so a browser asks with a preflight first.
 */
class OriginalClientIT {
    /** What such a client does on a page, with its fields and headers. */
    private static final String CLIENT = """
            window.answers = [];
            const send = (path, body) => fetch('{{server}}' + path, {
              method: 'POST',
              headers: {'Content-Type': 'application/json', 'X-API-Key': '{{key}}'},
              body: JSON.stringify(body),
              keepalive: true
            }).then(r => r.json().then(json => answers.push([r.status, JSON.stringify(json)])),
                    e => answers.push([0, String(e)]));
            window.view = (visitor, session, url, referrer) => send('/api/track/pageview.php', {
              url: url, page_title: document.title, referrer: referrer, visitor_id: visitor, session_token: session,
              fingerprint: 'fp-' + visitor, screen_resolution: screen.width + 'x' + screen.height,
              timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
              utm_source: 'ignored', utm_medium: 'ignored', utm_campaign: 'ignored'
            });
            window.error = message => send('/api/track/error.php', {
              message: message, error_type: 'TypeError', file: location.href, line: 12, stack: 'TypeError: x\\n at f',
              url: location.href, severity: 'error', environment: 'production', context: {column: 7}
            });
            window.audit = action => send('/api/track/audit.php', {action: action, actor: 'anna', context: {a: 1}});
            """;

    @TempDir
    Path temp;

    @Test
    void itsRequests_areAccepted_andTheNumbersAreThoseCountedByHand() throws IOException {
        HttpServer site = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        try (ServerProcess server = ServerProcess.serve(temp.resolve("data"));
                Browser browser = Browser.start();
                BrowserContext context = browser.context()) {
            byte[] html = ("<!doctype html><title>Shop</title><script>"
                            + CLIENT.replace("{{server}}", server.url()).replace("{{key}}", server.publicKey())
                            + "</script>")
                    .getBytes(StandardCharsets.UTF_8);
            site.createContext("/", exchange -> {
                exchange.getResponseHeaders().set("Content-Type", "text/html; charset=utf-8");
                exchange.sendResponseHeaders(200, html.length);
                exchange.getResponseBody().write(html);
                exchange.close();
            });
            site.start();
            Page page = context.newPage();
            page.navigate("http://localhost:" + site.getAddress().getPort() + "/");
            String origin = page.url();

            view(
                    page,
                    "anna",
                    "s1",
                    origin + "?utm_source=mail&utm_medium=news&utm_campaign=may",
                    "https://www.google.com/");
            view(page, "anna", "s1", origin + "prices", origin);
            view(page, "anna", "s1", origin + "prices", origin);
            view(page, "bert", "s2", origin, "");
            page.evaluate("error('x is undefined')");
            page.evaluate("error('x is undefined')");
            page.evaluate("audit('login')");
            page.waitForCondition(() -> ((List<?>) page.evaluate("answers")).size() == 7);

            assertThat((List<?>) page.evaluate("answers"))
                    .allSatisfy(answer -> assertThat(answer)
                            .isEqualTo(
                                    List.of(202, "{\"success\":true,\"message\":\"OK\",\"data\":{\"queued\":true}}")));
            assertNumbers(server, origin);
        } finally {
            site.stop(0);
        }
    }

    private static void view(Page page, String visitor, String session, String url, String referrer) {
        page.evaluate(
                "v => view(v.visitor, v.session, v.url, v.referrer)",
                Map.of("visitor", visitor, "session", session, "url", url, "referrer", referrer));
    }

    private static void assertNumbers(ServerProcess server, String origin) {
        String key = server.secretKey();
        ServerProcess.await(
                "everything to be loaded",
                Duration.ofSeconds(10),
                () -> server.get("/api/analytics/audits.php", key).path("count").asInt() == 1 && server.isCounted());
        JsonNode visitors = server.get("/api/analytics/visitors.php", key);
        assertThat(visitors.path("unique_visitors").asInt()).isEqualTo(2);
        assertThat(visitors.path("total_pageviews").asInt()).isEqualTo(3);
        assertThat(visitors.path("total_sessions").asInt()).isEqualTo(2);
        assertThat(visitors.path("bounce_rate").asDouble()).isEqualTo(50);
        assertThat(server.get("/api/analytics/pages.php", key).path("pages").findValuesAsText("url"))
                .containsExactlyInAnyOrder(
                        origin + "?utm_source=mail&utm_medium=news&utm_campaign=may", origin + "prices", origin);
        JsonNode campaigns = server.get("/api/analytics/utm.php", key).path("campaigns");
        assertThat(campaigns).hasSize(1);
        assertThat(campaigns.get(0).path("utm_campaign").asText()).isEqualTo("may");
        assertThat(campaigns.get(0).path("pageviews").asInt()).isEqualTo(1);
        JsonNode categories = server.get("/api/analytics/referrers.php", key).path("by_category");
        assertThat(categories.findValuesAsText("category")).containsExactly("organic_search", "direct");
        assertThat(categories.findValuesAsText("pageviews")).containsExactly("2", "1");
        JsonNode devices = server.get("/api/analytics/devices.php", key);
        assertThat(devices.path("by_os").get(0).path("os").asText()).isEqualTo("Linux");
        assertThat(devices.path("by_browser").get(0).path("browser").asText()).isEqualTo("Chrome");
        JsonNode error =
                server.get("/api/analytics/errors.php", key).path("errors").get(0);
        assertThat(error.path("error_type").asText()).isEqualTo("TypeError");
        assertThat(error.path("line").asInt()).isEqualTo(12);
        assertThat(error.path("occurrence_count").asInt()).isEqualTo(2);
    }
}

package io.micrologs.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Page;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From a click in a real browser to a number in the API, with nothing in between that a user would not have. */
class EndToEndIT {

    private static final Duration FRESH = Duration.ofSeconds(5);

    @TempDir
    Path temp;

    @Test
    void clicksOnTheDemoPage_areCountedWithinSeconds() {
        try (ServerProcess server = ServerProcess.serve(temp.resolve("data"), "--demo");
                Browser browser = Browser.start()) {
            click(server, browser);
            ServerProcess.await("the numbers to be there", FRESH, () -> pageviews(server) == 5 && errors(server) == 1);

            JsonNode visitors = server.get("/api/analytics/visitors.php", server.secretKey());
            assertThat(visitors.path("unique_visitors").asInt()).isEqualTo(1);
            assertThat(visitors.path("total_sessions").asInt()).isEqualTo(1);
            assertThat(visitors.path("total_pageviews").asInt()).isEqualTo(5);
            assertThat(visitors.path("bounce_rate").asDouble()).isZero();
            assertThat(visitors.path("over_time")).hasSize(1);

            String base = server.url();
            assertThat(pages(server))
                    .containsExactlyInAnyOrderEntriesOf(Map.of(
                            base + "/demo/", 1,
                            base + "/demo/pricing", 1,
                            base + "/demo/docs", 1,
                            base + "/demo/tour/1", 1,
                            base + "/demo/tour/2", 1));

            JsonNode error = server.get("/api/analytics/errors.php", server.secretKey())
                    .path("errors")
                    .get(0);
            assertThat(error.path("occurrence_count").asInt()).isEqualTo(1);
            assertThat(error.path("severity").asText()).isEqualTo("error");
            JsonNode detail = server.get(
                    "/api/analytics/error-detail.php?id=" + error.path("id").asInt(), server.secretKey());
            assertThat(detail.path("events").get(0).path("stack_trace").asText())
                    .contains("demo.js");
            assertThat(detail.path("events").get(0).path("url").asText()).startsWith(base + "/demo/");
        }
    }

    private static void click(ServerProcess server, Browser browser) {
        try (BrowserContext context = browser.context()) {
            Page page = context.newPage();
            Set<String> asked = new TreeSet<>();
            context.onRequest(request -> asked.add(request.url()));
            page.navigate(server.url() + "/");
            answered(page, () -> page.navigate(server.url() + "/demo/"));
            answered(page, () -> page.click("nav a[href='/demo/pricing']"));
            answered(page, () -> page.click("nav a[href='/demo/docs']"));
            answered(page, () -> page.click("button[data-go='/demo/tour/1']"));
            answered(page, () -> page.click("button[data-go='/demo/tour/2']"));
            page.waitForResponse(
                    response -> response.url().contains("/api/track/error.php") && response.status() == 202,
                    () -> page.click("button[data-do='throw']"));
            assertThat(asked)
                    .as("what the pages and the snippet ask for")
                    .anyMatch(url -> url.endsWith("/snippet/micrologs.js"))
                    .allMatch(url -> url.startsWith(server.url() + "/"));
        }
    }

    private static void answered(Page page, Runnable action) {
        page.waitForResponse(
                response -> response.url().contains("/api/track/pageview.php") && response.status() == 202, action);
    }

    private static int pageviews(ServerProcess server) {
        return server.get("/api/analytics/visitors.php", server.secretKey())
                .path("total_pageviews")
                .asInt();
    }

    private static int errors(ServerProcess server) {
        return server.get("/api/analytics/errors.php", server.secretKey())
                .path("count")
                .asInt();
    }

    private static Map<String, Integer> pages(ServerProcess server) {
        Map<String, Integer> pages = new TreeMap<>();
        server.get("/api/analytics/pages.php", server.secretKey())
                .path("pages")
                .forEach(page -> pages.put(
                        page.path("url").asText(), page.path("pageviews").asInt()));
        return pages;
    }
}

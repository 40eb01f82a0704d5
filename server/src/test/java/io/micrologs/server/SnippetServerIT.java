package io.micrologs.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Page;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The snippet by its second path, on a site of its own, before, during and after an outage of the real server. */
class SnippetServerIT {
    private static final Duration FRESH = Duration.ofSeconds(10);
    private static final Duration START = Duration.ofSeconds(90);

    @TempDir
    Path temp;

    @Test
    void outage_losesNothingAndCountsNothingTwice() {
        try (ServerProcess server = ServerProcess.serve(temp.resolve("data"), "--alias.path", "/x7k");
                RecordingSite site = new RecordingSite();
                Browser browser = Browser.start();
                BrowserContext context = browser.context()) {
            site.page(
                    "/shop",
                    "<script src=" + server.url() + "/x7k/s.js data-public-key=" + server.publicKey()
                            + " async></script>");
            Page page = context.newPage();
            page.clock().install();
            answered(page, "/x7k/p", () -> page.navigate(site.pageOrigin() + "/shop"));
            answered(page, "/x7k/e", () -> page.evaluate("Micrologs.error('before')"));
            answered(page, "/x7k/a", () -> page.evaluate("Micrologs.audit('before', 'anna')"));

            List<String> failed = new ArrayList<>();
            page.onRequestFailed(request -> failed.add(request.url()));
            server.killAll();
            page.evaluate("history.pushState(1, '', '/paid')");
            page.waitForCondition(() -> failed.size() == 1);
            page.evaluate("Micrologs.audit('while away', 'anna')");
            page.waitForCondition(() -> failed.size() == 2);

            server.restart();
            page.clock().fastForward(31_000);
            page.waitForCondition(() -> page.evaluate("localStorage._ml_q").equals("[]"));
            ServerProcess.await(
                    "the database to be back",
                    START,
                    () -> server.health().path("status").asText().equals("healthy"));
            ServerProcess.await(
                    "what was kept to be counted", FRESH, () -> pageviews(server) == 2 && audits(server) == 2);

            assertThat(server.get("/api/analytics/visitors.php", server.secretKey())
                            .path("unique_visitors")
                            .asInt())
                    .isEqualTo(1);
            page.clock().fastForward(3_600_000);
            answered(page, "/x7k/p", () -> page.evaluate("history.pushState(1, '', '/end')"));
            ServerProcess.await("the last view to be counted", FRESH, () -> pageviews(server) == 3);
            assertThat(audits(server)).isEqualTo(2);
        }
    }

    private static void answered(Page page, String path, Runnable action) {
        page.waitForResponse(response -> response.url().contains(path + "?k=") && response.status() == 202, action);
    }

    private static int pageviews(ServerProcess server) {
        JsonNode data = server.get("/api/analytics/visitors.php", server.secretKey());
        return data.path("total_pageviews").asInt();
    }

    private static int audits(ServerProcess server) {
        return server.get("/api/analytics/audits.php", server.secretKey())
                .path("count")
                .asInt();
    }
}

package io.micrologs.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrologs.server.RecordingSite.Sent;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A page that Chromium prerenders. Without a debugger, because under one it asks for such a page and does not run it. */
class SnippetPrerenderIT {
    private static final Duration MOST = Duration.ofSeconds(30);

    @TempDir
    Path profile;

    @Test
    void prerenderedPage_countsWhenItIsShownAndOnce() throws IOException, InterruptedException {
        try (RecordingSite site = new RecordingSite()) {
            site.page(
                    "/first",
                    site.tag() + "<script type=speculationrules>"
                            + "{\"prerender\": [{\"urls\": [\"/next\"], \"eagerness\": \"immediate\"}]}</script>"
                            + "<script>fetch('/gate').then(() => location.href = '/next')</script>");
            site.page(
                    "/next",
                    site.tag() + "<script>addEventListener('load', () => setTimeout(() => fetch('/ran')));"
                            + "document.addEventListener('prerenderingchange', () => setTimeout(() => setTimeout(() =>"
                            + " Micrologs.audit('shown'))))</script>");
            Process chromium = start(site.pageOrigin() + "/first");
            try {
                ServerProcess.await(
                        "the page to be prerendered",
                        MOST,
                        () -> site.prerendered().contains("/ran"));
                ServerProcess.await(
                        "the first page to be counted", MOST, () -> !paths(site).isEmpty());
                assertThat(paths(site)).containsExactly("/first");
                site.openGate();
                ServerProcess.await(
                        "the page to be shown", MOST, () -> !site.sent("audit").isEmpty());
                assertThat(paths(site)).containsExactly("/first", "/next");
            } finally {
                chromium.descendants().forEach(ProcessHandle::destroyForcibly);
                chromium.destroyForcibly();
                assertThat(chromium.waitFor(10, TimeUnit.SECONDS)).isTrue();
            }
        }
    }

    private Process start(String url) throws IOException {
        return new ProcessBuilder(
                        Browser.executable().toString(),
                        "--headless",
                        "--no-sandbox",
                        "--disable-gpu",
                        "--no-first-run",
                        "--disable-background-networking",
                        "--user-data-dir=" + profile,
                        url)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    private static List<String> paths(RecordingSite site) {
        return site.sent("pageview").stream()
                .map((Sent s) -> s.text("url").substring(site.pageOrigin().length()))
                .toList();
    }
}

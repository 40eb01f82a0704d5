package io.micrologs.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Frame;
import com.microsoft.playwright.Page;
import io.micrologs.server.RecordingSite.Sent;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;

/** A page with the minified snippet in a real Chromium, and what it sent to a server on another origin. */
abstract class SnippetFixture {
    private static Browser browser;

    RecordingSite site;
    BrowserContext context;
    Page page;
    final List<String> issued = new CopyOnWriteArrayList<>();
    final List<String> failed = new CopyOnWriteArrayList<>();
    final List<String> pageErrors = new ArrayList<>();
    final List<String> console = new ArrayList<>();
    private int sentinels;

    @BeforeAll
    static void startBrowser() {
        browser = Browser.start();
    }

    @AfterAll
    static void stopBrowser() {
        browser.close();
    }

    @BeforeEach
    void open() {
        site = new RecordingSite();
        context = browser.context();
        context.onRequest(request -> {
            if (request.url().contains("/api/track/")) {
                issued.add(request.url());
            }
        });
        context.onRequestFailed(request -> {
            if (request.url().contains("/api/track/")) {
                failed.add(request.url());
            }
        });
        page = context.newPage();
        page.onPageError(pageErrors::add);
        page.onConsoleMessage(message -> console.add(message.text()));
    }

    @AfterEach
    void closeAndCheckThatNothingWasPreflighted() {
        List<Sent> sent = List.copyOf(site.sent());
        context.close();
        site.close();
        assertThat(sent).allSatisfy(s -> {
            assertThat(s.method()).isEqualTo("POST");
            assertThat(s.query()).isEqualTo("k=" + RecordingSite.KEY);
            assertThat(s.headers().get("Content-type")).containsExactly("text/plain;charset=UTF-8");
            assertThat(s.headers()).doesNotContainKeys("Cookie", "X-api-key");
            assertThat(s.text("event_id")).matches("[A-Za-z0-9_-]{1,64}");
            assertThat(s.text("visitor_id")).isNotEmpty();
            assertThat(s.text("session_token")).isNotEmpty();
        });
        // A retry is the same event to the byte; two events never share an id.
        assertThat(sent.stream().map(s -> s.text("event_id")).distinct())
                .hasSameSizeAs(sent.stream().map(Sent::body).distinct().toList());
    }

    final void visit(String path) {
        page.navigate(site.pageOrigin() + path);
        settle();
    }

    final void settle() {
        settle(page.mainFrame());
    }

    /**
     * Waits until everything that the page had to say has arrived: a last word after the page's timers, and then as many
     * requests here as the browser has issued. That makes "and nothing else was sent" a condition and not a pause.
     */
    final void settle(Frame frame) {
        String last = "settled " + sentinels++;
        frame.waitForFunction("() => window.Micrologs");
        frame.evaluate(
                "last => new Promise(done => setTimeout(() => setTimeout(() => { Micrologs.audit(last); done() })))",
                last);
        page.waitForCondition(() -> site.sent().size() == issued.size() - failed.size()
                && site.sent("audit").stream().anyMatch(s -> s.text("action").equals(last)));
    }

    /** What waits in the page's storage to be sent again. */
    final int kept() {
        return ((Number) page.evaluate("JSON.parse(localStorage._ml_q || '[]').length")).intValue();
    }

    final Sent onlyPageview() {
        assertThat(site.sent("pageview")).hasSize(1);
        return site.sent("pageview").get(0);
    }

    final List<String> paths() {
        return site.sent("pageview").stream()
                .map(s -> s.text("url").substring(site.pageOrigin().length()))
                .toList();
    }
}

package io.micrologs.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.ColorScheme;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The start page and the demo as files, under the policy they are served with; leaves pictures in target/pages. */
class PagesIT {
    private static final String ORIGIN = "http://micrologs.test";
    private static final String POLICY =
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
                    + " connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
    private static final String TAG = "<script src=\"" + ORIGIN + "/snippet/micrologs.js\" data-public-key=\""
            + RecordingSite.KEY + "\" async></script>";

    private static Browser browser;

    private BrowserContext context;
    private Page page;
    private final List<String> console = new ArrayList<>();

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
        context = browser.context();
        context.route(ORIGIN + "/**", this::answer);
        page = context.newPage();
        page.onConsoleMessage(message -> console.add(message.text()));
    }

    @AfterEach
    void closeAndCheckThatThePolicyHeld() {
        context.close();
        assertThat(console).noneMatch(text -> text.contains("Content Security Policy"));
    }

    @Test
    void startPage_showsTheTagAsTextAndFitsAPhone() {
        page.navigate(ORIGIN + "/");
        assertThat(page.textContent("pre.wrap")).isEqualTo(TAG);
        assertThat(page.content()).doesNotContain("{{");
        pictures("start");
    }

    @Test
    void demo_doesWhatItsButtonsSayAndShowsWhatWasSent() {
        page.navigate(ORIGIN + "/demo/");
        page.waitForSelector(".state.good");
        for (String name :
                List.of("Tour, step 1", "Throw an error", "Reject a promise", "Report an error", "Record an action")) {
            page.click("text=" + name);
        }
        page.waitForCondition(() -> page.locator(".state.good").count() == 6);
        assertThat(page.locator(".sent .what").allTextContents())
                .containsExactlyInAnyOrder(
                        "/demo/",
                        "/demo/tour/1",
                        "The demo button threw this",
                        "Nobody caught this demo promise",
                        "The demo reported this",
                        "demo.clicked");
        assertThat(page.textContent("h1")).isEqualTo("Tour, step 1");
        pictures("demo");
        page.click("text=Back");
        page.waitForCondition(() -> page.locator(".state.good").count() == 7);
        page.click("text=Pricing");
        page.waitForSelector(".state.good");
        assertThat(page.title()).isEqualTo("Pricing · Micrologs demo");
        assertThat(page.textContent("[aria-current]")).isEqualTo("Pricing");
    }

    private void pictures(String name) {
        for (ColorScheme scheme : List.of(ColorScheme.LIGHT, ColorScheme.DARK)) {
            page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(scheme));
            for (int width : List.of(360, 1280)) {
                page.setViewportSize(width, 800);
                assertThat(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))
                        .isEqualTo(true);
                page.screenshot(new Page.ScreenshotOptions()
                        .setFullPage(true)
                        .setPath(Path.of(
                                "target", "pages", name + "-" + scheme.name().toLowerCase() + "-" + width + ".png")));
            }
        }
    }

    private void answer(Route route) {
        String path = route.request().url().substring(ORIGIN.length());
        if (path.startsWith("/api/track/")) {
            route.fulfill(new Route.FulfillOptions().setStatus(202).setBody("{}"));
        } else if (path.equals("/snippet/micrologs.js")) {
            send(route, "text/javascript", new String(RecordingSite.snippet(), StandardCharsets.US_ASCII));
        } else if (path.endsWith(".css")) {
            send(route, "text/css", file("pages.css"));
        } else if (path.endsWith(".js")) {
            send(route, "text/javascript", file("demo.js"));
        } else if (path.startsWith("/demo")) {
            send(
                    route,
                    "text/html",
                    file("demo.html").replace("{{snippet}}", TAG).replace("{{api}}", ORIGIN));
        } else {
            send(
                    route,
                    "text/html",
                    file("start.html")
                            .replace("{{snippetTag}}", TAG.replace("<", "&lt;"))
                            .replace("{{domains}}", "localhost, 127.0.0.1")
                            .replace("{{baseUrl}}", ORIGIN)
                            .replace("{{demoHint}}", "A page to try it on: start with --demo and open /demo/.")
                            .replace("{{version}}", "0.1.0"));
        }
    }

    private static void send(Route route, String type, String body) {
        route.fulfill(new Route.FulfillOptions()
                .setContentType(type + "; charset=utf-8")
                .setHeaders(Map.of("Content-Security-Policy", POLICY))
                .setBody(body));
    }

    private static String file(String name) {
        try (InputStream in = PagesIT.class.getResourceAsStream("/io/micrologs/server/pages/" + name)) {
            return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

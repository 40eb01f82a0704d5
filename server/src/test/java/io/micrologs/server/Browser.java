package io.micrologs.server;

import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Playwright;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The machine's own Chromium, driven by Playwright, with what an ordinary browser says of itself: the product has no
 * switch for tests, so that a browser under test must not look like a bot. Single-threaded, as Playwright is.
 */
final class Browser implements AutoCloseable {
    private static final List<String> NAMES =
            List.of("chromium", "chromium-browser", "google-chrome-stable", "google-chrome");
    private static final List<String> ARGUMENTS = List.of(
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-blink-features=AutomationControlled");

    private final Playwright playwright;
    private final com.microsoft.playwright.Browser chromium;

    private Browser(Playwright playwright, com.microsoft.playwright.Browser chromium) {
        this.playwright = playwright;
        this.chromium = chromium;
    }

    /** Starts Chromium; fails with what to install when there is none. */
    static Browser start() {
        Path executable = executable();
        Playwright playwright = Playwright.create(
                new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        try {
            return new Browser(
                    playwright,
                    playwright
                            .chromium()
                            .launch(new BrowserType.LaunchOptions()
                                    .setExecutablePath(executable)
                                    // Playwright switches it off by default; pages of real visitors live in it.
                                    .setIgnoreDefaultArgs(List.of("--disable-back-forward-cache"))
                                    .setArgs(ARGUMENTS)));
        } catch (RuntimeException e) {
            playwright.close();
            throw e;
        }
    }

    /** A profile of its own: no cookies, no storage, an ordinary User-Agent and Accept-Language. */
    BrowserContext context() {
        String major = chromium.version().replaceFirst("\\..*", "");
        return chromium.newContext(new com.microsoft.playwright.Browser.NewContextOptions()
                .setUserAgent("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/" + major
                        + ".0.0.0 Safari/537.36")
                .setLocale("en-GB")
                .setTimezoneId("Europe/Berlin")
                .setViewportSize(1280, 800));
    }

    @Override
    public void close() {
        chromium.close();
        playwright.close();
    }

    static Path executable() {
        String named = System.getenv("CHROMIUM");
        if (named != null) {
            return Path.of(named);
        }
        String path = System.getenv("PATH");
        return Stream.of((path == null ? "/usr/bin" : path).split(File.pathSeparator))
                .flatMap(folder -> NAMES.stream().map(name -> Path.of(folder, name)))
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow(
                        () -> new IllegalStateException(
                                "No Chromium found. Install it (Debian: apt-get install chromium), or set CHROMIUM to its path."));
    }
}

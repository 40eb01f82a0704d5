package io.micrologs.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Frame;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.Cookie;
import com.microsoft.playwright.options.SameSiteAttribute;
import com.microsoft.playwright.options.WaitUntilState;
import io.micrologs.server.RecordingSite.Sent;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pageviews, ids and the tag itself, with the minified snippet in a real Chromium. */
class SnippetIT extends SnippetFixture {
    @Test
    void load_sendsOnePageviewWithWhatTheContractNames() {
        visit("/first?utm_source=x#part");
        Sent view = onlyPageview();
        assertThat(view.text("url")).isEqualTo(site.pageOrigin() + "/first?utm_source=x#part");
        assertThat(view.text("page_title")).isEqualTo("Page /first");
        assertThat(view.text("referrer")).isEmpty();
        assertThat(view.text("screen_resolution")).isEqualTo("1280x800");
        assertThat(view.text("timezone")).isEqualTo("Europe/Berlin");
        assertThat(view.text("fingerprint"))
                .startsWith("1280x800,Europe/Berlin,en-GB,Mozilla/5.0 (X11; Linux")
                .hasSizeLessThan(257);
        assertThat(view.headers().get("Origin")).containsExactly(site.pageOrigin());
    }

    @Test
    void secondPage_keepsVisitorAndSessionAndSendsNoFingerprint() {
        site.page("/first", site.tag() + "<a href=/second>on</a>");
        visit("/first");
        page.click("a");
        settle();
        List<Sent> views = site.sent("pageview");
        assertThat(views).hasSize(2);
        assertThat(views.get(1).text("referrer")).isEqualTo(site.pageOrigin() + "/first");
        assertThat(views.get(1).text("visitor_id")).isEqualTo(views.get(0).text("visitor_id"));
        assertThat(views.get(1).text("session_token")).isEqualTo(views.get(0).text("session_token"));
        assertThat(views.get(1).json().has("fingerprint")).isFalse();
    }

    @Test
    void pushState_sendsOnePageviewThatComesFromThePreviousAddress() {
        visit("/first");
        page.evaluate("history.pushState({a: 1}, '', '/second'); document.title = 'Second'");
        settle();
        assertThat(paths()).containsExactly("/first", "/second");
        Sent second = site.sent("pageview").get(1);
        assertThat(second.text("referrer")).isEqualTo(site.pageOrigin() + "/first");
        assertThat(second.text("page_title")).isEqualTo("Second");
        assertThat(second.json().has("fingerprint")).isFalse();
        assertThat(page.evaluate("history.state.a")).isEqualTo(1);
    }

    @Test
    void replaceState_countsOnlyWhenTheAddressChanges() {
        visit("/first");
        page.evaluate("history.replaceState({scroll: 5}, '')");
        page.evaluate("history.replaceState({scroll: 9}, '', location.href)");
        settle();
        assertThat(paths()).containsExactly("/first");
        page.evaluate("history.replaceState(null, '', '/second')");
        settle();
        assertThat(paths()).containsExactly("/first", "/second");
    }

    @Test
    void severalChangesAtOnce_areOneNavigation() {
        visit("/first");
        page.evaluate("history.pushState(1, '', '/gate'); history.replaceState(1, '', '/second')");
        settle();
        assertThat(paths()).containsExactly("/first", "/second");
    }

    @Test
    void back_sendsOnePageview() {
        visit("/first");
        page.evaluate("history.pushState(1, '', '/second')");
        settle();
        page.evaluate("new Promise(done => { addEventListener('popstate', done); history.back() }).then(() => 1)");
        settle();
        assertThat(paths()).containsExactly("/first", "/second", "/first");
    }

    @Test
    void hashLink_sendsOnePageviewForPopstateAndHashchange() {
        visit("/first");
        page.evaluate(
                "new Promise(done => { addEventListener('hashchange', done); location.hash = 'a' }).then(() => 1)");
        settle();
        assertThat(paths()).containsExactly("/first", "/first#a");
    }

    @Test
    void backForwardCache_restoredPageCountsAgain() {
        visit("/first");
        page.evaluate("window.kept = true");
        page.navigate(site.pageOrigin() + "/second");
        settle();
        // No load event comes for a restored page.
        page.goBack(new Page.GoBackOptions().setWaitUntil(WaitUntilState.COMMIT));
        assertThat(page.evaluate("window.kept")).isEqualTo(true);
        settle();
        assertThat(paths()).containsExactly("/first", "/second", "/first");
        assertThat(site.sent("pageview").stream()
                        .map(s -> s.text("session_token"))
                        .distinct())
                .hasSize(1);
    }

    /** The browser's two signs made by hand; {@link SnippetPrerenderIT} has the real thing. */
    @Test
    void prerenderedPage_countsWhenItIsShown() {
        page.addInitScript("Object.defineProperty(document, 'prerendering', {value: true, configurable: true})");
        visit("/first");
        assertThat(site.sent("pageview")).isEmpty();
        page.evaluate("Object.defineProperty(document, 'prerendering', {value: false});"
                + "document.dispatchEvent(new Event('prerenderingchange'))");
        settle();
        onlyPageview();
    }

    @Test
    void cookie_livesAYearAndIsLax() {
        double now = System.currentTimeMillis() / 1000.0;
        visit("/deep/first");
        Cookie cookie = context.cookies().get(0);
        assertThat(context.cookies()).hasSize(1);
        assertThat(cookie.name).isEqualTo("_ml_vid");
        assertThat(cookie.value).isEqualTo(onlyPageview().text("visitor_id"));
        assertThat(cookie.path).isEqualTo("/");
        assertThat(cookie.sameSite).isEqualTo(SameSiteAttribute.LAX);
        assertThat(cookie.expires)
                .isBetween(
                        now + Duration.ofDays(365).toSeconds() - 5,
                        now + Duration.ofDays(365).toSeconds() + 60);
    }

    @Test
    void cookieOfAnEarlierVisit_isKept() {
        context.addCookies(List.of(
                new Cookie("x_ml_vid", "no").setUrl(site.pageOrigin()),
                new Cookie("_ml_vid", "ab12-from-the-original").setUrl(site.pageOrigin())));
        visit("/first");
        assertThat(onlyPageview().text("visitor_id")).isEqualTo("ab12-from-the-original");
        assertThat(onlyPageview().json().has("fingerprint")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"https", "http"})
    void cookieOnHttps_isSecure(String scheme) {
        context.route(
                scheme + "://shop.example/**",
                route -> route.fulfill(new Route.FulfillOptions()
                        .setContentType("text/html")
                        .setBody("<script src=/micrologs.js data-public-key=k></script>")));
        context.route(
                scheme + "://shop.example/micrologs.js",
                route -> route.fulfill(new Route.FulfillOptions()
                        .setContentType("text/javascript")
                        .setBodyBytes(RecordingSite.snippet())));
        page.navigate(scheme + "://shop.example/");
        page.waitForCondition(() -> !context.cookies().isEmpty());
        assertThat(context.cookies().get(0).secure).isEqualTo(scheme.equals("https"));
    }

    @Test
    void session_isANewOneAfterThirtyIdleMinutes() {
        page.clock().install();
        visit("/first");
        page.clock().fastForward(Duration.ofMinutes(29).toMillis());
        page.evaluate("history.pushState(1, '', '/second')");
        settle();
        page.clock().fastForward(Duration.ofMinutes(29).toMillis());
        page.evaluate("history.pushState(1, '', '/third')");
        settle();
        page.clock().fastForward(Duration.ofMinutes(31).toMillis());
        page.evaluate("history.pushState(1, '', '/fourth')");
        settle();
        List<String> tokens =
                site.sent("pageview").stream().map(s -> s.text("session_token")).toList();
        assertThat(tokens).hasSize(4);
        assertThat(tokens.subList(0, 3)).containsOnly(tokens.get(0));
        assertThat(tokens.get(3)).isNotEqualTo(tokens.get(0));
        assertThat(page.evaluate("sessionStorage._ml_sid")).isEqualTo(tokens.get(3));
        assertThat(page.evaluate("Math.abs(Date.now() - sessionStorage._ml_last) < 60000"))
                .isEqualTo(true);
    }

    @Test
    void loadedTwice_countsOnce() {
        site.page(
                "/twice",
                site.tag() + site.tag() + "<script>setTimeout(() => { throw new Error('once') }, 500)</script>");
        visit("/twice");
        page.evaluate("history.pushState(1, '', '/second')");
        page.waitForCondition(() -> pageErrors.size() == 1);
        settle();
        assertThat(paths()).containsExactly("/twice", "/second");
        assertThat(site.sent("error")).hasSize(1);
    }

    @Test
    void loadedLate_countsTheView() {
        site.page("/late", "<p>plain</p>");
        page.navigate(site.pageOrigin() + "/late");
        page.evaluate(
                "([source, key]) => { const s = document.createElement('script'); s.src = source;"
                        + " s.dataset.publicKey = key; document.head.append(s) }",
                List.of(site.apiOrigin() + "/snippet/micrologs.js", RecordingSite.KEY));
        settle();
        assertThat(onlyPageview().text("page_title")).isEqualTo("Page /late");
    }

    @Test
    void apiUrl_goesBeforeTheScriptsOriginWithOrWithoutASlash() {
        site.page(
                "/own",
                "<script src=/copy.js data-public-key=" + RecordingSite.KEY + " data-api-url=" + site.apiOrigin()
                        + "/ async></script>");
        context.route(
                "**/copy.js",
                route -> route.fulfill(new Route.FulfillOptions()
                        .setContentType("text/javascript")
                        .setBodyBytes(RecordingSite.snippet())));
        visit("/own");
        onlyPageview();
    }

    @Test
    void alias_servesAndTakesEventsUnderNamesOfItsOwn() {
        site.page("/aliased", site.tag().replace("/snippet/micrologs.js", RecordingSite.ALIAS + "/s.js"));
        page.navigate(site.pageOrigin() + "/aliased");
        page.waitForFunction("() => window.Micrologs");
        page.evaluate("Micrologs.error('e'); Micrologs.audit('a')");
        page.waitForCondition(() -> site.sent().size() == 3);
        assertThat(site.sent().stream().map(s -> s.path() + " " + s.json().has("page_title")))
                .containsExactlyInAnyOrder("/x7k/own/p true", "/x7k/own/e false", "/x7k/own/a false");
    }

    @Test
    void scriptBelowAPath_sendsBelowThatPath() {
        site.page("/stats/index", site.tag().replace(site.apiOrigin(), site.pageOrigin() + "/stats"));
        context.route(
                "**/stats/snippet/micrologs.js",
                route -> route.fulfill(new Route.FulfillOptions()
                        .setContentType("text/javascript")
                        .setBodyBytes(RecordingSite.snippet())));
        page.onRequest(request -> issued.add(request.url()));
        page.navigate(site.pageOrigin() + "/stats/index");
        page.waitForCondition(() -> issued.stream()
                .anyMatch(url -> url.startsWith(site.pageOrigin() + "/stats/api/track/pageview.php?k=")));
    }

    @Test
    void twoDomains_areTwoVisitorsOfOneProject() {
        visit("/first");
        page.navigate(site.otherPageOrigin() + "/first");
        settle();
        List<Sent> views = site.sent("pageview");
        assertThat(views.stream().map(s -> s.headers().get("Origin").get(0)))
                .containsExactly(site.pageOrigin(), site.otherPageOrigin());
        assertThat(views.get(0).text("visitor_id")).isNotEqualTo(views.get(1).text("visitor_id"));
        assertThat(views.get(1).text("fingerprint")).isEqualTo(views.get(0).text("fingerprint"));
    }

    @Test
    void withoutCookiesAndStorage_idsLastAsLongAsThePage() {
        // A sandboxed frame has an opaque origin, where the browser refuses both with an exception.
        site.page("/frame", "<iframe sandbox=allow-scripts src=/inner></iframe>");
        page.navigate(site.pageOrigin() + "/frame");
        Frame frame = page.frameByUrl("**/inner");
        assertThat(frame.evaluate("(() => { try { return document.cookie } catch { return 'refused' } })()"))
                .isEqualTo("refused");
        settle(frame);
        frame.evaluate("location.hash = 'next'");
        settle(frame);
        List<Sent> views = site.sent("pageview");
        assertThat(views).hasSize(2);
        assertThat(views.get(1).text("visitor_id")).isEqualTo(views.get(0).text("visitor_id"));
        assertThat(views.get(1).text("session_token")).isEqualTo(views.get(0).text("session_token"));
        assertThat(pageErrors).isEmpty();
    }

    @Test
    void fullStorage_keepsTheSessionInMemory() {
        page.addInitScript("for (const storage of [sessionStorage, localStorage]) for (let n = 2 ** 20; n; n >>= 1)"
                + " try { for (let i = 0; ; i++) storage[n + '-' + i] = 'x'.repeat(n) } catch {}");
        visit("/first");
        assertThat(page.evaluate("'_ml_q' in localStorage")).isEqualTo(false);
        page.evaluate("history.pushState(1, '', '/second')");
        settle();
        assertThat(page.evaluate("'_ml_sid' in sessionStorage")).isEqualTo(false);
        assertThat(paths()).containsExactly("/first", "/second");
        assertThat(site.sent("pageview").stream()
                        .map(s -> s.text("session_token"))
                        .distinct())
                .hasSize(1);
    }

    @Test
    void strictContentSecurityPolicy_needsOnlyScriptSrcAndConnectSrc() {
        site.page(
                "/strict",
                site.tag(),
                "default-src 'none'; script-src " + site.apiOrigin() + "; connect-src " + site.apiOrigin()
                        + "; require-trusted-types-for 'script'");
        visit("/strict");
        onlyPageview();
        assertThat(console).noneMatch(text -> text.contains("Content Security Policy"));
    }
}

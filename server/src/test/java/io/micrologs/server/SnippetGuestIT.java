package io.micrologs.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.options.Cookie;
import io.micrologs.server.RecordingSite.Sent;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Visitors who do not want to be known, and pages that are not kind, with the minified snippet in a real Chromium. */
class SnippetGuestIT extends SnippetFixture {
    private static final String GPC =
            "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', {get: () => true})";
    private static final String STORED = "document.cookie + Object.keys(localStorage) + Object.keys(sessionStorage)";

    @Test
    void optOut_sendsNothingAndLeavesNothingAndThePageStillCalls() {
        page.addInitScript("localStorage._ml_off = 1");
        page.navigate(site.pageOrigin() + "/first");
        page.waitForFunction("() => window.Micrologs");
        page.evaluate("Micrologs.error('e'); Micrologs.audit('a'); history.pushState(1, '', '/second')");
        page.navigate(site.pageOrigin() + "/third");
        page.waitForFunction("() => window.Micrologs");
        assertThat(page.evaluate(STORED)).isEqualTo("_ml_off");
        page.evaluate("localStorage.removeItem('_ml_off')");
        page.addInitScript("localStorage.removeItem('_ml_off')");
        visit("/counted");
        assertThat(paths()).containsExactly("/counted");
        assertThat(issued).hasSize(2);
        assertThat(pageErrors).isEmpty();
    }

    @Test
    void globalPrivacyControl_leavesNothingInTheBrowserAndTellsNothingThatStays() {
        page.addInitScript(GPC);
        visit("/first");
        page.evaluate("history.pushState(1, '', '/second')");
        settle();
        traceless();
    }

    @Test
    void cookielessTag_leavesNothingInTheBrowserAndTellsNothingThatStays() {
        site.page("/first", site.tag("data-cookieless"));
        visit("/first");
        page.evaluate("history.pushState(1, '', '/second')");
        settle();
        traceless();
    }

    private void traceless() {
        List<Sent> views = site.sent("pageview");
        assertThat(views)
                .hasSize(2)
                .allSatisfy(s -> assertThat(s.json().has("fingerprint")).isFalse());
        // For this document only, so that its events belong together.
        assertThat(views.stream()
                        .map(s -> s.text("visitor_id") + s.text("session_token"))
                        .distinct())
                .hasSize(1);
        assertThat(page.evaluate(STORED)).isEqualTo("");
        visit("/first");
        assertThat(site.sent("pageview").get(2).text("visitor_id"))
                .isNotEqualTo(views.get(0).text("visitor_id"));
    }

    @Test
    void globalPrivacyControlSwitchedOnLater_doesNotUseTheCookieThatIsThere() {
        context.addCookies(List.of(new Cookie("_ml_vid", "known").setUrl(site.pageOrigin())));
        page.addInitScript(GPC);
        visit("/first");
        assertThat(onlyPageview().text("visitor_id")).isNotEqualTo("known");
    }

    @Test
    void traceless_stillRetriesWithinThePage() {
        page.clock().install();
        page.addInitScript(GPC);
        visit("/first");
        site.answers(503);
        page.evaluate("Micrologs.error('kept in memory')");
        page.waitForCondition(() -> site.sent("error").size() == 1);
        site.answers(202);
        page.clock().fastForward(31_000);
        page.waitForCondition(() -> site.sent("error").size() == 2);
        assertThat(page.evaluate(STORED)).isEqualTo("");
    }

    @Test
    void cookiesOff_eachPageIsAVisitorOfItsOwn() {
        // What Chromium does when its user blocks cookies: nothing is thrown, and nothing is kept.
        page.addInitScript("Object.defineProperty(Document.prototype, 'cookie', {get: () => '', set() {}})");
        visit("/first");
        visit("/second");
        List<Sent> views = site.sent("pageview");
        assertThat(views)
                .hasSize(2)
                .allSatisfy(s -> assertThat(s.text("fingerprint")).isNotEmpty());
        assertThat(views.get(0).text("visitor_id")).isNotEqualTo(views.get(1).text("visitor_id"));
        assertThat(views.get(0).text("session_token")).isEqualTo(views.get(1).text("session_token"));
    }

    /** Whatever a page does to the browser's own functions, the snippet adds no exception to it. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "window.fetch = () => { throw new Error('mine') }",
                "window.fetch = undefined",
                "window.fetch = () => 5",
                "window.fetch = () => ({then(a, b) { b() }})",
                "JSON.stringify = () => { throw new Error('mine') }",
                "JSON.parse = () => { throw new Error('mine') }",
                "history.pushState = () => { throw new Error('mine') }",
                "Object.freeze(history)",
                "Object.defineProperty(history, 'pushState', {get() { throw new Error('mine') }})",
                "Object.defineProperty(history, 'pushState', {get: () => () => {}, set() { throw new Error('mine') }})",
                "Object.defineProperty(window, 'localStorage', {get() { throw new Error('mine') }})",
                "Object.defineProperty(window, 'crypto', {value: undefined})",
                "Object.defineProperty(window, 'sessionStorage', {value: null})",
                "window.setInterval = () => { throw new Error('mine') }",
                "Intl.DateTimeFormat = undefined",
                "Date.now = () => { throw new Error('mine') }",
                "Array.prototype.filter = () => { throw new Error('mine') }",
                "Object.defineProperty(document, 'cookie', {get() { throw new Error('mine') }, set() { throw 1 }})",
            })
    void brokenBrowser_isNotBrokenFurther(String damage) {
        site.page(
                "/damaged",
                "<script>" + damage + "</script>" + site.tag()
                        + "<script>addEventListener('load', () => { try { history.pushState(1, '', '#x') } catch {}"
                        + " setTimeout(() => { window.Micrologs && (Micrologs.error('e', {a: 1}), Micrologs.audit('a'));"
                        + " window.done = 1 }) })</script>");
        page.navigate(site.pageOrigin() + "/damaged");
        page.waitForFunction("() => window.done");
        page.navigate("about:blank");
        assertThat(pageErrors).isEmpty();
    }

    @Test
    void brokenLater_isNotBrokenFurther() {
        visit("/first");
        page.evaluate("window.fetch = JSON.stringify = JSON.parse = () => { throw new Error('mine') };"
                + " Micrologs.error('e'); Micrologs.audit('a'); history.pushState(1, '', '/second');"
                + " new Promise(done => setTimeout(() => setTimeout(done)))");
        assertThat(pageErrors).isEmpty();
        assertThat(page.url()).endsWith("/second");
    }

    @Test
    void pushStateThatThrows_throwsWhatItAlwaysThrew() {
        visit("/first");
        assertThat(page.evaluate("(() => { try { history.pushState(() => {}, '') } catch (e) { return e.name } })()"))
                .isEqualTo("DataCloneError");
        settle();
        assertThat(paths()).containsExactly("/first");
    }
}

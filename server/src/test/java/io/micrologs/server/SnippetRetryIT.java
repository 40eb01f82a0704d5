package io.micrologs.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import io.micrologs.server.RecordingSite.Sent;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of events that could not be sent, with the minified snippet in a real Chromium whose clock is moved by hand. */
class SnippetRetryIT extends SnippetFixture {
    private static final int KEPT_MAX = 20;

    @BeforeEach
    void takeTheClock() {
        page.clock().install();
    }

    @Test
    void serverAway_nextPageDeliversOnce() {
        visit("/first");
        serverGoesAway();
        page.evaluate("history.pushState(1, '', '/second')");
        awaitFailed(1);
        page.evaluate("Micrologs.audit('while away', 'anna')");
        awaitFailed(2);
        assertThat(kept()).isEqualTo(2);
        // No page of the site is open while time passes.
        page.navigate("about:blank");
        pass(Duration.ofMinutes(1));
        site.restartApi();
        visit("/third");
        visit("/fourth");
        assertThat(paths()).containsExactlyInAnyOrder("/first", "/second", "/third", "/fourth");
        assertThat(actions("while away")).isEqualTo(1);
        page.waitForCondition(() -> kept() == 0);
    }

    @Test
    void serverAway_openPageDeliversOnce() {
        visit("/first");
        serverGoesAway();
        page.evaluate("Micrologs.error('while away')");
        awaitFailed(1);
        pass(Duration.ofSeconds(31));
        awaitFailed(2);
        site.restartApi();
        passUntilDue();
        page.waitForCondition(() -> site.sent("error").size() == 1);
        page.waitForCondition(() -> kept() == 0);
        pass(Duration.ofHours(1));
        settle();
        assertThat(site.sent("error")).hasSize(1);
    }

    @Test
    void pageLeftBeforeTheAnswer_isSentAgainWithTheSameId() {
        visit("/first");
        // A page that dies at the worst moment: the request is out, and nobody is there any more to hear the answer.
        page.evaluate("const real = fetch; window.fetch = (...all) => { real(...all).catch(() => {});"
                + " return new Promise(() => {}) }; Micrologs.audit('last words')");
        page.waitForCondition(() -> actions("last words") == 1);
        page.navigate("about:blank");
        pass(Duration.ofMinutes(1));
        visit("/second");
        page.waitForCondition(() -> actions("last words") == 2);
        assertThat(site.sent("audit").stream()
                        .filter(s -> s.text("action").equals("last words"))
                        .map(s -> s.text("event_id"))
                        .distinct())
                .hasSize(1);
        page.waitForCondition(() -> kept() == 0);
    }

    @ParameterizedTest
    @ValueSource(ints = {429, 503})
    void serverThatIsNotReady_isAskedFiveTimesMoreAndNeverAfterADay(int status) {
        site.answers(status);
        page.navigate(site.pageOrigin() + "/first");
        page.waitForCondition(() -> site.sent("pageview").size() == 1);
        for (int i = 2; i <= 6; i++) {
            int sends = i;
            passUntilDue();
            page.waitForCondition(() -> site.sent("pageview").size() == sends);
        }
        assertThat(kept()).isEqualTo(1);
        pass(Duration.ofHours(20));
        site.answers(202);
        settle();
        assertThat(site.sent("pageview")).hasSize(6);
        assertThat(site.sent("pageview").stream().map(Sent::body).distinct()).hasSize(1);
    }

    @Test
    void retry_doesNotComeBeforeItIsDue() {
        site.answers(503);
        page.navigate(site.pageOrigin() + "/first");
        page.waitForCondition(() -> site.sent("pageview").size() == 1);
        page.evaluate("for (let i = 0; i < 5; i++) Micrologs.audit('busy page')");
        pass(Duration.ofSeconds(14));
        settle();
        assertThat(site.sent("pageview")).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 401, 403, 404, 413, 500, 202})
    void anyOtherAnswer_isFinal(int status) {
        site.answers(status);
        visit("/first");
        page.waitForCondition(() -> kept() == 0);
        pass(Duration.ofHours(2));
        settle();
        onlyPageview();
    }

    @Test
    void twoTabs_sendTheQueueUnderTheSameIds() {
        visit("/first");
        Page other = context.newPage();
        other.navigate(site.pageOrigin() + "/first");
        settle(other.mainFrame());
        site.answers(503);
        page.waitForResponse(answer -> answer.status() == 503, () -> page.evaluate("Micrologs.audit('shared')"));
        assertThat(actions("shared")).isEqualTo(1);
        site.answers(202);
        pass(Duration.ofSeconds(31));
        page.waitForCondition(() -> kept() == 0);
        settle();
        settle(other.mainFrame());
        // Both clocks were moved in the same instant, so both may have looked before the other had written.
        assertThat(actions("shared")).isBetween(2L, 3L);
        assertThat(site.sent("audit").stream()
                        .filter(s -> s.text("action").equals("shared"))
                        .map(s -> s.text("event_id"))
                        .distinct())
                .hasSize(1);
    }

    @Test
    void queue_keepsTheNewestAndNothingBig() {
        visit("/first");
        serverGoesAway();
        page.evaluate("for (let i = 0; i < 30; i++) Micrologs.audit('number ' + i)");
        awaitFailed(30);
        assertThat(kept()).isEqualTo(KEPT_MAX);
        assertThat((String) page.evaluate("localStorage._ml_q"))
                .contains("number 29", "number 10")
                .doesNotContain("number 9\\");
        page.evaluate("const error = new Error('big'); error.stack = 'x'.repeat(8192);"
                + " Micrologs.error(error, ['y'.repeat(8000), 1]); Micrologs.error(error, ['y'.repeat(8000), 2])");
        awaitFailed(32);
        page.evaluate("Micrologs.audit('small')");
        awaitFailed(33);
        assertThat((String) page.evaluate("localStorage._ml_q"))
                .contains("small")
                .doesNotContain("xxx")
                .hasSizeLessThan(330_000);
    }

    @Test
    void eventOfYesterday_isForgotten() {
        visit("/first");
        serverGoesAway();
        page.evaluate("Micrologs.audit('too late')");
        awaitFailed(1);
        page.navigate("about:blank");
        pass(Duration.ofHours(25));
        site.restartApi();
        visit("/second");
        assertThat(actions("too late")).isZero();
        page.waitForCondition(() -> kept() == 0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "5", "null", "{\"a\":1}", "[null]", "[[]]", "[1,\"ab\"]"})
    void queueThatIsNone_isReplaced(String queue) {
        visit("/first");
        page.evaluate("queue => localStorage._ml_q = queue", queue);
        page.evaluate("history.pushState(1, '', '/second')");
        settle();
        assertThat(paths()).containsExactly("/first", "/second");
        page.waitForCondition(() -> kept() == 0);
    }

    @Test
    void otherProjectOnTheSameOrigin_getsNothingOfThisOne() {
        visit("/first");
        serverGoesAway();
        page.evaluate("Micrologs.audit('mine')");
        awaitFailed(1);
        site.restartApi();
        String other = "f".repeat(32);
        site.page("/other", site.tag().replace(RecordingSite.KEY, other));
        page.navigate("about:blank");
        pass(Duration.ofMinutes(1));
        page.navigate(site.pageOrigin() + "/other");
        page.waitForCondition(() -> actions("mine") == 1);
        page.waitForCondition(() -> kept() == 0);
        assertThat(site.takeSentOf(other))
                .isNotEmpty()
                .allSatisfy(s -> assertThat(s.body()).doesNotContain("mine"));
    }

    /** Once everything so far is answered: what it would leave without an answer would be tried again too, and be counted. */
    private void serverGoesAway() {
        page.waitForCondition(() -> kept() == 0);
        site.stopApi();
    }

    /** Moves the clock, which fires each timer that is due once. */
    private void pass(Duration time) {
        page.clock().fastForward(time.toMillis());
    }

    /** Moves the clock to when the first event in the queue is due. */
    private void passUntilDue() {
        Object left = page.evaluate("Math.max(JSON.parse(localStorage._ml_q)[0][3] - Date.now(), 15000)");
        page.clock().fastForward(((Number) left).longValue() + 100);
    }

    private void awaitFailed(int requests) {
        page.waitForCondition(() -> failed.size() == requests);
    }

    private long actions(String action) {
        return site.sent("audit").stream()
                .filter(s -> s.text("action").equals(action))
                .count();
    }
}

package io.micrologs.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.microsoft.playwright.Page;
import io.micrologs.server.RecordingSite.Sent;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Errors, rejections and audits, and a server that does not answer well, with the minified snippet in a real Chromium. */
class SnippetReportsIT extends SnippetFixture {
    @Test
    void uncaughtError_isSentOncePerPage() {
        site.page(
                "/broken",
                "<script>function fail() { null.x }\nfor (let i = 0; i < 3; i++) setTimeout(fail, 1e3)</script>"
                        + site.tag("data-environment=staging"));
        visit("/broken");
        page.waitForCondition(() -> pageErrors.size() == 3);
        settle();
        assertThat(site.sent("error")).hasSize(1);
        JsonObject error = site.sent("error").get(0).json();
        assertThat(error.get("message").getAsString()).startsWith("Cannot read properties of null");
        assertThat(error.get("error_type").getAsString()).isEqualTo("TypeError");
        assertThat(error.get("file").getAsString()).isEqualTo(site.pageOrigin() + "/broken");
        assertThat(error.get("line").getAsInt()).isEqualTo(1);
        assertThat(error.get("stack").getAsString()).contains("at fail");
        assertThat(error.get("url").getAsString()).isEqualTo(site.pageOrigin() + "/broken");
        assertThat(error.get("environment").getAsString()).isEqualTo("staging");
        assertThat(error.get("visitor_id").getAsString())
                .isEqualTo(onlyPageview().text("visitor_id"));
    }

    @Test
    void errorLoop_endsAtTheMaximum() {
        visit("/first");
        page.evaluate("for (let i = 0; i < 60; i++) setTimeout(() => { throw new Error('number ' + i) })");
        page.waitForCondition(() -> pageErrors.size() == 60);
        settle();
        assertThat(site.sent("error")).hasSize(50);
        page.evaluate("Micrologs.error('still heard')");
        settle();
        assertThat(site.sent("error")).hasSize(51);
    }

    @Test
    void whateverIsThrown_isSent() {
        visit("/first");
        page.evaluate(
                "for (const thrown of ['text', null, '', {a: 1}, Symbol('s')]) setTimeout(() => { throw thrown })");
        page.waitForCondition(() -> pageErrors.size() == 5);
        settle();
        assertThat(site.sent("error").stream().map(s -> s.text("message")))
                .contains("Uncaught text", "Uncaught null", "Uncaught [object Object]")
                .hasSize(5);
    }

    @Test
    void rejection_isSentWithThePlaceFromItsStack() {
        visit("/first");
        page.addScriptTag(new Page.AddScriptTagOptions()
                .setContent("function later() { throw new RangeError('too late') }\n"
                        + "Promise.resolve().then(later); Promise.reject('plain'); Promise.reject()\n"
                        + "//# sourceURL=http://127.0.0.1/shop.js"));
        page.waitForCondition(() -> pageErrors.size() == 3);
        settle();
        assertThat(site.sent("error").stream().map(s -> s.text("message")))
                .containsExactlyInAnyOrder("too late", "plain", "undefined");
        JsonObject error = site.sent("error").stream()
                .filter(s -> s.text("message").equals("too late"))
                .findFirst()
                .orElseThrow()
                .json();
        assertThat(error.get("error_type").getAsString()).isEqualTo("RangeError");
        assertThat(error.get("file").getAsString()).isEqualTo("http://127.0.0.1/shop.js");
        assertThat(error.get("line").getAsInt()).isEqualTo(1);
    }

    @Test
    void error_takesTextOrErrorAndSurvivesWhatJsonCannotHold() {
        visit("/first");
        page.evaluate("Micrologs.error('plain', {cart: 7}, 'critical');"
                + "Micrologs.error('plain', {cart: 7}, 'critical');"
                + "Micrologs.error(new SyntaxError('kept'), 'x'.repeat(9000));"
                + "const circle = {}; circle.circle = circle; Micrologs.error('circle', circle);"
                + "Micrologs.error(); Micrologs.error('y'.repeat(100000))");
        settle();
        List<Sent> errors = site.sent("error");
        assertThat(errors).hasSize(6);
        assertThat(errors.stream().filter(s -> s.text("message").equals("plain")))
                .hasSize(2)
                .allSatisfy(s -> {
                    assertThat(s.json().get("context")).hasToString("{\"cart\":7}");
                    assertThat(s.text("severity")).isEqualTo("critical");
                });
        assertThat(errors).anySatisfy(s -> {
            assertThat(s.text("message")).isEqualTo("kept");
            assertThat(s.text("error_type")).isEqualTo("SyntaxError");
            assertThat(s.json().get("context").isJsonNull()).isTrue();
        });
        assertThat(errors).anySatisfy(s -> assertThat(s.text("message")).isEqualTo("circle"));
        assertThat(errors).anySatisfy(s -> assertThat(s.text("message")).isEqualTo("undefined"));
        assertThat(errors).anySatisfy(s -> assertThat(s.text("message")).isEqualTo("y".repeat(8192)));
        assertThat(pageErrors).isEmpty();
    }

    @Test
    void audit_isSentAlsoWhenThePageIsLeftAtOnce() {
        visit("/first");
        page.evaluate("Micrologs.audit('order.paid', 'anna', {total: 9}); location.href = '/second'");
        page.waitForURL("**/second");
        settle();
        Sent audit = site.sent("audit").stream()
                .filter(s -> s.text("action").equals("order.paid"))
                .findFirst()
                .orElseThrow();
        assertThat(audit.text("actor")).isEqualTo("anna");
        assertThat(audit.json().get("context")).hasToString("{\"total\":9}");
    }

    @Test
    void refusedOrUnreachableServer_doesNotReachThePage() {
        site.page("/nowhere", site.tag("data-api-url=http://127.0.0.1:1"));
        site.answers(503);
        visit("/first");
        onlyPageview();
        page.evaluate("window.heard = []; addEventListener('unhandledrejection', e => heard.push(e.type))");
        page.evaluate("Micrologs.error('refused'); Micrologs.audit('refused')");
        settle();
        assertThat(page.evaluate("heard.length")).isEqualTo(0);
        page.navigate(site.pageOrigin() + "/nowhere");
        page.waitForCondition(() -> failed.stream().anyMatch(url -> url.contains("127.0.0.1:1/")));
        assertThat(page.evaluate("typeof Micrologs.audit('x')")).isEqualTo("undefined");
        assertThat(pageErrors).isEmpty();
    }
}

package io.micrologs.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrologs.ingest.Http.Answer;
import io.micrologs.ingest.Snapshot.Privacy;
import io.micrologs.journal.JournalConfig;
import io.micrologs.journal.JournalRecord;
import io.micrologs.journal.LinkClick;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tracked links: where they lead, what is noted of a click, and that nothing holds the visitor up. */
class RedirectTest {
    private static final String GOOD = "/api/redirect.php?c=goodLink";

    @TempDir
    private Path directory;

    private Edge edge;
    private Http http;

    @BeforeEach
    void start() throws IOException {
        edge = new Edge(directory);
        http = edge.connect();
    }

    @AfterEach
    void stop() throws IOException {
        http.close();
        edge.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {GOOD, "/api/redirect?c=goodLink"})
    void link_leadsToItsDestinationAndTheClickIsNoted(String target) throws Exception {
        Answer answer = get(target, "Referer", "https://news.example/" + "x".repeat(3_000));
        assertThat(answer.status()).isEqualTo(302);
        assertThat(answer.header("location")).isEqualTo("https://shop.example/landing?x=1");
        assertThat(answer.header("cache-control")).isEqualTo("no-store");
        JournalRecord record = clicks(1).get(0);
        LinkClick click = (LinkClick) record.event();
        assertThat(click.linkId()).isEqualTo(11);
        assertThat(click.referrer()).hasSize(2_048).startsWith("https://news.example/x");
        assertThat(click.bot()).isFalse();
        assertThat(click.clientKey()).isNotZero();
        assertThat(record.envelope().projectId()).isEqualTo(1);
        assertThat(record.envelope().userAgent()).isEqualTo(Http.BROWSER);
        assertThat(record.envelope().visitorId()).isZero();
        assertThat(edge.ingest.accepted()).isEqualTo(1);
    }

    @Test
    void clients_areToldApartByAddress_andBotsAreMarked() throws Exception {
        get(GOOD, "X-Forwarded-For", "203.0.113.1");
        get(GOOD, "X-Forwarded-For", "203.0.113.1");
        get(GOOD, "X-Forwarded-For", "203.0.113.2");
        get(GOOD, "User-Agent", "curl/8");
        get(GOOD, "Accept-Language", null);
        List<LinkClick> clicks =
                clicks(5).stream().map(record -> (LinkClick) record.event()).toList();
        assertThat(clicks.get(0).clientKey())
                .isEqualTo(clicks.get(1).clientKey())
                .isNotEqualTo(clicks.get(2).clientKey());
        assertThat(clicks).extracting(LinkClick::bot).containsExactly(false, false, false, true, true);
    }

    @Test
    void whatLeadsNowhere_isAnsweredInText() throws Exception {
        assertText(get("/api/redirect.php"), 400, "Missing link code");
        assertText(get("/api/redirect.php?c="), 400, "Missing link code");
        assertText(get("/api/redirect.php?c=nobodysX"), 404, "Link not found");
        assertText(get("/api/redirect.php?c=offLink1"), 404, "Link not found");
        assertText(get("/api/redirect.php?c=badLink1"), 400, "Invalid destination URL");
        Wait.until(() -> edge.refusals().equals(Map.of(0, Map.of("fields", 2L, "link", 2L), 1, Map.of("link", 1L))));
        assertThat(edge.records()).isEmpty();
    }

    @Test
    void head_leadsOnAndIsNoClick() throws Exception {
        Answer answer = http.request("HEAD", GOOD, new byte[0], Http.asABrowser());
        assertThat(answer.status()).isEqualTo(302);
        assertThat(answer.header("location")).isEqualTo("https://shop.example/landing?x=1");
        get(GOOD);
        assertThat(clicks(1)).hasSize(1);
    }

    @Test
    void closedJournal_doesNotHoldTheVisitorUp() throws IOException {
        edge.closeJournal();
        assertThat(get(GOOD).status()).isEqualTo(302);
        assertThat(edge.ingest.rejected()).containsEntry("journal", 1L);
    }

    @Test
    void withoutASnapshot_is503(@TempDir Path other) throws IOException {
        try (Edge unready = new Edge(new JournalConfig(other, "hourly", Duration.ofDays(7), 20L << 30, 0, 64), false);
                Http client = unready.connect()) {
            Answer answer = client.request("GET", GOOD, new byte[0], Http.asABrowser());
            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.header("retry-after")).isEqualTo("2");
        }
    }

    @Test
    void disabledProjectAndExcludedAddress_leadOnUnrecorded() throws Exception {
        assertThat(get("/api/redirect.php?c=offProj1").header("location")).isEqualTo("https://off.example/");
        edge.ingest.publish(Edge.snapshot(new Privacy(false, true, true, false, List.of("203.0.113.1"))));
        assertThat(get(GOOD, "X-Forwarded-For", "203.0.113.1").status()).isEqualTo(302);
        Wait.until(() -> edge.refusals().equals(Map.of(1, Map.of("excluded", 1L), 3, Map.of("disabled", 1L))));
        assertThat(edge.records()).isEmpty();
    }

    @Test
    void optedOutClient_isKnownForADayOnly() throws Exception {
        get(GOOD);
        get(GOOD, "Sec-GPC", "1");
        get(GOOD, "Sec-GPC", "1");
        edge.ingest.publish(Edge.snapshot(new Privacy(true, true, true, false, List.of())));
        get(GOOD);
        List<Long> keys = clicks(4).stream()
                .map(record -> ((LinkClick) record.event()).clientKey())
                .toList();
        assertThat(keys.get(1)).isNotEqualTo(keys.get(0)).isEqualTo(keys.get(2)).isEqualTo(keys.get(3));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "https://a.example                | https://a.example",
                "HTTP://a.example:81/p?q=1#f      | HTTP://a.example:81/p?q=1#f",
                "https://a.example/%C3%A4         | https://a.example/%C3%A4",
                "https://müller.example/ä b?ü=😀  | https://xn--mller-kva.example/%C3%A4%20b?%C3%BC=%F0%9F%98%80",
                "https://a.example/\"<>           | https://a.example/%22%3C%3E",
                "https://[2001:db8::1]/           | https://[2001:db8::1]/",
                "ftp://a.example                  | -",
                "javascript:alert(1)              | -",
                "https://                         | -",
                "https:///path                    | -",
                "https://user@evil.example/       | -",
                "https://a example/               | -",
                "//a.example                      | -",
            })
    void location_isWhatAHeaderCanCarry(String url, String expected) {
        assertThat(Links.location(url)).isEqualTo(expected);
    }

    @Test
    void location_withALineEnd_isNone() {
        assertThat(Links.location("https://a.example/\r\nSet-Cookie: x")).isNull();
        assertThat(Links.location("https://a.example\n/")).isNull();
    }

    private List<JournalRecord> clicks(int count) throws InterruptedException {
        Wait.until(() -> edge.records().size() >= count);
        return edge.records();
    }

    private Answer get(String target, String... headers) throws IOException {
        return http.request("GET", target, new byte[0], Http.asABrowser(headers));
    }

    private static void assertText(Answer answer, int status, String text) {
        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.body()).isEqualTo(text);
        assertThat(answer.header("content-type")).isEqualTo("text/plain; charset=utf-8");
        assertThat(answer.header("cache-control")).isEqualTo("no-store");
    }
}

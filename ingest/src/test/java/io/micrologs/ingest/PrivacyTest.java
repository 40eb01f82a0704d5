package io.micrologs.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrologs.ingest.Snapshot.Privacy;
import io.micrologs.journal.Envelope;
import io.micrologs.journal.Pageview;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a project's privacy settings leave out, and what they forget of the rest. */
class PrivacyTest {
    private static final String PAGEVIEW = "/api/track/pageview?k=" + Edge.PUBLIC;
    private static final String ERROR = "/api/track/error";
    private static final String VIEW =
            "{\"url\":\"https://shop.example/a\",\"visitor_id\":\"v1\",\"session_token\":\"s1\","
                    + "\"fingerprint\":\"fp\"}";
    private static final String BARE_VIEW = "{\"url\":\"https://shop.example/a\"}";
    private static final String FAULT = "{\"message\":\"m\",\"visitor_id\":\"v1\",\"session_token\":\"s1\"}";

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

    @Test
    void optOuts_areHonouredAsTheProjectSays() throws Exception {
        settings(false, true, true, false);
        assertThat(status(PAGEVIEW, VIEW, "Sec-GPC", "1")).isEqualTo(204);
        assertThat(status(PAGEVIEW, VIEW, "Sec-GPC", "0")).isEqualTo(202);
        assertThat(status(PAGEVIEW, VIEW, "DNT", "1")).isEqualTo(202);
        settings(false, true, false, true);
        assertThat(status(PAGEVIEW, VIEW, "Sec-GPC", "1")).isEqualTo(202);
        assertThat(status(PAGEVIEW, VIEW, "DNT", "1")).isEqualTo(204);
        // Keys and fields come first.
        assertThat(status(PAGEVIEW, "{\"url\":\"u\"}", "DNT", "1")).isEqualTo(400);
        assertThat(edge.records()).hasSize(3);
        Wait.until(() -> edge.refusals().equals(Map.of(1, Map.of("gpc", 1L, "dnt", 1L, "fields", 1L))));
    }

    @Test
    void optedOutError_isKeptWithoutThePerson() throws IOException {
        assertThat(status(ERROR, FAULT, "X-API-Key", Edge.PUBLIC, "Sec-GPC", "1"))
                .isEqualTo(202);
        assertThat(person()).isEqualTo(Person.NOBODY);
        assertThat(status(ERROR, FAULT, "X-API-Key", Edge.PUBLIC)).isEqualTo(202);
        assertThat(person().visitorId()).isNotZero();
        assertThat(status(ERROR, FAULT, "X-API-Key", Edge.SECRET, "Sec-GPC", "1"))
                .as("a backend is no visitor")
                .isEqualTo(202);
        assertThat(person().visitorId()).isNotZero();
    }

    @Test
    void excludedAddress_isLeftOutOfEverythingThatPagesSend() throws Exception {
        edge.ingest.publish(
                Edge.snapshot(new Privacy(false, true, true, false, List.of("203.0.113.0/24", "2001:db8::7"))));
        assertThat(status(PAGEVIEW, VIEW, "X-Forwarded-For", "203.0.113.9")).isEqualTo(204);
        assertThat(status(PAGEVIEW, VIEW, "X-Forwarded-For", "2001:db8::7")).isEqualTo(204);
        assertThat(status(ERROR, FAULT, "X-API-Key", Edge.PUBLIC, "X-Forwarded-For", "203.0.113.9"))
                .isEqualTo(204);
        assertThat(edge.records()).isEmpty();
        assertThat(status(ERROR, FAULT, "X-API-Key", Edge.SECRET, "X-Forwarded-For", "203.0.113.9"))
                .isEqualTo(202);
        assertThat(status(PAGEVIEW, VIEW, "X-Forwarded-For", "203.0.114.9")).isEqualTo(202);
        assertThat(status(PAGEVIEW, VIEW, "X-Forwarded-For", "2001:db8::8")).isEqualTo(202);
        Wait.until(() -> edge.refusals().equals(Map.of(1, Map.of("excluded", 3L))));
    }

    @Test
    void brokenExclusion_leavesTheOthersInForce() throws IOException {
        edge.ingest.publish(Edge.snapshot(new Privacy(false, true, true, false, List.of("nonsense", "203.0.113.9"))));
        assertThat(status(PAGEVIEW, VIEW, "X-Forwarded-For", "203.0.113.9")).isEqualTo(204);
    }

    @Test
    void fingerprint_canBeSwitchedOff() throws IOException {
        status(PAGEVIEW, VIEW);
        assertThat(((Pageview) edge.last().event()).fingerprintKey()).isNotZero();
        settings(false, false, true, false);
        status(PAGEVIEW, VIEW);
        assertThat(((Pageview) edge.last().event()).fingerprintKey()).isZero();
    }

    @Test
    void cookieless_makesTheVisitorFromTheRequest() throws IOException {
        settings(true, true, true, false);
        assertThat(status(PAGEVIEW, VIEW, "X-Forwarded-For", "203.0.113.9")).isEqualTo(202);
        Person first = person();
        assertThat(first.cookieless()).isTrue();
        assertThat(first.visitorId()).isNotZero().isEqualTo(first.sessionToken());
        assertThat(((Pageview) edge.last().event()).fingerprintKey()).isZero();

        assertThat(status(PAGEVIEW, BARE_VIEW, "X-Forwarded-For", "203.0.113.9"))
                .as("ids are neither needed nor looked at")
                .isEqualTo(202);
        assertThat(person()).isEqualTo(first);
        status(ERROR, FAULT, "X-API-Key", Edge.PUBLIC, "X-Forwarded-For", "203.0.113.9");
        assertThat(person()).isEqualTo(first);

        status(PAGEVIEW, BARE_VIEW, "X-Forwarded-For", "203.0.113.10");
        assertThat(person().visitorId()).isNotEqualTo(first.visitorId());
        status(PAGEVIEW, BARE_VIEW, "X-Forwarded-For", "203.0.113.9", "User-Agent", Http.BROWSER + " x");
        assertThat(person().visitorId()).isNotEqualTo(first.visitorId());

        assertThat(http.post(PAGEVIEW, "{\"visitor_id\":\"v\"}").body()).contains("url is required");
    }

    @Test
    void cookielessBackend_namesItsVisitorsForADay() throws IOException {
        settings(true, true, true, false);
        status(ERROR, FAULT, "X-API-Key", Edge.SECRET);
        Person named = person();
        assertThat(named.visitorId()).isNotZero().isEqualTo(named.sessionToken());
        status(ERROR, FAULT.replace("v1", "v2"), "X-API-Key", Edge.SECRET);
        assertThat(person().visitorId()).isNotEqualTo(named.visitorId());
        status(ERROR, "{\"message\":\"m\"}", "X-API-Key", Edge.SECRET);
        assertThat(person()).isEqualTo(Person.NOBODY);
    }

    private void settings(boolean cookieless, boolean fingerprint, boolean gpc, boolean dnt) {
        edge.ingest.publish(Edge.snapshot(new Privacy(cookieless, fingerprint, gpc, dnt, List.of())));
    }

    private int status(String target, String body, String... headers) throws IOException {
        return http.post(target, body, headers).status();
    }

    private Person person() {
        Envelope envelope = edge.last().envelope();
        return new Person(
                envelope.visitorId(), envelope.sessionToken(), envelope.cookieless(), envelope.earlierVisitorId());
    }
}

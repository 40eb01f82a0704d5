package io.micrologs.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrologs.ingest.Http.Answer;
import io.micrologs.journal.AuditEvent;
import io.micrologs.journal.Envelope;
import io.micrologs.journal.ErrorEvent;
import io.micrologs.journal.ErrorEvent.Environment;
import io.micrologs.journal.ErrorEvent.Severity;
import io.micrologs.journal.JournalConfig;
import io.micrologs.journal.JournalRecord;
import io.micrologs.journal.Pageview;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The tracking part of the contract, over a real socket and into a real journal. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TrackingTest {
    private static final String PAGEVIEW = "/api/track/pageview.php";
    private static final String ERROR = "/api/track/error.php";
    private static final String AUDIT = "/api/track/audit.php";
    private static final String VIEW =
            "{\"url\":\"https://shop.example/a\",\"visitor_id\":\"v1\",\"session_token\":\"s1\"}";

    private Edge edge;
    private Http http;

    @BeforeAll
    void start(@TempDir Path directory) throws IOException {
        edge = new Edge(directory);
        http = edge.connect();
    }

    @AfterAll
    void stop() throws IOException {
        http.close();
        edge.close();
    }

    // ---- what is accepted

    @Test
    void pageview_isAcknowledgedAndStoredWithEveryField() throws IOException {
        Answer answer = http.post(
                PAGEVIEW,
                """
                {"url":"  https://shop.example/a?utm_source=x  ","visitor_id":"vis","session_token":"ses",
                 "page_title":"Ä title","referrer":"https://news.example/","fingerprint":"fp","event_id":"e-1_Z",
                 "screen_resolution":"1920x1080","timezone":"Europe/Berlin","utm_source":"ignored","more":{"a":[1]}}
                """,
                "X-API-Key",
                Edge.PUBLIC,
                "User-Agent",
                "Mozilla/5.0",
                "Accept-Language",
                "de-DE,de;q=0.9");
        assertQueued(answer);
        JournalRecord record = edge.last();
        Envelope envelope = record.envelope();
        assertThat(envelope.projectId()).isEqualTo(1);
        assertThat(envelope.eventIdFromClient()).isTrue();
        assertThat(envelope.receivedMs()).isEqualTo(Edge.NOW.toEpochMilli());
        assertThat(envelope.occurredMs()).isZero();
        assertThat(envelope.visitorId()).isNotZero();
        assertThat(envelope.sessionToken()).isNotZero().isNotEqualTo(envelope.visitorId());
        assertThat(envelope.userAgent()).isEqualTo("Mozilla/5.0");
        assertThat(envelope.language()).isEqualTo("de-de");
        Pageview view = (Pageview) record.event();
        assertThat(view.fingerprintKey()).isNotZero();
        assertThat(view)
                .isEqualTo(new Pageview(
                        "https://shop.example/a?utm_source=x",
                        "Ä title",
                        "https://news.example/",
                        view.fingerprintKey(),
                        "1920x1080",
                        "Europe/Berlin"));
    }

    @Test
    void error_isStoredWithEveryField() throws IOException {
        assertQueued(http.post(ERROR, """
                {"message":"boom","error_type":"TypeError","file":"a.js","line":"42","stack":"at x\\nat y",
                 "url":"https://shop.example/","severity":"critical","environment":"staging",
                 "context":{ "a" : [1.50, "ü/\\u00e4", true, null], "big": 12345678901234567890 },
                 "visitor_id":"vis","session_token":"ses"}
                """, "X-API-Key", Edge.SECRET));
        assertThat(edge.last().event())
                .isEqualTo(new ErrorEvent(
                        "TypeError",
                        "boom",
                        "a.js",
                        42,
                        "at x\nat y",
                        "https://shop.example/",
                        Severity.CRITICAL,
                        Environment.STAGING,
                        "{\"a\":[1.50,\"ü/ä\",true,null],\"big\":12345678901234567890}"));
        assertThat(edge.last().envelope().visitorId()).isNotZero();
    }

    @Test
    void error_hasTheDocumentedDefaults() throws IOException {
        assertQueued(http.post(
                ERROR,
                "{\"message\":\"boom\",\"severity\":7,\"environment\":\"moon\",\"line\":-1,\"context\":\"text\"}",
                "X-API-Key",
                Edge.PUBLIC));
        assertThat(edge.last().event())
                .isEqualTo(new ErrorEvent(
                        "Unknown", "boom", null, null, null, null, Severity.ERROR, Environment.PRODUCTION, null));
        assertThat(edge.last().envelope().visitorId()).isZero();
        assertThat(edge.last().envelope().sessionToken()).isZero();
        assertThat(edge.last().envelope().eventIdFromClient()).isFalse();
    }

    @Test
    void audit_isStored_andTakesANumberAsActor() throws IOException {
        assertQueued(http.post(AUDIT, "{\"action\":\"login\",\"actor\":17,\"context\":[]}", "X-API-Key", Edge.SECRET));
        assertThat(edge.last().event()).isEqualTo(new AuditEvent("login", "17", "[]"));
    }

    @ParameterizedTest
    @CsvSource({
        "1, 1",
        "2147483647, 2147483647",
        "2147483648,",
        "0,",
        "-5,",
        "1.5,",
        "99999999999999999999,",
        "true,",
        "[1],",
        "'\"12\"', 12",
        "'\"x\"',",
        "null,",
    })
    void line_isAPositive32BitIntegerOrNull(String json, Integer expected) throws IOException {
        assertQueued(http.post(ERROR, "{\"message\":\"m\",\"line\":" + json + "}", "X-API-Key", Edge.PUBLIC));
        assertThat(((ErrorEvent) edge.last().event()).line()).isEqualTo(expected);
    }

    @Test
    void context_isKeptAt8192BytesAndDroppedAbove() throws IOException {
        // {"a":"…"} is 8 bytes and the text; ü is 2 bytes.
        String fits = "{\"a\":\"" + "ü".repeat(4_092) + "\"}";
        String over = "{\"a\":\"" + "ü".repeat(4_092) + "x\"}";
        assertQueued(http.post(AUDIT, "{\"action\":\"a\",\"context\": " + fits + "}", "X-API-Key", Edge.SECRET));
        assertThat(((AuditEvent) edge.last().event()).contextJson()).isEqualTo(fits);
        assertQueued(http.post(AUDIT, "{\"action\":\"a\",\"context\": " + over + "}", "X-API-Key", Edge.SECRET));
        assertThat(((AuditEvent) edge.last().event()).contextJson()).isNull();
    }

    @Test
    void emojiInAContext_takeFourBytesEach() throws IOException {
        String context = "{\"a\":\"" + "😀".repeat(2_046) + "\"}";
        assertQueued(http.post(AUDIT, "{\"action\":\"a\",\"context\":" + context + "}", "X-API-Key", Edge.SECRET));
        assertThat(((AuditEvent) edge.last().event()).contextJson()).isEqualTo(context);
    }

    @Test
    void text_isCutByWholeCodePoints() throws IOException {
        assertQueued(http.post(AUDIT, "{\"action\":\"" + "😀".repeat(101) + "\"}", "X-API-Key", Edge.SECRET));
        assertThat(((AuditEvent) edge.last().event()).action()).isEqualTo("😀".repeat(100));
        assertQueued(http.post(
                ERROR, "{\"message\":\"m\",\"stack\":\"" + "s".repeat(65_000) + "\"}", "X-API-Key", Edge.SECRET));
        assertThat(((ErrorEvent) edge.last().event()).stack()).hasSize(65_000);
    }

    @Test
    void sameIds_haveTheSameHashInOneProjectAndAnotherInTheNext() throws IOException {
        String body = VIEW.replace("}", ",\"fingerprint\":\"f\",\"event_id\":\"e\"}");
        assertQueued(http.post(PAGEVIEW, body, "X-API-Key", Edge.PUBLIC));
        JournalRecord first = edge.last();
        assertQueued(http.post(PAGEVIEW, body, "X-API-Key", Edge.PUBLIC));
        JournalRecord second = edge.last();
        assertQueued(http.post(PAGEVIEW, body, "X-API-Key", Edge.OTHER_PUBLIC));
        JournalRecord other = edge.last();
        assertThat(second.envelope()).isEqualTo(first.envelope());
        assertThat(second.event()).isEqualTo(first.event());
        assertThat(other.envelope().visitorId()).isNotEqualTo(first.envelope().visitorId());
        assertThat(other.envelope().sessionToken())
                .isNotEqualTo(first.envelope().sessionToken());
        assertThat(other.envelope().eventId()).isNotEqualTo(first.envelope().eventId());
        assertThat(((Pageview) other.event()).fingerprintKey())
                .isNotEqualTo(((Pageview) first.event()).fingerprintKey());
    }

    @Test
    void nothingThatIdentifies_isInTheJournalsFiles(@TempDir Path other) throws IOException {
        String body = "{\"url\":\"the-url\",\"visitor_id\":\"the-cookie\",\"session_token\":\"the-token\","
                + "\"fingerprint\":\"the-print\",\"event_id\":\"the-event\"}";
        try (Edge fresh = new Edge(config(other), true);
                Http client = fresh.connect()) {
            assertQueued(client.post(PAGEVIEW, body, "X-API-Key", Edge.PUBLIC));
        }
        StringBuilder everything = new StringBuilder();
        try (Stream<Path> files = Files.walk(other)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                everything.append(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1));
            }
        }
        List<String> identifying =
                List.of("the-cookie", "the-token", "the-print", "the-event", Edge.PUBLIC, "127.0.0.1");
        assertThat(everything.indexOf("the-url")).isPositive();
        assertThat(identifying).noneMatch(text -> everything.indexOf(text) >= 0);
    }

    @Test
    void textPlainWithTheKeyInTheQuery_needsNoPreflight() throws IOException {
        Answer answer = http.post(
                "/api/track/pageview?k=" + Edge.PUBLIC,
                VIEW,
                "Content-Type",
                "text/plain;charset=UTF-8",
                "Origin",
                "https://shop.example");
        assertQueued(answer);
        assertThat(answer.header("access-control-allow-origin")).isEqualTo("https://shop.example");
    }

    @Test
    void pipelinedEvents_areAllAcknowledgedAndStored() throws IOException {
        int before = edge.records().size();
        try (Http client = edge.connect()) {
            for (int i = 0; i < 200; i++) {
                client.send(
                        "POST",
                        AUDIT,
                        ("{\"action\":\"p" + i + "\"}").getBytes(StandardCharsets.UTF_8),
                        "X-API-Key",
                        Edge.SECRET);
            }
            for (int i = 0; i < 200; i++) {
                assertQueued(client.read());
            }
        }
        List<String> actions = new ArrayList<>();
        List<JournalRecord> records = edge.records();
        records.subList(before, records.size()).forEach(r -> actions.add(((AuditEvent) r.event()).action()));
        assertThat(actions).hasSize(200).first().isEqualTo("p0");
        assertThat(actions.get(199)).isEqualTo("p199");
    }

    // ---- what is refused

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "{}",
                "[]",
                "[{\"url\":1}]",
                "1",
                "\"text\"",
                "null",
                "{",
                "{\"url\":\"a\"",
                "{\"url\":\"a\",}",
                "{'url':'a'}",
                "url=a&visitor_id=b",
                "{\"url\":NaN}",
                "{\"url\":\"a\nb\"}",
                "{\"url\":01}"
            })
    void bodyThatIsNoObjectOrEmpty_is400(String body) throws IOException {
        assertRefused(http.post(PAGEVIEW, body, "X-API-Key", Edge.PUBLIC), 400, "Invalid or missing JSON body");
    }

    @Test
    void bodyInAnotherEncoding_is400() throws IOException {
        for (byte[] body : List.of(
                VIEW.getBytes(StandardCharsets.UTF_16),
                VIEW.getBytes(StandardCharsets.UTF_16LE),
                VIEW.replace("/a", "/ä").getBytes(StandardCharsets.ISO_8859_1))) {
            assertRefused(
                    http.request("POST", PAGEVIEW, body, "X-API-Key", Edge.PUBLIC),
                    400,
                    "Invalid or missing JSON body");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{`url`:`a`,`url`:`b`}                       | url is given twice",
                "{`url`:`a`,`x`:{`y`:1,`y`:2}}               | x is given twice",
                "{`url`:`a\\u0000b`}                         | url contains a NUL character",
                "{`url`:`a`,`x`:[`\\u0000`]}                 | x contains a NUL character",
                "{`url`:`\\ud800`}                           | url contains half a surrogate pair",
                "{`visitor_id`:`\\udc00\\ud800`}             | visitor_id contains half a surrogate pair",
                "{`x`:1e400}                                 | x has a number that is out of range",
                "{`url`:`a`} x                               | Unexpected data after the JSON object",
                "{`url`:`a`}{`url`:`b`}                      | Unexpected data after the JSON object",
                "{`url`:[`a`]}                               | url must be text",
                "{`url`:5}                                   | url must be text",
                "{`visitor_id`:{}}                           | visitor_id must be text",
                "{`session_token`:true}                      | session_token must be text",
                "{`page_title`:1}                            | page_title must be text",
                "{`event_id`:1}                              | event_id must be text",
            })
    void faultInABody_isNamedWithItsField(String body, String message) throws IOException {
        assertRefused(http.post(PAGEVIEW, body.replace('`', '"'), "X-API-Key", Edge.PUBLIC), 400, message);
    }

    @Test
    void nestingOf64_isTakenAnd65Is400() throws IOException {
        // The body's own object is the first level.
        String deep = "[".repeat(63) + "]".repeat(63);
        assertQueued(http.post(AUDIT, "{\"action\":\"a\",\"context\":" + deep + "}", "X-API-Key", Edge.SECRET));
        assertThat(((AuditEvent) edge.last().event()).contextJson()).isEqualTo(deep);
        assertRefused(
                http.post(AUDIT, "{\"action\":\"a\",\"context\":[" + deep + "]}", "X-API-Key", Edge.SECRET),
                400,
                "context is nested deeper than 64");
    }

    @Test
    void overlongAndSurrogateUtf8_is400() throws IOException {
        byte[] template = "{\"action\":\"a???\"}".getBytes(StandardCharsets.UTF_8);
        for (int[] bad : new int[][] {{0xed, 0xa0, 0x80}, {0xc0, 0x80, '?'}, {0xff, '?', '?'}}) {
            byte[] body = template.clone();
            for (int i = 0; i < 3; i++) {
                body[12 + i] = (byte) bad[i];
            }
            assertThat(http.request("POST", AUDIT, body, "X-API-Key", Edge.SECRET)
                            .status())
                    .isEqualTo(400);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "pageview | {\"visitor_id\":\"v\",\"session_token\":\"s\"} | url, visitor_id and session_token are required",
                "pageview | {\"url\":\" \",\"visitor_id\":\"v\",\"session_token\":\"s\"} | url, visitor_id and session_token are required",
                "pageview | {\"url\":\"u\",\"visitor_id\":\"\",\"session_token\":\"s\"} | url, visitor_id and session_token are required",
                "pageview | {\"url\":\"u\",\"visitor_id\":\"v\",\"session_token\":null} | url, visitor_id and session_token are required",
                "pageview | {\"url\":\"u\",\"visitor_id\":\"v\",\"session_token\":\"s\",\"event_id\":\"\"} | event_id must be 1 to 64 characters of A-Z, a-z, 0-9, _ and -",
                "pageview | {\"url\":\"u\",\"visitor_id\":\"v\",\"session_token\":\"s\",\"event_id\":\"a b\"} | event_id must be 1 to 64 characters of A-Z, a-z, 0-9, _ and -",
                "error    | {\"error_type\":\"x\"} | message is required",
                "error    | {\"message\":\"\"} | message is required",
                "audit    | {\"actor\":\"x\"} | action is required",
                "audit    | {\"action\":\" \"} | action is required",
            })
    void missingField_is400WithTheContractsMessage(String endpoint, String body, String message) throws IOException {
        assertRefused(http.post("/api/track/" + endpoint, body, "X-API-Key", Edge.PUBLIC), 400, message);
    }

    @Test
    void eventId_of64IsTakenAnd65Is400() throws IOException {
        String body = "{\"action\":\"a\",\"event_id\":\"%s\"}";
        assertQueued(http.post(AUDIT, body.formatted("e".repeat(64)), "X-API-Key", Edge.SECRET));
        assertThat(http.post(AUDIT, body.formatted("e".repeat(65)), "X-API-Key", Edge.SECRET)
                        .status())
                .isEqualTo(400);
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "pageview, -,                        API key is required",
                "pageview, '',                       API key is required",
                "pageview, nonsense,                 Invalid API key",
                "pageview, 0123456789ABCDEF0123456789ABCDEF, Invalid API key",
                "pageview, ffffffffffffffffffffffffffffffff, Invalid API key",
                "pageview, fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210, Invalid API key",
                "error,    22222222222222222222222222222222, Invalid API key",
                "audit,    2222222222222222222222222222222222222222222222222222222222222222, Invalid API key",
                "audit,    ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff, Invalid API key",
            })
    void key_decidesBeforeTheBody(String endpoint, String key, String message) throws IOException {
        assertRefused(http.post("/api/track/" + endpoint, "not json", "X-API-Key", key), 401, message);
    }

    @Test
    void secretKeyInTheQuery_is401() throws IOException {
        assertRefused(http.post(AUDIT + "?k=" + Edge.SECRET, "{\"action\":\"a\"}"), 401, "Invalid API key");
        assertRefused(http.post(AUDIT + "?k=", "{\"action\":\"a\"}"), 401, "API key is required");
    }

    @Test
    void domainLock_holdsForPublicKeysOnly() throws IOException {
        String body = "{\"action\":\"a\"}";
        assertRefused(
                http.post(AUDIT, body, "X-API-Key", Edge.PUBLIC, "Origin", "https://evil.example"),
                403,
                "Domain not allowed for this key");
        assertRefused(
                http.post(AUDIT, body, "X-API-Key", Edge.PUBLIC, "Origin", "null"),
                403,
                "Domain not allowed for this key");
        assertRefused(
                http.post(AUDIT, body, "X-API-Key", Edge.PUBLIC, "Referer", "https://evil.example/shop.example"),
                403,
                "Domain not allowed for this key");
        assertQueued(http.post(
                AUDIT,
                body,
                "X-API-Key",
                Edge.PUBLIC,
                "Origin",
                "https://shop.example",
                "Referer",
                "https://evil.example"));
        assertQueued(http.post(AUDIT, body, "X-API-Key", Edge.PUBLIC, "Referer", "https://a.shop.example:8443/x"));
        assertQueued(http.post(AUDIT, body, "X-API-Key", Edge.PUBLIC));
        assertQueued(http.post(AUDIT, body, "X-API-Key", Edge.SECRET, "Origin", "https://evil.example"));
    }

    @Test
    void otherMethod_is405() throws IOException {
        assertRefused(http.request("GET", PAGEVIEW, new byte[0]), 405, "Method not allowed");
    }

    @Test
    void everyAnswer_allowsTheOrigin() throws IOException {
        String[] origin = {"Origin", "https://any.example"};
        List<Answer> answers = new ArrayList<>();
        answers.add(http.request("OPTIONS", PAGEVIEW, new byte[0], origin));
        answers.add(http.request("GET", PAGEVIEW, new byte[0], origin));
        answers.add(http.post(PAGEVIEW, VIEW, origin));
        answers.add(http.post(PAGEVIEW, VIEW, "X-API-Key", Edge.PUBLIC, "Origin", "https://any.example"));
        answers.add(http.post(AUDIT, "x", "X-API-Key", Edge.SECRET, "Origin", "https://any.example"));
        answers.add(http.post(AUDIT, "{\"x\":1}", "X-API-Key", Edge.SECRET, "Origin", "https://any.example"));
        answers.add(http.post(AUDIT, "{\"action\":\"a\"}", "X-API-Key", Edge.SECRET, "Origin", "https://any.example"));
        try (Http client = edge.connect()) {
            answers.add(client.request("POST", PAGEVIEW, new byte[65_537], origin));
        }
        assertThat(answers).extracting(Answer::status).containsExactly(204, 405, 401, 403, 400, 400, 202, 413);
        assertThat(answers).allSatisfy(answer -> {
            assertThat(answer.header("access-control-allow-origin")).isEqualTo("https://any.example");
            assertThat(answer.header("vary")).isEqualTo("Origin");
        });
        assertThat(answers.get(0).header("access-control-allow-headers")).isEqualTo("Content-Type, X-API-Key");
        assertThat(answers.get(7).body()).isEqualTo("{\"success\":false,\"message\":\"Payload too large\"}");
    }

    @Test
    void withoutASnapshot_is503WithRetryAfterAndCors(@TempDir Path other) throws IOException {
        try (Edge unready = new Edge(config(other), false);
                Http client = unready.connect()) {
            Answer answer = client.post(PAGEVIEW, VIEW, "X-API-Key", Edge.PUBLIC, "Origin", "https://shop.example");
            assertUnavailable(answer);
            unready.ingest.publish(Edge.snapshot());
            assertQueued(client.post(PAGEVIEW, VIEW, "X-API-Key", Edge.PUBLIC));
            assertThat(unready.ingest.accepted()).isEqualTo(1);
            assertThat(unready.ingest.rejected())
                    .containsEntry("no_snapshot", 1L)
                    .containsEntry("journal", 0L);
        }
    }

    @Test
    void journalThatRefuses_is503BeforeTheKeyAndTheBody(@TempDir Path other) throws IOException {
        try (Edge closing = new Edge(config(other), true);
                Http client = closing.connect()) {
            assertQueued(client.post(PAGEVIEW, VIEW, "X-API-Key", Edge.PUBLIC));
            closing.closeJournal();
            assertUnavailable(client.post(PAGEVIEW, "not json", "Origin", "https://shop.example"));
            assertThat(closing.ingest.rejected()).containsEntry("journal", 1L);
        }
    }

    @Test
    void fullDisk_is503(@TempDir Path other) throws IOException {
        JournalConfig full = new JournalConfig(other, "hourly", Duration.ofDays(7), 20L << 30, 1L << 60, 64);
        try (Edge edgeOfDisk = new Edge(full, true);
                Http client = edgeOfDisk.connect()) {
            assertUnavailable(client.post(PAGEVIEW, VIEW, "X-API-Key", Edge.PUBLIC, "Origin", "https://shop.example"));
        }
    }

    @Test
    void publishedChange_isInForceAtOnce(@TempDir Path other) throws IOException {
        try (Edge changing = new Edge(config(other), true);
                Http client = changing.connect()) {
            assertQueued(client.post(PAGEVIEW, VIEW, "X-API-Key", Edge.PUBLIC));
            changing.ingest.publish(new Snapshot(8, List.of(), List.of()));
            assertRefused(client.post(PAGEVIEW, VIEW, "X-API-Key", Edge.PUBLIC), 401, "Invalid API key");
        }
    }

    @Test
    void madeEventIds_differ() throws IOException {
        int before = edge.records().size();
        for (int i = 0; i < 50; i++) {
            assertQueued(http.post(AUDIT, "{\"action\":\"a\"}", "X-API-Key", Edge.SECRET));
        }
        Set<Long> ids = new HashSet<>();
        List<JournalRecord> records = edge.records();
        records.subList(before, records.size())
                .forEach(r -> ids.add(r.envelope().eventId()));
        assertThat(ids).hasSize(50);
    }

    private static JournalConfig config(Path directory) {
        return new JournalConfig(directory, "hourly", Duration.ofDays(7), 20L << 30, 0, 64);
    }

    private static void assertQueued(Answer answer) {
        assertThat(answer.body()).isEqualTo("{\"success\":true,\"message\":\"OK\",\"data\":{\"queued\":true}}");
        assertThat(answer.status()).isEqualTo(202);
        assertThat(answer.header("content-type")).isEqualTo("application/json; charset=utf-8");
    }

    private static void assertRefused(Answer answer, int status, String message) {
        assertThat(answer.body()).isEqualTo("{\"success\":false,\"message\":\"" + message + "\"}");
        assertThat(answer.status()).isEqualTo(status);
    }

    private static void assertUnavailable(Answer answer) {
        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.header("retry-after")).isEqualTo("2");
        assertThat(answer.body()).startsWith("{\"success\":false,\"message\":\"");
        assertThat(answer.header("access-control-allow-origin")).isEqualTo("https://shop.example");
    }
}

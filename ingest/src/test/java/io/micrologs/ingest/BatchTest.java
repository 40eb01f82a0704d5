package io.micrologs.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrologs.ingest.Http.Answer;
import io.micrologs.ingest.Snapshot.Privacy;
import io.micrologs.journal.AuditEvent;
import io.micrologs.journal.Envelope;
import io.micrologs.journal.ErrorEvent;
import io.micrologs.journal.JournalConfig;
import io.micrologs.journal.JournalRecord;
import io.micrologs.journal.Pageview;
import io.micrologs.journal.Place;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Batches of a backend: every item as strict as a single event, and none at the cost of the others. */
class BatchTest {
    private static final String EVENTS = "/api/v1/events";
    private static final String VIEW =
            "{\"type\":\"pageview\",\"url\":\"https://shop.example/a\",\"visitor_id\":\"v1\",\"session_token\":\"s1\"}";
    private static final String AUDIT = "{\"type\":\"audit\",\"action\":\"a\"}";

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
    void allKinds_areTakenAsTheSingleEndpointsTakeThem() throws IOException {
        Answer answer = post("""
                [{"type":"pageview","url":" https://shop.example/a ","visitor_id":"v1","session_token":"s1",
                  "fingerprint":"fp","event_id":"e1","occurred_at":"2026-03-03T06:07:08.5+01:00"},
                 {"message":"böom","type":"error","line":7,"context":{"a":[1]}},
                 {"type":"audit","action":"login","actor":17}]
                """);
        assertTaken(answer, 3, "");
        List<JournalRecord> records = edge.records();
        assertThat(records.get(0).event()).isEqualTo(new Pageview("https://shop.example/a", null, null, 0, null, null));
        assertThat(((ErrorEvent) records.get(1).event()).message()).isEqualTo("böom");
        assertThat(((ErrorEvent) records.get(1).event()).contextJson()).isEqualTo("{\"a\":[1]}");
        assertThat(records.get(2).event()).isEqualTo(new AuditEvent("login", "17", null));
        Envelope view = records.get(0).envelope();
        assertThat(view.occurredMs())
                .isEqualTo(Instant.parse("2026-03-03T05:07:08.500Z").toEpochMilli());
        assertThat(view.receivedMs()).isEqualTo(Edge.NOW.toEpochMilli());
        assertThat(view.eventIdFromClient()).isTrue();
        assertThat(view.userAgent()).isNull();
        assertThat(view.place()).isEqualTo(Place.UNKNOWN);
        assertThat(records.get(1).envelope().eventId())
                .isNotEqualTo(records.get(2).envelope().eventId());
        assertThat(edge.ingest.accepted()).isEqualTo(3);
        // A visitor is the same one, whichever way the event came.
        http.post(
                "/api/track/pageview?k=" + Edge.PUBLIC,
                "{\"url\":\"u\",\"visitor_id\":\"v1\",\"session_token\":\"s1\",\"event_id\":\"e1\"}");
        Envelope single = edge.last().envelope();
        assertThat(single.visitorId()).isEqualTo(view.visitorId());
        assertThat(single.sessionToken()).isEqualTo(view.sessionToken());
        // An event id is not: whoever has the public key must not be able to use up a backend's.
        assertThat(single.eventId()).isNotEqualTo(view.eventId());
    }

    @Test
    void badItems_areNamedAndTheOthersTaken() throws Exception {
        Answer answer = post("[" + AUDIT + ",{\"type\":\"audit\"},5,\"x\",[1],null,{\"type\":\"click\"},{},"
                + "{\"type\":\"audit\",\"action\":\"a\",\"action\":\"b\"},{\"type\":\"audit\",\"action\":\"a\\u0000\"},"
                + "{\"type\":\"audit\",\"action\":\"a\",\"x\":1e400},{\"type\":\"audit\",\"action\":\"a\",\"event_id\":\"?\"},"
                + "{\"type\":\"audit\",\"action\":\"a\",\"occurred_at\":\"yesterday\"},{\"type\":7},"
                + "{\"type\":\"audit\",\"action\":\"a\",\"context\":" + "[".repeat(70) + "]".repeat(70) + "}," + VIEW
                + "]");
        String body = "Invalid or missing JSON body";
        assertTaken(
                answer,
                2,
                Map.ofEntries(
                                Map.entry(1, "action is required"),
                                Map.entry(2, body),
                                Map.entry(3, body),
                                Map.entry(4, body),
                                Map.entry(5, body),
                                Map.entry(6, "type must be pageview, error or audit"),
                                Map.entry(7, body),
                                Map.entry(8, "action is given twice"),
                                Map.entry(9, "action contains a NUL character"),
                                Map.entry(10, "x has a number that is out of range"),
                                Map.entry(11, "event_id must be 1 to 64 characters of A-Z, a-z, 0-9, _ and -"),
                                Map.entry(12, "occurred_at must be a time of RFC 3339 such as 2026-03-04T05:06:07Z"),
                                Map.entry(13, "type must be text"),
                                Map.entry(14, "context is nested deeper than 64"))
                        .entrySet()
                        .stream()
                        .sorted(Map.Entry.comparingByKey())
                        .map(e -> "{\"index\":" + e.getKey() + ",\"reason\":\"" + e.getValue() + "\"}")
                        .collect(Collectors.joining(",")));
        assertThat(edge.records()).hasSize(2);
        Wait.until(() -> edge.refusals().equals(Map.of(1, Map.of("body", 5L, "fields", 9L))));
    }

    @Test
    void lines_areTaken_andABrokenOneIsNamed() throws IOException {
        assertTaken(post(VIEW + "\r\n\n{broken\n" + AUDIT), 2, item(1, "Invalid or missing JSON body"));
        assertTaken(post(AUDIT), 1, "");
        assertTaken(
                post("[1]\n" + AUDIT + "\n", "Content-Type", "application/x-ndjson"),
                1,
                item(0, "Invalid or missing JSON body"));
        assertThat(edge.records()).hasSize(4);
    }

    @Test
    void batchOfNothingGood_isAnsweredAllTheSame() throws IOException {
        assertTaken(post("[{\"type\":\"audit\"}]"), 0, item(0, "action is required"));
        assertThat(edge.records()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "[]",
                "hello",
                "[{\"type\":\"audit\",\"action\":\"a\"}",
                "[{]",
                "[1,]",
                "[1] x",
                "null",
                "7"
            })
    void bodyThatIsNoBatch_is400AndNothingIsStored(String body) throws IOException {
        Answer answer = post(body);
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.body())
                .isEqualTo("{\"success\":false,\"message\":\"Invalid or missing JSON body: an array of events, or one"
                        + " event on each line\"}");
        assertThat(edge.records()).isEmpty();
    }

    @Test
    void thousandEvents_areTakenAndOneMoreIs413() throws IOException {
        String thousand = IntStream.range(0, 1_000).mapToObj(i -> AUDIT).collect(Collectors.joining("\n"));
        assertTaken(post(thousand), 1_000, "");
        assertThat(edge.records()).hasSize(1_000);
        Answer answer = post(thousand + "\n" + AUDIT);
        assertThat(answer.status()).isEqualTo(413);
        assertThat(answer.body()).contains("At most 1000 events in one request");
        assertThat(edge.records()).hasSize(1_000);
    }

    @Test
    void fourMebibytes_areTakenAndOneByteMoreIs413() throws IOException {
        byte[] body = (" ".repeat((4 << 20) - AUDIT.length()) + AUDIT).getBytes(StandardCharsets.UTF_8);
        assertTaken(http.request("POST", EVENTS, body, "X-API-Key", Edge.SECRET), 1, "");
        byte[] more = (" ".repeat((4 << 20) - AUDIT.length() + 1) + AUDIT).getBytes(StandardCharsets.UTF_8);
        assertThat(http.request("POST", EVENTS, more, "X-API-Key", Edge.SECRET).status())
                .isEqualTo(413);
    }

    @Test
    void gzip_isUnpackedWithinBounds() throws IOException {
        assertTaken(packed(("[" + AUDIT + "," + VIEW + "]").getBytes(StandardCharsets.UTF_8)), 2, "");
        // What the same error sends a thousand times packs to far less than a hundredth.
        String error =
                "{\"type\":\"error\",\"message\":\"boom\",\"stack\":\"" + "at a.b(c.js:1)\\n".repeat(200) + "\"}";
        assertTaken(
                packed(IntStream.range(0, 1_000)
                        .mapToObj(i -> error)
                        .collect(Collectors.joining("\n"))
                        .getBytes(StandardCharsets.UTF_8)),
                1_000,
                "");
        byte[] most = (" ".repeat((4 << 20) - AUDIT.length()) + AUDIT).getBytes(StandardCharsets.UTF_8);
        assertTaken(packed(most), 1, "");
        Answer bomb = packed((" ".repeat((4 << 20) - AUDIT.length() + 1) + AUDIT).getBytes(StandardCharsets.UTF_8));
        assertThat(bomb.status()).isEqualTo(413);
        assertThat(bomb.body()).contains("4194304 bytes unpacked");
        assertThat(post(AUDIT, "Content-Encoding", "gzip").status()).isEqualTo(400);
        assertThat(post(AUDIT, "Content-Encoding", "br").status()).isEqualTo(415);
    }

    @ParameterizedTest
    @CsvSource({
        "0123456789abcdef0123456789abcdef, 401, Invalid API key",
        "nonsense, 401, Invalid API key",
        "'', 401, API key is required",
    })
    void onlySecretKeys_open(String key, int status, String message) throws IOException {
        Answer answer = http.post(EVENTS, "not json", "X-API-Key", key);
        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.body()).isEqualTo("{\"success\":false,\"message\":\"" + message + "\"}");
    }

    @Test
    void limit_isPerProjectAndSaysWhenToComeBack(@TempDir Path other) throws Exception {
        JournalConfig journal = new JournalConfig(other, "hourly", Duration.ofDays(7), 20L << 30, 0, 64);
        IngestConfig config = new IngestConfig(Edge.SALT, other, false, null, other.resolve("salts"), 3);
        try (Edge limited = new Edge(journal, config, true);
                Http client = limited.connect()) {
            for (int i = 0; i < 3; i++) {
                assertTaken(client.post(EVENTS, AUDIT, "X-API-Key", Edge.SECRET), 1, "");
            }
            Answer answer = client.post(EVENTS, AUDIT, "X-API-Key", Edge.SECRET);
            assertThat(answer.status()).isEqualTo(429);
            assertThat(answer.header("retry-after")).isEqualTo("60");
            assertThat(answer.body()).startsWith("{\"error\":\"Too many requests");
            assertTaken(client.post(EVENTS, AUDIT, "X-API-Key", "1".repeat(64)), 1, "");
            Wait.until(() -> limited.refusals().equals(Map.of(1, Map.of("rate_limit", 1L))));
        }
    }

    @Test
    void limitsWindow_endsAfterAMinute() {
        BatchLimit limit = new BatchLimit(2);
        assertThat(limit.retryAfterSeconds(1, 1_000)).isZero();
        assertThat(limit.retryAfterSeconds(1, 30_000)).isZero();
        assertThat(limit.retryAfterSeconds(1, 30_500)).isEqualTo(31);
        assertThat(limit.retryAfterSeconds(1, 60_999)).isEqualTo(1);
        assertThat(limit.retryAfterSeconds(2, 60_999)).isZero();
        assertThat(limit.retryAfterSeconds(1, 61_000)).isZero();
        assertThat(new BatchLimit(0).retryAfterSeconds(1, 0)).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {1_001, 100_000, 2_000_000})
    void itemOfAnyDepth_costsItselfAlone(int depth) throws IOException {
        String deep = "{\"type\":\"audit\",\"action\":\"a\",\"context\":" + "[".repeat(depth) + "]".repeat(depth) + "}";
        assertTaken(post("[" + deep + "," + AUDIT + "]"), 1, item(0, "context is nested deeper than 64"));
    }

    @Test
    void bracketsAndCommasInTexts_endNoItem() throws IOException {
        String odd = "{\"type\":\"audit\",\"action\":\"a,]}\\\"[{\\\\\"}";
        assertTaken(post(" [ " + odd + " ,\n" + AUDIT + " ] "), 2, "");
        assertThat(((AuditEvent) edge.records().get(0).event()).action()).isEqualTo("a,]}\"[{\\");
        assertTaken(post("[" + AUDIT + "," + AUDIT + AUDIT + ",{\"a\":1],tru]"), 1, """
                {"index":1,"reason":"Unexpected data after the JSON object"},\
                {"index":2,"reason":"Invalid or missing JSON body"},\
                {"index":3,"reason":"Invalid or missing JSON body"}""");
    }

    @Test
    void largeBodyWithoutASecretKey_isRefusedByItsKey() throws Exception {
        byte[] body = (" ".repeat(4 << 20)).getBytes(StandardCharsets.UTF_8);
        for (String key : new String[] {Edge.PUBLIC, "f".repeat(64), Edge.DISABLED_SECRET}) {
            try (Http client = edge.connect()) {
                assertThat(client.request("POST", EVENTS, body, "X-API-Key", key)
                                .body())
                        .contains("Invalid API key");
            }
        }
        try (Http client = edge.connect()) {
            assertThat(client.request("POST", EVENTS, body).body()).contains("API key is required");
        }
        Wait.until(() -> edge.refusals().equals(Map.of(0, Map.of("key_invalid", 3L, "key_missing", 1L))));
    }

    @Test
    void moreThanThereIsRoomFor_are503_untilOneIsAnswered() throws Exception {
        int all = edge.ingest.batchRoom().drainPermits();
        assertThat(all).isEqualTo(Batch.AT_ONCE_MAX);
        Answer answer = post(AUDIT);
        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.header("retry-after")).isEqualTo("2");
        edge.ingest.batchRoom().release(all);
        assertTaken(post(AUDIT), 1, "");
        Wait.until(() -> edge.refusals().equals(Map.of(1, Map.of("busy", 1L))));
    }

    @Test
    void everyEnd_givesItsRoomBack() throws Exception {
        for (int i = 0; i < 2 * Batch.AT_ONCE_MAX; i++) {
            assertThat(post(AUDIT).status()).isEqualTo(202);
            assertThat(post("[1]").status()).isEqualTo(202);
            assertThat(post("nonsense").status()).isEqualTo(400);
            assertThat(post(AUDIT, "Content-Encoding", "gzip").status()).isEqualTo(400);
            try (Http leaving = edge.connect()) {
                leaving.send("POST", EVENTS, AUDIT.getBytes(StandardCharsets.UTF_8), "X-API-Key", Edge.SECRET);
            }
        }
        Wait.until(() -> edge.ingest.batchRoom().availablePermits() == Batch.AT_ONCE_MAX);
    }

    @Test
    void withoutASnapshot_is503AndCountedOnce(@TempDir Path other) throws Exception {
        JournalConfig journal = new JournalConfig(other, "hourly", Duration.ofDays(7), 20L << 30, 0, 64);
        try (Edge waiting = new Edge(journal, false);
                Http client = waiting.connect()) {
            Answer answer = client.post(EVENTS, AUDIT, "X-API-Key", Edge.SECRET);
            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.header("retry-after")).isEqualTo("2");
            Wait.until(() -> waiting.refusals().equals(Map.of(0, Map.of("no_snapshot", 1L))));
        }
    }

    @Test
    void closedJournal_is503() throws IOException {
        edge.closeJournal();
        Answer answer = post(AUDIT);
        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.header("retry-after")).isEqualTo("2");
    }

    @Test
    void journalThatRefusesWhatWasRead_countsEveryEvent(@TempDir Path other) throws Exception {
        AtomicReference<Runnable> onTime = new AtomicReference<>(() -> {});
        try (Edge failing = whoseClockDoes(onTime, other);
                Http client = failing.connect()) {
            // Between the look at the headers and the offer.
            onTime.set(failing::closeJournal);
            Answer answer = client.post(EVENTS, "[" + AUDIT + ",5," + VIEW + "]", "X-API-Key", Edge.SECRET);
            assertThat(answer.status()).isEqualTo(503);
            assertThat(failing.ingest.rejected()).containsEntry("journal", 2L).containsEntry("body", 1L);
            assertThat(failing.ingest.accepted()).isZero();
            Wait.until(() -> failing.ingest.batchRoom().availablePermits() == Batch.AT_ONCE_MAX);
        }
    }

    @Test
    void errorWhileABatchIsRead_is503AndTheConnectionGoesOn(@TempDir Path other) throws IOException {
        AtomicReference<Runnable> onTime = new AtomicReference<>(() -> {});
        try (Edge failing = whoseClockDoes(onTime, other);
                Http client = failing.connect()) {
            onTime.set(() -> {
                if (Thread.currentThread().getName().equals("ingest-batch")) {
                    throw new StackOverflowError("as a test wants it");
                }
            });
            Answer answer = client.post(EVENTS, AUDIT, "X-API-Key", Edge.SECRET);
            assertThat(answer.status()).isEqualTo(503);
            onTime.set(() -> {});
            assertTaken(client.post(EVENTS, AUDIT, "X-API-Key", Edge.SECRET), 1, "");
            assertThat(failing.ingest.rejected()).containsEntry("journal", 1L);
        }
    }

    private static Edge whoseClockDoes(AtomicReference<Runnable> onTime, Path directory) {
        return new Edge(
                new JournalConfig(directory, "hourly", Duration.ofDays(7), 20L << 30, 0, 64),
                IngestConfig.withoutPlaces(Edge.SALT, directory),
                true,
                () -> {
                    onTime.get().run();
                    return Edge.NOW;
                });
    }

    @Test
    void cookielessProject_knowsABackendsVisitorForADay() throws IOException {
        edge.ingest.publish(Edge.snapshot(new Privacy(true, true, true, false, List.of())));
        String nobodys = "{\"type\":\"pageview\",\"url\":\"u\"}";
        Answer answer = post("[" + VIEW + "," + nobodys + "," + AUDIT + "]");
        assertThat(answer.body()).contains("\"accepted\":2").contains("visitor_id is required");
        Envelope envelope = edge.records().get(0).envelope();
        assertThat(envelope.cookieless()).isTrue();
        assertThat(envelope.visitorId()).isNotZero().isEqualTo(envelope.sessionToken());
    }

    private Answer post(String body, String... headers) throws IOException {
        String[] all = Arrays.copyOf(headers, headers.length + 2);
        all[headers.length] = "X-API-Key";
        all[headers.length + 1] = Edge.SECRET;
        return http.request("POST", EVENTS, body.getBytes(StandardCharsets.UTF_8), all);
    }

    private Answer packed(byte[] body) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
            gzip.write(body);
        }
        return http.request("POST", EVENTS, bytes.toByteArray(), "X-API-Key", Edge.SECRET, "Content-Encoding", "gzip");
    }

    private static String item(int index, String reason) {
        return "{\"index\":" + index + ",\"reason\":\"" + reason + "\"}";
    }

    private static void assertTaken(Answer answer, int accepted, String rejected) {
        assertThat(answer.body())
                .isEqualTo("{\"success\":true,\"message\":\"OK\",\"data\":{\"accepted\":" + accepted + ",\"rejected\":["
                        + rejected + "]}}");
        assertThat(answer.status()).isEqualTo(202);
    }
}

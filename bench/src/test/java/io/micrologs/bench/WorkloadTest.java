package io.micrologs.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class WorkloadTest {
    private static final int EVENTS = 2 * Workload.VISITORS_AT_ONCE * Workload.SESSIONS_EACH * Workload.PAGES_EACH;

    private final ObjectMapper json = new ObjectMapper();

    private record Seen(String head, JsonNode body, int bodyBytes) {
        String header(String name) {
            int at = head.indexOf("\r\n" + name + ": ");
            assertThat(at).as(name).isPositive();
            return head.substring(at + name.length() + 4, head.indexOf("\r\n", at + 2));
        }
    }

    private Seen next(Workload workload) throws Exception {
        int length = workload.compose();
        String text = new String(workload.bytes(), 0, length, StandardCharsets.UTF_8);
        int head = text.indexOf("\r\n\r\n") + 4;
        String body = text.substring(head);
        return new Seen(text.substring(0, head), json.readTree(body), body.getBytes(StandardCharsets.UTF_8).length);
    }

    private static Workload workload(long run) {
        return new Workload("127.0.0.1:8080", "localhost", "0123456789abcdef0123456789abcdef", run);
    }

    @Test
    void everyRequest_isWellFormedAndFreshInThisRun() throws Exception {
        Workload workload = workload(0x1234_5678_9abc_def0L);
        Set<String> views = new HashSet<>();
        Set<String> ids = new HashSet<>();
        Set<String> sessions = new HashSet<>();
        Set<String> urls = new HashSet<>();
        Set<String> fingerprints = new HashSet<>();
        Map<String, String> agents = new HashMap<>();
        Map<String, String> addresses = new HashMap<>();
        Map<String, String> owners = new HashMap<>();
        for (int i = 0; i < EVENTS; i++) {
            Seen seen = next(workload);
            assertThat(seen.header("Content-Length")).isEqualTo("" + seen.bodyBytes());
            String visitor = seen.body().get("visitor_id").asText();
            assertThat(views.add(visitor + " " + seen.body().get("url").asText()))
                    .isTrue();
            assertThat(ids.add(seen.body().get("event_id").asText())).isTrue();
            assertThat(seen.body().get("event_id").asText()).matches("[A-Za-z0-9_-]{1,64}");
            String session = seen.body().get("session_token").asText();
            sessions.add(session);
            assertThat(owners.merge(session, visitor, (old, now) -> old)).isEqualTo(visitor);
            urls.add(seen.body().get("url").asText().replaceAll("\\?.*", ""));
            if (seen.body().has("fingerprint")) {
                assertThat(fingerprints.add(seen.body().get("fingerprint").asText()))
                        .isTrue();
            }
            String agent = seen.header("User-Agent");
            assertThat(agents.merge(visitor, agent, (old, now) -> old)).isEqualTo(agent);
            String address = seen.header("X-Forwarded-For");
            assertThat(addresses.merge(visitor, address, (old, now) -> old)).isEqualTo(address);
            assertThat(seen.header("Accept-Language")).isNotEmpty();
        }
        int visitors = 2 * Workload.VISITORS_AT_ONCE;
        assertThat(agents).hasSize(visitors);
        assertThat(workload.visitors()).isEqualTo(visitors);
        assertThat(fingerprints).hasSize(visitors);
        assertThat(sessions).hasSize(visitors * Workload.SESSIONS_EACH);
        assertThat(workload.sessions()).isEqualTo(visitors * Workload.SESSIONS_EACH);
        assertThat(workload.events()).isEqualTo(EVENTS);
        assertThat(urls.size()).isGreaterThan(4_900);
        assertThat(new HashSet<>(agents.values()).size()).isGreaterThan(2_500);
        assertThat(new HashSet<>(addresses.values())).hasSize(visitors);
        assertThat(workload.bodyBytes() / workload.events()).isBetween(400L, 440L);
    }

    @Test
    void batch_isOneEventALineWithIdsOfItsOwn() throws Exception {
        Workload workload = Workload.batches("127.0.0.1:8080", "localhost", "5ec2e7", 7, 1_000);
        Set<String> ids = new HashSet<>();
        for (int i = 0; i < 3; i++) {
            int length = workload.compose();
            String text = new String(workload.bytes(), 0, length, StandardCharsets.UTF_8);
            int head = text.indexOf("\r\n\r\n") + 4;
            assertThat(text).startsWith("POST /api/v1/events HTTP/1.1\r\n").contains("\r\nX-API-Key: 5ec2e7\r\n");
            String body = text.substring(head);
            assertThat(Integer.parseInt(text.replaceAll("(?s).*Content-Length: (\\d+).*", "$1")))
                    .isEqualTo(body.getBytes(StandardCharsets.UTF_8).length);
            for (String line : body.split("\n")) {
                JsonNode event = json.readTree(line);
                assertThat(event.get("type").asText()).isEqualTo("pageview");
                assertThat(ids.add(event.get("event_id").asText())).isTrue();
            }
        }
        assertThat(ids).hasSize(3_000);
        assertThat(workload.events()).isEqualTo(3_000);
    }

    @Test
    void addresses_areAHundredThousandPublicOnes() {
        Set<String> addresses = new HashSet<>();
        for (byte[] address : new WorkloadPieces("localhost").addresses) {
            String text = new String(address, StandardCharsets.US_ASCII);
            assertThat(text).matches("1(2[89]|[3-8]\\d|9[01])\\.1\\d\\d\\.1\\d\\d\\.7");
            addresses.add(text);
        }
        assertThat(addresses).hasSize(Workload.ADDRESSES);
    }

    @Test
    void visitorsAndSessions_whileTheFirstStillCome() {
        Workload workload = workload(1);
        for (int i = 0; i < Workload.VISITORS_AT_ONCE * Workload.PAGES_EACH + 5; i++) {
            workload.compose();
        }
        assertThat(workload.visitors()).isEqualTo(Workload.VISITORS_AT_ONCE);
        assertThat(workload.sessions()).isEqualTo(Workload.VISITORS_AT_ONCE + 5);
    }

    @Test
    void twoRuns_shareNoIds() throws Exception {
        Workload one = workload(Workload.mix(1));
        Workload other = workload(Workload.mix(2));
        for (int i = 0; i < 10; i++) {
            JsonNode a = next(one).body();
            JsonNode b = next(other).body();
            for (String field : new String[] {"visitor_id", "session_token", "event_id"}) {
                assertThat(a.get(field).asText()).isNotEqualTo(b.get(field).asText());
            }
        }
    }
}

package io.micrologs.contract;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.micrologs.contract.Installation.Project;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

/** Many events in one request. */
class BatchContractIT {
    private static final Installation SERVER = Installation.shared();
    private static final int MIB = 1 << 20;

    private static Call batch(Project project, String body) {
        return SERVER.post("/api/v1/events").key(project.secretKey()).body(body);
    }

    private static String item(int number) {
        return switch (number % 3) {
            case 0 ->
                "{\"type\":\"pageview\",\"url\":\"https://shop.example/" + number
                        + "\",\"visitor_id\":\"v\",\"session_token\":\"s\"}";
            case 1 -> "{\"type\":\"error\",\"message\":\"m\"}";
            default ->
                "{\"type\":\"audit\",\"action\":\"a\",\"event_id\":\"id-" + number
                        + "\",\"occurred_at\":\"2026-01-02T03:04:05.678+01:00\"}";
        };
    }

    private static void counts(Project project, int pageviews, int errors, int audits) {
        SERVER.awaitLoaded(project);
        assertThat(analytics(project, "visitors.php").path("total_pageviews").asInt())
                .isEqualTo(pageviews);
        assertThat(analytics(project, "errors-trend.php")
                        .path("total_occurrences")
                        .asInt())
                .isEqualTo(errors);
        assertThat(analytics(project, "audits.php?limit=200").path("count").asInt())
                .isEqualTo(Math.min(200, audits));
    }

    private static JsonNode analytics(Project project, String name) {
        return SERVER.get("/api/analytics/" + name).key(project.secretKey()).ok();
    }

    private static void isAccepted(Call call, int accepted) {
        Call.Answer answer = call.send();
        assertThat(answer.status() + " " + answer.body())
                .isEqualTo("202 {\"success\":true,\"message\":\"OK\",\"data\":{\"accepted\":" + accepted
                        + ",\"rejected\":[]}}");
    }

    @Test
    void arrayAndLines_plainAndGzip_areTheSame() {
        Project project = SERVER.project();
        List<String> items = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            items.add(item(i));
        }
        isAccepted(batch(project, "[" + String.join(",", items) + "]"), 1_000);
        counts(project, 334, 333, 333);
        Project lines = SERVER.project();
        isAccepted(
                SERVER.post("/api/v1/events")
                        .key(lines.secretKey())
                        .header("Content-Type", "application/x-ndjson")
                        .header("Content-Encoding", "gzip")
                        .body(gzip(String.join("\n", items) + "\n")),
                1_000);
        counts(lines, 334, 333, 333);
        items.add(item(1_000));
        assertThat(batch(project, "[" + String.join(",", items) + "]").send().status())
                .isBetween(400, 413);
    }

    @Test
    void oneBadItem_doesNotRefuseTheRest() {
        Project project = SERVER.project();
        String body = "["
                + String.join(
                        ",",
                        item(0),
                        "{\"type\":\"click\"}",
                        "{\"url\":\"x\"}",
                        "7",
                        "{\"type\":\"audit\"}",
                        "{\"type\":\"audit\",\"action\":\"a\",\"occurred_at\":\"yesterday\"}",
                        "{\"type\":\"audit\",\"action\":\"a\",\"event_id\":\"a b\"}",
                        item(1))
                + "]";
        Call.Answer answer = batch(project, body).send();
        assertThat(answer.status()).isEqualTo(202);
        JsonNode data = answer.json().path("data");
        assertThat(data.path("accepted").asInt()).isEqualTo(2);
        assertThat(data.path("rejected").findValuesAsText("index")).containsExactly("1", "2", "3", "4", "5", "6");
        assertThat(data.path("rejected").get(3).path("reason").asText()).isEqualTo("action is required");
        assertThat(data.path("rejected").findValuesAsText("reason")).noneMatch(String::isBlank);
        counts(project, 1, 1, 0);
    }

    @Test
    void repeatedBatch_countsOnce_byItsEventIds() {
        Project project = SERVER.project();
        isAccepted(batch(project, "[" + item(2) + "," + item(5) + "]"), 2);
        isAccepted(batch(project, "[" + item(2) + "," + item(5) + "]"), 2);
        counts(project, 0, 0, 2);
    }

    @Test
    void refusals() {
        Project project = SERVER.project();
        batch(project, item(2)).key("").send().isRefusal(401, "API key is required");
        batch(project, item(2)).key(project.publicKey()).send().isRefusal(401, "Invalid API key");
        SERVER.get("/api/v1/events").key(project.secretKey()).send().isRefusal(405, "Method not allowed");
        for (String bad : List.of("", "[", "[1,", "nonsense")) {
            assertThat(batch(project, bad).send().status()).as(bad).isEqualTo(400);
        }
        assertThat(batch(project, "[" + " ".repeat(4 * MIB) + "]").send().status())
                .isEqualTo(413);
        assertThat(batch(project, "")
                        .body(gzip("[" + " ".repeat(5 * MIB) + "]"))
                        .header("Content-Encoding", "gzip")
                        .send()
                        .status())
                .isEqualTo(413);
        assertThat(batch(project, "no gzip")
                        .header("Content-Encoding", "gzip")
                        .send()
                        .status())
                .isEqualTo(400);
        SERVER.awaitLoaded(project);
        assertThat(SERVER.ledger(project).path("accepted").asInt()).isZero();
    }

    private static byte[] gzip(String text) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
            gzip.write(text.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }
}

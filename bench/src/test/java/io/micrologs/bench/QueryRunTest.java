package io.micrologs.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrologs.bench.report.Report;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QueryRunTest {
    private static final String KEY = "k".repeat(64);
    private static final LocalDate UNTIL = LocalDate.parse("2026-11-01");

    private final List<String> asked = new CopyOnWriteArrayList<>();
    private volatile String errors = "[{\"id\":17}]";
    private volatile int status = 200;
    private ServerSocket server;

    @BeforeEach
    void start() throws IOException {
        server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
        Thread thread = new Thread(this::serve, "stand-in");
        thread.setDaemon(true);
        thread.start();
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    /** One connection after another; each answer in one piece, which the JDK's own server does not do and so takes 40 ms. */
    private void serve() {
        while (!server.isClosed()) {
            try (Socket client = server.accept()) {
                BufferedReader in =
                        new BufferedReader(new InputStreamReader(client.getInputStream(), StandardCharsets.US_ASCII));
                for (String line = in.readLine(); line != null; line = in.readLine()) {
                    String uri = line.split(" ", -1)[1];
                    boolean known = false;
                    for (String header = in.readLine(); header != null && !header.isEmpty(); header = in.readLine()) {
                        known |= header.equalsIgnoreCase("X-API-Key: " + KEY);
                    }
                    client.getOutputStream().write(answer(uri, known));
                }
            } catch (IOException e) {
                // The test is over, or the client has gone.
            }
        }
    }

    private byte[] answer(String uri, boolean known) {
        asked.add(uri);
        int code = !known ? 401 : uri.contains("none0000") ? 404 : status;
        String body = "{\"data\":{\"errors\":" + errors + ",\"links\":[{\"code\":\"abc\"}]}}";
        return ("HTTP/1.1 " + code + " x\r\nContent-Length: " + body.length() + "\r\n\r\n" + body)
                .getBytes(StandardCharsets.US_ASCII);
    }

    private QueryTarget target(String key, @Nullable String restartCommand) {
        URI url = URI.create("http://127.0.0.1:" + server.getLocalPort());
        return QueryTarget.running(url, key, UNTIL, restartCommand);
    }

    private Report measure(QueryPlan plan, @Nullable String restartCommand) {
        return new QueryRun(plan, target(KEY, restartCommand), new PrintWriter(new StringWriter()))
                .measure("the command")
                .report();
    }

    @Test
    void everyEndpoint_isAskedOverBothRanges() {
        Report report = measure(new QueryPlan(2, 0, false), null);
        for (QueryRequest request : QueryRequest.ALL) {
            assertThat(report.figures())
                    .containsKeys(
                            request.name() + ", 30 days, warm ms",
                            "  " + request.name() + ", 30 days, warm to the floor",
                            request.name() + ", 12 months, warm ms");
        }
        assertThat(asked)
                .contains(
                        "/api/analytics/pages.php?range=custom&from=2026-10-02&to=2026-10-31",
                        "/api/analytics/pages.php?range=custom&from=2025-11-01&to=2026-10-31",
                        "/api/analytics/error-detail.php?range=custom&from=2026-10-02&to=2026-10-31&id=17",
                        "/api/analytics/link-detail.php?range=custom&from=2026-10-02&to=2026-10-31&code=abc");
        assertThat(report.conclusion()).isEqualTo("56 questions, every one answered");
        assertThat(report.warnings()).anyMatch(warning -> warning.startsWith("fewer than 20 runs"));
    }

    @Test
    void coldRuns_restartTheDatabaseBeforeEachQuestion(@TempDir Path directory) throws Exception {
        Path restarts = directory.resolve("restarts");
        Report report = measure(new QueryPlan(1, 1, false), "echo x >> " + restarts);
        assertThat(Files.readAllLines(restarts)).hasSize(QueryRequest.ALL.size() * 2);
        assertThat(report.figures()).containsKey("visitors, 12 months, cold ms");
        assertThat(report.warnings()).anyMatch(warning -> warning.contains("page cache was not dropped"));
    }

    @Test
    void coldRunsWithoutAWayToRestart_areLeftOutAndSaid() {
        Report report = measure(new QueryPlan(1, 5, false), null);
        assertThat(report.figures()).doesNotContainKey("visitors, 12 months, cold ms");
        assertThat(report.warnings()).anyMatch(warning -> warning.contains("not measured cold"));
    }

    @Test
    void dataWithoutErrors_leavesOutWhatAsksForOne() {
        errors = "[]";
        Report report = measure(new QueryPlan(1, 0, false), null);
        assertThat(report.figures()).doesNotContainKey("error-detail, 30 days, warm ms");
        assertThat(report.warnings()).anyMatch(warning -> warning.startsWith("error-detail is not measured"));
    }

    @Test
    void anyOtherAnswer_isVoidAndQuoted() {
        status = 500;
        assertThatThrownBy(() -> measure(new QueryPlan(1, 0, false), null))
                .isInstanceOf(BenchException.class)
                .hasMessageContaining("answered 500");
    }

    @Test
    void rateLimit_saysHowToStartTheServer() {
        status = 429;
        assertThatThrownBy(() -> measure(new QueryPlan(1, 0, false), null))
                .isInstanceOf(BenchException.class)
                .hasMessageContaining("--ratelimit.analytics 10000");
    }

    @Test
    void wrongKey_isVoidAtOnce() {
        assertThatThrownBy(() -> new QueryRun(
                                new QueryPlan(1, 0, false), target("other", null), new PrintWriter(new StringWriter()))
                        .measure("the command"))
                .isInstanceOf(BenchException.class)
                .hasMessageContaining("answered 401");
    }

    @Test
    void post_isFilledInLikeAGet() {
        QueryRequest.Days days = QueryRequest.Days.before(UNTIL).get(0);
        QueryRequest request = QueryRequest.post("q", "/api/v1/query", "{\"from\":\"{from}\",\"to\":\"{to}\"}")
                .filledIn(days, new QueryRequest.Found(null, null));
        assertThat(request.body()).isEqualTo("{\"from\":\"2026-10-02\",\"to\":\"2026-10-31\"}");
    }
}

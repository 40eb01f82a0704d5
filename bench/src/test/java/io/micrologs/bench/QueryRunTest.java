package io.micrologs.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.micrologs.bench.report.Figure;
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
import java.util.Locale;
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
    private volatile String countries = "[{\"country_code\":\"DE\"}]";
    private volatile int status = 200;
    private volatile int queryStatus = 200;
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
                    int length = 0;
                    for (String header = in.readLine(); header != null && !header.isEmpty(); header = in.readLine()) {
                        known |= header.equalsIgnoreCase("X-API-Key: " + KEY);
                        length = header.toLowerCase(Locale.ROOT).startsWith("content-length:")
                                ? Integer.parseInt(header.substring("content-length:".length())
                                        .strip())
                                : length;
                    }
                    char[] body = new char[length];
                    for (int read = 0; read < length; read++) {
                        body[read] = (char) in.read();
                    }
                    client.getOutputStream().write(answer(uri + new String(body), known));
                }
            } catch (IOException e) {
                // The test is over, or the client has gone.
            }
        }
    }

    private byte[] answer(String uri, boolean known) {
        asked.add(uri);
        int code =
                !known ? 401 : uri.contains("none0000") ? 404 : uri.startsWith("/api/v1/query") ? queryStatus : status;
        String body = "{\"data\":{\"total_pageviews\":1000,\"errors\":" + errors + ",\"by_country\":" + countries
                + ",\"links\":[{\"code\":\"abc\"}]}}";
        return ("HTTP/1.1 " + code + " x\r\nContent-Length: " + body.length() + "\r\n\r\n" + body)
                .getBytes(StandardCharsets.US_ASCII);
    }

    private QueryTarget target(String key, @Nullable String restartCommand) {
        URI url = URI.create("http://127.0.0.1:" + server.getLocalPort());
        return QueryTarget.running(url, key, UNTIL, restartCommand);
    }

    private static QueryPlan plan(int runs, int coldRuns, String... questions) {
        return new QueryPlan(QueryRequest.named(List.of(questions)), runs, coldRuns, false);
    }

    private QueryReport run(QueryPlan plan, @Nullable String restartCommand) {
        return new QueryRun(plan, target(KEY, restartCommand), new PrintWriter(new StringWriter()))
                .measure("the command");
    }

    private Report measure(QueryPlan plan, @Nullable String restartCommand) {
        return run(plan, restartCommand).report(null);
    }

    @Test
    void everyQuestion_isAskedOverBothRangesAndOfOneCountry() {
        Report report = measure(plan(2, 0), null);
        for (QueryRequest request : QueryRequest.ALL) {
            assertThat(report.figures())
                    .containsKeys(
                            request.name() + ", 30 days, warm ms",
                            "  " + request.name() + ", 30 days, warm to the floor");
        }
        assertThat(report.figures())
                .containsKeys(
                        "pages, 12 months, warm ms",
                        "query: pages, 12 months, warm ms",
                        "query: pages, 30 days, one country, warm ms")
                .doesNotContainKeys("query: by hour, 12 months, warm ms", "pages, 30 days, one country, warm ms");
        assertThat(report.figures().get("pageviews in 12 months").first()).isEqualTo(1_000);
        assertThat(asked)
                .contains(
                        "/api/analytics/pages.php?range=custom&from=2026-10-02&to=2026-10-31",
                        "/api/analytics/pages.php?range=custom&from=2025-11-01&to=2026-10-31",
                        "/api/analytics/error-detail.php?range=custom&from=2026-10-02&to=2026-10-31&id=17",
                        "/api/analytics/link-detail.php?range=custom&from=2026-10-02&to=2026-10-31&code=abc",
                        "/api/v1/query{\"metrics\":[\"visits\"],\"dimensions\":[\"exit_page\"],\"range\":\"custom\","
                                + "\"from\":\"2025-11-01\",\"to\":\"2026-10-31\",\"filters\":[]}",
                        "/api/v1/query{\"metrics\":[\"visits\"],\"dimensions\":[\"exit_page\"],\"range\":\"custom\","
                                + "\"from\":\"2026-10-02\",\"to\":\"2026-10-31\",\"filters\":[{\"dimension\":\"country\","
                                + "\"operator\":\"is\",\"values\":[\"DE\"]}]}");
        assertThat(report.warnings()).anyMatch(warning -> warning.startsWith("fewer than 20 runs"));
    }

    @Test
    void questions_canBeNamed() {
        Report report = measure(plan(3, 0, "utm", "pages"), null);
        assertThat(report.conclusion()).isEqualTo("12 questions, every one answered");
        assertThat(report.results()).containsEntry("questions", 12L);
        assertThat(asked).noneMatch(uri -> uri.startsWith("/api/v1/query"));
    }

    @Test
    void unknownQuestion_isRefusedWithAllNames() {
        assertThatThrownBy(() -> QueryRequest.named(List.of("pages", "everything")))
                .isInstanceOf(BenchException.class)
                .hasMessageContaining("--questions has no everything")
                .hasMessageContaining("contract, dashboard, visitors, ")
                .hasMessageContaining("query: by day");
    }

    @Test
    void names_areDistinctAndFitAListByCommas() {
        assertThat(QueryRequest.ALL.stream().map(QueryRequest::name))
                .doesNotHaveDuplicates()
                .noneMatch(name -> name.contains(","));
    }

    @Test
    void serverWithoutTheQueryEndpoint_isSaidBeforeAnythingIsMeasured() {
        queryStatus = 404;
        assertThatThrownBy(() -> measure(plan(20, 0), null))
                .isInstanceOf(BenchException.class)
                .hasMessageContaining("does not know POST /api/v1/query")
                .hasMessageContaining("--questions contract");
        assertThat(asked).hasSizeLessThan(100);
    }

    @Test
    void serverWithoutTheQueryEndpoint_canBeAskedForTheContract() {
        queryStatus = 404;
        assertThat(measure(plan(1, 0, "contract"), null).conclusion()).isEqualTo("28 questions, every one answered");
    }

    @Test
    void dataWithoutCountries_areNotFiltered() {
        countries = "[]";
        Report report = measure(plan(1, 0, "query: pages"), null);
        assertThat(report.figures()).doesNotContainKey("query: pages, 30 days, one country, warm ms");
        assertThat(report.warnings()).anyMatch(warning -> warning.contains("of one country"));
    }

    @Test
    void smallerStore_tellsHowTimesGrow(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("small.json");
        QueryReport run = run(plan(1, 0, "pages"), null);
        run.report(null).writeJson(file);
        Report same = run.report(EarlierReport.read(file));
        assertThat(same.figures().get("  growth of pages, 30 days, warm ms")).isEqualTo(new Figure(1, 1, 1));
        assertThat(same.figures().get("growth of all over 30 days, warm ms")).isEqualTo(new Figure(1, 1, 1));
        assertThat(same.warnings()).contains("the smaller store is not smaller");

        ObjectMapper json = new ObjectMapper();
        ObjectNode all = (ObjectNode) json.readTree(file.toFile());
        ((ObjectNode) all.at("/figures/pageviews in 12 months")).put("p50", 10);
        ((ObjectNode) all.at("/figures/pages, 30 days, warm ms")).put("p50", 1e9);
        json.writeValue(file.toFile(), all);
        Report report = run.report(EarlierReport.read(file));
        assertThat(report.figures().get("  growth of pages, 30 days, warm ms").first())
                .isLessThan(1e-3);
        assertThat(report.warnings()).doesNotContain("the smaller store is not smaller");
    }

    @Test
    void fileThatIsNoReport_isRefused(@TempDir Path directory) throws Exception {
        Path file = Files.writeString(directory.resolve("x.json"), "{\"figures\":{}}");
        assertThatThrownBy(() -> EarlierReport.read(file)).hasMessageContaining("is not what");
        Files.writeString(file, "no json");
        assertThatThrownBy(() -> EarlierReport.read(file)).hasMessageContaining("cannot be read");
        assertThatThrownBy(() -> EarlierReport.read(directory.resolve("none")))
                .isInstanceOf(BenchException.class)
                .hasMessageContaining("none");
    }

    @Test
    void coldRuns_restartTheDatabaseBeforeEachQuestion(@TempDir Path directory) throws Exception {
        Path restarts = directory.resolve("restarts");
        Report report = measure(plan(1, 1, "visitors", "pages"), "echo x >> " + restarts);
        assertThat(Files.readAllLines(restarts)).hasSize(4);
        assertThat(report.figures()).containsKey("visitors, 12 months, cold ms");
        assertThat(report.warnings()).anyMatch(warning -> warning.contains("page cache was not dropped"));
    }

    @Test
    void coldRunsWithoutAWayToRestart_areLeftOutAndSaid() {
        Report report = measure(plan(1, 5), null);
        assertThat(report.figures()).doesNotContainKey("visitors, 12 months, cold ms");
        assertThat(report.warnings()).anyMatch(warning -> warning.contains("not measured cold"));
    }

    @Test
    void dataWithoutErrors_leavesOutWhatAsksForOne() {
        errors = "[]";
        Report report = measure(plan(1, 0), null);
        assertThat(report.figures()).doesNotContainKey("error-detail, 30 days, warm ms");
        assertThat(report.warnings())
                .filteredOn(warning -> warning.startsWith("error-detail is not measured"))
                .hasSize(1);
    }

    @Test
    void anyOtherAnswer_isVoidAndQuoted() {
        status = 500;
        assertThatThrownBy(() -> measure(plan(1, 0), null))
                .isInstanceOf(BenchException.class)
                .hasMessageContaining("answered 500");
    }

    @Test
    void rateLimit_saysHowToStartTheServer() {
        status = 429;
        assertThatThrownBy(() -> measure(plan(1, 0), null))
                .isInstanceOf(BenchException.class)
                .hasMessageContaining("--ratelimit.analytics 10000");
    }

    @Test
    void wrongKey_isVoidAtOnce() {
        assertThatThrownBy(() -> new QueryRun(plan(1, 0), target("other", null), new PrintWriter(new StringWriter()))
                        .measure("the command"))
                .isInstanceOf(BenchException.class)
                .hasMessageContaining("answered 401");
    }

    @Test
    void post_isFilledInLikeAGet() {
        QueryRequest.Span month = QueryRequest.Span.before(UNTIL).get(0);
        QueryRequest request = QueryRequest.post("q", "/api/v1/query", "{\"from\":\"{from}\",\"to\":\"{to}\"}")
                .filledIn(month, QueryRequest.Found.NOTHING);
        assertThat(request.body()).isEqualTo("{\"from\":\"2026-10-02\",\"to\":\"2026-10-31\"}");
    }
}

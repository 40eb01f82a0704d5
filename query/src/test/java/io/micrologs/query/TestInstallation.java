package io.micrologs.query;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.zaxxer.hikari.HikariDataSource;
import io.micrologs.database.TestDatabase;
import io.micrologs.http.HttpConfig;
import io.micrologs.http.HttpServer;
import io.micrologs.http.Routes;
import io.micrologs.loader.Schema;
import io.micrologs.loader.TestLoader;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The REST API on a real socket over a real, fresh schema, with a clock that stands where a test puts it. */
final class TestInstallation implements AutoCloseable {
    static final String ADMIN_KEY = "an admin key that is long enough for its job";

    private static final ObjectMapper MAPPER = new ObjectMapper();

    final HikariDataSource dataSource;
    final QueryApi api;
    final List<ControlSnapshot> published = new CopyOnWriteArrayList<>();
    volatile Instant now;
    volatile @Nullable String locationNote;

    private final String url;
    private final HttpServer server;
    private final HttpClient client = HttpClient.newHttpClient();

    /** A project of the installation; {@code secretKey} as it was shown once. */
    record TestProject(int id, String name, String publicKey, String secretKey, ZoneId zone) {}

    record Answer(int status, String text, JsonNode json, HttpResponse<byte[]> response) {
        String message() {
            return json.path("message").textValue();
        }

        JsonNode data() {
            return json.path("data");
        }
    }

    private TestInstallation(String schema, Instant now, ZoneId zone, JournalCounts journal) {
        this.now = now;
        TestDatabase database = TestDatabase.shared();
        url = database.jdbcUrl(schema);
        dataSource = QueryPool.open(url, database.user(), database.password());
        Schema.migrate(dataSource);
        api = new QueryApi(
                new QueryConfig(Keys.sha256(ADMIN_KEY), zone, null, QueryConfig.LINKS_MAX),
                dataSource,
                new QueryEdges(published::add, journal, () -> locationNote),
                () -> this.now);
        Routes.Builder routes = Routes.builder();
        api.routes(routes);
        server = HttpServer.start(HttpConfig.defaults("127.0.0.1", 0), routes.build());
    }

    static TestInstallation start(String schema, Instant now) {
        return start(schema, now, ZoneOffset.UTC);
    }

    static TestInstallation start(String schema, Instant now, ZoneId zone) {
        return new TestInstallation(
                schema, now, zone, QueryEdges.of(changed -> {}).journal());
    }

    static TestInstallation start(String schema, Instant now, JournalCounts journal) {
        return new TestInstallation(schema, now, ZoneOffset.UTC, journal);
    }

    TestProject project(String name, ZoneId zone) throws SQLException {
        ProjectStore.Created created = api.projects().create(name, List.of("example.com"), zone);
        return new TestProject(created.id(), created.name(), created.publicKey(), created.secretKey(), zone);
    }

    /** {@code headers}: names and values in turn. */
    Answer get(String pathAndQuery, String... headers) throws IOException, InterruptedException {
        return send(request(pathAndQuery, headers).GET().build());
    }

    /** From another server than this installation's own. */
    Answer getFrom(int port, String pathAndQuery, String... headers) throws IOException, InterruptedException {
        return send(request(port, pathAndQuery, headers).GET().build());
    }

    Answer analytics(String endpointAndQuery, TestProject project) throws IOException, InterruptedException {
        return get("/api/analytics/" + endpointAndQuery, "X-API-Key", project.secretKey());
    }

    Answer post(String path, String body, String... headers) throws IOException, InterruptedException {
        return send(request(path, headers)
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build());
    }

    Answer method(String method, String path) throws IOException, InterruptedException {
        return send(request(path)
                .method(method, HttpRequest.BodyPublishers.noBody())
                .build());
    }

    void update(String sql, Object... values) throws SQLException {
        Sql.inTransaction(dataSource, open -> open.update(sql, values));
    }

    /** Has the loader count what was written by hand; of these projects, or of all. */
    void countAgain(TestProject... projects) {
        TestLoader.count(url, Stream.of(projects).mapToInt(TestProject::id).toArray());
    }

    /** The same of all projects; weeks and months that were over when the last event came are summed up, too. */
    void countAndClose(Instant last) {
        TestLoader.countAndClose(url, last.toEpochMilli());
    }

    /** Another process's API over the same database. */
    Second second(QueryConfig config) {
        return new Second(config);
    }

    final class Second implements AutoCloseable {
        private final HttpServer server;

        private Second(QueryConfig config) {
            Routes.Builder routes = Routes.builder();
            new QueryApi(config, dataSource, changed -> {}, () -> now).routes(routes);
            server = HttpServer.start(HttpConfig.defaults("127.0.0.1", 0), routes.build());
        }

        Answer post(String path, String body, TestProject project) throws IOException, InterruptedException {
            return send(request(server.port(), path, "X-API-Key", project.secretKey())
                    .POST(HttpRequest.BodyPublishers.ofString(body))
                    .build());
        }

        @Override
        public void close() {
            server.close();
        }
    }

    /** The one number {@code n} that {@code sql} selects. */
    long count(String sql, Object... values) throws SQLException {
        return Sql.inTransaction(dataSource, open -> open.one(sql, row -> row.getLong("n"), values));
    }

    static String encoded(String value) {
        return URLEncoder.encode(value, UTF_8);
    }

    private HttpRequest.Builder request(String pathAndQuery, String... headers) {
        return request(server.port(), pathAndQuery, headers);
    }

    private static HttpRequest.Builder request(int port, String pathAndQuery, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + pathAndQuery));
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        return request;
    }

    private Answer send(HttpRequest request) throws IOException, InterruptedException {
        HttpResponse<byte[]> response = client.send(request, HttpResponse.BodyHandlers.ofByteArray());
        String text = new String(response.body(), UTF_8);
        return new Answer(response.statusCode(), text, MAPPER.readTree(text), response);
    }

    @Override
    public void close() {
        server.close();
        dataSource.close();
    }
}

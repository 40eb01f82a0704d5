package io.micrologs.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.micrologs.database.TestDatabase;
import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** A real {@code micrologs} in a process of its own, the leader of its own process group, driven over HTTP and by signals. */
final class ServerProcess implements AutoCloseable {
    /** Whoever sends a pageview has to look like a browser. */
    static final String BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0";

    static final ObjectMapper JSON = new ObjectMapper();
    private static final AtomicInteger SCHEMAS = new AtomicInteger();
    private static final Duration START_MAX = Duration.ofSeconds(90);
    private static final HttpClient HTTP =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();

    private final Path data;
    private final int port;
    private final Launch launch;
    private final List<String> arguments;
    private final Path output;
    private Process process;

    /**
     * How the process is started.
     *
     * @param before a program that starts it, such as {@code nsenter}, with its arguments
     * @param jvm more flags for Java
     */
    record Launch(List<String> before, List<String> jvm) {
        static final Launch PLAIN = new Launch(List.of(), List.of());
    }

    private ServerProcess(Launch launch, Path data, int port, List<String> arguments) {
        this.launch = launch;
        this.data = data;
        this.port = port;
        this.arguments = List.copyOf(arguments);
        // Beside the directory as this process sees it, which may be full.
        this.output = logOf(data);
        this.process = launch();
    }

    /**
     * {@code micrologs serve} on a free port, answering when this returns. With {@code -Dtest.database=mysql} it has a
     * schema of its own on a real MySQL 8, unless {@code more} names a database.
     */
    static ServerProcess serve(Path data, String... more) {
        List<String> arguments = new ArrayList<>(List.of(more));
        if (System.getProperty("test.database", "").equals("mysql") && !arguments.contains("--database.url")) {
            String url = TestDatabase.shared().jdbcUrl("server_" + SCHEMAS.incrementAndGet());
            arguments.addAll(List.of(onDatabase(url)));
        }
        ServerProcess server = start(data, freePort(), "serve", arguments.toArray(String[]::new));
        try {
            server.awaitAccepting();
            return server;
        } catch (AssertionError e) {
            // Nobody else knows of it.
            server.close();
            throw e;
        }
    }

    /**
     * What puts a server on the shared database.
     *
     * @param url as {@link TestDatabase#jdbcUrl} gave it, which makes the schema anew each time it is asked
     */
    static String[] onDatabase(String url) {
        TestDatabase database = TestDatabase.shared();
        return new String[] {
            "--database.url", url.replaceAll("[?].*", ""),
            "--database.user", database.user(),
            "--database.password", database.password()
        };
    }

    static ServerProcess start(Path data, int port, String command, String... more) {
        return start(Launch.PLAIN, data, data, port, command, more);
    }

    /** @param data where this process finds the directory that the server calls {@code dataDir} */
    static ServerProcess start(Launch launch, Path dataDir, Path data, int port, String command, String... more) {
        List<String> arguments = new ArrayList<>(
                List.of(command, "--data.dir", dataDir.toString(), "--http.port", String.valueOf(port)));
        arguments.addAll(List.of(more));
        if (!arguments.contains("--ratelimit.enabled")) {
            // A test is one address, and asks until something is there.
            arguments.addAll(List.of("--ratelimit.enabled", "false"));
        }
        return new ServerProcess(launch, data, port, arguments);
    }

    /** The same server again, on the same directory and port. */
    void restart() {
        process = launch();
        awaitAccepting();
    }

    private Process launch() {
        List<String> command = new ArrayList<>(launch.before());
        command.addAll(List.of("setsid", javaBinary()));
        command.addAll(launch.jvm());
        command.addAll(List.of(System.getProperty("test.jvm.opens").trim().split("\\s+")));
        // Most of these live for seconds: the optimizing compiler would take half of their processor time.
        command.add("-XX:TieredStopAtLevel=1");
        command.addAll(List.of("-Xmx512m", "-cp", System.getProperty("java.class.path"), Main.class.getName()));
        command.addAll(arguments);
        try {
            return new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()))
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path logOf(Path data) {
        try {
            return data.startsWith("/proc")
                    ? Files.createTempFile("micrologs-", ".log")
                    : data.resolveSibling(data.getFileName() + ".log");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String javaBinary() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void awaitAccepting() {
        await("the first project's events to be accepted", START_MAX, () -> {
            assertThat(process.isAlive())
                    .as("the server lives; it said:%n%s", output())
                    .isTrue();
            return Files.exists(data.resolve("first-project.txt"))
                    && health().path("checks").has("journal")
                    && post("/api/track/audit.php", secretKey(), "{}").statusCode() == 400;
        });
    }

    static void await(String what, Duration most, BooleanSupplier condition) {
        await(() -> what, most, condition);
    }

    /** @param what said when it was in vain */
    static void await(Supplier<String> what, Duration most, BooleanSupplier condition) {
        long deadline = System.nanoTime() + most.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                fail("waited %s in vain for %s", most, what.get());
            }
            try {
                TimeUnit.MILLISECONDS.sleep(20);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }
    }

    String url() {
        return "http://127.0.0.1:" + port;
    }

    int port() {
        return port;
    }

    Path data() {
        return data;
    }

    String publicKey() {
        return firstProject().getProperty("public_key");
    }

    String secretKey() {
        return firstProject().getProperty("secret_key");
    }

    private Properties firstProject() {
        return properties(data.resolve("first-project.txt"));
    }

    String adminKey() {
        return properties(data.resolve("secrets.properties")).getProperty("admin.key");
    }

    static Properties properties(Path file) {
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file)) {
            properties.load(reader);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return properties;
    }

    /** The answer's {@code data}; the request must have succeeded. */
    JsonNode get(String pathAndQuery, String key) {
        HttpResponse<String> response =
                send(request(pathAndQuery).header("X-API-Key", key).build());
        assertThat(response.statusCode())
                .as("%s: %s", pathAndQuery, response.body())
                .isEqualTo(200);
        return json(response.body()).path("data");
    }

    /** All projects, by the admin key. */
    JsonNode list() {
        return json(send(request("/api/projects/list.php")
                                .header("X-Admin-Key", adminKey())
                                .build())
                        .body())
                .path("data");
    }

    HttpResponse<String> post(String path, String key, String body) {
        return send(posting(path, key, body).build());
    }

    /** As a trusted proxy passes it on. */
    HttpResponse<String> postFor(String client, String path, String key, String body) {
        return send(posting(path, key, body).header("X-Forwarded-For", client).build());
    }

    private HttpRequest.Builder posting(String path, String key, String body) {
        return request(path)
                .header("X-API-Key", key)
                .header("Content-Type", "application/json")
                .header("User-Agent", BROWSER)
                .header("Accept", "*/*")
                .header("Accept-Language", "en")
                .POST(BodyPublishers.ofString(body));
    }

    /** Health as it is, healthy or not; an empty object while nobody listens. */
    JsonNode health() {
        try {
            return json(HTTP.send(request("/api/health.php").build(), BodyHandlers.ofString())
                    .body());
        } catch (IOException e) {
            return JSON.createObjectNode();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    HttpRequest.Builder request(String pathAndQuery) {
        return HttpRequest.newBuilder(URI.create(url() + pathAndQuery)).timeout(Duration.ofSeconds(20));
    }

    static HttpResponse<String> send(HttpRequest request) {
        try {
            return HTTP.send(request, BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    static JsonNode json(String text) {
        try {
            return JSON.readTree(text);
        } catch (IOException e) {
            throw new UncheckedIOException(text, e);
        }
    }

    String output() {
        try {
            return Files.readString(output);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    long pid() {
        return process.pid();
    }

    boolean alive() {
        return process.isAlive();
    }

    /** {@code kill -9} of the JVM alone. */
    void killJvm() {
        signal("-9", String.valueOf(process.pid()));
        awaitExit();
    }

    /** {@code kill -9} of the JVM and everything it started, wherever that put itself. */
    void killAll() {
        List<String> pids = new ArrayList<>();
        process.descendants().forEach(child -> pids.add(String.valueOf(child.pid())));
        signal("-9", "-" + process.pid());
        for (String pid : pids) {
            signal("-9", pid);
        }
        awaitExit();
    }

    /** The embedded database's process. */
    long databasePid() {
        return process.descendants()
                .filter(child -> child.info().command().orElse("").endsWith("mariadbd"))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no mariadbd below " + process.pid()))
                .pid();
    }

    static void signal(String signal, String target) {
        try {
            new ProcessBuilder("kill", signal, "--", target)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Asks it to stop, as a terminal or systemd does; its exit code. */
    int terminate() {
        signal("-TERM", String.valueOf(process.pid()));
        return awaitExit();
    }

    int awaitExit() {
        return awaitExit(Duration.ofSeconds(60));
    }

    int awaitExit(Duration most) {
        try {
            assertThat(process.waitFor(most.toMillis(), TimeUnit.MILLISECONDS))
                    .as("it ends; it said:%n%s", output())
                    .isTrue();
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        if (process.isAlive()) {
            terminate();
        }
    }

    static Map<String, Object> pageview(String visitor, String session, String url) {
        return Map.of("url", url, "visitor_id", visitor, "session_token", session, "event_id", visitor + "-" + session);
    }

    /** Whether all that is loaded is in the counters that analytics are answered from. */
    boolean isCounted() {
        return get("/api/v1/ledger", secretKey()).path("counted").asBoolean();
    }

    /** Waits until all is loaded, and expects so many pageviews, each of another visitor: acknowledged means counted, once. */
    void assertCounted(int pageviews) {
        JsonNode[] seen = new JsonNode[1];
        JsonNode[] last = new JsonNode[1];
        String what = "the database to answer and the backlog to be loaded";
        ServerProcess.await(() -> what + "; health: " + last[0], Duration.ofSeconds(60), () -> {
            JsonNode health = health();
            last[0] = health;
            if (!health.path("status").asText().equals("healthy")
                    || health.path("checks").path("loader").path("lag_events").asLong(-1) != 0
                    || !isCounted()) {
                return false;
            }
            seen[0] = get("/api/analytics/visitors.php?range=1d", secretKey());
            return true;
        });
        JsonNode ledger = get("/api/v1/ledger", secretKey());
        assertThat(ledger.path("balances").asBoolean()).as("%s", ledger).isTrue();
        assertThat(seen[0].path("total_pageviews").asInt()).isEqualTo(pageviews);
        assertThat(seen[0].path("unique_visitors").asInt()).isEqualTo(pageviews);
        assertThat(seen[0].path("total_sessions").asInt()).isEqualTo(pageviews);
        JsonNode project = list().path("projects").get(0);
        assertThat(project.path("stats").path("total_pageviews").asInt()).isEqualTo(pageviews);
    }
}

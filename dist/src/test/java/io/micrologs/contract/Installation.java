package io.micrologs.contract;

import com.fasterxml.jackson.databind.JsonNode;
import io.micrologs.database.TestDatabase;
import java.io.IOException;
import java.io.Reader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/**
 * The unpacked tarball, started as a user starts it; one for all suites of the JVM. It stands behind a trusted proxy, which
 * the tests play, so that every request can have an address of its own.
 *
 * <p>{@code -Dtest.database=mysql} gives it a real MySQL 8 instead of the embedded database.
 */
final class Installation {
    private static final Duration START_MAX = Duration.ofSeconds(120);
    private static final AtomicInteger PROJECTS = new AtomicInteger();

    private static Installation shared;

    private final String url;
    private final ZoneOffset zone;
    private final String adminKey;

    private Installation(String url, ZoneOffset zone, String adminKey) {
        this.url = url;
        this.zone = zone;
        this.adminKey = adminKey;
    }

    static synchronized Installation shared() {
        if (shared == null) {
            try {
                shared = start();
            } catch (IOException e) {
                throw new IllegalStateException("the packaged server cannot be started", e);
            }
        }
        return shared;
    }

    private static Installation start() throws IOException {
        Path temp = Files.createTempDirectory("micrologs-contract");
        String version = System.getProperty("micrologs.version");
        run(temp, "tar", "-xzf", System.getProperty("micrologs.tarball"));
        Path data = temp.resolve("data");
        Path log = temp.resolve("server.log");
        int port = freePort();
        ZoneOffset zone = zoneOfNoon();
        List<String> command = new ArrayList<>(List.of(
                temp.resolve("micrologs-" + version + "/micrologs").toString(),
                "serve",
                "--data.dir=" + data,
                "--http.port=" + port,
                "--time.zone=" + zone,
                "--trusted.proxies=127.0.0.1"));
        if (System.getProperty("test.database", "mariadb").equals("mysql")) {
            TestDatabase database = TestDatabase.shared();
            command.add("--database.url=" + database.jdbcUrl("contract"));
            command.add("--database.user=" + database.user());
            command.add("--database.password=" + database.password());
        }
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(process, temp)));
        Path secrets = data.resolve("secrets.properties");
        Path firstProject = data.resolve("first-project.txt");
        await("the server to start; its log is " + log, START_MAX, () -> {
            if (!process.isAlive()) {
                throw new IllegalStateException("the server ended: " + read(log));
            }
            return Files.exists(firstProject) && read(log).contains("started in");
        });
        Properties keys = new Properties();
        try (Reader reader = Files.newBufferedReader(secrets)) {
            keys.load(reader);
        }
        return new Installation("http://127.0.0.1:" + port, zone, keys.getProperty("admin.key"));
    }

    /** A zone in which it is about noon, so that no test runs over the end of a day. */
    private static ZoneOffset zoneOfNoon() {
        int hour = Instant.now().atOffset(ZoneOffset.UTC).getHour();
        return ZoneOffset.ofHours(12 - hour);
    }

    private static void stop(Process process, Path temp) {
        try {
            process.destroy();
            if (!process.waitFor(30, TimeUnit.SECONDS)) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
            }
            run(temp.getParent(), "rm", "-rf", temp.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void run(Path directory, String... command) throws IOException {
        try {
            int exit = new ProcessBuilder(command)
                    .directory(directory.toFile())
                    .inheritIO()
                    .start()
                    .waitFor();
            if (exit != 0) {
                throw new IOException(String.join(" ", command) + " ended with " + exit);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static String read(Path file) {
        try {
            return Files.exists(file) ? Files.readString(file) : "";
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    static void await(String what, Duration most, BooleanSupplier condition) {
        long deadline = System.nanoTime() + most.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("waited " + most + " in vain for " + what);
            }
            try {
                TimeUnit.MILLISECONDS.sleep(20);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }
    }

    ZoneOffset zone() {
        return zone;
    }

    String url() {
        return url;
    }

    String adminKey() {
        return adminKey;
    }

    Call call(String method, String path) {
        return new Call(url, method, path);
    }

    Call get(String path) {
        return call("GET", path);
    }

    Call post(String path) {
        return call("POST", path);
    }

    /** A project of its own for a test. */
    Project project(String... domains) {
        List<String> allowed = domains.length == 0 ? List.of("shop.example") : List.of(domains);
        String name = "project " + PROJECTS.incrementAndGet();
        JsonNode data = post("/api/projects/create.php")
                .admin(adminKey)
                .json(java.util.Map.of("name", name, "allowed_domains", allowed))
                .ok();
        return new Project(
                data.path("id").asInt(),
                name,
                data.path("public_key").asText(),
                data.path("secret_key").asText());
    }

    /** Until everything that was accepted for the project so far is in the database, and in the counters. */
    void awaitLoaded(Project project) {
        await("the events of " + project.name() + " to be loaded", Duration.ofSeconds(60), () -> {
            JsonNode ledger = get("/api/v1/ledger").key(project.secretKey()).ok();
            return ledger.path("projects").get(0).path("pending").asLong(-1) == 0
                    && ledger.path("counted").asBoolean();
        });
    }

    /** The project's own line of the ledger. */
    JsonNode ledger(Project project) {
        return get("/api/v1/ledger")
                .key(project.secretKey())
                .ok()
                .path("projects")
                .get(0);
    }

    record Project(int id, String name, String publicKey, String secretKey) {}
}

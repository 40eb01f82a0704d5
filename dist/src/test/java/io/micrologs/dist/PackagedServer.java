package io.micrologs.dist;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** A command of the unpacked tarball, started by its launcher, perhaps by another program before that. */
final class PackagedServer implements AutoCloseable {
    private static final HttpClient HTTP =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();

    private final Path data;
    private final Path output;
    private final int port;
    private final Process process;

    private PackagedServer(Path data, Path output, int port, Process process) {
        this.data = data;
        this.output = output;
        this.port = port;
        this.process = process;
    }

    /** @return the launcher */
    static Path unpack(Path directory) throws Exception {
        Process tar = new ProcessBuilder(
                        "tar", "-xzf", System.getProperty("micrologs.tarball"), "-C", directory.toString())
                .inheritIO()
                .start();
        assertThat(tar.waitFor()).isZero();
        return directory.resolve("micrologs-" + System.getProperty("micrologs.version") + "/micrologs");
    }

    static PackagedServer start(List<String> before, Path launcher, Path data, String command, String... more)
            throws IOException {
        int port = freePort();
        Path output = Files.createTempFile(data.getParent(), command, ".log");
        List<String> line = new ArrayList<>(before);
        line.addAll(List.of(launcher.toString(), command, "--data.dir", data.toString()));
        line.addAll(List.of("--http.port", String.valueOf(port), "--geoip.path", "none"));
        line.addAll(List.of(more));
        ProcessBuilder builder =
                new ProcessBuilder(line).redirectErrorStream(true).redirectOutput(output.toFile());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        return new PackagedServer(data, output, port, builder.start());
    }

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    static void await(String what, PackagedServer server, BooleanSupplier condition) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(240);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime())
                    .as("waited in vain for %s; it said:%n%s", what, server.output())
                    .isLessThan(deadline);
            LockSupport.parkNanos(10_000_000);
        }
    }

    /** What the launcher became, or what was put before it. */
    ProcessHandle handle() {
        return process.toHandle();
    }

    String output() {
        try {
            return Files.readString(output);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Its exit code. */
    int awaitExit() throws InterruptedException {
        assertThat(process.waitFor(150, TimeUnit.SECONDS)).as(output()).isTrue();
        return process.exitValue();
    }

    void awaitListening() {
        await("an answer", this, () -> {
            assertThat(process.isAlive()).as(output()).isTrue();
            return status("GET", "/api/health", "") != 0;
        });
    }

    /** Sends an event of the first project; the answer's status, 0 when nobody answers or there is no project yet. */
    int track() {
        Path file = data.resolve("first-project.txt");
        if (!Files.exists(file)) {
            return 0;
        }
        Properties project = new Properties();
        try (Reader reader = Files.newBufferedReader(file)) {
            project.load(reader);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return status("POST", "/api/track/audit", project.getProperty("secret_key", ""));
    }

    private int status(String method, String path, String key) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(Duration.ofSeconds(20))
                .header("X-API-Key", key.isEmpty() ? "none" : key);
        request.method(
                method, method.equals("GET") ? BodyPublishers.noBody() : BodyPublishers.ofString("{\"action\":\"x\"}"));
        try {
            return HTTP.send(request.build(), BodyHandlers.discarding()).statusCode();
        } catch (IOException e) {
            return 0;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() throws InterruptedException {
        List<ProcessHandle> all = new ArrayList<>(handle().descendants().toList());
        process.destroyForcibly().waitFor();
        all.forEach(ProcessHandle::destroyForcibly);
    }
}

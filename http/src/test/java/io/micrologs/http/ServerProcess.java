package io.micrologs.http;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** A server in a JVM of its own, so that what it costs can be told from what its clients cost. */
final class ServerProcess implements AutoCloseable {
    private final Process process;
    private final int port;

    ServerProcess(Duration headerDeadline, Duration bodyDeadline) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-cp",
                System.getProperty("java.class.path"),
                ServerProcess.class.getName(),
                Long.toString(headerDeadline.toMillis()),
                Long.toString(bodyDeadline.toMillis())));
        process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        String line = out.readLine();
        while (line != null && !line.startsWith("port ")) {
            line = out.readLine();
        }
        if (line == null) {
            throw new IOException("the server did not start");
        }
        port = Integer.parseInt(line.substring("port ".length()));
    }

    int port() {
        return port;
    }

    /** Memory that the process has in RAM. */
    long residentBytes() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc", Long.toString(process.pid()), "status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("\\D", "")) << 10;
            }
        }
        throw new IOException("no VmRSS");
    }

    @Override
    public void close() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(20, TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
    }

    public static void main(String[] deadlinesMs) throws Exception {
        HttpConfig config = new HttpConfig(
                "127.0.0.1",
                0,
                List.of(),
                20_000,
                1_000,
                Duration.ofMillis(Long.parseLong(deadlinesMs[0])),
                Duration.ofMillis(Long.parseLong(deadlinesMs[1])),
                Duration.ofSeconds(300),
                65_536,
                1,
                1);
        Routes routes = Routes.builder()
                .on("/hello", Set.of("GET", "POST"), (LoopEndpoint) e -> e.respond(Reply.json(200, "{}")))
                .build();
        HttpServer server = HttpServer.start(config, routes);
        System.out.println("port " + server.port());
        Thread.currentThread().join();
    }
}

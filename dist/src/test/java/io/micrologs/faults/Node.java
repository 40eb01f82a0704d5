package io.micrologs.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** One process of the packaged program, which can be ended and started again on its port and directory. */
final class Node implements AutoCloseable {
    private static final Duration END_MAX = Duration.ofSeconds(60);

    private final String role;
    private final int port;
    private final List<String> command;
    private final Path log;
    private Process process;

    Node(String role, Path data, int port, List<String> settings) {
        this.role = role;
        this.port = port;
        this.log = data.resolveSibling(role + ".log");
        command = new ArrayList<>(
                List.of(Release.launcher().toString(), role, "--data.dir=" + data, "--http.port=" + port));
        command.addAll(settings);
    }

    /** The moment of the command, from which every promise of a restart counts. */
    long start() {
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        // In a build these processes live for seconds; how long a start takes is measured as users start it.
        builder.environment()
                .put("JDK_JAVA_OPTIONS", Trials.isLong() ? "-Xmx512m" : "-Xmx512m -XX:TieredStopAtLevel=1");
        long nanos = System.nanoTime();
        try {
            process = builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return nanos;
    }

    String role() {
        return role;
    }

    int port() {
        return port;
    }

    long pid() {
        return process.pid();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    String log() {
        try {
            return Files.exists(log) ? Files.readString(log) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@code kill -9} of this process alone. */
    void kill() {
        process.destroyForcibly();
        exitCode();
    }

    /** {@code kill -9} of this process and of the database that it runs, together. */
    void killWithDatabase() {
        ProcessHandle database = database();
        process.destroyForcibly();
        database.destroyForcibly();
        exitCode();
        Await.until(() -> "the end of the database", END_MAX, () -> !database.isAlive());
    }

    /** The embedded database below this process. */
    ProcessHandle database() {
        return process.descendants()
                .filter(child -> child.info().command().orElse("").endsWith("mariadbd"))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no mariadbd below " + role + " " + process.pid()));
    }

    boolean hasDatabase() {
        return process.descendants()
                .anyMatch(child -> child.info().command().orElse("").endsWith("mariadbd"));
    }

    /** As a terminal or systemd stops it. */
    void terminate() {
        process.destroy();
    }

    int exitCode() {
        // Somebody else who waited for its end may have started the next one.
        Process ending = process;
        try {
            if (!ending.waitFor(END_MAX.toSeconds(), TimeUnit.SECONDS)) {
                throw new AssertionError(role + " does not end; it said: " + log());
            }
            return ending.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        if (process != null && process.isAlive()) {
            List<ProcessHandle> children = process.descendants().toList();
            process.destroy();
            try {
                if (!process.waitFor(END_MAX.toSeconds(), TimeUnit.SECONDS)) {
                    children.forEach(ProcessHandle::destroyForcibly);
                    process.destroyForcibly();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}

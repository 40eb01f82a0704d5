package io.micrologs.bench;

import io.micrologs.server.Main;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A role of the program in a process of its own, started as the launcher starts it: the same Java, the same flags, the same
 * jar. It ends with this process.
 */
final class Program implements AutoCloseable {
    private static final long STOP_SECONDS_MAX = 180;
    private static final int LAST_LINES = 5;

    private final String role;
    private final Path log;
    private final Process process;
    private final Thread hook = new Thread(this::stop, "bench-stop");

    private Program(String role, Path log, Process process) {
        this.role = role;
        this.log = log;
        this.process = process;
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /**
     * @param heap as in {@code -Xmx}; null: what Java takes by itself
     * @param options of the role, without {@code --config}
     */
    static Program start(String role, BenchData data, @Nullable String heap, String... options) {
        List<String> command = new ArrayList<>();
        command.add(System.getProperty("java.home") + "/bin/java");
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(flag -> flag.matches("--(add-(opens|exports)|enable-native-access|sun-misc).*"))
                .forEach(command::add);
        command.add("-XX:+ExitOnOutOfMemoryError");
        if (heap != null) {
            command.add("-Xmx" + heap);
        }
        String classPath = System.getProperty("java.class.path");
        // What the jar's manifest opens, it opens for -jar only.
        command.addAll(
                classPath.matches("[^:]*micrologs-server-[^:]*\\.jar")
                        ? List.of("-jar", classPath)
                        : List.of("-cp", classPath, Main.class.getName()));
        command.addAll(List.of(role, "--config", data.settings().toString()));
        command.addAll(List.of(options));
        Path log = data.root().resolve("bench-" + role + ".log");
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        // Its settings are all in the file.
        builder.environment().keySet().removeIf(name -> name.startsWith("MICROLOGS_"));
        try {
            return new Program(role, log, builder.start());
        } catch (IOException e) {
            throw new BenchException("`micrologs " + role + "` could not be started: " + e.getMessage(), e);
        }
    }

    long pid() {
        return process.pid();
    }

    /** Throws with its last words when it is not there any more. */
    void requireAlive() {
        if (!process.isAlive()) {
            throw new BenchException(
                    "`micrologs " + role + "` has ended with " + process.exitValue() + ": " + lastWords());
        }
    }

    /** Whether this text is in what it has printed. */
    boolean said(String text) {
        return Proc.read(log).contains(text);
    }

    String lastWords() {
        List<String> lines =
                Proc.read(log).lines().filter(line -> !line.isBlank()).toList();
        return String.join(" | ", lines.subList(Math.max(0, lines.size() - LAST_LINES), lines.size()));
    }

    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The hook runs already, and does the same.
        }
        stop();
    }

    /** As a supervisor does; its database is stopped by it. */
    private void stop() {
        List<ProcessHandle> children = process.descendants().toList();
        process.destroy();
        try {
            if (!process.waitFor(STOP_SECONDS_MAX, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                children.forEach(ProcessHandle::destroyForcibly);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

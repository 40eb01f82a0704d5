package io.micrologs.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;

/** A {@link BareResponder} in a JVM of its own, which ends with this process. */
final class BareProcess implements AutoCloseable {
    private final Process process;
    private final InetSocketAddress address;

    private BareProcess(Process process, InetSocketAddress address) {
        this.process = process;
        this.address = address;
    }

    /**
     * @param java the {@code java} program to run it with: the server's own, so that both have the same JDK
     * @param answer what it answers to every request
     */
    static BareProcess start(String java, byte[] answer) {
        List<String> command = List.of(
                java,
                "-cp",
                System.getProperty("java.class.path"),
                "-XX:+IgnoreUnrecognizedVMOptions",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                BareResponder.class.getName(),
                Base64.getEncoder().encodeToString(answer));
        try {
            Process process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            BufferedReader out =
                    new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII));
            String port = out.readLine();
            if (port == null) {
                throw new BenchException("the bare responder did not start with " + java);
            }
            return new BareProcess(process, new InetSocketAddress("127.0.0.1", Integer.parseInt(port.trim())));
        } catch (IOException e) {
            throw new BenchException("the bare responder could not be started with " + java + ": " + e.getMessage(), e);
        }
    }

    InetSocketAddress address() {
        return address;
    }

    long pid() {
        return process.pid();
    }

    @Override
    public void close() {
        process.destroy();
    }
}

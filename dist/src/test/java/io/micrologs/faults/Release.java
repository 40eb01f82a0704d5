package io.micrologs.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ThreadLocalRandom;

/** The tarball that users install, unpacked once for all suites of the JVM. */
final class Release {
    private static Path launcher;

    private Release() {}

    static synchronized Path launcher() {
        if (launcher == null) {
            try {
                Path directory = Files.createTempDirectory("micrologs-faults");
                run("tar", "-xzf", System.getProperty("micrologs.tarball"), "-C", directory.toString());
                Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(directory)));
                launcher = directory.resolve("micrologs-" + System.getProperty("micrologs.version") + "/micrologs");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return launcher;
    }

    static void delete(Path directory) {
        run("rm", "-rf", directory.toString());
    }

    private static void run(String... command) {
        try {
            int exit = new ProcessBuilder(command).inheritIO().start().waitFor();
            if (exit != 0) {
                throw new IllegalStateException(String.join(" ", command) + " ended with " + exit);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /**
     * Below the range for outgoing connections: a client that insists on a port of that range while nobody listens there
     * ends up connected to itself. And below the embedded database's.
     */
    static int freePort() {
        while (true) {
            int port = ThreadLocalRandom.current().nextInt(10_000, 20_000);
            try (ServerSocket socket = new ServerSocket()) {
                socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1);
                return port;
            } catch (IOException e) {
                // Taken; the next one.
            }
        }
    }
}

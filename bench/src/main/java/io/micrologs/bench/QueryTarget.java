package io.micrologs.bench;

import io.micrologs.database.DatabaseException;
import io.micrologs.database.EmbeddedDatabase;
import io.micrologs.database.EmbeddedDatabaseConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.sql.SQLException;
import java.time.LocalDate;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** A server that is asked, and its database, which may be restarted below it. Single-threaded. */
final class QueryTarget implements AutoCloseable {
    private final URI url;
    private final String secretKey;
    private final LocalDate until;
    private final String about;
    private final @Nullable String restartCommand;
    private final @Nullable BenchData data;
    /** So that neither outlives this process when it is told to end. */
    private final Thread hook = new Thread(this::stop, "bench-query-stop");

    private @Nullable String describedDatabase;
    private @Nullable LocalDate keptFrom;
    private volatile @Nullable EmbeddedDatabase database;
    private volatile @Nullable Program server;

    private QueryTarget(
            URI url,
            String secretKey,
            LocalDate until,
            String about,
            @Nullable String restartCommand,
            @Nullable BenchData data) {
        this.url = url;
        this.secretKey = secretKey;
        this.until = until;
        this.about = about;
        this.restartCommand = restartCommand;
        this.data = data;
    }

    /** One that runs already. */
    static QueryTarget running(URI url, String secretKey, LocalDate until, @Nullable String restartCommand) {
        return new QueryTarget(url, secretKey, until, "the server at " + url, restartCommand, null);
    }

    /**
     * What {@code bench load --keep} has left: its database is started by this process and {@code micrologs query} beside it, so
     * that the one can be restarted while the other goes on, its code compiled.
     */
    static QueryTarget kept(BenchData data, @Nullable String heap, @Nullable String restartCommand) {
        BenchData.Kept history = data.history();
        int port = freePort();
        QueryTarget target = new QueryTarget(
                URI.create("http://127.0.0.1:" + port),
                data.secretKey(),
                history.until(),
                "`micrologs query` on what `" + history.command() + "` has left",
                restartCommand,
                data);
        target.keptFrom = history.from();
        Runtime.getRuntime().addShutdownHook(target.hook);
        try {
            target.startDatabase();
            target.describe();
            target.server = Program.start(
                    "query", data, heap, "--http.port=" + port, "--ratelimit.analytics=10000", "--ratelimit.window=1s");
            return target;
        } catch (RuntimeException e) {
            target.close();
            throw e;
        }
    }

    static int freePort() {
        // Below the range for outgoing connections and the embedded database's.
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

    private void startDatabase() {
        BenchData here = data;
        if (here != null && here.external() == null) {
            try {
                database = EmbeddedDatabase.start(EmbeddedDatabaseConfig.defaults(here.mariadb()));
            } catch (DatabaseException e) {
                throw new BenchException(String.valueOf(e.getMessage()), e);
            }
        }
    }

    /** What is asked, as far as it can be known. */
    private void describe() {
        BenchData here = data;
        if (here == null) {
            return;
        }
        try (LoadDatabase opened = LoadDatabase.find(here)
                .orElseThrow(() -> new BenchException("the database of " + here.root() + " has no tables"))) {
            describedDatabase = opened.name();
        } catch (SQLException e) {
            throw new BenchException("the database of " + here.root() + " does not answer: " + e.getMessage(), e);
        }
    }

    URI url() {
        return url;
    }

    String secretKey() {
        return secretKey;
    }

    /** The day after the last one that is asked for. */
    LocalDate until() {
        return until;
    }

    String about() {
        return about;
    }

    /** Version, address and settings of the database; null when it is somebody else's. */
    @Nullable
    String database() {
        return describedDatabase;
    }

    /** Why some of the days that are asked for have nothing; null when all have, or nothing is known about it. */
    @Nullable
    String gap(List<QueryRequest.Span> spans) {
        LocalDate from = keptFrom;
        return from == null
                ? null
                : spans.stream()
                        .filter(span -> span.from().isBefore(from))
                        .findFirst()
                        .map(span -> "the data begin with " + from + ", so " + span.name() + " are not full")
                        .orElse(null);
    }

    boolean canRestart() {
        return restartCommand != null || database != null;
    }

    /** With nothing in memory but what a start reads; the server goes on. Returns false when the page cache stays as it is. */
    boolean restartDatabase(boolean dropPageCache) {
        EmbeddedDatabase running = database;
        if (running != null) {
            running.close();
            forgetBufferPool();
            boolean dropped = dropPageCache && PageCache.drop();
            startDatabase();
            return dropped;
        }
        boolean dropped = dropPageCache && PageCache.drop();
        restartByCommand();
        return dropped;
    }

    /** MariaDB notes at its end which pages it has in memory, and reads them again while it starts. */
    private void forgetBufferPool() {
        BenchData here = data;
        if (here != null) {
            try {
                Files.deleteIfExists(here.mariadb().resolve("data").resolve("ib_buffer_pool"));
            } catch (IOException e) {
                throw new BenchException("what the database has noted of its memory cannot be deleted: " + e, e);
            }
        }
    }

    private void restartByCommand() {
        String command = restartCommand;
        if (command == null) {
            throw new IllegalStateException("nothing to restart it with");
        }
        try {
            int exit =
                    new ProcessBuilder("sh", "-c", command).inheritIO().start().waitFor();
            if (exit != 0) {
                throw new BenchException("--restart-command ended with " + exit + ": " + command);
            }
        } catch (IOException e) {
            throw new BenchException("--restart-command cannot be run: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BenchException("interrupted", e);
        }
    }

    /** Throws when the server was ours and is not there any more. */
    void requireAlive() {
        Program ours = server;
        if (ours != null) {
            ours.requireAlive();
        }
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

    private void stop() {
        Program ours = server;
        if (ours != null) {
            ours.close();
        }
        EmbeddedDatabase running = database;
        if (running != null) {
            running.close();
        }
    }
}

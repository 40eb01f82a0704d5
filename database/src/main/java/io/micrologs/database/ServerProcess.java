package io.micrologs.database;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** One run of the server's program: its command line, its start and its end. Confined to the thread that started it. */
final class ServerProcess {
    private static final long POLL_MS = 25;
    private static final int CONNECT_MS = 1_000;

    private final Process process;
    private final ServerFiles files;
    private final long errorLogFrom;

    private ServerProcess(Process process, ServerFiles files, long errorLogFrom) {
        this.process = process;
        this.files = files;
        this.errorLogFrom = errorLogFrom;
    }

    /** Makes the system tables and our one account, as {@code mariadb-install-db} does, and waits for it. */
    static void install(Binaries binaries, ServerFiles files, String password, Duration deadline)
            throws IOException, InterruptedException {
        Directories.delete(files.unfinishedData());
        Directories.makePrivate(files.unfinishedData());
        List<String> command = command(binaries, files.unfinishedData());
        command.addAll(List.of(
                "--bootstrap",
                "--enforce-storage-engine=",
                "--max-allowed-packet=8M",
                "--net-buffer-length=16K",
                // Nothing is lost when this is cut off: the next start begins anew.
                "--innodb-flush-log-at-trx-commit=0"));
        String sql = "CREATE DATABASE IF NOT EXISTS mysql;\nUSE mysql;\nSET @auth_root_socket=NULL;\n"
                + Binaries.systemTables()
                + """
                DELETE FROM global_priv WHERE User IN ('root', '', 'PUBLIC');
                DELETE FROM proxies_priv;
                FLUSH PRIVILEGES;
                CREATE USER '%1$s'@'127.0.0.1' IDENTIFIED BY '%2$s';
                GRANT ALL PRIVILEGES ON *.* TO '%1$s'@'127.0.0.1' WITH GRANT OPTION;
                """.formatted(ServerFiles.USER, password);
        ServerProcess bootstrap = spawn(command, files);
        try (OutputStream in = bootstrap.process.getOutputStream()) {
            in.write(sql.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            // It died before it read everything; its exit code and log say why.
        }
        if (!bootstrap.process.waitFor(deadline.toMillis(), TimeUnit.MILLISECONDS)) {
            bootstrap.process.destroyForcibly().waitFor();
            throw new DatabaseException("The embedded database could not be set up within " + deadline.toSeconds()
                    + " s; see " + files.errorLog());
        }
        if (bootstrap.process.exitValue() != 0) {
            throw bootstrap.failure();
        }
        Files.move(files.unfinishedData(), files.data());
    }

    static ServerProcess start(Binaries binaries, ServerFiles files, EmbeddedDatabaseConfig config, int port)
            throws IOException {
        List<String> command = command(binaries, files.data());
        command.addAll(List.of(
                "--port=" + port,
                "--bind-address=127.0.0.1",
                "--skip-name-resolve",
                "--ssl=0",
                "--pid-file=" + files.processId(),
                "--innodb-buffer-pool-size=" + config.bufferPoolBytes(),
                "--innodb-flush-log-at-trx-commit=1",
                "--character-set-server=utf8mb4",
                "--collation-server=utf8mb4_bin",
                "--default-time-zone=+00:00",
                "--local-infile=1",
                "--max-allowed-packet=64M",
                "--max-connections=100"));
        return spawn(command, files);
    }

    private static List<String> command(Binaries binaries, Path data) throws IOException {
        List<String> command = new ArrayList<>();
        // Ctrl-C goes to the terminal's whole process group; in its own session the database stays up until we have
        // drained into it. Where there is no setsid it does too: without a terminal of its own it ignores SIGINT.
        Stream.of("/usr/bin/setsid", "/bin/setsid")
                .filter(program -> Files.isExecutable(Path.of(program)))
                .findFirst()
                .ifPresent(command::add);
        command.add(binaries.program().toString());
        command.addAll(List.of(
                // First, or /etc/my.cnf and ~/.my.cnf of another server are read.
                "--no-defaults",
                "--basedir=" + binaries.home(),
                "--lc-messages-dir=" + binaries.messages(),
                "--datadir=" + data,
                "--tmpdir=" + data.resolveSibling("tmp"),
                // No unix socket: its path may have 107 bytes at most, and nobody needs it.
                "--socket=",
                "--log-warnings=1",
                "--performance-schema=off",
                "--innodb-log-file-size=128M",
                "--aria-pagecache-buffer-size=8M",
                "--key-buffer-size=1M"));
        if (Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"))) {
            command.add("--user=root");
        }
        return command;
    }

    private static ServerProcess spawn(List<String> command, ServerFiles files) throws IOException {
        files.rotateErrorLog();
        Directories.createPrivate(files.errorLog());
        long errorLogFrom = files.errorLogBytes();
        // The log is standard error and not --log-error: the dynamic linker's complaints belong there too.
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(files.directory().toFile())
                .redirectOutput(
                        ProcessBuilder.Redirect.appendTo(files.errorLog().toFile()))
                .redirectErrorStream(true);
        Map<String, String> environment = builder.environment();
        environment.keySet().removeIf(name -> name.startsWith("MYSQL_") || name.startsWith("MARIADB_"));
        // Under systemd it would report itself ready in our stead.
        environment.keySet().removeAll(List.of("NOTIFY_SOCKET", "LISTEN_FDS", "LISTEN_PID", "WATCHDOG_USEC"));
        // Its files and directories are its owner's alone, whatever umask we were started with.
        environment.put("UMASK", "0600");
        environment.put("UMASK_DIR", "0700");
        environment.put("LC_ALL", "C");
        environment.put("TZ", "UTC");
        return new ServerProcess(builder.start(), files, errorLogFrom);
    }

    /** Returns when it answers with our account on our data, and our schema is there. */
    void awaitAnswer(String url, String password, int port, Duration deadline) throws InterruptedException {
        long end = System.nanoTime() + deadline.toNanos();
        String last = "it does not listen yet";
        while (process.isAlive()) {
            if (listens(port)) {
                try (Connection connection = DriverManager.getConnection(url, ServerFiles.USER, password);
                        Statement statement = connection.createStatement();
                        ResultSet result = statement.executeQuery("SELECT @@datadir")) {
                    result.next();
                    if (Path.of(result.getString(1)).equals(files.data())) {
                        statement.execute("CREATE DATABASE IF NOT EXISTS " + ServerFiles.SCHEMA
                                + " CHARACTER SET utf8mb4 COLLATE utf8mb4_bin");
                        return;
                    }
                    last = "another database answers on port " + port;
                } catch (SQLException e) {
                    if (e.getErrorCode() == 1045) {
                        throw new DatabaseException("The embedded database refuses the password in "
                                + files.directory().resolve("password") + "; restore that file from a backup");
                    }
                    last = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
                }
            }
            if (System.nanoTime() > end) {
                throw new DatabaseException("The embedded database did not answer within " + deadline.toSeconds()
                        + " s (" + last + "); see " + files.errorLog());
            }
            process.waitFor(POLL_MS, TimeUnit.MILLISECONDS);
        }
        throw failure();
    }

    private static boolean listens(int port) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), CONNECT_MS);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private DatabaseException failure() {
        return new DatabaseException("The embedded database cannot start: " + ending());
    }

    /** Why it ended, once it has. */
    String ending() {
        return StartFailures.explain(files.errorLogSince(errorLogFrom), process.exitValue()) + "; see "
                + files.errorLog();
    }

    boolean portTaken() {
        return StartFailures.portTaken(files.errorLogSince(errorLogFrom));
    }

    Process process() {
        return process;
    }

    /** SIGTERM is a clean shutdown for the server, and needs no free connection as the statement SHUTDOWN would. */
    void stop(Duration deadline) throws InterruptedException {
        process.destroy();
        if (!process.waitFor(deadline.toMillis(), TimeUnit.MILLISECONDS)) {
            kill();
        }
    }

    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }
}

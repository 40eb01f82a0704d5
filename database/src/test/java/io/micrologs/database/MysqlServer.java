package io.micrologs.database;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.zip.ZipFile;

/** A MySQL 8 from the archive that the Maven profile {@code mysql} downloads. */
final class MysqlServer implements TestDatabase.TestServer {
    private static final Duration DEADLINE = Duration.ofMinutes(2);
    private static final List<String> FILES = List.of(
            "bin/mysqld",
            "lib/private/libcrypto.so.1.1",
            "lib/private/libssl.so.1.1",
            "lib/private/libprotobuf-lite.so.3.19.4",
            "share/english/errmsg.sys",
            "share/charsets/Index.xml");

    private final Path home;
    private final Path data;
    private final int port;
    // Never closed: the kernel drops it with the JVM.
    private final FileChannel lock;
    private Process process;

    private MysqlServer(Path home, FileChannel lock) throws IOException, InterruptedException {
        this.home = home;
        this.lock = lock;
        this.data = home.resolve("data").toAbsolutePath();
        this.port = freePort();
        Survivors.stop(data, DEADLINE);
        install();
        this.process = launch();
    }

    static MysqlServer open() {
        String archive = System.getProperty("test.mysql.archive", "");
        if (archive.isEmpty()) {
            throw new IllegalStateException("test.mysql.archive is not set; run Maven with -Dtest.database=mysql");
        }
        try {
            for (int i = 0; ; i++) {
                Path home = Path.of("target/test-database/mysql-" + i).toAbsolutePath();
                Files.createDirectories(home);
                FileChannel lock =
                        FileChannel.open(home.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                if (held(lock)) {
                    unpack(Path.of(archive), home);
                    return new MysqlServer(home, lock);
                }
                lock.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static boolean held(FileChannel lock) throws IOException {
        try {
            return lock.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            return false;
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static void unpack(Path archive, Path home) throws IOException {
        if (Files.exists(home.resolve("unpacked"))) {
            return;
        }
        try (ZipFile zip = new ZipFile(archive.toFile())) {
            for (String file : FILES) {
                Path target = home.resolve(file);
                Files.createDirectories(target.getParent());
                try (InputStream in = zip.getInputStream(zip.getEntry(file));
                        OutputStream out = new BufferedOutputStream(Files.newOutputStream(target))) {
                    LoadableElf.copy(in, out);
                }
            }
        }
        Files.setPosixFilePermissions(home.resolve("bin/mysqld"), PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.writeString(home.resolve("unpacked"), "");
    }

    private void install() throws IOException, InterruptedException {
        if (Files.exists(data)) {
            return;
        }
        Path unfinished = home.resolve("data.unfinished");
        Survivors.stop(unfinished, DEADLINE);
        Directories.delete(unfinished);
        Path account = home.resolve("account.sql");
        Files.writeString(
                account,
                "CREATE USER '" + user() + "'@'127.0.0.1' IDENTIFIED BY '" + password() + "';\n"
                        + "GRANT ALL PRIVILEGES ON *.* TO '" + user() + "'@'127.0.0.1' WITH GRANT OPTION;\n");
        List<String> command = command(unfinished);
        command.addAll(List.of("--initialize-insecure", "--init-file=" + account));
        Process install = spawn(command);
        if (!install.waitFor(DEADLINE.toSeconds(), TimeUnit.SECONDS) || install.exitValue() != 0) {
            install.destroyForcibly();
            throw new IllegalStateException("MySQL could not be set up; see " + home.resolve("error.log"));
        }
        Files.move(unfinished, data);
    }

    private List<String> command(Path data) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                home.resolve("bin/mysqld").toString(),
                "--no-defaults",
                "--basedir=" + home,
                "--datadir=" + data,
                "--lc-messages-dir=" + home.resolve("share"),
                "--skip-log-bin"));
        if (Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"))) {
            command.add("--user=root");
        }
        return command;
    }

    private Process spawn(List<String> command) throws IOException {
        return new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        home.resolve("error.log").toFile()))
                .redirectErrorStream(true)
                .start();
    }

    private Process launch() throws IOException, InterruptedException {
        List<String> command = command(data);
        command.addAll(List.of(
                "--port=" + port,
                "--bind-address=127.0.0.1",
                "--skip-name-resolve",
                "--mysqlx=OFF",
                "--socket=" + Path.of(System.getProperty("java.io.tmpdir"), "micrologs-" + port + ".sock"),
                "--local-infile=1",
                "--max-allowed-packet=64M"));
        Process launched = spawn(command);
        long end = System.nanoTime() + DEADLINE.toNanos();
        while (!answers()) {
            if (!launched.isAlive() || System.nanoTime() > end) {
                launched.destroyForcibly();
                throw new IllegalStateException(
                        "MySQL does not start: " + StartFailures.explain(new ServerFiles(home).errorLogSince(0), 1));
            }
            launched.waitFor(50, TimeUnit.MILLISECONDS);
        }
        return launched;
    }

    private boolean answers() {
        String url = JdbcUrls.complete("jdbc:mysql://127.0.0.1:" + port + "/mysql");
        try {
            DriverManager.getConnection(url, user(), password()).close();
            return true;
        } catch (SQLException e) {
            return false;
        }
    }

    @Override
    public void start() {
        if (process.isAlive()) {
            return;
        }
        try {
            process = launch();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void stop() {
        process.destroy();
        process.onExit().join();
    }

    @Override
    public void kill() {
        process.destroyForcibly();
        process.onExit().join();
    }

    @Override
    public int port() {
        return port;
    }

    @Override
    public String user() {
        return "micrologs";
    }

    @Override
    public String password() {
        return "of-a-test-server";
    }
}

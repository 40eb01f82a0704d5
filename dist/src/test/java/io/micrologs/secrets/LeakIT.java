package io.micrologs.secrets;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * One life of the packaged server, with every log level on: canary keys, cookie values, fingerprints and addresses go through
 * every endpoint that it describes, good requests and refused ones, with the database there and killed. Then everything that
 * the server wrote is searched for them.
 */
class LeakIT {
    private static final String FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0";
    private static final Canaries CANARIES = new Canaries();

    private static final AtomicInteger ADMINISTRATORS = new AtomicInteger();

    @TempDir
    static Path temp;

    private static PackagedServer server;
    private static final List<Integer> projects = new ArrayList<>();
    private static final Map<String, String> found = new TreeMap<>();
    private static final Set<String> foundOnPurpose = new TreeSet<>();
    private static Set<String> rightsWhileRunning;
    private static Set<String> listening;
    private static String configuration;
    private static String dump;
    private static int healthAnswered;

    private record Project(int id, String publicKey, String secretKey) {}

    @BeforeAll
    static void liveOnce() throws Exception {
        server = new PackagedServer(temp);
        // As somebody made it by hand, with a link that leads out.
        run("install", "-d", "-m", "0777", server.data.toString(), server.data + "/journal");
        Files.writeString(temp.resolve("outside.txt"), "not the server's");
        run("chmod", "0644", temp + "/outside.txt");
        Files.createSymbolicLink(server.data.resolve("journal/link"), temp.resolve("outside.txt"));
        Map<String, String> environment =
                Map.of("MICROLOGS_ADMIN_KEY", CANARIES.adminKey, "MICROLOGS_HASH_SALT", CANARIES.salt, "UMASK", "0666");
        try {
            server.start(environment, "--trusted.proxies=127.0.0.1");
            configuration = server.command(environment, "config", "--data.dir=" + server.data);
            Project shop = create("shop.example");
            visit(shop, false);
            visit(create("cookieless.example"), true);
            walk(shop);
            changeKeys();
            malformed();
            limited();
            server.database().destroyForcibly();
            walk(shop);
            visit(shop, false);
            PackagedServer.await("the database to be back", () -> "ok".equals(check("database")));
            PackagedServer.await(
                    "everything to be loaded",
                    () -> "ok".equals(check("loader"))
                            && server.health().path("loader").path("lag_events").asInt(-1) == 0);
            dump = dump();
            PackagedServer.await("the rights of new files", () -> rights().equals(Set.of()));
            rightsWhileRunning = rights();
            listening = listening();
            search();
            healthAnswered =
                    server.send("GET", "/api/health.php", Map.of(), null).statusCode();
            server.stop();
            search();
        } finally {
            server.kill();
        }
    }

    @AfterAll
    static void stop() {
        server.kill();
    }

    // ---- what goes through it

    private static Map<String, String> browser(byte[] address) {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("User-Agent", FIREFOX);
        headers.put("Accept", "*/*");
        headers.put("Accept-Language", "en");
        headers.put("X-Forwarded-For", Canaries.text(address));
        headers.put("Cookie", "_ml_vid=" + CANARIES.cookie);
        headers.put("Authorization", "Bearer " + CANARIES.authorization);
        headers.put("X-Real-IP", Canaries.text(CANARIES.ipv4));
        headers.put("Forwarded", "for=\"" + Canaries.text(CANARIES.ipv4) + "\"");
        return headers;
    }

    private static Map<String, String> with(Map<String, String> headers, String name, String value) {
        headers.put(name, value);
        return headers;
    }

    private static HttpResponse<String> admin(String path, String body) {
        return server.send(
                "POST",
                path,
                with(new HashMap<>(Map.of("X-Forwarded-For", fresh())), "X-Admin-Key", CANARIES.adminKey),
                body);
    }

    /** Administration has a limit of 5 for each address. */
    private static String fresh() {
        return "198.18.0." + ADMINISTRATORS.incrementAndGet();
    }

    private static Project create(String domain) {
        HttpResponse<String> made = admin(
                "/api/projects/create.php", "{\"name\":\"" + domain + "\",\"allowed_domains\":[\"" + domain + "\"]}");
        assertThat(made.statusCode()).as(made.body()).isEqualTo(200);
        JsonNode data = server.json(made).path("data");
        Project project = new Project(
                data.path("id").asInt(),
                data.path("public_key").asText(),
                data.path("secret_key").asText());
        projects.add(project.id);
        CANARIES.secretKeys.put(project.secretKey, true);
        return project;
    }

    /** What a visitor and a backend do, all of it taken. */
    private static void visit(Project project, boolean cookieless) {
        if (cookieless) {
            assertThat(admin("/api/projects/edit.php", "{\"id\":" + project.id + ",\"settings\":{\"cookieless\":true}}")
                            .statusCode())
                    .isEqualTo(200);
        }
        for (byte[] address : List.of(CANARIES.ipv4, CANARIES.ipv6)) {
            Map<String, String> headers = with(browser(address), "X-API-Key", project.publicKey);
            taken("/api/track/pageview.php?v=" + CANARIES.stray, headers);
            taken("/api/track/error.php", headers);
            taken("/api/track/audit.php", headers);
            taken("/api/track/audit.php", with(browser(address), "X-API-Key", project.secretKey));
            HttpResponse<String> batch = server.send(
                    "POST",
                    "/api/v1/events",
                    with(browser(address), "X-API-Key", project.secretKey),
                    "[" + event().replace("{", "{\"type\":\"pageview\",") + ","
                            + event().replace("{", "{\"type\":\"error\",") + ",{\"type\":\"" + CANARIES.stray + "\"}]");
            assertThat(batch.statusCode()).as(batch.body()).isEqualTo(202);
        }
        HttpResponse<String> link = server.send(
                "POST",
                "/api/links/create.php",
                with(browser(CANARIES.ipv4), "X-API-Key", project.secretKey),
                "{\"destination_url\":\"https://elsewhere.example/\"}");
        if (link.statusCode() == 200) {
            String code = server.json(link).path("data").path("code").asText();
            Map<String, String> headers = browser(CANARIES.ipv4);
            headers.put("Referer", "https://mail.example/" + CANARIES.clickReferrer);
            headers.put("User-Agent", FIREFOX + " " + CANARIES.agent);
            HttpResponse<String> click =
                    server.send("GET", "/api/redirect.php?c=" + code + "&t=" + CANARIES.stray, headers, null);
            assertThat(click.statusCode()).isEqualTo(302);
        }
    }

    private static void taken(String path, Map<String, String> headers) {
        HttpResponse<String> answer = server.send("POST", path, headers, event());
        assertThat(answer.statusCode()).as(path + ": " + answer.body()).isEqualTo(202);
    }

    private static String event() {
        return "{\"url\":\"https://shop.example/" + CANARIES.pageUrl + "\",\"visitor_id\":\"" + CANARIES.cookie
                + "\",\"session_token\":\"" + CANARIES.session + "\",\"fingerprint\":\"" + CANARIES.fingerprint
                + "\",\"event_id\":\"" + CANARIES.eventId + "\",\"message\":\"payment failed\",\"action\":\"login\","
                + "\"password\":\"" + CANARIES.stray + "\",\"ip\":\"" + Canaries.text(CANARIES.ipv4) + "\"}";
    }

    /** Every operation that the server describes, from the canary addresses, with right and wrong keys in all places. */
    private static void walk(Project project) throws IOException {
        JsonNode paths = new YAMLMapper()
                .readTree(server.send("GET", "/openapi.yaml", Map.of(), null).body())
                .path("paths");
        assertThat(paths.size()).isGreaterThan(30);
        for (Map.Entry<String, JsonNode> path : paths.properties()) {
            for (String method : List.of("get", "post")) {
                if (path.getValue().has(method)) {
                    operation(project, method.toUpperCase(Locale.ROOT), path.getKey());
                }
            }
        }
    }

    private static void operation(Project project, String method, String path) {
        String odd = "?k=" + project.secretKey + "&key=" + project.secretKey + "&c=" + CANARIES.stray + "&code="
                + CANARIES.stray + "&id=" + CANARIES.stray + "&range=" + CANARIES.stray + "&ip="
                + Canaries.text(CANARIES.ipv4) + "&admin=" + CANARIES.adminKey + "&v=" + CANARIES.cookie;
        boolean post = method.equals("POST");
        String everything = event().replace(
                        "}",
                        ",\"key\":\"" + project.secretKey + "\",\"name\":\"\",\"code\":\""
                                + CANARIES.stray + "\",\"confirm\":\"" + CANARIES.stray
                                + "\",\"id\":987654321,\"status\":\""
                                + CANARIES.stray + "\",\"destination_url\":\"javascript:" + CANARIES.stray + "\"}");
        List<Map<String, String>> callers = List.of(
                with(with(browser(CANARIES.ipv4), "X-API-Key", project.secretKey), "X-Admin-Key", CANARIES.adminKey),
                with(
                        with(browser(CANARIES.ipv6), "X-API-Key", CANARIES.wrongSecret),
                        "X-Admin-Key",
                        CANARIES.wrongAdmin),
                with(with(browser(CANARIES.ipv6), "X-API-Key", CANARIES.adminKey), "X-Admin-Key", project.secretKey),
                with(
                        with(browser(CANARIES.ipv4), "X-API-Key", project.publicKey),
                        "Origin",
                        "https://" + CANARIES.stray));
        for (Map<String, String> headers : callers) {
            server.send(method, path, headers, post ? everything : null);
        }
        server.send(method, path + odd, browser(CANARIES.ipv6), post ? everything : null);
        server.send(method, path + "/" + CANARIES.stray, browser(CANARIES.ipv6), null);
        server.send("DELETE", path + odd, callers.get(0), null);
        if (post) {
            Map<String, String> headers = callers.get(0);
            for (String bad : List.of(
                    everything.substring(0, everything.length() - 9),
                    everything.replace(":\"", ":[\"").replace("\",", "\"],"),
                    "\"" + CANARIES.cookie + CANARIES.stray + "\"",
                    "{\"visitor_id\":\"" + CANARIES.cookie + "\\u0000\",\"url\":\"" + CANARIES.stray + "\\ud800\"}",
                    everything + CANARIES.stray.repeat(4_000))) {
                server.send(method, path, headers, bad);
            }
        }
    }

    /** One project gets new keys, one is switched off and deleted: their old keys may not even stay as hashes in the snapshot. */
    private static void changeKeys() {
        Project rotated = create("rotated.example");
        HttpResponse<String> fresh = admin("/api/projects/regenerate-keys.php", "{\"id\":" + rotated.id + "}");
        assertThat(fresh.statusCode()).isEqualTo(200);
        CANARIES.secretKeys.put(
                server.json(fresh).path("data").path("secret_key").asText(), true);
        Project gone = create("gone.example");
        assertThat(admin("/api/projects/toggle.php", "{\"id\":" + gone.id + ",\"is_active\":false}")
                        .statusCode())
                .isEqualTo(200);
        assertThat(admin("/api/projects/delete.php", "{\"id\":" + gone.id + ",\"confirm\":\"gone.example\"}")
                        .statusCode())
                .isEqualTo(200);
        for (Project old : List.of(rotated, gone)) {
            HttpResponse<String> refused = server.send(
                    "GET",
                    "/api/analytics/visitors.php",
                    with(browser(CANARIES.ipv4), "X-API-Key", old.secretKey),
                    null);
            assertThat(refused.statusCode()).isEqualTo(401);
        }
    }

    /** What is no HTTP, or too much of it. */
    private static void malformed() throws IOException {
        String key = CANARIES.secretKeys.keySet().iterator().next();
        for (String bytes : List.of(
                "GET /?x=" + CANARIES.stray + " HTTP/9.9\r\n\r\n",
                "GET /" + CANARIES.stray + "\r\nX-API-Key: " + key + "\r\n\r\n",
                "POST /api/track/audit.php HTTP/1.1\r\nHost: a\r\nX-API-Key " + key + "\r\nCookie: " + CANARIES.cookie
                        + "\r\n\r\n",
                "POST /api/track/audit.php HTTP/1.1\r\nHost: a\r\nX-Admin-Key: " + CANARIES.adminKey
                        + "\r\nContent-Length: " + CANARIES.stray + "\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: " + CANARIES.stray + "\r\nX-API-Key: " + key.repeat(1_000) + "\r\n\r\n",
                "GET /?" + CANARIES.stray.repeat(2_000) + " HTTP/1.1\r\nHost: a\r\n\r\n",
                CANARIES.adminKey + "\r\n\r\n",
                "\u0016\u0003\u0001" + key + "\r\n\r\n")) {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port)) {
                socket.setSoTimeout(30_000);
                OutputStream out = socket.getOutputStream();
                out.write(bytes.getBytes(StandardCharsets.ISO_8859_1));
                out.flush();
                socket.shutdownOutput();
                InputStream in = socket.getInputStream();
                assertThat(new String(in.readAllBytes(), StandardCharsets.ISO_8859_1))
                        .doesNotContain(key);
            }
        }
    }

    /** Until both addresses are blocked somewhere, so that they are in counts and blocks. */
    private static void limited() {
        for (byte[] address : List.of(CANARIES.ipv4, CANARIES.ipv6)) {
            int status = 0;
            for (int i = 0; i < 30 && status != 429; i++) {
                status = server.send(
                                "POST",
                                "/api/projects/verify.php",
                                browser(address),
                                "{\"key\":\"" + CANARIES.wrongSecret + "\"}")
                        .statusCode();
            }
            assertThat(status).isEqualTo(429);
        }
    }

    private static String check(String name) {
        return server.health().path(name).path("status").asText();
    }

    // ---- what is left of it

    private static void search() throws IOException {
        ByteSearch everywhere = CANARIES.forbidden(projects, false);
        ByteSearch small = CANARIES.forbidden(projects, true);
        ByteSearch onPurpose = CANARIES.onPurpose();
        List<Path> files;
        try (Stream<Path> all = Files.walk(temp)) {
            files = all.filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS))
                    .filter(file -> !file.startsWith(temp.resolve("programs")))
                    .toList();
        }
        for (Path file : files) {
            String name = temp.relativize(file).toString();
            boolean table = name.startsWith("data/mariadb/");
            try {
                (table ? everywhere : small).in(file).forEach(what -> found.put(name + ": " + what, what));
                onPurpose
                        .in(file)
                        .forEach(what -> foundOnPurpose.add(place(name) + ": " + what.replaceAll(": .*", "")));
            } catch (NoSuchFileException e) {
                // A file of the database's that came and went.
            }
        }
        byte[] rows = dump.getBytes(StandardCharsets.ISO_8859_1);
        small.in(rows).forEach(what -> found.put("a table: " + what, what));
        onPurpose.in(rows).forEach(what -> foundOnPurpose.add("rows: " + what.replaceAll(": .*", "")));
    }

    private static String place(String name) {
        return name.startsWith("data/mariadb/")
                ? "database's files"
                : name.startsWith("data/journal/") ? "journal" : name.startsWith("data/") ? "data" : "logs";
    }

    /** Every row of every table, numbers in decimal and bytes as they are. */
    private static String dump() throws IOException, SQLException {
        Path mariadb = server.data.resolve("mariadb");
        String url = "jdbc:mysql://127.0.0.1:"
                + Files.readString(mariadb.resolve("port")).strip() + "/micrologs";
        StringBuilder text = new StringBuilder();
        try (Connection connection = DriverManager.getConnection(
                        url,
                        "micrologs",
                        Files.readString(mariadb.resolve("password")).strip());
                Statement statement = connection.createStatement()) {
            List<String> tables = new ArrayList<>();
            try (ResultSet names = statement.executeQuery("SHOW TABLES")) {
                while (names.next()) {
                    tables.add(names.getString(1));
                }
            }
            assertThat(tables).contains("project", "pageview", "visitor", "link_click", "error_event", "dead_letter");
            for (String table : tables) {
                try (ResultSet rows = statement.executeQuery("SELECT * FROM `" + table + "`")) {
                    int columns = rows.getMetaData().getColumnCount();
                    while (rows.next()) {
                        text.append(table);
                        for (int i = 1; i <= columns; i++) {
                            byte[] value = rows.getBytes(i);
                            text.append('|')
                                    .append(value == null ? "" : new String(value, StandardCharsets.ISO_8859_1));
                        }
                        text.append('\n');
                    }
                }
            }
        }
        return text.toString();
    }

    /** Files and directories that others than their owner have a right to. */
    private static Set<String> rights() {
        Set<String> loose = new TreeSet<>();
        try (Stream<Path> all = Files.walk(server.data)) {
            for (Path file : all.toList()) {
                try {
                    if (!Files.isSymbolicLink(file)) {
                        String rights = PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
                        String wanted =
                                Files.isDirectory(file) || file.endsWith("bin/mariadbd") ? "rwx------" : "rw-------";
                        if (!rights.equals(wanted)) {
                            loose.add(rights + " " + server.data.relativize(file));
                        }
                    }
                } catch (NoSuchFileException e) {
                    // gone meanwhile
                }
            }
        } catch (IOException | UncheckedIOException e) {
            loose.add(e.toString());
        }
        return loose;
    }

    /** The addresses on which the server and its children listen, and those they talk to. */
    private static Set<String> listening() throws IOException {
        Set<String> addresses = new TreeSet<>();
        List<ProcessHandle> all = new ArrayList<>(server.process().descendants().toList());
        all.add(server.process());
        Set<String> inodes = new TreeSet<>();
        for (ProcessHandle process : all) {
            try (Stream<Path> descriptors = Files.list(Path.of("/proc/" + process.pid() + "/fd"))) {
                for (Path descriptor : descriptors.toList()) {
                    if (Files.isSymbolicLink(descriptor)) {
                        inodes.add(Files.readSymbolicLink(descriptor).toString());
                    }
                }
            } catch (IOException e) {
                // A descriptor that was closed meanwhile.
            }
        }
        for (String table : List.of("tcp", "tcp6", "udp", "udp6", "raw", "raw6")) {
            for (String line : Files.readAllLines(Path.of("/proc/net/" + table))) {
                String[] columns = line.trim().split("\\s+");
                if (columns.length > 9 && inodes.contains("socket:[" + columns[9] + "]")) {
                    addresses.add(
                            table + " " + columns[1].replaceAll(":.*", "") + " " + columns[2].replaceAll(":.*", ""));
                }
            }
        }
        return addresses;
    }

    private static void run(String... command) throws IOException {
        PackagedServer.run(command);
    }

    // ---- what must hold

    @Test
    void nothingIsLeftOfAKeyACookieOrAnAddress() {
        assertThat(found.keySet()).isEmpty();
    }

    /** Else the search would find nothing because it looks in the wrong places. */
    @Test
    void whatIsStoredOnPurpose_isFoundWhereThePrivacyPageSays_andNowhereElse() {
        assertThat(foundOnPurpose)
                .containsExactlyInAnyOrder(
                        "journal: page's address",
                        "journal: user agent",
                        "journal: click's referrer",
                        "rows: page's address",
                        "rows: click's referrer",
                        "database's files: page's address",
                        "database's files: click's referrer");
    }

    @Test
    void everyLevelWasLogged() {
        assertThat(PackagedServer.read(server.out))
                .contains("TRACE ")
                .contains("DEBUG ")
                .contains("INFO ");
    }

    @Test
    void everythingIsItsOwnersAlone_underAnyUmask_alsoWhatWasThereBefore() throws IOException {
        assertThat(rightsWhileRunning).isEmpty();
        assertThat(rights()).isEmpty();
        assertThat(Files.getPosixFilePermissions(temp.resolve("outside.txt")))
                .as("a link is not followed")
                .isEqualTo(PosixFilePermissions.fromString("rw-r--r--"));
    }

    @Test
    void config_masksSecrets() {
        assertThat(configuration).contains("admin.key", "********").doesNotContain(CANARIES.adminKey, CANARIES.salt);
    }

    @Test
    void nothingTalksToAnotherMachine_fromStartToStop() throws IOException {
        assertThat(healthAnswered).isEqualTo(200);
        Set<String> addressed = SocketTrace.addressed(server.trace);
        assertThat(addressed).contains("bind 127.0.0.1").allMatch(SocketTrace::isOwnMachine);
        // What is sent over these needs one of the calls above, or a connection.
        assertThat(SocketTrace.families(server.trace)).isSubsetOf("AF_INET", "AF_INET6", "AF_UNIX", "AF_NETLINK");
    }

    @Test
    void onlyTheOwnMachineIsListenedTo() {
        assertThat(listening)
                .isNotEmpty()
                .allMatch(line -> line.matches("tcp 0100007F (0100007F|00000000)"
                        + "|tcp6 0000000000000000FFFF00000100007F (0000000000000000FFFF00000100007F|0{32})"));
    }
}

package io.micrologs.faults;

import com.fasterxml.jackson.databind.JsonNode;
import io.micrologs.database.RunningDatabase;
import io.micrologs.database.TestDatabase;
import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;

/** An installation with two projects, in one process or in one for each role, behind a trusted proxy that the tests play. */
final class Deployment implements AutoCloseable {
    private static final Duration START_MAX = Duration.ofSeconds(120);
    private static final int LOG_LINES = 12;

    /** How a process reaches a database. */
    record Access(String url, String user, String password) {
        /** A fresh, empty schema on the tests' own server. */
        static Access fresh(String schema) {
            TestDatabase database = TestDatabase.shared();
            return new Access(database.jdbcUrl(schema), database.user(), database.password());
        }

        Connection connect() throws SQLException {
            return DriverManager.getConnection(url, user, password);
        }

        List<String> settings() {
            return List.of("--database.url=" + url, "--database.user=" + user, "--database.password=" + password);
        }
    }

    private final Path data;
    private final List<Node> nodes;
    private final Access direct;
    private final List<Project> projects = new ArrayList<>();

    private Deployment(Path data, List<Node> nodes, Access direct) {
        this.data = data;
        this.nodes = nodes;
        this.direct = direct;
    }

    /** {@code micrologs serve} with its embedded database. */
    static Deployment together(Path directory, String... settings) {
        Path data = directory.resolve("data");
        List<String> all = settings(settings);
        Node serve = new Node("serve", data, Release.freePort(), all);
        return new Deployment(data, List.of(serve), null).begin();
    }

    /** {@code micrologs serve} over a database of its own, reached by {@code through}, looked into by {@code direct}. */
    static Deployment together(Path directory, Access through, Access direct, String... settings) {
        Path data = directory.resolve("data");
        List<String> all = settings(settings);
        all.addAll(through.settings());
        Node serve = new Node("serve", data, Release.freePort(), all);
        return new Deployment(data, List.of(serve), direct).begin();
    }

    /** {@code load}, {@code ingest} and {@code query} in processes of their own. */
    static Deployment apart(Path directory, Access through, Access direct, String... settings) {
        Path data = directory.resolve("data");
        List<String> all = settings(settings);
        all.addAll(through.settings());
        List<Node> nodes = List.of(
                new Node("load", data, Release.freePort(), all),
                new Node("ingest", data, Release.freePort(), all),
                new Node("query", data, Release.freePort(), all));
        return new Deployment(data, nodes, direct).begin();
    }

    private static List<String> settings(String... more) {
        List<String> all = new ArrayList<>(List.of("--trusted.proxies=127.0.0.1", "--ratelimit.events=1000000"));
        if (!Trials.isLong()) {
            // A second of each start, which nothing here asks for.
            all.add("--geoip.path=none");
        }
        all.addAll(List.of(more));
        return all;
    }

    private Deployment begin() {
        try {
            Files.createDirectories(data.getParent());
            nodes.forEach(Node::start);
            Await.until(() -> "the start: " + logs(), START_MAX, () -> {
                if (nodes.stream().anyMatch(node -> !node.isAlive())) {
                    throw new AssertionError("a process ended at once: " + logs());
                }
                return Files.exists(data.resolve("secrets.properties"))
                        && api().asAdmin("/api/projects/list.php").status() == 200;
            });
            projects.add(create("one"));
            projects.add(create("two"));
            Api edge = new Api(ingest().port(), adminKey());
            Await.until(
                    () -> "the keys to be in force: " + logs(),
                    START_MAX,
                    () -> projects.stream()
                            .allMatch(project -> edge.post("/api/track/audit.php", project.publicKey(), "{}")
                                                    .status()
                                            == 400
                                    && edge.head("/api/redirect?c=" + project.link())
                                                    .status()
                                            == 302));
            return this;
        } catch (IOException e) {
            close();
            throw new UncheckedIOException(e);
        } catch (RuntimeException | AssertionError e) {
            close();
            throw e;
        }
    }

    private Project create(String name) {
        String[] keys = new String[3];
        Await.until(() -> "a project: " + logs(), START_MAX, () -> {
            Api.Answer answer = api().asAdmin(
                            "/api/projects/create.php",
                            "{\"name\":\"" + name + "\",\"allowed_domains\":[\"shop.example\"]}");
            JsonNode made = answer.data();
            keys[0] = made.path("id").asText();
            keys[1] = made.path("public_key").asText();
            keys[2] = made.path("secret_key").asText();
            return answer.status() == 200;
        });
        String link = api().post(
                        "/api/links/create.php", keys[2], "{\"destination_url\":\"https://shop.example/" + name + "\"}")
                .ok()
                .path("code")
                .asText();
        return new Project(Integer.parseInt(keys[0]), keys[1], keys[2], link);
    }

    Path data() {
        return data;
    }

    List<Node> nodes() {
        return nodes;
    }

    List<Project> projects() {
        return projects;
    }

    /** The process that accepts events. */
    Node ingest() {
        return nodes.size() == 1 ? nodes.get(0) : nodes.get(1);
    }

    /** The process that loads them. */
    Node load() {
        return nodes.get(0);
    }

    /** The process that answers questions. */
    Node query() {
        return nodes.get(nodes.size() - 1);
    }

    Api api() {
        return new Api(query().port(), adminKey());
    }

    String adminKey() {
        return secrets().getProperty("admin.key");
    }

    String hashSalt() {
        return secrets().getProperty("hash.salt");
    }

    private Properties secrets() {
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(data.resolve("secrets.properties"))) {
            properties.load(reader);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return properties;
    }

    /** Past everything that is between the server and its database. */
    Connection connect() throws SQLException {
        if (direct != null) {
            return direct.connect();
        }
        RunningDatabase running = RunningDatabase.find(data.resolve("mariadb"))
                .orElseThrow(() -> new SQLException("the embedded database does not run"));
        return DriverManager.getConnection(running.jdbcUrl(), running.user(), running.password());
    }

    /** The end of what each process said, without what it says at each start. */
    String logs() {
        StringBuilder all = new StringBuilder();
        for (Node node : nodes) {
            List<String> lines = node.log()
                    .lines()
                    .filter(line -> !line.isEmpty() && !line.startsWith("  ") && !line.startsWith("NOTE"))
                    .toList();
            all.append("\n---- ").append(node.role());
            lines.subList(Math.max(0, lines.size() - LOG_LINES), lines.size())
                    .forEach(line -> all.append('\n').append(line));
        }
        return all.toString();
    }

    /** The database of {@code load} goes last. */
    @Override
    public void close() {
        for (int i = nodes.size() - 1; i >= 0; i--) {
            nodes.get(i).close();
        }
    }
}

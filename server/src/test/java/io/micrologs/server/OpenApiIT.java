package io.micrologs.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code /openapi.yaml} against the server that serves it: every path, and every answer of a walk through all of them. */
class OpenApiIT {

    private static final Duration SOON = Duration.ofSeconds(30);
    private static final JsonSchemaFactory SCHEMAS = JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012);
    private static final Set<String> FILES =
            Set.of("/", "/pages.css", "/openapi.yaml", "/snippet/micrologs.js", "/api/health.php", "/api/redirect.php");

    /** An address whose city is known. */
    private static final String SOMEWHERE = "81.2.69.142";

    @TempDir
    static Path temp;

    private static ServerProcess server;
    private static JsonNode document;
    private static String code;
    private static int group;
    private static final Set<String> answered = new TreeSet<>();

    @Command(name = "settings")
    private static final class Holder {
        @Mixin
        private final Settings settings = new Settings();
    }

    @BeforeAll
    static void start() throws IOException {
        server = ServerProcess.serve(temp.resolve("data"), "--trusted.proxies", "127.0.0.1/32");
        document = new YAMLMapper()
                .readTree(ServerProcess.send(server.request("/openapi.yaml").build())
                        .body());
        String view = "{\"url\":\"https://a.test/?utm_campaign=c\",\"visitor_id\":\"v\",\"session_token\":\"s\","
                + "\"referrer\":\"https://www.google.com/\"}";
        assertThat(server.postFor(SOMEWHERE, "/api/track/pageview.php", server.publicKey(), view)
                        .statusCode())
                .isEqualTo(202);
        assertThat(server.post(
                                "/api/track/error.php",
                                server.secretKey(),
                                "{\"message\":\"m\",\"line\":3,\"stack\":\"at a\",\"context\":{\"a\":[1]}}")
                        .statusCode())
                .isEqualTo(202);
        assertThat(server.post("/api/track/audit.php", server.secretKey(), "{\"action\":\"login\"}")
                        .statusCode())
                .isEqualTo(202);
        ServerProcess.await("the events to be loaded", SOON, () -> count("errors") == 1 && count("audits") == 1);
        group = server.get("/api/analytics/errors.php", server.secretKey())
                .path("errors")
                .path(0)
                .path("id")
                .intValue();
        code = ServerProcess.json(server.post(
                                "/api/links/create.php",
                                server.secretKey(),
                                "{\"destination_url\":\"https://a.test/\",\"label\":\"L\"}")
                        .body())
                .path("data")
                .path("code")
                .textValue();
        for (String agent : List.of(ServerProcess.BROWSER, "curl/8.5.0")) {
            HttpRequest click = server.request("/api/redirect.php?c=" + code)
                    .header("User-Agent", agent)
                    .header("Accept", "*/*")
                    .header("Accept-Language", "en")
                    .header("X-Forwarded-For", SOMEWHERE)
                    .build();
            assertThat(ServerProcess.send(click).statusCode()).isEqualTo(302);
        }
        // Else their items would be checked against nothing.
        filled("link-detail", "?code=" + code, "by_country", "by_referrer", "by_device", "over_time");
        filled("locations", "", "by_country", "by_region", "by_city");
    }

    private static void filled(String name, String query, String... lists) {
        ServerProcess.await(
                name + " to have " + String.join(", ", lists),
                SOON,
                () -> List.of(lists).stream()
                        .allMatch(list -> server.get("/api/analytics/" + name + ".php" + query, server.secretKey())
                                        .path(list)
                                        .size()
                                > 0));
    }

    @AfterAll
    static void close() {
        server.close();
    }

    private static int count(String list) {
        return server.get("/api/analytics/" + list + ".php", server.secretKey())
                .path("count")
                .intValue();
    }

    @Test
    void everyRoute_isInTheDocument_andTheOtherWayRound() {
        Set<String> documented = new TreeSet<>();
        document.path("paths").fieldNames().forEachRemaining(path -> documented.add(bare(path)));
        Set<String> served = new TreeSet<>();
        Holder holder = new Holder();
        new CommandLine(holder).parseArgs("--data.dir=" + temp.resolve("other"));
        try (Server other = new Server(new Server.Plan(Server.Role.ALL, false, List.of()), holder.settings)) {
            other.startIngest();
            other.routes().paths().forEach(path -> served.add(bare(path)));
        }
        assertThat(documented).containsAll(served);
        documented.removeAll(served);
        assertThat(documented).as("documented, and not served").isEmpty();
    }

    private static String bare(String path) {
        return path.replaceFirst("[.]php$", "");
    }

    @Test
    void everyAnswer_isAsTheDocumentSays() {
        Map<String, String> good = good();
        document.path("paths")
                .properties()
                .forEach(path -> path.getValue().properties().forEach(operation -> {
                    String method = operation.getKey().toUpperCase(Locale.ROOT);
                    refusals(path.getKey(), method, operation.getValue());
                }));
        good.forEach((path, body) -> {
            JsonNode operations = document.path("paths").path(path.replaceFirst("[?].*", ""));
            String method = operations.has("post") ? "POST" : "GET";
            HttpResponse<String> response =
                    send(method, path, body, key(operations.elements().next()));
            assertThat(response.statusCode())
                    .as("%s: %s", path, response.body())
                    .isIn(200, 202);
            check(path, method, response);
        });
        Set<String> expected = new TreeSet<>();
        document.path("paths").fieldNames().forEachRemaining(expected::add);
        expected.removeAll(FILES);
        assertThat(answered).as("paths with a good answer").containsAll(expected);
    }

    /** What each path answers well to; the order matters. */
    private static Map<String, String> good() {
        Map<String, String> good = new LinkedHashMap<>();
        good.put(
                "/api/track/pageview.php",
                "{\"url\":\"https://a.test/\",\"visitor_id\":\"v\",\"session_token\":\"s\"}");
        good.put("/api/track/error.php", "{\"message\":\"m\"}");
        good.put("/api/track/audit.php", "{\"action\":\"a\"}");
        good.put("/api/track/errors-update-status.php", "{\"ids\":[" + group + ",99],\"status\":\"resolved\"}");
        for (String name : List.of(
                "visitors",
                "visitors-returning",
                "sessions",
                "pages",
                "devices",
                "locations",
                "referrers",
                "utm",
                "links",
                "link-detail",
                "errors",
                "errors-trend",
                "error-detail",
                "audits")) {
            String query =
                    name.equals("link-detail") ? "?code=" + code : name.equals("error-detail") ? "?id=" + group : "";
            good.put("/api/analytics/" + name + ".php" + query, "");
        }
        good.put("/api/links/create.php", "{\"destination_url\":\"https://b.test/\"}");
        good.put("/api/links/list.php", "");
        good.put("/api/links/detail.php?code=" + code, "");
        good.put("/api/links/edit.php", "{\"code\":\"" + code + "\",\"label\":\"M\"}");
        good.put("/api/links/delete.php", "{\"code\":\"" + code + "\"}");
        good.put("/api/projects/list.php", "");
        good.put("/api/projects/verify.php", "{\"key\":\"" + server.publicKey() + "\"}");
        JsonNode made = ServerProcess.json(send(
                        "POST",
                        "/api/projects/create.php",
                        "{\"name\":\"P\",\"allowed_domains\":[\"p.test\"]}",
                        List.of("X-Admin-Key", server.adminKey()))
                .body());
        int id = made.path("data").path("id").intValue();
        good.put(
                "/api/projects/create.php",
                "{\"name\":\"Q\",\"allowed_domains\":[\"q.test\"],\"settings\":{\"dnt\":true}}");
        good.put("/api/projects/edit.php", "{\"id\":" + id + ",\"settings\":{\"exclude_cidrs\":[\"10.0.0.0/8\"]}}");
        good.put("/api/projects/toggle.php", "{\"id\":" + id + "}");
        good.put("/api/projects/regenerate-keys.php", "{\"id\":" + id + ",\"rotate_public\":false}");
        good.put("/api/projects/delete.php", "{\"id\":" + id + ",\"confirm\":\"P\"}");
        good.put("/api/v1/ledger", "");
        good.put(
                "/api/v1/query",
                "{\"metrics\":[\"visitors\",\"bounce_rate\"],\"dimensions\":[\"day\",\"city\"],\"compare\":\"previous_period\"}");
        good.put("/api/v1/events", "[{\"type\":\"audit\",\"action\":\"a\"},{\"type\":\"audit\"}]");
        FILES.stream().filter(path -> !path.contains("redirect")).forEach(path -> good.put(path, ""));
        return good;
    }

    private static void refusals(String path, String method, JsonNode operation) {
        check(path, method, send(method.equals("POST") ? "GET" : "DELETE", path, "", List.of()));
        if (operation.path("security").size() > 0) {
            check(path, method, send(method, path, "", List.of()));
            check(path, method, send(method, path, "", List.of("X-API-Key", "wrong", "X-Admin-Key", "wrong")));
        }
        if (path.startsWith("/api/") && !FILES.contains(path)) {
            check(path, method, send(method, path, "{}", key(operation)));
            check(path, method, send(method, path, "{\"a\":1}", key(operation)));
            check(path, method, send(method, path + "?range=x", "[", key(operation)));
            if (method.equals("POST") && !path.equals("/api/v1/events")) {
                check(path, method, send(method, path, " ".repeat(65_537), key(operation)));
            }
        }
        if (path.startsWith("/api/links/") || path.startsWith("/api/analytics/link-detail")) {
            String other = "{\"code\":\"AAAAAAAA\",\"label\":\"x\"}";
            check(path, method, send(method, path + "?code=AAAAAAAA", other, key(operation)));
        }
        if (path.startsWith("/api/projects/")) {
            check(path, method, send(method, path, "{\"id\":999999,\"key\":\"x\"}", key(operation)));
        }
    }

    private static List<String> key(JsonNode operation) {
        Set<String> schemes = new TreeSet<>();
        operation.path("security").forEach(one -> one.fieldNames().forEachRemaining(schemes::add));
        if (schemes.contains("SecretKey")) {
            return List.of("X-API-Key", server.secretKey());
        }
        if (schemes.contains("PublicKey")) {
            return List.of("X-API-Key", server.publicKey());
        }
        return schemes.contains("AdminKey") ? List.of("X-Admin-Key", server.adminKey()) : List.of();
    }

    private static HttpResponse<String> send(String method, String pathAndQuery, String body, List<String> headers) {
        HttpRequest.Builder request = server.request(pathAndQuery)
                .header("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0")
                .header("Accept", "*/*")
                .header("Accept-Language", "en");
        for (int i = 0; i < headers.size(); i += 2) {
            request.header(headers.get(i), headers.get(i + 1));
        }
        return ServerProcess.send(
                request.method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                        .build());
    }

    private static void check(String pathAndQuery, String method, HttpResponse<String> response) {
        String path = pathAndQuery.replaceFirst("[?].*", "");
        String status = "" + response.statusCode();
        JsonNode operation = document.path("paths").path(path).path(method.toLowerCase(Locale.ROOT));
        JsonNode answer = resolved(operation.path("responses").path(status));
        assertThat(answer.isMissingNode())
                .as("%s %s answers %s, which is not documented: %s", method, path, status, response.body())
                .isFalse();
        if (answer.has("content")) {
            String type =
                    response.headers().firstValue("content-type").orElse("").replaceFirst(";.*", "");
            JsonNode media = answer.path("content").path(type);
            assertThat(media.isMissingNode())
                    .as("%s of %s %s", type, status, path)
                    .isFalse();
            if (type.equals("application/json")) {
                assertThat(problems(media.path("schema"), response.body()))
                        .as("%s of %s: %s", status, path, response.body())
                        .isEmpty();
            }
        }
        if (response.statusCode() < 300) {
            answered.add(path);
        }
    }

    private static JsonNode resolved(JsonNode node) {
        String reference = node.path("$ref").asText();
        return reference.isEmpty() ? node : document.at(reference.substring(1));
    }

    private static List<String> problems(JsonNode schema, String body) {
        // Where a JSON schema has what an OpenAPI document keeps under its components.
        ObjectNode whole = (ObjectNode) asSchema(schema);
        whole.set("$defs", asSchema(document.path("components").path("schemas")));
        Set<ValidationMessage> messages = SCHEMAS.getSchema(whole).validate(ServerProcess.json(body));
        return new ArrayList<>(
                messages.stream().map(ValidationMessage::getMessage).collect(Collectors.toCollection(TreeSet::new)));
    }

    private static JsonNode asSchema(JsonNode node) {
        return ServerProcess.json(node.toString().replace("#/components/schemas/", "#/$defs/"));
    }
}

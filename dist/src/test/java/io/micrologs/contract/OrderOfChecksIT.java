package io.micrologs.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrologs.contract.Installation.Project;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every endpoint: with and without {@code .php}, and its refusals in the order of the contract. */
class OrderOfChecksIT {
    enum Key {
        NONE,
        PUBLIC,
        EITHER,
        SECRET,
        ADMIN
    }

    /** @param body of a request that gets past the check for a body; null for a GET */
    record Endpoint(String method, String path, Key key, Map<String, Object> body) {
        @Override
        public String toString() {
            return method + " " + path;
        }
    }

    private static final Installation SERVER = Installation.shared();
    private static final Project MINE = SERVER.project();
    private static final Project OTHER = SERVER.project("other.example");
    private static final Map<String, Object> NOTHING_KNOWN = Map.of("nothing", "known");

    static Stream<Endpoint> endpoints() {
        Stream<Endpoint> tracking = Stream.of(
                new Endpoint("POST", "/api/track/pageview", Key.PUBLIC, NOTHING_KNOWN),
                new Endpoint("POST", "/api/track/error", Key.EITHER, NOTHING_KNOWN),
                new Endpoint("POST", "/api/track/audit", Key.EITHER, NOTHING_KNOWN),
                new Endpoint("POST", "/api/track/errors-update-status", Key.SECRET, NOTHING_KNOWN));
        Stream<Endpoint> analytics = List.of(
                        "visitors",
                        "visitors-returning",
                        "sessions",
                        "pages",
                        "devices",
                        "locations",
                        "referrers",
                        "utm",
                        "errors",
                        "errors-trend",
                        "error-detail",
                        "audits",
                        "links",
                        "link-detail")
                .stream()
                .map(name -> new Endpoint("GET", "/api/analytics/" + name, Key.SECRET, null));
        Stream<Endpoint> links = Stream.of(
                new Endpoint("POST", "/api/links/create", Key.SECRET, NOTHING_KNOWN),
                new Endpoint("GET", "/api/links/list", Key.SECRET, null),
                new Endpoint("GET", "/api/links/detail", Key.SECRET, null),
                new Endpoint("POST", "/api/links/edit", Key.SECRET, NOTHING_KNOWN),
                new Endpoint("POST", "/api/links/delete", Key.SECRET, NOTHING_KNOWN),
                new Endpoint("GET", "/api/redirect", Key.NONE, null));
        Stream<Endpoint> projects = Stream.of(
                new Endpoint("POST", "/api/projects/create", Key.ADMIN, NOTHING_KNOWN),
                new Endpoint("GET", "/api/projects/list", Key.ADMIN, null),
                new Endpoint("POST", "/api/projects/edit", Key.ADMIN, NOTHING_KNOWN),
                new Endpoint("POST", "/api/projects/toggle", Key.ADMIN, NOTHING_KNOWN),
                new Endpoint("POST", "/api/projects/regenerate-keys", Key.ADMIN, NOTHING_KNOWN),
                new Endpoint("POST", "/api/projects/delete", Key.ADMIN, NOTHING_KNOWN),
                new Endpoint("POST", "/api/projects/verify", Key.NONE, NOTHING_KNOWN),
                new Endpoint("GET", "/api/health", Key.NONE, null));
        return Stream.of(tracking, analytics, links, projects).flatMap(all -> all);
    }

    static Stream<Endpoint> withKey() {
        return endpoints().filter(endpoint -> endpoint.key != Key.NONE && endpoint.key != Key.ADMIN);
    }

    static Stream<Endpoint> withAdminKey() {
        return endpoints().filter(endpoint -> endpoint.key == Key.ADMIN);
    }

    static Stream<Endpoint> withBody() {
        return endpoints().filter(endpoint -> endpoint.body != null);
    }

    private static Call call(Endpoint endpoint) {
        Call call = SERVER.call(endpoint.method, endpoint.path + ".php");
        return endpoint.body == null ? call : call.json(endpoint.body);
    }

    private static Call allowed(Endpoint endpoint) {
        Call call = call(endpoint);
        return switch (endpoint.key) {
            case NONE -> call;
            case PUBLIC, EITHER -> call.key(MINE.publicKey());
            case SECRET -> call.key(MINE.secretKey());
            case ADMIN -> call.admin(SERVER.adminKey());
        };
    }

    @ParameterizedTest
    @MethodSource("endpoints")
    void wrongMethod_comesFirst(Endpoint endpoint) {
        String wrong = endpoint.method.equals("GET") ? "POST" : "GET";
        for (String ending : List.of("", ".php")) {
            SERVER.call(wrong, endpoint.path + ending).send().isRefusal(405, "Method not allowed");
            SERVER.call("DELETE", endpoint.path + ending).key("x").send().isRefusal(405, "Method not allowed");
        }
    }

    @ParameterizedTest
    @MethodSource("endpoints")
    void withoutPhp_isTheSame(Endpoint endpoint) {
        Call plain = SERVER.call(endpoint.method, endpoint.path);
        if (endpoint.body != null) {
            plain.json(endpoint.body);
        }
        assertThat(plain.send().status()).isEqualTo(call(endpoint).send().status());
    }

    @ParameterizedTest
    @MethodSource("withKey")
    void key_comesBeforeBody(Endpoint endpoint) {
        for (Call call : List.of(call(endpoint), call(endpoint).key(""))) {
            call.body("{").send().isRefusal(401, "API key is required");
        }
        for (String key : List.of("x", "0".repeat(32), "0".repeat(64), MINE.secretKey() + "0", SERVER.adminKey())) {
            call(endpoint).key(key).body("{").send().isRefusal(401, "Invalid API key");
        }
    }

    @ParameterizedTest
    @MethodSource("withKey")
    void wrongKindOfKey_isInvalid(Endpoint endpoint) {
        if (endpoint.key == Key.PUBLIC) {
            call(endpoint).key(MINE.secretKey()).send().isRefusal(401, "Invalid API key");
        } else if (endpoint.key == Key.SECRET) {
            call(endpoint).key(MINE.publicKey()).send().isRefusal(401, "Invalid API key");
        } else {
            assertThat(call(endpoint).key(MINE.secretKey()).send().status()).isEqualTo(400);
        }
    }

    @ParameterizedTest
    @MethodSource("withAdminKey")
    void adminKey_comesBeforeBody(Endpoint endpoint) {
        call(endpoint).body("{").send().isRefusal(401, "Unauthorized");
        for (String key : List.of("", "x", MINE.secretKey())) {
            call(endpoint).admin(key).body("{").send().isRefusal(401, "Unauthorized");
        }
        call(endpoint).key(SERVER.adminKey()).body("{").send().isRefusal(401, "Unauthorized");
    }

    @ParameterizedTest
    @MethodSource("withBody")
    void badBody_comesBeforeFields(Endpoint endpoint) {
        List<String> bad =
                List.of("", " ", "{", "[]", "{}", "null", "7", "\"x\"", "[1]", "{\"a\":1", "{'a':1}", "{\"a\":01}");
        for (String body : bad) {
            allowed(endpoint).body(body).send().isRefusal(400, "Invalid or missing JSON body");
        }
        for (byte[] body : List.of(new byte[] {'{', '"', (byte) 0xff, '"', ':', '1', '}'}, new byte[] {0, 0})) {
            allowed(endpoint).body(body).send().isRefusal(400, "Invalid or missing JSON body");
        }
        assertThat(allowed(endpoint).send().status()).isEqualTo(400);
    }

    @ParameterizedTest
    @MethodSource("withBody")
    void malice_isNeverA5xx(Endpoint endpoint) {
        List<String> malice = List.of(
                "[".repeat(60_000),
                "{\"a\":".repeat(10_000) + "1" + "}".repeat(10_000),
                "{\"a\":1,\"a\":2}",
                "{\"a\":1e400}",
                "{\"a\":" + "9".repeat(5_000) + "}",
                "{\"a\":\"\\ud800\"}",
                "{\"a\":\"\\u0000\"}",
                "{\"\\u0000\":1}",
                "{\"a\":\"" + "x".repeat(65_000) + "\"}");
        for (String body : malice) {
            assertThat(allowed(endpoint).body(body).send().status())
                    .as(body.substring(0, Math.min(40, body.length())))
                    .isBetween(400, 413);
        }
    }

    @ParameterizedTest
    @MethodSource("withBody")
    void bodyOf65536Bytes_isRead_oneMoreIsTooLarge(Endpoint endpoint) {
        String most = "{\"nothing\":\"" + "x".repeat(65_536 - 14) + "\"}";
        assertThat(most).hasSize(65_536);
        Call.Answer read = allowed(endpoint).body(most).send();
        assertThat(read.status()).isEqualTo(400);
        assertThat(read.message()).isNotEqualTo("Invalid or missing JSON body");
        allowed(endpoint).body(most + " ").send().isRefusal(413, "Payload too large");
    }

    @Test
    void unknownPath_isNotFound() {
        for (String path :
                List.of("/api/track/nothing.php", "/api/analytics/", "/api", "/api/track/pageview.php/", "/x")) {
            SERVER.get(path).send().isRefusal(404, "Not found");
            SERVER.post(path).json(NOTHING_KNOWN).send().isRefusal(404, "Not found");
        }
    }

    @Test
    void aDisabledProjectsKeys_areRefusedEverywhere_atOnce() {
        Project project = SERVER.project();
        toggle(project, false);
        withKey().forEach(endpoint -> {
            call(endpoint).key(project.publicKey()).send().isRefusal(401, "Invalid API key");
            call(endpoint).key(project.secretKey()).send().isRefusal(401, "Invalid API key");
        });
        toggle(project, true);
        SERVER.post("/api/track/audit.php")
                .key(project.secretKey())
                .json(Map.of("action", "x"))
                .accepted();
    }

    @Test
    void regeneratedKeys_replaceTheOldOnes_atOnce() {
        Project project = SERVER.project();
        var fresh = SERVER.post("/api/projects/regenerate-keys.php")
                .admin(SERVER.adminKey())
                .json(Map.of("id", project.id()))
                .ok();
        withKey().forEach(endpoint -> {
            call(endpoint).key(project.publicKey()).send().isRefusal(401, "Invalid API key");
            call(endpoint).key(project.secretKey()).send().isRefusal(401, "Invalid API key");
        });
        SERVER.post("/api/track/audit.php")
                .key(fresh.path("public_key").asText())
                .json(Map.of("action", "x"))
                .accepted();
        SERVER.get("/api/analytics/audits.php")
                .key(fresh.path("secret_key").asText())
                .ok();
    }

    private static void toggle(Project project, boolean active) {
        assertThat(SERVER.post("/api/projects/toggle.php")
                        .admin(SERVER.adminKey())
                        .json(Map.of("id", project.id(), "is_active", active))
                        .ok()
                        .path("is_active")
                        .asBoolean())
                .isEqualTo(active);
    }

    @Test
    void limit_isExactForABurst_perAddressAndEndpoint() {
        String address = Call.freshAddress();
        for (int i = 0; i < 60; i++) {
            SERVER.post("/api/track/audit.php")
                    .key(OTHER.secretKey())
                    .from(address)
                    .json(Map.of("action", "x"))
                    .accepted();
        }
        Call.Answer blocked = SERVER.post("/api/track/audit")
                .from(address)
                .json(Map.of("action", "x"))
                .send();
        assertThat(blocked.status()).isEqualTo(429);
        assertThat(blocked.json().fieldNames()).toIterable().containsExactly("error");
        assertThat(Integer.parseInt(blocked.header("retry-after"))).isBetween(880, 900);
        assertThat(SERVER.get("/api/track/audit.php").from(address).send().status())
                .isEqualTo(405);
        SERVER.post("/api/track/error.php")
                .key(OTHER.secretKey())
                .from(address)
                .json(Map.of("message", "x"))
                .accepted();
        SERVER.post("/api/track/audit.php")
                .key(OTHER.secretKey())
                .json(Map.of("action", "x"))
                .accepted();
    }
}

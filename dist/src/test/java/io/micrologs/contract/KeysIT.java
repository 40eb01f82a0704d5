package io.micrologs.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrologs.contract.Installation.Project;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every operation that the server describes: which keys open it, and what its answers let a browser do. */
class KeysIT {
    private static final Installation SERVER = Installation.shared();
    private static final Project PROJECT = SERVER.project();
    private static final String EVIL = "https://evil.example";

    static Stream<Operation> operations() {
        return Operation.all(SERVER).stream();
    }

    static Stream<Operation> lockedOperations() {
        return operations().filter(operation -> !operation.security().isEmpty());
    }

    /** Each key in each place where it does not belong. */
    @ParameterizedTest
    @MethodSource("lockedOperations")
    void operation_opensToNoOtherKey(Operation operation) {
        Map<String, String> keys =
                Map.of("public", PROJECT.publicKey(), "secret", PROJECT.secretKey(), "admin", SERVER.adminKey());
        List<String> opened = new ArrayList<>();
        keys.forEach((kind, key) -> {
            if (!operation.takes(kind.equals("public") ? "PublicKey" : kind.equals("secret") ? "SecretKey" : "-")) {
                note(opened, "X-API-Key: " + kind, operation.call(SERVER, "").key(key));
            }
            if (!kind.equals("admin") || !operation.takes("AdminKey")) {
                note(opened, "X-Admin-Key: " + kind, operation.call(SERVER, "").admin(key));
            }
            if (!kind.equals("public") || !operation.takes("PublicKeyInQuery")) {
                note(opened, "?k: " + kind, operation.call(SERVER, "?k=" + key));
            }
            note(
                    opened,
                    kind + " elsewhere",
                    operation
                            .call(SERVER, "?key=" + key + "&api_key=" + key + "&X-API-Key=" + key)
                            .header("Authorization", "Bearer " + key)
                            .header("Cookie", "X-API-Key=" + key + "; k=" + key));
        });
        note(opened, "none", operation.call(SERVER, ""));
        assertThat(opened).isEmpty();
    }

    private static void note(List<String> opened, String what, Call call) {
        Call.Answer answer = call.send();
        if (answer.status() != 401
                || !List.of("API key is required", "Invalid API key", "Unauthorized")
                        .contains(answer.message())) {
            opened.add(what + " " + answer.status() + " " + answer.body());
        }
    }

    @ParameterizedTest
    @MethodSource("operations")
    void answers_areSafeToShow(Operation operation) {
        for (Call call : List.of(
                operation.call(SERVER, ""),
                operation.call(SERVER, "").key(PROJECT.publicKey()),
                operation.call(SERVER, "").key(PROJECT.secretKey()),
                operation.call(SERVER, "").admin(SERVER.adminKey()),
                SERVER.call("DELETE", operation.path()),
                SERVER.call("OPTIONS", operation.path()),
                SERVER.call("OPTIONS", operation.path())
                        .header("Access-Control-Request-Method", operation.method())
                        .header("Access-Control-Request-Headers", "x-api-key, x-admin-key"))) {
            isSafe(operation, call.header("Origin", EVIL).send());
        }
    }

    @Test
    void answersWithSecrets_areNotKept() {
        Project project = SERVER.project();
        Call.Answer fresh = SERVER.post("/api/projects/regenerate-keys.php")
                .admin(SERVER.adminKey())
                .json(Map.of("id", project.id()))
                .send();
        Call.Answer made = SERVER.post("/api/projects/create.php")
                .admin(SERVER.adminKey())
                .json(Map.of("name", "kept", "allowed_domains", List.of("a.example")))
                .send();
        for (Call.Answer answer : List.of(fresh, made)) {
            assertThat(answer.body()).contains("\"secret_key\":\"");
            assertThat(answer.header("cache-control")).isEqualTo("no-store");
            assertThat(answer.headers().map())
                    .doesNotContainKeys("access-control-allow-origin", "etag", "last-modified");
        }
    }

    private static void isSafe(Operation operation, Call.Answer answer) {
        String what = operation + " " + answer.status() + " " + answer.headers().map();
        String type = answer.header("content-type");
        if (!answer.body().isEmpty()) {
            assertThat(answer.header("x-content-type-options")).as(what).isEqualTo("nosniff");
            assertThat(type).as(what).endsWith("; charset=utf-8");
        }
        if (type.startsWith("application/json")) {
            assertThat(answer.header("cache-control")).as(what).isEqualTo("no-store");
        }
        if (type.startsWith("text/html")) {
            assertThat(answer.header("content-security-policy"))
                    .as(what)
                    .contains("default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'")
                    .doesNotContain("unsafe", "*", "http:");
            assertThat(answer.header("referrer-policy")).as(what).isEqualTo("no-referrer");
            assertThat(answer.header("cache-control")).as(what).isEqualTo("no-store");
        }
        assertThat(answer.headers().map())
                .as(what)
                .doesNotContainKeys("access-control-allow-credentials", "set-cookie");
        boolean file = answer.status() == 200
                && List.of("/openapi.yaml", "/snippet/micrologs.js").contains(operation.path());
        assertThat(answer.header("access-control-allow-origin"))
                .as(what)
                .isEqualTo(operation.isForPages() ? EVIL : file ? "*" : "");
    }
}

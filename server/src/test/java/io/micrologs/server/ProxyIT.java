package io.micrologs.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Behind a real nginx: each client has addresses and limits of its own, and cannot borrow another's. */
class ProxyIT {
    private static final int CLIENTS = 200;
    private static final int LIMIT = 60;

    @TempDir
    Path temp;

    private int sent;

    @Test
    void clientsBehindATrustedProxy_areLimitedEachForItself_whateverTheyForge() {
        String[] settings = {"--ratelimit.enabled", "true", "--trusted.proxies", "127.0.0.1/32"};
        try (ServerProcess server = ServerProcess.serve(temp.resolve("data"), settings);
                Nginx nginx = new Nginx(temp.resolve("nginx"), server.port())) {
            String key = server.publicKey();
            for (int round = 0; round < 3; round++) {
                for (int client = 1; client <= CLIENTS; client++) {
                    assertThat(pageview(nginx, key, address(client), "")).isEqualTo(202);
                }
            }
            int accepted = 3 * CLIENTS;

            for (int i = 3; i < LIMIT; i++, accepted++) {
                assertThat(pageview(nginx, key, address(7), "")).isEqualTo(202);
            }
            assertThat(pageview(nginx, key, address(7), "")).isEqualTo(429);

            // nginx appends the true address, and only that is believed.
            for (int i = 3; i < LIMIT; i++, accepted++) {
                assertThat(pageview(nginx, key, address(9), "X-Forwarded-For: 127.1.0." + (100 + i) + "\r\n"))
                        .isEqualTo(202);
            }
            assertThat(pageview(nginx, key, address(9), "X-Forwarded-For: 127.1.0.10, 127.0.0.1\r\n"))
                    .isEqualTo(429);

            for (int client = 1; client <= CLIENTS; client++) {
                boolean blocked = client == 7 || client == 9;
                assertThat(pageview(nginx, key, address(client), "")).isEqualTo(blocked ? 429 : 202);
                accepted += blocked ? 0 : 1;
            }
            JsonNode checks = server.health().path("checks");
            assertThat(checks.path("ratelimit").path("blocks").asInt()).isEqualTo(2);
            assertThat(checks.path("proxy").path("status").asText()).isEqualTo("ok");
            server.assertCounted(accepted);
        }
    }

    @Test
    void clientsFromAfar_areEachLocated() {
        Map<String, Integer> expected = Map.of("US", 50, "GB", 50, "CH", 50, "DE", 50);
        try (ServerProcess server = ServerProcess.serve(
                        temp.resolve("data"), "--ratelimit.enabled", "true", "--trusted.proxies", "127.0.0.1");
                Nginx nginx = new Nginx(temp.resolve("nginx"), server.port())) {
            for (int client = 1; client <= 50; client++) {
                for (String network : List.of("128.101.101.", "130.88.1.", "129.132.1.", "141.20.1.")) {
                    assertThat(pageview(
                                    nginx, server.publicKey(), "127.0.0.1", "X-Far-Away: " + network + client + "\r\n"))
                            .isEqualTo(202);
                }
            }
            server.assertCounted(CLIENTS);
            Map<String, Integer> countries = new HashMap<>();
            server.get("/api/analytics/locations.php", server.secretKey())
                    .path("by_country")
                    .forEach(row -> countries.put(
                            row.path("country_code").asText(),
                            row.path("unique_visitors").asInt()));
            assertThat(countries).isEqualTo(expected);
            assertThat(server.health()
                            .path("checks")
                            .path("ratelimit")
                            .path("blocks")
                            .asInt())
                    .isZero();
        }
    }

    @Test
    void proxyThatIsNotTrusted_isNamedInHealthWithTheLineToSet() {
        String[] settings = {"--ratelimit.enabled", "true"};
        try (ServerProcess server = ServerProcess.serve(temp.resolve("data"), settings);
                Nginx nginx = new Nginx(temp.resolve("nginx"), server.port())) {
            assertThat(proxyCheck(server).path("status").asText()).isEqualTo("ok");
            for (int client = 1; client <= LIMIT; client++) {
                assertThat(pageview(nginx, server.publicKey(), address(client), ""))
                        .isEqualTo(202);
            }
            assertThat(pageview(nginx, server.publicKey(), address(LIMIT + 1), ""))
                    .isEqualTo(429);
            assertThat(proxyCheck(server).path("status").asText()).isEqualTo("warn");
            assertThat(proxyCheck(server).path("message").asText())
                    .startsWith("127.0.0.1 sends X-Forwarded-For")
                    .endsWith("trusted.proxies=127.0.0.1");
            assertThat(server.health().path("status").asText()).isEqualTo("healthy");
            assertThat(server.output()).doesNotContain("127.1.0");
        }
    }

    private static JsonNode proxyCheck(ServerProcess server) {
        return server.health().path("checks").path("proxy");
    }

    /** All of 127.0.0.0/8 is this machine's. */
    private static String address(int client) {
        return "127.1.0." + client;
    }

    /** The status of one pageview of another visitor, from a socket that has {@code from} as its own address. */
    private int pageview(Nginx nginx, String key, String from, String moreHeaders) {
        int number = sent++;
        String body = "{\"url\":\"https://example.test/" + number + "\",\"visitor_id\":\"v" + number
                + "\",\"session_token\":\"s" + number + "\"}";
        String request = "POST /api/track/pageview.php?k=" + key + " HTTP/1.1\r\nHost: stats.example\r\n" + moreHeaders
                + "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0\r\n"
                + "Accept: */*\r\nAccept-Language: en\r\nConnection: close\r\nContent-Length: " + body.length()
                + "\r\n\r\n" + body;
        try (Socket socket =
                new Socket(InetAddress.getByName("127.0.0.1"), nginx.port(), InetAddress.getByName(from), 0)) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return Integer.parseInt(answer.split(" ", 3)[1]);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

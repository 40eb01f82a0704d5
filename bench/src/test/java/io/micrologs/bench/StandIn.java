package io.micrologs.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;

/** Answers as the contract says a server does, and can be told to go wrong in one way. */
final class StandIn implements AutoCloseable {
    enum Fault {
        NONE,
        /** Takes the proxy for the client. */
        ONE_ADDRESS,
        /** Loses an event after it was accepted. */
        LOSES,
        /** Counts an event twice. */
        DOUBLES,
        /** Refuses all but the first events. */
        REFUSES
    }

    /** The event that meets its fault: behind the two of the start, and among those that a slow machine gets to. */
    private static final int FIRST = 5;

    static final String SECRET_KEY = "0123456789abcdef".repeat(4);

    private final ObjectMapper json = new ObjectMapper();
    private final ExecutorService threads = Executors.newFixedThreadPool(16);
    private final Fault fault;
    private final boolean loads;
    private final HttpServer server;
    private final AtomicLong accepted = new AtomicLong();
    private final AtomicLong counted = new AtomicLong();
    private final Set<String> visitors = ConcurrentHashMap.newKeySet();

    StandIn(Fault fault, boolean loads) throws IOException {
        this.fault = fault;
        this.loads = loads;
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/api/track/pageview.php", this::pageview);
        server.createContext("/api/v1/events", this::batch);
        server.createContext("/api/health.php", this::health);
        server.createContext("/api/analytics/visitors.php", this::totals);
        server.start();
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    long accepted() {
        return accepted.get();
    }

    private void pageview(HttpExchange exchange) throws IOException {
        JsonNode body = json.readTree(exchange.getRequestBody().readAllBytes());
        long number = accepted.get() + 1;
        if (fault == Fault.REFUSES && number > FIRST) {
            answer(exchange, 503, "{\"success\":false,\"message\":\"Overloaded\"}");
            return;
        }
        number = accepted.incrementAndGet();
        int times = number != FIRST ? 1 : fault == Fault.LOSES ? 0 : fault == Fault.DOUBLES ? 2 : 1;
        counted.addAndGet(times);
        String client = fault == Fault.ONE_ADDRESS
                ? "one"
                : exchange.getRequestHeaders().getFirst("X-Forwarded-For");
        visitors.add(
                body.has("fingerprint")
                        ? client + body.get("fingerprint")
                        : body.get("visitor_id").asText());
        answer(exchange, 202, "{\"success\":true,\"message\":\"OK\",\"data\":{\"queued\":true}}");
    }

    private void batch(HttpExchange exchange) throws IOException {
        boolean known = SECRET_KEY.equals(exchange.getRequestHeaders().getFirst("X-API-Key"));
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        long events = known ? body.lines().count() : 0;
        accepted.addAndGet(events);
        counted.addAndGet(events);
        answer(exchange, known ? 202 : 401, "{\"success\":true,\"data\":{\"accepted\":" + events + "}}");
    }

    private void health(HttpExchange exchange) throws IOException {
        answer(
                exchange,
                200,
                loads ? "{\"checks\":{\"loader\":{\"status\":\"ok\",\"lag_events\":0}}}" : "{\"checks\":{}}");
    }

    private void totals(HttpExchange exchange) throws IOException {
        boolean known = SECRET_KEY.equals(exchange.getRequestHeaders().getFirst("X-API-Key"));
        answer(
                exchange,
                known ? 200 : 401,
                "{\"data\":{\"total_pageviews\":" + counted.get() + ",\"unique_visitors\":" + visitors.size() + "}}");
    }

    private static void answer(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}

package io.micrologs.server;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A customer's site and a server for the snippet, on two ports and so on two origins, that writes down what the
 * browser sends. It stands in for the edge here, so that what the snippet does is seen without what the edge makes of it.
 * Thread-safe: requests come in on the pool's threads.
 */
final class RecordingSite implements AutoCloseable {
    static final String KEY = "0123456789abcdef0123456789abcdef";

    /** What the browser sent to the tracking endpoints. */
    record Sent(String method, String path, String query, Map<String, List<String>> headers, String body) {
        JsonObject json() {
            return JsonParser.parseString(body).getAsJsonObject();
        }

        String text(String field) {
            return json().get(field).getAsString();
        }
    }

    private record Page(String html, String policy) {}

    private final ExecutorService pool = Executors.newFixedThreadPool(4);
    private final HttpServer pages = listen();
    private final HttpServer api = listen();
    private final Map<String, Page> byPath = new ConcurrentHashMap<>();
    private final List<Sent> sent = new CopyOnWriteArrayList<>();
    private volatile int status = 202;

    RecordingSite() {
        pages.createContext("/", this::page);
        api.createContext("/api/track/", this::track);
        api.createContext("/snippet/micrologs.js", exchange -> answer(exchange, 200, "text/javascript", snippet()));
        pages.start();
        api.start();
    }

    /** The minified snippet, as it is in the jar. */
    static byte[] snippet() {
        try (InputStream in = RecordingSite.class.getResourceAsStream("/io/micrologs/snippet/micrologs.js")) {
            return Objects.requireNonNull(in).readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String pageOrigin() {
        return "http://127.0.0.1:" + pages.getAddress().getPort();
    }

    String apiOrigin() {
        return "http://127.0.0.1:" + api.getAddress().getPort();
    }

    String tag(String... attributes) {
        return "<script src=\"" + apiOrigin() + "/snippet/micrologs.js\" data-public-key=\"" + KEY + "\" "
                + String.join(" ", attributes) + " async></script>";
    }

    /** Puts a page at the path; every other path has a page with one ordinary tag. */
    void page(String path, String html) {
        page(path, html, "");
    }

    void page(String path, String html, String contentSecurityPolicy) {
        byPath.put(
                path,
                new Page(
                        "<!doctype html><html lang=en><title>Page " + path + "</title>" + html, contentSecurityPolicy));
    }

    /** What the tracking endpoints answer from now on. */
    void answers(int newStatus) {
        status = newStatus;
    }

    List<Sent> sent() {
        return sent;
    }

    List<Sent> sent(String endpoint) {
        return sent.stream()
                .filter(s -> s.method().equals("POST") && s.path().equals("/api/track/" + endpoint + ".php"))
                .toList();
    }

    @Override
    public void close() {
        pages.stop(0);
        api.stop(0);
        pool.shutdownNow();
    }

    private HttpServer listen() {
        try {
            HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
            server.setExecutor(pool);
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void page(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        if (!byPath.containsKey(path)) {
            page(path, tag("data-environment=staging"));
        }
        Page page = Objects.requireNonNull(byPath.get(path));
        if (!page.policy().isEmpty()) {
            exchange.getResponseHeaders().set("Content-Security-Policy", page.policy());
        }
        answer(exchange, 200, "text/html; charset=utf-8", page.html().getBytes(StandardCharsets.UTF_8));
    }

    private void track(HttpExchange exchange) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        sent.add(new Sent(
                exchange.getRequestMethod(),
                exchange.getRequestURI().getPath(),
                exchange.getRequestURI().getQuery(),
                Map.copyOf(exchange.getRequestHeaders()),
                body));
        List<String> origin = exchange.getRequestHeaders().get("Origin");
        if (origin != null) {
            exchange.getResponseHeaders().put("Access-Control-Allow-Origin", origin);
        }
        answer(exchange, status, "application/json", "{\"success\":true}".getBytes(StandardCharsets.UTF_8));
    }

    private static void answer(HttpExchange exchange, int code, String type, byte[] body) throws IOException {
        try (exchange) {
            exchange.getResponseHeaders().set("Content-Type", type);
            exchange.sendResponseHeaders(code, body.length);
            exchange.getResponseBody().write(body);
        }
    }
}

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
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A customer's site and a server for the snippet, on two ports and so on two origins, that writes down what the
 * browser sends. It stands in for the edge here, so that what the snippet does is seen without what the edge makes of it.
 * Thread-safe: requests come in on the pool's threads.
 */
final class RecordingSite implements AutoCloseable {
    static final String ALIAS = "/x7k/own";
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
    private final HttpServer pages = listen(0);
    private final int apiPort;
    private HttpServer api = listen(0);
    private final Map<String, Page> byPath = new ConcurrentHashMap<>();
    private final List<Sent> sent = new CopyOnWriteArrayList<>();
    private final List<String> prerendered = new CopyOnWriteArrayList<>();
    private final CountDownLatch gate = new CountDownLatch(1);
    private volatile int status = 202;

    RecordingSite() {
        pages.createContext("/", this::page);
        pages.createContext("/gate", exchange -> {
            awaitGate();
            answer(exchange, 200, "text/plain", new byte[] {'o', 'k'});
        });
        pages.start();
        apiPort = api.getAddress().getPort();
        startApi();
    }

    /** Nobody listens any more where the snippet sends to. */
    void stopApi() {
        api.stop(0);
    }

    /** The server is back, where it was. */
    void restartApi() {
        api = listen(apiPort);
        startApi();
    }

    private void startApi() {
        api.createContext("/api/track/", this::track);
        api.createContext(ALIAS + "/", this::track);
        api.createContext("/snippet/micrologs.js", exchange -> answer(exchange, 200, "text/javascript", snippet()));
        byte[] alias = new Alias(ALIAS)
                .script(new String(snippet(), StandardCharsets.UTF_8))
                .getBytes(StandardCharsets.UTF_8);
        api.createContext(ALIAS + "/s.js", exchange -> answer(exchange, 200, "text/javascript", alias));
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

    /** The same pages under another name, which is another site to a browser. */
    String otherPageOrigin() {
        return "http://localhost:" + pages.getAddress().getPort();
    }

    String apiOrigin() {
        return "http://127.0.0.1:" + apiPort;
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

    /** What came with this key, which is then no longer in the list. */
    List<Sent> takeSentOf(String key) {
        List<Sent> taken =
                sent.stream().filter(s -> s.query().equals("k=" + key)).toList();
        sent.removeAll(taken);
        return taken;
    }

    @Override
    public void close() {
        pages.stop(0);
        api.stop(0);
        pool.shutdownNow();
    }

    /** Paths of what the browser has asked for while it prerendered a page. */
    List<String> prerendered() {
        return prerendered;
    }

    /** {@code /gate} of the pages is answered from now on, and not before. */
    void openGate() {
        gate.countDown();
    }

    private void awaitGate() {
        try {
            gate.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private HttpServer listen(int port) {
        try {
            HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 0);
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
        if (String.valueOf(exchange.getRequestHeaders().getFirst("Sec-Purpose")).contains("prerender")) {
            prerendered.add(path);
        }
        if (!page.policy().isEmpty()) {
            exchange.getResponseHeaders().set("Content-Security-Policy", page.policy());
        }
        answer(exchange, 200, "text/html; charset=utf-8", page.html().getBytes(StandardCharsets.UTF_8));
    }

    private void track(HttpExchange exchange) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        // Before anybody can see that it was sent, and change what is answered from then on.
        int answered = status;
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
        answer(exchange, answered, "application/json", "{\"success\":true}".getBytes(StandardCharsets.UTF_8));
    }

    private static void answer(HttpExchange exchange, int code, String type, byte[] body) throws IOException {
        try (exchange) {
            exchange.getResponseHeaders().set("Content-Type", type);
            exchange.sendResponseHeaders(code, body.length);
            exchange.getResponseBody().write(body);
        }
    }
}

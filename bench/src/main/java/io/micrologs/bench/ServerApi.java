package io.micrologs.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** What the bench asks the running server besides the load itself, by the public HTTP contract only. */
final class ServerApi {
    private final ObjectMapper json = new ObjectMapper();
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();
    private final URI url;
    private final @Nullable String secretKey;
    private final String days;

    /** @param secretKey null: totals cannot be asked for */
    ServerApi(URI url, @Nullable String secretKey) {
        this.url = url;
        this.secretKey = secretKey;
        // The same fixed range in every question, wide enough for any zone and for a run over midnight.
        LocalDate today = LocalDate.now(ZoneOffset.UTC);
        this.days = "range=custom&from=" + today.minusDays(1) + "&to=" + today.plusDays(2);
    }

    InetSocketAddress address() {
        return new InetSocketAddress(url.getHost(), url.getPort() < 0 ? 80 : url.getPort());
    }

    String hostHeader() {
        return url.getRawAuthority();
    }

    /** Counted pageviews and distinct visitors of the project so far. */
    record Totals(long pageviews, long visitors) {}

    boolean canTotal() {
        return secretKey != null;
    }

    Totals totals() {
        String key = secretKey;
        if (key == null) {
            throw new IllegalStateException("totals need the secret key");
        }
        HttpResponse<String> answer = get("/api/analytics/visitors.php?" + days, key);
        if (answer.statusCode() != 200) {
            throw new BenchException("visitors.php answered " + answer.statusCode() + " " + shortened(answer.body())
                    + "; see --secret-key");
        }
        JsonNode data = parse(answer.body()).path("data");
        return new Totals(
                data.path("total_pageviews").asLong(),
                data.path("unique_visitors").asLong());
    }

    /** Whether this process also loads what it journals; {@code micrologs ingest} does not. */
    boolean hasLoader() {
        return health().path("checks").has("loader");
    }

    /** Events journaled and not yet in the table; empty when the server does not say. */
    OptionalLong lagEvents() {
        JsonNode lag = health().path("checks").path("loader").path("lag_events");
        return lag.isNumber() ? OptionalLong.of(lag.asLong()) : OptionalLong.empty();
    }

    /** The health answer, red or green; throws when there is none. */
    JsonNode health() {
        return parse(get("/api/health.php", null).body());
    }

    /**
     * Sends one pageview on a connection of its own and returns the whole answer, byte for byte.
     *
     * @param address goes into X-Forwarded-For
     */
    byte[] pageview(String domain, String publicKey, String visitor, String fingerprint, String address) {
        String body = "{\"url\":\"https://" + domain + "/bench/" + visitor + "\",\"visitor_id\":\"" + visitor
                + "\",\"session_token\":\"s-" + visitor + "\",\"fingerprint\":\"" + fingerprint + "\",\"event_id\":\"e-"
                + visitor + "\"}";
        String head = "POST /api/track/pageview.php?k=" + publicKey + " HTTP/1.1\r\nHost: " + hostHeader()
                + "\r\nConnection: keep-alive\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
                + "\r\nAccept: */*\r\nAccept-Language: en-US,en;q=0.9\r\nContent-Type: text/plain;charset=UTF-8\r\nOrigin: https://"
                + domain + "\r\nX-Forwarded-For: " + address + "\r\nContent-Length: " + body.length() + "\r\n\r\n";
        try (Socket socket = new Socket()) {
            socket.connect(address(), 5_000);
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write((head + body).getBytes(StandardCharsets.US_ASCII));
            Answer answer = new Answer(16_384);
            byte[] buffer = new byte[16_384];
            InputStream in = socket.getInputStream();
            int status = Answer.PARTIAL;
            while (status == Answer.PARTIAL) {
                int read = in.read(buffer);
                if (read < 0) {
                    throw new BenchException("the server closed the connection on the first pageview");
                }
                status = answer.add(ByteBuffer.wrap(buffer, 0, read));
            }
            if (status != 202) {
                throw new BenchException("the first pageview was answered with " + answer.firstLines());
            }
            return answer.copy();
        } catch (IOException e) {
            throw new BenchException("no pageview could be sent to " + url + ": " + e.getMessage(), e);
        }
    }

    private HttpResponse<String> get(String path, @Nullable String key) {
        HttpRequest.Builder request = HttpRequest.newBuilder(url.resolve(path)).timeout(Duration.ofMinutes(5));
        if (key != null) {
            request.header("X-API-Key", key);
        }
        try {
            return http.send(request.build(), HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new BenchException(
                    "no server answers at " + url + " (" + e.getClass().getSimpleName() + ")", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BenchException("interrupted", e);
        }
    }

    private JsonNode parse(String body) {
        try {
            return json.readTree(body);
        } catch (IOException e) {
            throw new BenchException(url + " answered what is no JSON: " + shortened(body), e);
        }
    }

    private static String shortened(String body) {
        String line = body.replaceAll("\\s+", " ");
        return line.substring(0, Math.min(160, line.length()));
    }
}

package io.micrologs.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** Asks one question after another over one kept connection. Single-threaded. */
final class QueryClient {
    private static final int OK = 200;
    private static final int TOO_MANY = 429;
    private static final int UNAVAILABLE = 503;
    private static final Duration PATIENCE = Duration.ofMinutes(10);
    private static final int MESSAGE_MAX = 200;

    private final ObjectMapper json = new ObjectMapper();
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();
    private final URI url;
    private final String secretKey;

    QueryClient(URI url, String secretKey) {
        this.url = url;
        this.secretKey = secretKey;
    }

    /** What came back, and after how long: from before the request is sent until the answer's last byte is read. */
    record Answer(int status, byte[] body, long nanos) {
        double millis() {
            return nanos / 1e6;
        }

        String message() {
            String text = new String(body, StandardCharsets.UTF_8).replaceAll("\\s+", " ");
            return text.substring(0, Math.min(MESSAGE_MAX, text.length()));
        }
    }

    Answer ask(QueryRequest request) throws IOException {
        HttpRequest.Builder builder = HttpRequest.newBuilder(url.resolve(request.path()))
                .timeout(PATIENCE)
                .header("X-API-Key", secretKey);
        String body = request.body();
        if (body != null) {
            builder.header("Content-Type", "application/json").POST(HttpRequest.BodyPublishers.ofString(body));
        }
        HttpRequest built = builder.build();
        try {
            long start = System.nanoTime();
            HttpResponse<byte[]> response = http.send(built, HttpResponse.BodyHandlers.ofByteArray());
            return new Answer(response.statusCode(), response.body(), System.nanoTime() - start);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BenchException("interrupted", e);
        }
    }

    /** The same; throws when there is no server. */
    Answer send(QueryRequest request) {
        try {
            return ask(request);
        } catch (IOException e) {
            throw new BenchException(
                    "no server answers at " + url + " (" + e.getClass().getSimpleName() + ")", e);
        }
    }

    /** The same, and refuses whatever is not the answer that has to come. */
    Answer require(QueryRequest request, int status) {
        return require(send(request), request, status);
    }

    Answer require(Answer answer, QueryRequest request, int status) {
        if (answer.status() == TOO_MANY) {
            throw new BenchException("the server limits how often one address may ask; start it with"
                    + " --ratelimit.analytics 10000 --ratelimit.window 1s");
        }
        if (answer.status() != status) {
            throw new BenchException("\"" + request.name() + "\" (" + request.path() + ") answered " + answer.status()
                    + " " + answer.message());
        }
        return answer;
    }

    JsonNode data(QueryRequest request) {
        Answer answer = require(request, OK);
        try {
            return json.readTree(answer.body()).path("data");
        } catch (IOException e) {
            throw new BenchException(request.path() + " answered what is no JSON: " + answer.message(), e);
        }
    }

    /** Whether it answers now; throws when it refuses what it is asked. */
    boolean answers(QueryRequest floor) {
        try {
            Answer answer = ask(floor);
            if (answer.status() == UNAVAILABLE) {
                return false;
            }
            return require(floor, QueryRequest.FLOOR_STATUS).status() == QueryRequest.FLOOR_STATUS;
        } catch (IOException e) {
            return false;
        }
    }
}

package io.micrologs.faults;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/** What the operator asks, each question from an address of its own so that no limit counts them together. */
final class Api {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final HttpClient HTTP =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();

    private static final AtomicInteger QUESTIONS = new AtomicInteger();

    private final int port;
    private final String adminKey;

    Api(int port, String adminKey) {
        this.port = port;
        this.adminKey = adminKey;
    }

    record Answer(int status, String text) {
        JsonNode data() {
            try {
                return JSON.readTree(text).path("data");
            } catch (IOException e) {
                throw new AssertionError(text, e);
            }
        }

        JsonNode ok() {
            if (status != 200) {
                throw new AssertionError(status + " " + text);
            }
            return data();
        }
    }

    Answer get(String path, String key) {
        return send(request(path).header("X-API-Key", key).GET());
    }

    /** A link that is looked at so is not followed. */
    Answer head(String path) {
        return send(request(path).method("HEAD", BodyPublishers.noBody()));
    }

    Answer post(String path, String key, String body) {
        return send(request(path).header("X-API-Key", key).POST(BodyPublishers.ofString(body)));
    }

    Answer asAdmin(String path, String body) {
        return send(request(path).header("X-Admin-Key", adminKey).POST(BodyPublishers.ofString(body)));
    }

    Answer asAdmin(String path) {
        return send(request(path).header("X-Admin-Key", adminKey).GET());
    }

    private HttpRequest.Builder request(String path) {
        int number = QUESTIONS.incrementAndGet();
        String address = "203." + (number >> 16 & 127) + "." + (number >> 8 & 255) + "." + (number & 255);
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(Duration.ofSeconds(20))
                .header("X-Forwarded-For", address);
    }

    /** Status 0 when nobody answers. */
    private static Answer send(HttpRequest.Builder request) {
        try {
            HttpResponse<String> response = HTTP.send(request.build(), BodyHandlers.ofString());
            return new Answer(response.statusCode(), response.body());
        } catch (IOException e) {
            return new Answer(0, e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}

package io.micrologs.contract;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** One request, with the headers of an ordinary browser and an address that no other call has, unless told otherwise. */
final class Call {
    static final ObjectMapper JSON = new ObjectMapper();
    static final String FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0";

    private static final AtomicInteger ADDRESSES = new AtomicInteger();
    private static final HttpClient HTTP = HttpClient.newBuilder()
            .connectTimeout(Duration.ofSeconds(5))
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();

    private final String url;
    private final String method;
    private final String path;
    private final Map<String, String> headers = new LinkedHashMap<>();
    private byte[] body;

    Call(String url, String method, String path) {
        this.url = url;
        this.method = method;
        this.path = path;
        header("User-Agent", FIREFOX);
        header("Accept", "*/*");
        header("Accept-Language", "en-US,en;q=0.5");
        from(freshAddress());
    }

    /** Of the range that is set aside for benchmarks, so nobody's, and nowhere. */
    static String freshAddress() {
        int number = ADDRESSES.incrementAndGet();
        return "198." + (18 + (number >> 16 & 1)) + "." + (number >> 8 & 255) + "." + (number & 255);
    }

    record Answer(int status, HttpHeaders headers, String body) {
        JsonNode json() {
            try {
                return JSON.readTree(body);
            } catch (JsonProcessingException e) {
                throw new UncheckedIOException(body, e);
            }
        }

        String message() {
            return json().path("message").asText();
        }

        String header(String name) {
            return headers.firstValue(name).orElse("");
        }

        /** That it is the contract's refusal, with no more keys than it may have. */
        void isRefusal(int expected, String message) {
            assertThat(status + " " + body)
                    .isEqualTo(expected + " {\"success\":false,\"message\":\"" + message.replace("\"", "\\\"") + "\"}");
        }
    }

    Call header(String name, String value) {
        headers.put(name, value);
        return this;
    }

    Call key(String key) {
        return header("X-API-Key", key);
    }

    Call admin(String key) {
        return header("X-Admin-Key", key);
    }

    Call from(String address) {
        return header("X-Forwarded-For", address);
    }

    Call json(Object value) {
        try {
            return body(JSON.writeValueAsString(value)).header("Content-Type", "application/json");
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    Call body(String text) {
        return body(text.getBytes(StandardCharsets.UTF_8));
    }

    Call body(byte[] bytes) {
        body = bytes;
        return this;
    }

    Answer send() {
        BodyPublisher content = body == null ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body);
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url + path))
                .timeout(Duration.ofSeconds(30))
                .method(method, content);
        headers.forEach((name, value) -> {
            if (value != null) {
                request.header(name, value);
            }
        });
        try {
            HttpResponse<String> response = HTTP.send(request.build(), BodyHandlers.ofString());
            return new Answer(response.statusCode(), response.headers(), response.body());
        } catch (IOException e) {
            throw new UncheckedIOException(method + " " + path, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** The data of an answer that must be 200 and an envelope. */
    JsonNode ok() {
        Answer answer = send();
        assertThat(answer.status()).as("%s %s: %s", method, path, answer.body()).isEqualTo(200);
        assertThat(answer.json().path("success").asBoolean()).isTrue();
        return answer.json().path("data");
    }

    /** That a tracking endpoint takes it, with the contract's very answer. */
    void accepted() {
        Answer answer = send();
        assertThat(answer.status() + " " + answer.body())
                .isEqualTo("202 {\"success\":true,\"message\":\"OK\",\"data\":{\"queued\":true}}");
    }
}

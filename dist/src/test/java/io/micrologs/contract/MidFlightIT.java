package io.micrologs.contract;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.micrologs.contract.Installation.Project;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Keys that change while events come in with them: what begins after the answer to the change is refused, what was answered 202
 * is stored, and nobody else notices.
 */
class MidFlightIT {
    private static final Installation SERVER = Installation.shared();
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final int ENOUGH = 25;
    private static final int TRIALS = Integer.getInteger("faults.trials", 2);

    enum Change {
        ROTATE("regenerate-keys"),
        DISABLE("toggle"),
        DELETE("delete");

        private final String path;

        Change(String path) {
            this.path = path;
        }

        /** Its answer's data, when it is in force. */
        JsonNode make(Project project) {
            Map<String, Object> body = switch (this) {
                case ROTATE -> Map.of("id", project.id());
                case DISABLE -> Map.of("id", project.id(), "is_active", false);
                case DELETE -> Map.of("id", project.id(), "confirm", project.name());
            };
            return SERVER.post("/api/projects/" + path + ".php")
                    .admin(SERVER.adminKey())
                    .json(body)
                    .ok();
        }
    }

    private record Sent(long begunNanos, int status, int events) {}

    /** Sends one event after the other, each as another client. */
    private static final class Sender extends Thread {
        private final String key;
        private final boolean batches;
        private final AtomicBoolean enough;
        private final Queue<Sent> sent = new ConcurrentLinkedQueue<>();

        Sender(String key, boolean batches, AtomicBoolean enough) {
            this.key = key;
            this.batches = batches;
            this.enough = enough;
        }

        @Override
        public void run() {
            for (int i = 0; !enough.get(); i++) {
                // A project may send 600 batches in a minute.
                boolean batch = batches && i % 4 == 0 && i < 2_000;
                Call call = batch
                        ? SERVER.post("/api/v1/events")
                                .body("[{\"type\":\"audit\",\"action\":\"a\"},{\"type\":\"audit\",\"action\":\"b\"}]")
                        : SERVER.post("/api/track/audit.php").json(Map.of("action", "a"));
                long begun = System.nanoTime();
                sent.add(new Sent(begun, call.key(key).send().status(), batch ? 2 : 1));
            }
        }

        long count(long sinceNanos) {
            return sent.stream().filter(one -> one.begunNanos - sinceNanos >= 0).count();
        }

        int accepted() {
            return sent.stream()
                    .filter(one -> one.status == 202)
                    .mapToInt(Sent::events)
                    .sum();
        }
    }

    @ParameterizedTest
    @EnumSource
    void change_isInForceWithItsAnswer_andForItsProjectAlone(Change change) throws InterruptedException {
        for (int trial = 0; trial < TRIALS; trial++) {
            changeUnderLoad(change);
        }
    }

    private static void changeUnderLoad(Change change) throws InterruptedException {
        Project changed = SERVER.project();
        Project other = SERVER.project();
        AtomicBoolean enough = new AtomicBoolean();
        List<Sender> old =
                List.of(new Sender(changed.publicKey(), false, enough), new Sender(changed.secretKey(), true, enough));
        List<Sender> others =
                List.of(new Sender(other.publicKey(), false, enough), new Sender(other.secretKey(), true, enough));
        List<Sender> all = new ArrayList<>(old);
        all.addAll(others);
        long started = System.nanoTime();
        all.forEach(Thread::start);
        JsonNode data;
        long answered;
        try {
            await(all, started);
            data = change.make(changed);
            answered = System.nanoTime();
            await(all, answered);
        } finally {
            enough.set(true);
            for (Sender sender : all) {
                sender.join();
            }
        }
        for (Sender sender : old) {
            assertThat(sender.sent)
                    .allSatisfy(one -> assertThat(one.status)
                            .isIn(one.begunNanos - answered >= 0 ? List.of(401) : List.of(202, 401)));
            assertThat(sender.accepted()).isPositive();
        }
        for (Sender sender : others) {
            assertThat(sender.sent).extracting(Sent::status).containsOnly(202);
        }
        isStored(other, others);
        if (change == Change.ROTATE) {
            isStored(
                    new Project(
                            changed.id(),
                            changed.name(),
                            data.path("public_key").asText(),
                            data.path("secret_key").asText()),
                    old);
        } else if (change == Change.DISABLE) {
            SERVER.post("/api/projects/toggle.php")
                    .admin(SERVER.adminKey())
                    .json(Map.of("id", changed.id(), "is_active", true))
                    .ok();
            isStored(changed, old);
        }
    }

    private static void await(List<Sender> senders, long sinceNanos) {
        Installation.await(
                "every sender to have sent",
                SOON,
                () -> senders.stream().allMatch(sender -> sender.count(sinceNanos) >= ENOUGH));
    }

    private static void isStored(Project project, List<Sender> senders) {
        SERVER.awaitLoaded(project);
        JsonNode line = SERVER.ledger(project);
        assertThat(line.path("stored").asInt())
                .isEqualTo(senders.stream().mapToInt(Sender::accepted).sum());
        assertThat(line.path("balances").asBoolean()).as(line.toString()).isTrue();
    }

    /** Whoever holds the old key could begin a request before the change and end it hours later. */
    @Test
    void requestThatWasBegunWithAnOldKey_isRefusedWhenItEnds() throws IOException {
        for (Change change : Change.values()) {
            Project project = SERVER.project();
            String small = "[{\"type\":\"audit\",\"action\":\"a\"}]";
            // Longer than other bodies may be, so that its key is looked at before it is read, too.
            String large =
                    "[{\"type\":\"audit\",\"action\":\"a\",\"context\":{\"a\":\"" + "x".repeat(200_000) + "\"}}]";
            try (Socket one = begin(project.secretKey(), "/api/v1/events", small);
                    Socket two = begin(project.secretKey(), "/api/v1/events", large);
                    Socket three = begin(project.publicKey(), "/api/track/audit", small)) {
                change.make(project);
                for (Socket socket : List.of(one, two, three)) {
                    socket.getOutputStream().write("]".getBytes(StandardCharsets.US_ASCII));
                    String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                    assertThat(answer)
                            .as(change.toString())
                            .startsWith("HTTP/1.1 401 ")
                            .endsWith("{\"success\":false,\"message\":\"Invalid API key\"}");
                }
            }
        }
    }

    /** All but the last byte. */
    private static Socket begin(String key, String path, String body) throws IOException {
        URI url = URI.create(SERVER.url());
        Socket socket = new Socket(url.getHost(), url.getPort());
        socket.setSoTimeout((int) SOON.toMillis());
        OutputStream out = socket.getOutputStream();
        out.write(("POST " + path + " HTTP/1.1\r\nHost: " + url.getAuthority() + "\r\nConnection: close\r\nX-API-Key: "
                        + key
                        + "\r\nX-Forwarded-For: " + Call.freshAddress() + "\r\nContent-Length: " + body.length()
                        + "\r\n\r\n" + body.substring(0, body.length() - 1))
                .getBytes(StandardCharsets.US_ASCII));
        out.flush();
        return socket;
    }
}

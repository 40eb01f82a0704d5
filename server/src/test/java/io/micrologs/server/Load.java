package io.micrologs.server;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.UncheckedIOException;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Pageviews that clients insist on: each has its own visitor, page and event id, and is sent again, with that id, until it
 * is acknowledged. So the right count in the end is the number of pageviews, whatever happened on the way.
 */
final class Load implements AutoCloseable {

    private static final int CLIENTS = 8;

    private final ServerProcess server;
    private final String key;
    private final Queue<Integer> unsent = new ConcurrentLinkedQueue<>();
    private final ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
    final AtomicInteger acknowledged = new AtomicInteger();
    final AtomicInteger refused = new AtomicInteger();
    final AtomicInteger unanswered = new AtomicInteger();

    Load(ServerProcess server, int from, int to) {
        this.server = server;
        this.key = server.publicKey();
        for (int i = from; i < to; i++) {
            unsent.add(i);
        }
        for (int i = 0; i < CLIENTS; i++) {
            clients.execute(this::send);
        }
        clients.shutdown();
    }

    private void send() {
        Integer number;
        while ((number = unsent.poll()) != null && !Thread.currentThread().isInterrupted()) {
            if (!sendOne(number)) {
                unsent.add(number);
            }
        }
    }

    private boolean sendOne(int number) {
        try {
            String url = "https://example.test/page/" + number;
            String body = ServerProcess.JSON.writeValueAsString(
                    ServerProcess.pageview("visitor-" + number, "session-" + number, url));
            int status = server.post("/api/track/pageview.php", key, body).statusCode();
            if (status == 202) {
                acknowledged.incrementAndGet();
                return true;
            }
            refused.incrementAndGet();
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        } catch (UncheckedIOException e) {
            unanswered.incrementAndGet();
        }
        return false;
    }

    /** Until every pageview is acknowledged. */
    void finish() {
        try {
            if (!clients.awaitTermination(120, TimeUnit.SECONDS)) {
                throw new AssertionError(unsent.size() + " pageviews are still not acknowledged; acknowledged "
                        + acknowledged + ", refused " + refused + ", unanswered " + unanswered);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        clients.shutdownNow();
    }
}

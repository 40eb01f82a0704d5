package io.micrologs.ingest;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.micrologs.http.Exchange;
import io.micrologs.http.LoopEndpoint;
import io.micrologs.http.Reply;
import io.micrologs.ingest.Access.Denied;
import io.micrologs.ingest.Access.Granted;
import io.micrologs.ingest.BatchBody.Item;
import io.micrologs.ingest.BatchBody.RefusedException;
import io.micrologs.ingest.BatchItem.Taken;
import io.micrologs.ingest.Parsed.Claim;
import io.micrologs.ingest.Rejection.Reason;
import io.micrologs.journal.Append;
import io.micrologs.journal.AppendLane;
import io.micrologs.journal.Envelope;
import io.micrologs.journal.Place;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code POST /api/v1/events}: many events of a backend in one request. Its event loop looks at key and limit, a thread of
 * this class's own at the body, which would keep the loop's other clients waiting; the journal's completion answers on the
 * loop.
 */
final class Batch implements LoopEndpoint {
    /** Of the bodies that are longer than others may be, in memory at a time. */
    static final int LARGE_BODIES_MAX = 16;

    private static final int THREADS = 2;
    private static final int WAITING_MAX = 64;
    private static final JsonFactory JSON = new JsonFactory();
    private static final Logger log = LoggerFactory.getLogger(Batch.class);

    private final Ingest ingest;
    private final BatchLimit limit;
    // Not the server's workers: those wait for the database, and this must not wait for them.
    private final ThreadPoolExecutor threads = new ThreadPoolExecutor(
            THREADS, THREADS, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(WAITING_MAX), task -> {
                Thread thread = new Thread(task, "ingest-batch");
                thread.setDaemon(true);
                return thread;
            });

    Batch(Ingest ingest, BatchLimit limit) {
        this.ingest = ingest;
        this.limit = limit;
        threads.allowCoreThreadTimeOut(true);
    }

    ExecutorService threads() {
        return threads;
    }

    @Override
    public void handle(Exchange exchange) {
        Access access = ingest.access();
        LoopTools tools = ingest.tools(exchange.loop());
        Access.Decision decision = access == null
                ? null
                : access.decide(exchange, Access.Keys.SECRET, tools.hasher().sha256());
        if (decision == null) {
            refuse(exchange, 0, Rejection.NO_SNAPSHOT);
        } else if (!ingest.journal().accepting()) {
            refuse(exchange, 0, Rejection.JOURNAL);
        } else if (decision instanceof Granted granted) {
            int wait = limit.retryAfterSeconds(granted.projectId(), ingest.nowMs());
            if (wait > 0) {
                ingest.counts().refused(granted.projectId(), Reason.RATE_LIMIT);
                exchange.respond(tooMany(wait));
            } else {
                handOver(exchange, granted.rules(), tools.lane());
            }
        } else if (decision instanceof Denied denied) {
            refuse(exchange, denied.projectId(), denied.rejection());
        }
    }

    private void handOver(Exchange exchange, Rules rules, AppendLane lane) {
        byte[] body = Arrays.copyOf(exchange.body(), exchange.bodyLength());
        String encoding = exchange.header("content-encoding");
        String type = exchange.header("content-type");
        Executor loop = exchange.loop();
        try {
            threads.execute(() -> {
                Rejection refused = take(new Events(exchange, rules, lane), body, encoding, type);
                if (refused != null) {
                    loop.execute(() -> refuse(exchange, rules.projectId(), refused));
                }
            });
        } catch (RejectedExecutionException full) {
            refuse(exchange, rules.projectId(), Rejection.JOURNAL);
        }
    }

    private void refuse(Exchange exchange, int projectId, Rejection rejection) {
        ingest.counts().refused(projectId, rejection.reason());
        exchange.respond(rejection.reply());
    }

    /** Null when {@code events} will answer. */
    private @Nullable Rejection take(Events events, byte[] body, @Nullable String encoding, @Nullable String type) {
        try {
            events.read(BatchBody.of(body, encoding, type));
            if (events.count == 0) {
                events.loop().execute(() -> events.completed(true));
                return null;
            }
            return ingest.journal().offer(events) ? null : Rejection.JOURNAL;
        } catch (RefusedException e) {
            return e.rejection;
        } catch (RuntimeException | OutOfMemoryError e) {
            log.error("a batch failed: {}", e.toString());
            log.debug("where it failed", e);
            return Rejection.JOURNAL;
        }
    }

    private static Reply tooMany(int waitSeconds) {
        return Reply.json(
                        429,
                        "{\"error\":\"Too many requests of this project. Try again in " + waitSeconds
                                + " seconds, with more events in each.\"}")
                .header("retry-after", String.valueOf(waitSeconds));
    }

    /** One batch on its way; made for it, used once. */
    private final class Events extends Append {
        private final Exchange exchange;
        private final Rules rules;
        private final Executor loop;
        private final Map<Integer, Rejection> rejected = new LinkedHashMap<>();
        private int count;

        Events(Exchange exchange, Rules rules, AppendLane lane) {
            super(lane);
            this.exchange = exchange;
            this.rules = rules;
            this.loop = exchange.loop();
        }

        Executor loop() {
            return loop;
        }

        void read(BatchBody body) {
            JsonBody json = new JsonBody();
            Hasher hasher = ingest.newHasher();
            DailyHasher daily = ingest.newDailyHasher();
            SplittableRandom random = ingest.newRandom();
            long nowMs = ingest.nowMs();
            for (int i = 0; i < body.items().size(); i++) {
                Item item = body.items().get(i);
                Object read = BatchItem.read(json, body.bytes(), item.start(), item.length(), rules.cookieless());
                if (read instanceof Taken taken) {
                    add(
                            envelope(taken, nowMs, hasher, daily, random),
                            taken.claim().event());
                    count++;
                } else {
                    rejected.put(i, (Rejection) read);
                }
            }
        }

        /** The request's own address and agent are the backend's, and say nothing about whose event it is. */
        private Envelope envelope(Taken taken, long nowMs, Hasher hasher, DailyHasher daily, SplittableRandom random) {
            Claim claim = taken.claim();
            int projectId = rules.projectId();
            String eventId = claim.eventId();
            Person person = rules.cookieless()
                    ? Person.namedToday(projectId, claim, daily)
                    : Person.named(projectId, claim, hasher);
            return new Envelope(
                    projectId,
                    eventId == null ? random.nextLong() : hasher.event(projectId, eventId),
                    eventId != null,
                    nowMs,
                    taken.occurredMs(),
                    person.visitorId(),
                    person.sessionToken(),
                    null,
                    null,
                    Place.UNKNOWN,
                    person.cookieless(),
                    person.earlierVisitorId());
        }

        @Override
        protected void completed(boolean appended) {
            if (!appended) {
                ingest.counts().refused(rules.projectId(), Reason.JOURNAL.text(), count);
                exchange.respond(Rejection.JOURNAL.reply());
                return;
            }
            ingest.counts().accepted(count);
            rejected.values().forEach(item -> ingest.counts().refused(rules.projectId(), item.reason()));
            exchange.respond(answer());
        }

        private Reply answer() {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
            try (JsonGenerator out = JSON.createGenerator(bytes)) {
                out.writeStartObject();
                out.writeBooleanField("success", true);
                out.writeStringField("message", "OK");
                out.writeObjectFieldStart("data");
                out.writeNumberField("accepted", count);
                out.writeArrayFieldStart("rejected");
                for (Map.Entry<Integer, Rejection> item : rejected.entrySet()) {
                    out.writeStartObject();
                    out.writeNumberField("index", item.getKey());
                    out.writeStringField("reason", item.getValue().message());
                    out.writeEndObject();
                }
                out.writeEndArray();
                out.writeEndObject();
                out.writeEndObject();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return Reply.json(202, bytes.toByteArray());
        }
    }
}

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
import io.micrologs.journal.FatalErrors;
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
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code POST /api/v1/events}: many events of a backend in one request. Its event loop looks at key and limit, a thread of
 * this class's own at the body, which would keep the loop's other clients waiting; the journal's completion answers on the
 * loop.
 */
final class Batch implements LoopEndpoint {
    /*
     * A batch may take some 20 MB on its way: the body in the connection's buffer and in ours, unpacked, and encoded for
     * the journal. So two bounds hold, each for as long as the batch is not answered: `room`, which one that is packed small
     * needs as well, and before that the server's own for bodies that are longer than others may be, which are read for
     * holders of a key only (refuseLarge).
     *
     * A batch ends once, in Events.end on its event loop, whatever happened to it or its client: the answer, the counts
     * and the room belong together there.
     */
    /** Batches in memory at a time. */
    static final int AT_ONCE_MAX = 16;

    private static final int THREADS = 2;
    private static final JsonFactory JSON = new JsonFactory();
    private static final Logger log = LoggerFactory.getLogger(Batch.class);

    private final Ingest ingest;
    private final BatchLimit limit;
    private final Semaphore room = new Semaphore(AT_ONCE_MAX);
    // Not the server's workers: those wait for the database, and this must not wait for them.
    private final ThreadPoolExecutor threads = new ThreadPoolExecutor(
            THREADS, THREADS, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(AT_ONCE_MAX), task -> {
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

    Semaphore room() {
        return room;
    }

    /** Answers for a body that is longer than others may be, by the headers alone; null to read it. */
    @Nullable
    Reply refuseLarge(Exchange exchange) {
        if (!(decide(exchange) instanceof Denied denied)) {
            return null;
        }
        ingest.counts().refused(denied.projectId(), denied.rejection().reason());
        return denied.rejection().reply();
    }

    private Access.Decision decide(Exchange exchange) {
        Access access = ingest.access();
        return access == null
                ? new Denied(0, Rejection.NO_SNAPSHOT)
                : access.decide(
                        exchange,
                        Access.Keys.SECRET,
                        ingest.tools(exchange.loop()).hasher().sha256());
    }

    @Override
    public void handle(Exchange exchange) {
        Access.Decision decision = decide(exchange);
        if (decision instanceof Denied denied) {
            refuse(exchange, denied.projectId(), denied.rejection());
            return;
        }
        Granted granted = (Granted) decision;
        int wait = limit.retryAfterSeconds(granted.projectId(), ingest.nowMs());
        if (wait > 0) {
            ingest.counts().refused(granted.projectId(), Reason.RATE_LIMIT);
            exchange.respond(tooMany(wait));
        } else if (!room.tryAcquire()) {
            refuse(exchange, granted.projectId(), Rejection.BUSY);
        } else {
            handOver(exchange, granted.rules());
        }
    }

    private void refuse(Exchange exchange, int projectId, Rejection rejection) {
        ingest.counts().refused(projectId, rejection.reason());
        exchange.respond(rejection.reply());
    }

    /** With a permit of {@link #room}, which the batch's end gives back. */
    private void handOver(Exchange exchange, Rules rules) {
        Events events = null;
        try {
            events = new Events(exchange, rules, ingest.tools(exchange.loop()).lane());
            Events made = events;
            byte[] body = Arrays.copyOf(exchange.body(), exchange.bodyLength());
            ContentCoding coding = ContentCoding.of(exchange.headers("content-encoding"));
            String type = exchange.header("content-type");
            threads.execute(() -> take(made, body, coding, type));
        } catch (Throwable e) {
            FatalErrors.report(e);
            log.error("a batch cannot be taken: {}", e.toString());
            if (events == null) {
                room.release();
                throw e;
            }
            events.end(Rejection.JOURNAL);
        }
    }

    /** On a thread of this class; whatever happens, the batch ends on its loop. */
    private void take(Events events, byte[] body, ContentCoding coding, @Nullable String type) {
        Rejection refused;
        try {
            events.read(BatchBody.of(body, coding, type));
            if (events.count > 0 && ingest.journal().offer(events)) {
                return;
            }
            refused = events.count > 0 ? Rejection.JOURNAL : null;
        } catch (RefusedException e) {
            refused = e.rejection;
        } catch (Throwable e) {
            FatalErrors.report(e);
            log.error("a batch failed: {}", e.toString());
            log.debug("where it failed", e);
            refused = Rejection.JOURNAL;
        }
        Rejection answer = refused;
        try {
            events.loop.execute(() -> events.end(answer));
        } catch (RejectedExecutionException stopped) {
            // The loop has ended and its connections with it: nobody is left to tell.
            room.release();
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
        private final AtomicBoolean ended = new AtomicBoolean();
        /** What the body was cut into; 0 while that is not known. */
        private int items;
        /** Of the items, those that are encoded for the journal. */
        private int count;

        Events(Exchange exchange, Rules rules, AppendLane lane) {
            super(lane);
            this.exchange = exchange;
            this.rules = rules;
            this.loop = exchange.loop();
        }

        void read(BatchBody body) {
            JsonBody json = new JsonBody();
            Hasher hasher = ingest.newHasher();
            DailyHasher daily = ingest.newDailyHasher();
            SplittableRandom random = ingest.newRandom();
            long nowMs = ingest.nowMs();
            items = body.items().size();
            for (int i = 0; i < items; i++) {
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
                    eventId == null ? random.nextLong() : hasher.event(projectId, false, eventId),
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
            end(appended ? null : Rejection.JOURNAL);
        }

        /** @param refused why none of it is in the journal; null when all that is good is */
        void end(@Nullable Rejection refused) {
            if (!ended.compareAndSet(false, true)) {
                return;
            }
            try {
                tally(refused);
                exchange.respond(refused == null ? answer() : refused.reply());
            } catch (Throwable e) {
                FatalErrors.report(e);
                log.error("a batch could not be answered: {}", e.toString());
                log.debug("where it failed", e);
                // If it is in the journal after all, the events' ids keep what the client sends again from counting
                // twice.
                exchange.respond(Rejection.JOURNAL.reply());
            } finally {
                room.release();
            }
        }

        private void tally(@Nullable Rejection refused) {
            Counts counts = ingest.counts();
            rejected.values().forEach(item -> counts.refused(rules.projectId(), item.reason()));
            if (refused == null) {
                counts.accepted(count);
            } else {
                int events = items == 0 ? 1 : items - rejected.size();
                counts.refused(rules.projectId(), refused.reason().text(), events);
            }
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

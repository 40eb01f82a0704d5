package io.micrologs.faults;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * People and backends that want each of their events counted: what gets no answer, or 503, is sent again under the same
 * event id, until one loses patience, each tenth time. Beside that a tenth of all requests is abandoned unanswered and sent again, and a tenth is sent again after its
 * answer. Rounds of load, each of new people, go from {@link #begin} to {@link #end}.
 */
final class LoadClient implements AutoCloseable {
    private static final int CLIENTS = 6;
    private static final long THINK_NANOS_MAX = 12_000_000;
    private static final long AGAIN_NANOS = 50_000_000;
    private static final int LATER_MAX = 8;

    private final Deployment deployment;
    private final SentLog log;
    private final AtomicLong numbers = new AtomicLong();
    private final List<Event> sent = Collections.synchronizedList(new ArrayList<>());
    private final TreeMap<String, Integer> tally = new TreeMap<>();
    private final List<Thread> threads = new ArrayList<>();
    private final AtomicLong acknowledged = new AtomicLong();
    private final AtomicLong firstAckNanos = new AtomicLong();
    private volatile long markNanos;
    private volatile boolean running;
    private volatile boolean insisting;

    /** @param directory for the client's log */
    LoadClient(Deployment deployment, Path directory) {
        this.deployment = deployment;
        this.log = new SentLog(directory.resolve("sent.log"));
    }

    void begin(Random random) {
        running = true;
        insisting = true;
        acknowledged.set(0);
        mark(System.nanoTime());
        for (int i = 0; i < CLIENTS; i++) {
            Random own = new Random(random.nextLong());
            Thread thread = new Thread(() -> send(own), "load-" + i);
            thread.start();
            threads.add(thread);
        }
    }

    /** Lets everybody finish the request in hand; what the round wanted counted. The server must accept again. */
    List<Event> end() {
        running = false;
        return join();
    }

    /** As {@link #end} when nobody is there to accept any more: what has no answer stays without. */
    List<Event> giveUp() {
        insisting = false;
        return end();
    }

    private List<Event> join() {
        try {
            for (Thread thread : threads) {
                thread.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
        threads.clear();
        log.force();
        List<Event> round = List.copyOf(sent);
        sent.clear();
        return round;
    }

    SentLog log() {
        return log;
    }

    /** How many requests ended how, over all rounds. */
    synchronized TreeMap<String, Integer> tally() {
        return new TreeMap<>(tally);
    }

    private synchronized void count(String what) {
        tally.merge(what, 1, Integer::sum);
    }

    void awaitAcknowledged(int requests, Duration most) {
        Await.until(
                () -> requests + " acknowledgements, have " + acknowledged + " " + tally() + deployment.logs(),
                most,
                () -> acknowledged.get() >= requests);
    }

    /** From here on the next answer 202 to what was sent after it is the first. */
    void mark(long nanos) {
        markNanos = nanos;
        firstAckNanos.set(0);
    }

    /** How long after the mark the first 202 was read, in milliseconds. */
    long awaitFirst(Duration most) {
        Await.until(() -> "the first 202 " + tally() + deployment.logs(), most, () -> firstAckNanos.get() != 0);
        return (firstAckNanos.get() - markNanos) / 1_000_000;
    }

    private void send(Random random) {
        try (Wire wire = new Wire(deployment.ingest().port())) {
            ArrayDeque<Request> later = new ArrayDeque<>();
            List<Project> projects = deployment.projects();
            while (running) {
                Person person =
                        new Person(random, projects.get(random.nextInt(projects.size())), numbers::incrementAndGet);
                while (running && !person.isGone()) {
                    Request request = person.next();
                    sent.addAll(request.events());
                    if (deliver(wire, request, random) && !request.isClick() && random.nextInt(10) == 0) {
                        later.add(request);
                    }
                    if (later.size() > random.nextInt(LATER_MAX)) {
                        count("sent again after its answer");
                        attempt(wire, later.remove());
                    }
                    LockSupport.parkNanos(random.nextLong(THINK_NANOS_MAX));
                }
            }
        }
    }

    /** Until it is answered; a click is followed once only. */
    private boolean deliver(Wire wire, Request request, Random random) {
        if (!request.isClick() && random.nextInt(10) == 0) {
            abandon(wire, request);
        }
        while (true) {
            int status = attempt(wire, request);
            if (status == SentLog.ACCEPTED || request.isClick()) {
                return true;
            }
            boolean again = status == 0 || status == 503;
            if (!insisting || !again || random.nextInt(10) == 0) {
                return false;
            }
            LockSupport.parkNanos(AGAIN_NANOS);
        }
    }

    private void abandon(Wire wire, Request request) {
        try {
            for (Event event : request.events()) {
                event.attempts.incrementAndGet();
                event.abandoned = true;
            }
            wire.abandon(request.bytes());
            count("abandoned unanswered");
        } catch (IOException e) {
            count("not connected");
        }
    }

    /** The answer's status, 0 without one. */
    private int attempt(Wire wire, Request request) {
        int status = 0;
        long began = System.nanoTime();
        request.events().forEach(event -> event.attempts.incrementAndGet());
        try {
            status = wire.exchange(request.bytes());
            count("status " + status);
            if (status == SentLog.ACCEPTED) {
                acknowledged.incrementAndGet();
                if (began > markNanos) {
                    firstAckNanos.compareAndSet(0, System.nanoTime());
                }
            }
        } catch (Wire.RefusedException e) {
            // Nothing was sent.
            request.events().forEach(event -> event.attempts.decrementAndGet());
            count("not connected");
            return 0;
        } catch (IOException e) {
            count(wire.used() ? "unanswered on a connection used before" : "unanswered on a new connection");
        }
        log.ended(request, status);
        return status;
    }

    /** What no server should have said, with its count. */
    TreeMap<String, Integer> unexpected() {
        TreeMap<String, Integer> strange = tally();
        strange.keySet().removeIf(what -> !what.startsWith("status ") || what.matches("status (202|302|503)"));
        return strange;
    }

    @Override
    public void close() {
        running = false;
        insisting = false;
        join();
        log.close();
    }
}

package io.micrologs.faults;

import io.micrologs.faults.Event.Kind;
import io.micrologs.faults.Event.Who;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Pageviews at a fixed rate, whatever the answers take: each has the moment at which it is due, and its latency counts from
 * there. No more than is needed is kept of each, so that it can go on for an hour.
 */
final class OpenLoop implements AutoCloseable {
    private static final int SENDERS = 32;
    private static final int VIEWS_OF_A_VISITOR = 4;
    private static final int PAGES = 1_000;
    private static final int ADDRESSES = 60_000;

    private final Deployment deployment;
    private final Project project;
    private final List<Thread> threads = new ArrayList<>();
    private final AtomicLong due = new AtomicLong();
    private final AtomicLong number = new AtomicLong();
    /** What was accepted: how many, and all their numbers in the database folded into one. */
    private final AtomicLong accepted = new AtomicLong();

    private final AtomicLong fold = new AtomicLong();
    private volatile Latencies leg = new Latencies("none");
    private volatile boolean running;

    OpenLoop(Deployment deployment) {
        this.deployment = deployment;
        this.project = deployment.projects().get(0);
    }

    long accepted() {
        return accepted.get();
    }

    long fold() {
        return fold.get();
    }

    /** Fills the journal as fast as it goes, in batches of a backend. */
    void fill(int events) {
        Ids ids = new Ids(deployment.hashSalt());
        try (Wire wire = new Wire(deployment.ingest().port())) {
            for (int left = events; left > 0; ) {
                List<Event> batch = new ArrayList<>();
                for (int i = 0; i < 500 && left > 0; i++, left--) {
                    batch.add(event(false));
                }
                int status = wire.exchange(Request.batch(batch, "198.51.100.1").bytes());
                if (status != SentLog.ACCEPTED) {
                    throw new AssertionError("a batch got " + status);
                }
                batch.forEach(event -> accept(ids, event));
            }
        } catch (IOException e) {
            throw new AssertionError("a batch got no answer", e);
        }
    }

    private Event event(boolean browser) {
        long next = number.incrementAndGet();
        String visitor = "v" + next / VIEWS_OF_A_VISITOR;
        String page = "https://shop.example/p/" + next % PAGES;
        return new Event(next, Kind.PAGEVIEW, project, browser, new Who(visitor, "s" + visitor, ""), page, "");
    }

    private void accept(Ids ids, Event event) {
        accepted.incrementAndGet();
        long id = ids.event(event);
        fold.accumulateAndGet(id, (a, b) -> a ^ b);
    }

    void start(double perSecond) {
        running = true;
        long beganNanos = System.nanoTime();
        due.set(0);
        for (int i = 0; i < SENDERS; i++) {
            Thread thread = new Thread(() -> send(beganNanos, 1e9 / perSecond), "open-loop-" + i);
            thread.start();
            threads.add(thread);
        }
    }

    /** From here on requests count under this name; what is still under way with them. */
    Latencies leg(String name) {
        Latencies next = new Latencies(name);
        leg = next;
        return next;
    }

    void stop() {
        running = false;
        try {
            for (Thread thread : threads) {
                thread.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
        threads.clear();
    }

    private void send(long beganNanos, double intervalNanos) {
        Ids ids = new Ids(deployment.hashSalt());
        try (Wire wire = new Wire(deployment.ingest().port())) {
            while (running) {
                long dueNanos = beganNanos + (long) (due.getAndIncrement() * intervalNanos);
                Event event = event(true);
                byte[] bytes = Request.of(event, address(event.number)).bytes();
                for (long left = dueNanos - System.nanoTime(); left > 0; left = dueNanos - System.nanoTime()) {
                    LockSupport.parkNanos(left);
                }
                int status = status(wire, bytes);
                leg.add(status, System.nanoTime() - dueNanos);
                if (status == SentLog.ACCEPTED) {
                    accept(ids, event);
                }
            }
        }
    }

    private static int status(Wire wire, byte[] bytes) {
        try {
            return wire.exchange(bytes);
        } catch (IOException e) {
            return 0;
        }
    }

    /** Not so many from one that a limit would count. */
    private static String address(long number) {
        long of = number % ADDRESSES;
        return "198.18." + (of >> 8) % 256 + "." + (of & 255);
    }

    @Override
    public void close() {
        stop();
    }
}

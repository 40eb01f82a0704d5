package io.micrologs.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Sends over a fixed number of connections, as a closed loop, where each sends its next request as soon as its last one was
 * answered, or at a given rate, whether answers come or not. Single-threaded: whoever calls it.
 *
 * <p>Its cost is part of what a small machine has to bear, so it makes one read and one write a request, on direct
 * buffers, and allocates next to nothing. At the end it waits for every answer that is due: what was sent is known
 * exactly. The first answer that is not 202 ends the leg, because the run is void then.
 */
final class Generator {
    private static final int ANSWER_BYTES_MAX = 16_384;
    private static final long STALL_MS = 20_000;

    private final InetSocketAddress target;
    private final Workload workload;
    private final ByteBuffer in = ByteBuffer.allocateDirect(ANSWER_BYTES_MAX);
    /** The last answer that was parsed and is a 202: what equals it needs no parsing. Its date changes once a second. */
    private final ByteBuffer known = ByteBuffer.allocateDirect(ANSWER_BYTES_MAX).limit(0);

    private final Deque<Connection> idle = new ArrayDeque<>();
    private Latencies latencies = new Latencies();
    private Schedule schedule = Schedule.NONE;
    private long start;
    private long sent;
    /** Also by a leg that is over at once. */
    private long sentMin;

    private long deadline;
    private long lastAnswer;
    private long quietSince;
    private int inFlight;
    private long accepted;
    private long others;
    private long failed;
    private @Nullable String trouble;

    Generator(InetSocketAddress target, Workload workload) {
        this.target = target;
        this.workload = workload;
    }

    /** When requests are due; in the closed loop as soon as a connection is free. */
    private record Schedule(double perSecond) {
        static final Schedule NONE = new Schedule(0);

        boolean isClosedLoop() {
            return perSecond == 0;
        }

        /** Nanoseconds after the start. */
        long dueNanos(long request) {
            return (long) (request / perSecond * 1e9);
        }
    }

    /** Sends for {@code lengthNanos}, each connection without a pause, and then waits for the answers due. */
    Leg run(int connections, long lengthNanos) throws IOException {
        return run(connections, lengthNanos, Schedule.NONE);
    }

    /**
     * Sends what is due within {@code lengthNanos} at a steady rate. A latency counts from the moment at which the request was
     * due, so one that had to wait for a free connection, or for this thread, which wakes each millisecond, is not flattered.
     */
    Leg run(int connections, long lengthNanos, double perSecond) throws IOException {
        return run(connections, lengthNanos, new Schedule(perSecond));
    }

    private Leg run(int connections, long lengthNanos, Schedule when) throws IOException {
        latencies = new Latencies();
        schedule = when;
        accepted = others = failed = sent = 0;
        sentMin = schedule.isClosedLoop() ? connections : 1;
        trouble = null;
        List<Connection> all = new ArrayList<>();
        try (Selector selector = Selector.open()) {
            for (int i = 0; i < connections; i++) {
                all.add(new Connection(target, selector));
            }
            long cpu = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
            start = System.nanoTime();
            lastAnswer = start;
            deadline = start + lengthNanos;
            idle.addAll(all);
            long waitMs = sendDue();
            while (inFlight > 0 || waitMs > 0) {
                selector.select(this::ready, waitMs > 0 ? waitMs : STALL_MS);
                if (inFlight > 0 && System.nanoTime() - lastHeard() > STALL_MS * 1_000_000) {
                    failed += inFlight;
                    note("no answer within " + STALL_MS / 1_000 + " s for " + inFlight + " requests");
                    break;
                }
                waitMs = sendDue();
            }
            long spent = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - cpu;
            return new Leg(accepted, others, failed, trouble, lastAnswer - start, spent, latencies);
        } finally {
            for (Connection connection : all) {
                connection.channel.close();
            }
            idle.clear();
            inFlight = 0;
        }
    }

    /**
     * Sends what is due, as far as connections are free. Returns how many milliseconds until the next is due for which one is
     * free; 0 when there is none.
     */
    private long sendDue() {
        while (deadline != Long.MIN_VALUE && !idle.isEmpty()) {
            long now = System.nanoTime();
            long due = schedule.isClosedLoop() ? now : start + schedule.dueNanos(sent);
            if (due - deadline >= 0 && sent >= sentMin) {
                return 0;
            }
            if (due - now > 0) {
                return Math.max(1, (due - now) / 1_000_000);
            }
            sendNext(idle.remove(), due);
        }
        return 0;
    }

    private void sendNext(Connection connection, long due) {
        if (inFlight == 0) {
            // Nobody owed an answer until now.
            quietSince = System.nanoTime();
        }
        sent++;
        inFlight++;
        try {
            connection.send(due);
        } catch (IOException e) {
            broken(connection, e.getMessage() == null ? e.toString() : e.getMessage());
        }
    }

    private long lastHeard() {
        return Math.max(lastAnswer, quietSince);
    }

    private void ready(SelectionKey key) {
        Connection connection = (Connection) key.attachment();
        try {
            if (key.isWritable()) {
                connection.write();
            }
            if (key.isReadable()) {
                receive(connection);
            }
        } catch (IOException e) {
            broken(connection, e.getMessage() == null ? e.toString() : e.getMessage());
        }
    }

    private void receive(Connection connection) throws IOException {
        in.clear();
        if (connection.channel.read(in) < 0) {
            broken(connection, "the server closed a connection");
            return;
        }
        in.flip();
        int status;
        if (connection.answer.isEmpty() && in.equals(known)) {
            status = 202;
        } else {
            status = connection.answer.add(in);
            if (status == Answer.PARTIAL) {
                return;
            }
            if (status == 202) {
                connection.answer.copyTo(known.clear()).flip();
            } else {
                others++;
                note("answer " + connection.answer.firstLines());
                deadline = Long.MIN_VALUE;
            }
            connection.answer.clear();
        }
        long now = System.nanoTime();
        lastAnswer = now;
        if (status == 202) {
            accepted++;
            latencies.record(now - connection.dueAt);
        }
        inFlight--;
        idle.add(connection);
        sendDue();
    }

    private void broken(Connection connection, String why) {
        failed++;
        inFlight--;
        note(why);
        deadline = Long.MIN_VALUE;
        try {
            connection.channel.close();
        } catch (IOException e) {
            note(why + ", and closing it failed");
        }
    }

    private void note(String what) {
        if (trouble == null) {
            trouble = what;
        }
    }

    private final class Connection {
        private final SocketChannel channel;
        private final SelectionKey key;
        private final ByteBuffer out = ByteBuffer.allocateDirect(workload.bytes().length);
        private final Answer answer = new Answer(ANSWER_BYTES_MAX);
        private long dueAt;

        Connection(InetSocketAddress target, Selector selector) throws IOException {
            channel = SocketChannel.open(target);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.configureBlocking(false);
            key = channel.register(selector, SelectionKey.OP_READ, this);
        }

        void send(long due) throws IOException {
            int length = workload.compose();
            out.clear().put(workload.bytes(), 0, length).flip();
            dueAt = schedule.isClosedLoop() ? System.nanoTime() : due;
            write();
        }

        /** One kilobyte nearly always fits the socket at once; the rest waits until it is writable again. */
        void write() throws IOException {
            channel.write(out);
            int wanted = out.hasRemaining() ? SelectionKey.OP_READ | SelectionKey.OP_WRITE : SelectionKey.OP_READ;
            if (key.interestOps() != wanted) {
                key.interestOps(wanted);
            }
        }
    }
}

package io.micrologs.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A closed loop over a fixed number of connections: each sends its next request as soon as its last one was answered.
 * Single-threaded: whoever calls {@link #run}.
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

    private Latencies latencies = new Latencies();
    private long deadline;
    private long lastAnswer;
    private int inFlight;
    private long accepted;
    private long others;
    private long failed;
    private @Nullable String trouble;

    Generator(InetSocketAddress target, Workload workload) {
        this.target = target;
        this.workload = workload;
    }

    /** Sends for {@code lengthNanos} and then waits for the answers due. */
    Leg run(int connections, long lengthNanos) throws IOException {
        latencies = new Latencies();
        accepted = others = failed = 0;
        trouble = null;
        List<Connection> all = new ArrayList<>();
        try (Selector selector = Selector.open()) {
            for (int i = 0; i < connections; i++) {
                all.add(new Connection(target, selector));
            }
            long cpu = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
            long start = System.nanoTime();
            lastAnswer = start;
            deadline = start + lengthNanos;
            for (Connection connection : all) {
                inFlight++;
                connection.sendNext();
            }
            while (inFlight > 0) {
                if (selector.select(this::ready, STALL_MS) == 0) {
                    failed += inFlight;
                    note("no answer within " + STALL_MS / 1_000 + " s for " + inFlight + " requests");
                    inFlight = 0;
                }
            }
            long spent = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - cpu;
            return new Leg(accepted, others, failed, trouble, lastAnswer - start, spent, latencies);
        } finally {
            for (Connection connection : all) {
                connection.channel.close();
            }
            inFlight = 0;
        }
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
            latencies.record(now - connection.sentAt);
        }
        if (deadline != Long.MIN_VALUE && now - deadline < 0) {
            connection.sendNext();
        } else {
            inFlight--;
        }
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
        private final ByteBuffer out = ByteBuffer.allocateDirect(2_048);
        private final Answer answer = new Answer(ANSWER_BYTES_MAX);
        private long sentAt;

        Connection(InetSocketAddress target, Selector selector) throws IOException {
            channel = SocketChannel.open(target);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.configureBlocking(false);
            key = channel.register(selector, SelectionKey.OP_READ, this);
        }

        void sendNext() throws IOException {
            int length = workload.compose();
            out.clear().put(workload.bytes(), 0, length).flip();
            sentAt = System.nanoTime();
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

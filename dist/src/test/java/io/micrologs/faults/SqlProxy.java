package io.micrologs.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Stands between Micrologs and its database, and makes that database slow, full, read-only or gone. Listens on the loopback
 * only. Faults may be set from any thread, and hold until {@link #heal}.
 */
final class SqlProxy implements AutoCloseable {
    private final int databasePort;
    private final ServerSocket listener;
    private final Set<SqlProxyConnection> connections = ConcurrentHashMap.newKeySet();
    final AtomicLong statements = new AtomicLong();
    final AtomicLong batchCommits = new AtomicLong();
    final AtomicInteger faults = new AtomicInteger();

    private final AtomicInteger writesToRefuse = new AtomicInteger();
    private volatile long answerDelayMs;
    private volatile boolean gone;
    private volatile @Nullable SqlError writeError;
    private volatile @Nullable SqlError connectError;
    private volatile Supplier<@Nullable CommitFault> commitFaults = () -> null;

    private SqlProxy(int databasePort) throws IOException {
        this.databasePort = databasePort;
        this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    }

    /** In front of the server on that port of the loopback, healthy to begin with. */
    static SqlProxy before(int databasePort) {
        try {
            SqlProxy proxy = new SqlProxy(databasePort);
            daemon("sql-proxy", proxy::accept);
            return proxy;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    int port() {
        return listener.getLocalPort();
    }

    /** Every answer of the database takes that much longer. */
    void delayAnswers(Duration delay) {
        answerDelayMs = delay.toMillis();
    }

    /** Ends all connections, and each new one at once. */
    void vanish() {
        gone = true;
        cut();
    }

    /** Ends all connections there are. */
    void cut() {
        connections.forEach(SqlProxyConnection::close);
    }

    /** Answers so many statements that write with this error, instead of the database. */
    void refuseWrites(SqlError error, int times) {
        writeError = error;
        writesToRefuse.set(times);
    }

    /** Answers every new connection with this error, and ends those there are. */
    void refuseConnections(SqlError error) {
        connectError = error;
        cut();
    }

    /** Asked at each COMMIT of a batch of the loader's; null lets it pass. */
    void onBatchCommit(Supplier<@Nullable CommitFault> next) {
        commitFaults = next;
    }

    /** From now on the database is as it is. */
    void heal() {
        answerDelayMs = 0;
        gone = false;
        writesToRefuse.set(0);
        connectError = null;
        commitFaults = () -> null;
    }

    long answerDelayMs() {
        return answerDelayMs;
    }

    /** The error that a statement which writes gets now; null when it may pass. */
    @Nullable
    SqlError nextWriteError() {
        int left = writesToRefuse.getAndUpdate(n -> Math.max(0, n - 1));
        if (left == 0) {
            return null;
        }
        faults.incrementAndGet();
        return writeError;
    }

    @Nullable
    CommitFault nextCommitFault() {
        batchCommits.incrementAndGet();
        CommitFault fault = commitFaults.get();
        if (fault != null) {
            faults.incrementAndGet();
        }
        return fault;
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                serve(listener.accept());
            } catch (IOException e) {
                // One connection less: the database is down, or this proxy closes.
            }
        }
    }

    private void serve(Socket client) throws IOException {
        SqlError refusal = connectError;
        if (gone || refusal != null) {
            faults.incrementAndGet();
            try (client) {
                if (!gone && refusal != null) {
                    new SqlPackets(client).write(new SqlPackets.Packet(0, refusal.packet(true)), true);
                }
            }
            return;
        }
        Socket server;
        try {
            server = new Socket(InetAddress.getLoopbackAddress(), databasePort);
        } catch (IOException e) {
            client.close();
            throw e;
        }
        SqlProxyConnection connection = new SqlProxyConnection(this, new SqlPackets(client), new SqlPackets(server));
        connections.add(connection);
        daemon("sql-proxy-asks", () -> run(connection, connection::relayCommands));
        daemon("sql-proxy-answers", () -> run(connection, connection::relayAnswers));
        if (gone || connectError != null) {
            connection.close();
        }
    }

    private interface Relay {
        void run() throws IOException;
    }

    private void run(SqlProxyConnection connection, Relay relay) {
        try {
            relay.run();
        } catch (IOException e) {
            // Either end has closed it.
        } finally {
            connection.close();
            connections.remove(connection);
        }
    }

    private static void daemon(String name, Runnable task) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() {
        try {
            listener.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        cut();
    }
}

package io.micrologs.faults;

import io.micrologs.faults.SqlPackets.Packet;
import java.io.IOException;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One connection through the proxy. Two threads: one passes on what is asked, one what is answered. The protocol is half
 * duplex, so whoever has something to say can tell from {@code answerDue} and {@code fileDue} whose turn it is.
 */
final class SqlProxyConnection {
    private static final Pattern WRITE = Pattern.compile(
            "(?i)(insert|update|delete|replace|load data|create|alter|drop|truncate)\\b.*", Pattern.DOTALL);
    /** Every batch of the loader's begins by moving its checkpoint. */
    private static final Pattern BATCH = Pattern.compile("(?i)(update|insert into)\\s+checkpoint\\b.*", Pattern.DOTALL);

    private final SqlProxy proxy;
    private final SqlPackets client;
    private final SqlPackets server;
    private volatile boolean answerDue = true;
    private volatile boolean fileDue;
    private volatile @Nullable CommitFault committing;
    private boolean inBatch;

    SqlProxyConnection(SqlProxy proxy, SqlPackets client, SqlPackets server) {
        this.proxy = proxy;
        this.client = client;
        this.server = server;
    }

    void relayCommands() throws IOException {
        while (true) {
            Packet packet = client.read();
            // A file's packets may have any sequence; what comes before a session is numbered from 1.
            if (fileDue || packet.sequence() != 0) {
                fileDue = fileDue && packet.body().length > 0;
                answerDue = !fileDue;
                server.write(packet, !client.hasMore());
            } else if (!command(packet)) {
                return;
            }
        }
    }

    /** Whether the connection goes on. */
    private boolean command(Packet packet) throws IOException {
        String statement = packet.statement();
        proxy.statements.incrementAndGet();
        SqlError error = WRITE.matcher(statement).matches() ? proxy.nextWriteError() : null;
        if (error != null) {
            client.write(new Packet(1, error.packet(false)), true);
            return true;
        }
        if (BATCH.matcher(statement).matches()) {
            inBatch = true;
        } else if (statement.toLowerCase(Locale.ROOT).equals("commit") && inBatch) {
            inBatch = false;
            CommitFault fault = proxy.nextCommitFault();
            if (fault != null && !fault.before()) {
                return false;
            }
            committing = fault;
        }
        answerDue = true;
        server.write(packet, true);
        return true;
    }

    void relayAnswers() throws IOException {
        client.write(server.read().withoutTlsAndCompression(), true);
        answerDue = false;
        while (true) {
            Packet packet = server.read();
            if (answerDue) {
                answerDue = false;
                pause(proxy.answerDelayMs());
                CommitFault fault = committing;
                committing = null;
                if (fault != null && !fault.after()) {
                    return;
                }
                fileDue = packet.asksForFile();
            }
            client.write(packet, !server.hasMore());
        }
    }

    private static void pause(long ms) {
        try {
            TimeUnit.MILLISECONDS.sleep(ms);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    void close() {
        client.close();
        server.close();
    }
}

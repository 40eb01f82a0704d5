package io.micrologs.faults;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/**
 * One side of a connection, packet by packet. Read by one thread; writing holds the lock.
 *
 * <pre>
 *  0             3          4
 *  +-------------+----------+------+
 *  | length (LE) | sequence | body |     the sequence counts from 0 with each command
 *  +-------------+----------+------+
 * </pre>
 */
final class SqlPackets {
    private static final byte COM_QUERY = 3;
    private static final byte GREETING = 10;

    // Greeting: version byte, server version, NUL, then these.
    private static final int CAPABILITIES_LOW = 4 + 8 + 1;
    private static final int CAPABILITIES_HIGH = CAPABILITIES_LOW + 2 + 1 + 2;
    private static final int COMPRESS = 1 << 5;
    private static final int TLS = 1 << 11;
    private static final int ZSTD = 1 << 26;
    /** It would put parameters in front of a statement's text. */
    private static final int QUERY_ATTRIBUTES = 1 << 27;

    private final Socket socket;
    private final DataInputStream in;
    private final BufferedOutputStream out;

    record Packet(int sequence, byte[] body) {
        /** The answer to LOAD DATA LOCAL: send the file. */
        boolean asksForFile() {
            return body.length > 0 && body[0] == (byte) 0xFB;
        }

        /** The statement's text without a leading comment; empty when the command is another. */
        String statement() {
            if (body.length == 0 || body[0] != COM_QUERY) {
                return "";
            }
            String text = new String(body, 1, body.length - 1, StandardCharsets.UTF_8).strip();
            int end = text.startsWith("/*") ? text.indexOf("*/") : -1;
            return end < 0 ? text : text.substring(end + 2).strip();
        }

        /** The server's greeting without what would hide the statements from us; a refusal as it is. */
        Packet withoutTlsAndCompression() {
            if (body[0] != GREETING) {
                return this;
            }
            int versionEnd = 1;
            while (body[versionEnd] != 0) {
                versionEnd++;
            }
            int hidden = ~(COMPRESS | TLS | ZSTD | QUERY_ATTRIBUTES);
            byte[] plain = body.clone();
            mask(plain, versionEnd + 1 + CAPABILITIES_LOW, hidden);
            mask(plain, versionEnd + 1 + CAPABILITIES_HIGH, hidden >> 16);
            return new Packet(sequence, plain);
        }

        private static void mask(byte[] bytes, int at, int mask) {
            bytes[at] &= (byte) mask;
            bytes[at + 1] &= (byte) (mask >> 8);
        }
    }

    SqlPackets(Socket socket) throws IOException {
        this.socket = socket;
        socket.setTcpNoDelay(true);
        this.in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 1 << 16));
        this.out = new BufferedOutputStream(socket.getOutputStream(), 1 << 16);
    }

    Packet read() throws IOException {
        int length = in.readUnsignedByte() | in.readUnsignedByte() << 8 | in.readUnsignedByte() << 16;
        int sequence = in.readUnsignedByte();
        return new Packet(sequence, in.readNBytes(length));
    }

    boolean hasMore() throws IOException {
        return in.available() > 0;
    }

    synchronized void write(Packet packet, boolean flush) throws IOException {
        int length = packet.body.length;
        out.write(length);
        out.write(length >> 8);
        out.write(length >> 16);
        out.write(packet.sequence);
        out.write(packet.body);
        if (flush) {
            out.flush();
        }
    }

    void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new IllegalStateException("a socket does not close", e);
        }
    }
}

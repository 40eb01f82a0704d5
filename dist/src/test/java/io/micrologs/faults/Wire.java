package io.micrologs.faults;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A keep-alive connection of bare bytes, so that nothing between client and server tries again by itself. One thread. */
final class Wire implements Closeable {
    private static final int ANSWER_MAX_MS = 30_000;
    private static final int CONNECT_MAX_MS = 2_000;

    private final int port;
    private @Nullable Socket socket;
    private InputStream in = InputStream.nullInputStream();
    private boolean used;

    Wire(int port) {
        this.port = port;
    }

    /** No connection could be made: the server was never asked. */
    static final class RefusedException extends IOException {
        RefusedException(IOException cause) {
            super(cause);
        }
    }

    /** Sends, and reads the answer's status to the last byte of its body. */
    int exchange(byte[] request) throws IOException {
        Socket open = connect();
        try {
            open.getOutputStream().write(request);
            int status = read();
            used = true;
            return status;
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    /** Sends and goes away, as a page that is left does. */
    void abandon(byte[] request) throws IOException {
        close();
        connect().getOutputStream().write(request);
        close();
    }

    /** Whether the last connection had answered before; a server may close such a one just when it is used again. */
    boolean used() {
        return used;
    }

    private Socket connect() throws IOException {
        Socket open = socket;
        if (open == null) {
            open = new Socket();
            try {
                open.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), CONNECT_MAX_MS);
            } catch (IOException e) {
                open.close();
                throw new RefusedException(e);
            }
            open.setSoTimeout(ANSWER_MAX_MS);
            open.setTcpNoDelay(true);
            in = new BufferedInputStream(open.getInputStream());
            socket = open;
            used = false;
        }
        return open;
    }

    private int read() throws IOException {
        String statusLine = line();
        int length = 0;
        boolean close = false;
        for (String header = line(); !header.isEmpty(); header = line()) {
            String lower = header.toLowerCase(Locale.ROOT);
            if (lower.startsWith("content-length:")) {
                length = Integer.parseInt(lower.substring(15).strip());
            } else if (lower.startsWith("connection:")) {
                close = lower.contains("close");
            }
        }
        if (in.readNBytes(length).length < length) {
            throw new EOFException("the answer breaks off");
        }
        if (close) {
            close();
        }
        return Integer.parseInt(statusLine.split(" ", 3)[1]);
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new EOFException("no answer");
            }
            if (c != '\r') {
                line.append((char) c);
            }
        }
        return line.toString();
    }

    static byte[] bytes(String head, String body) {
        return (head + "Content-Length: " + body.length() + "\r\n\r\n" + body).getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    public void close() {
        Socket open = socket;
        socket = null;
        if (open != null) {
            try {
                open.close();
            } catch (IOException e) {
                // It is gone either way.
            }
        }
    }
}

package io.micrologs.database;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Where the embedded database answers that another process of ours runs, and how to get in. */
public record RunningDatabase(String jdbcUrl, String user, String password) {

    private static final int CONNECT_MS = 1_000;

    /** The one in {@code directory}; empty when none was made there or nothing listens on its port. */
    public static Optional<RunningDatabase> find(Path directory) {
        ServerFiles files = new ServerFiles(directory);
        Path passwordFile = directory.resolve("password");
        try {
            if (!Files.exists(files.port()) || !Files.exists(passwordFile)) {
                return Optional.empty();
            }
            int port = Integer.parseInt(Files.readString(files.port()).strip());
            try (Socket probe = new Socket()) {
                probe.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), CONNECT_MS);
            } catch (IOException e) {
                return Optional.empty();
            }
            return Optional.of(new RunningDatabase(
                    EmbeddedDatabase.jdbcUrl(port),
                    ServerFiles.USER,
                    Files.readString(passwordFile).strip()));
        } catch (IOException | NumberFormatException e) {
            throw new DatabaseException("The embedded database's files in " + directory + " cannot be read: " + e, e);
        }
    }

    @Override
    public String toString() {
        return "RunningDatabase[" + jdbcUrl + "]";
    }
}

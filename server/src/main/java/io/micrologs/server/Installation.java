package io.micrologs.server;

import io.micrologs.ingest.Snapshot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.InstantSource;
import java.util.HexFormat;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes sure that database and data directory belong together. The journal names projects by their numbers: over another
 * database, a new and empty one above all, its events would be counted into whichever projects have these numbers there.
 */
final class Installation {
    /*
     *   installation.id    row in `installation`    then
     *   none               none                     a new installation (or one of before there were ids): both get one
     *   x                  x                        fine
     *   none               x                        a new data directory: takes over the database's
     *   x                  none, projects there     a backup of before there were ids: the database takes over x
     *   x or none          none, no projects        as above while the directory knows none either; else another database
     *   x                  y                        another database
     * The file comes first, so that a start that was cut off in between finds its own half. That a directory knows projects
     * is seen from its snapshot, which is written when the first one is there.
     */
    private static final Logger log = LoggerFactory.getLogger(Installation.class);
    private static final int ID_BYTES = 16;

    private Installation() {}

    /** Null when they belong together, else what to tell the operator. {@link SQLException} when the database is away. */
    static @Nullable String mismatch(DataSource database, DataDirectory data, InstantSource clock) throws SQLException {
        String here = read(data.installation());
        try (Connection connection = database.getConnection()) {
            String there = stored(connection);
            if (there == null && !hasProjects(connection) && knowsProjects(data)) {
                return message("has no projects, while the journal has events of some");
            }
            if (there == null) {
                here = here == null ? make(data) : here;
                store(connection, here, clock.millis());
                // Another process may have been first.
                there = stored(connection);
            } else if (here == null) {
                here = make(data, there);
                log.info("{} belongs to the installation of its database from now on", data.root());
            }
            return here.equals(there) ? null : message("is of another installation");
        }
    }

    /** Without paths: health shows it to everybody. */
    private static String message(String what) {
        return "the database " + what
                + ", so nothing is loaded into it: events would be counted into projects of others."
                + " Set database.url to the right database or restore its backup, or begin anew with an empty"
                + " data.dir; events are accepted and wait in the journal meanwhile";
    }

    private static @Nullable String read(Path file) {
        try {
            if (!Files.exists(file)) {
                return null;
            }
            String id = Files.readString(file).strip();
            if (id.length() == 2 * ID_BYTES) {
                return id;
            }
        } catch (IOException e) {
            throw new OperatorException(file + " cannot be read: " + e.getMessage(), e);
        }
        throw new OperatorException(file + " holds no installation's id; restore it from a backup");
    }

    private static String make(DataDirectory data) {
        byte[] id = new byte[ID_BYTES];
        new SecureRandom().nextBytes(id);
        return make(data, HexFormat.of().formatHex(id));
    }

    /** Roles that start together on a fresh directory end up with one id: whose file is there first. */
    private static String make(DataDirectory data, String id) {
        DataDirectory.create(data.installation(), id + "\n");
        String made = read(data.installation());
        return made == null ? id : made;
    }

    private static @Nullable String stored(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT installation_id FROM installation WHERE one = 1")) {
            return row.next() ? row.getString(1) : null;
        }
    }

    private static void store(Connection connection, String id, long nowMs) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(
                "INSERT IGNORE INTO installation (one, installation_id, made_ms) VALUES (1, ?, ?)")) {
            insert.setString(1, id);
            insert.setLong(2, nowMs);
            insert.executeUpdate();
        }
    }

    private static boolean hasProjects(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT 1 FROM project LIMIT 1")) {
            return row.next();
        }
    }

    private static boolean knowsProjects(DataDirectory data) {
        return Snapshot.read(data.snapshot())
                .filter(snapshot -> !snapshot.projects().isEmpty())
                .isPresent();
    }
}

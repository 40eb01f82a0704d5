package io.micrologs.loader;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;

/**
 * How far the journal is loaded, as the database knows it. For who only looks.
 *
 * @param journalId of the journal that the last loaded record is of
 * @param sequence that record's
 * @param receivedMs the time that counted for it, milliseconds since 1970 UTC
 */
public record LoadedPosition(long journalId, long sequence, long receivedMs) {

    /** Empty when nothing was loaded yet. */
    public static Optional<LoadedPosition> read(Connection connection) throws SQLException {
        try (PreparedStatement read = connection.prepareStatement(
                "SELECT journal_id, sequence, received_ms FROM checkpoint WHERE loader_id = ?")) {
            read.setInt(1, LoaderConfig.defaults().loaderId());
            try (ResultSet row = read.executeQuery()) {
                return row.next()
                        ? Optional.of(new LoadedPosition(row.getLong(1), row.getLong(2), row.getLong(3)))
                        : Optional.empty();
            }
        }
    }
}

package io.micrologs.loader;

import io.micrologs.journal.Checkpoint;
import io.micrologs.journal.Polled;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Records that cannot be loaded are kept aside with their reason. Single-threaded: loader thread. */
final class DeadLetters {

    private static final Table TABLE = Table.of(
            "dead_letter", "loader_id", "journal_id", "record_index", "project_id", "reason", "record", "loaded_ms");
    private static final int REASON_CHARACTERS_MAX = 255;

    private final int loaderId;
    private final List<@Nullable Object[]> rows = new ArrayList<>();

    DeadLetters(int loaderId) {
        this.loaderId = loaderId;
    }

    void begin() {
        rows.clear();
    }

    void add(Entry entry, String reason, long nowMs) {
        Checkpoint position = entry.position();
        String cut = reason.codePointCount(0, reason.length()) <= REASON_CHARACTERS_MAX
                ? reason
                : reason.substring(0, reason.offsetByCodePoints(0, REASON_CHARACTERS_MAX));
        rows.add(new Object[] {
            loaderId, position.journalId(), position.index(), projectId(entry), cut, bytes(entry), nowMs
        });
    }

    static int projectId(Entry entry) {
        if (entry.polled() instanceof Polled.Stored stored) {
            return stored.record().envelope().projectId();
        }
        return entry.polled() instanceof Polled.Damaged damaged ? damaged.projectIdOrZero() : 0;
    }

    /** A damaged record as it is stored; of a sound one, whose bytes are in the journal, what it says. */
    private static byte[] bytes(Entry entry) {
        if (entry.polled() instanceof Polled.Damaged damaged) {
            return damaged.bytes();
        }
        return entry.polled().toString().getBytes(StandardCharsets.UTF_8);
    }

    void write(Connection connection, TableWriter writer) throws SQLException {
        // The same place of a journal can be met again when the journal was restored.
        writer.upsert(connection, TABLE, "reason = VALUES(reason), record = VALUES(record)", rows);
    }
}

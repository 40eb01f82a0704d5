package io.micrologs.loader;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who is who. Single-threaded: loader thread.
 *
 * <p>An id that is new, and comes with a fingerprint that is known in its project, is from then on an alias of the
 * fingerprint's visitor. The first one to bring a fingerprint owns it; an id that was a visitor once stays one.
 */
final class Visitors {

    private static final Table VISITOR = Table.of("visitor", "project_id", "visitor_id", "first_seen_ms");
    private static final Table ALIAS = Table.of("visitor_alias", "project_id", "alias_id", "visitor_id", "since_ms");
    private static final Table FINGERPRINT =
            Table.of("visitor_fingerprint", "project_id", "fingerprint_key", "visitor_id");

    /** Id as it came → the visitor it stands for, itself or another. */
    private final Cache<Key, Long> owners;

    private final Cache<Key, Long> fingerprints;
    private final Rollups rollups;
    private Wanted wantedIds = new Wanted();
    private Wanted wantedFingerprints = new Wanted();
    private final List<@Nullable Object[]> newVisitors = new ArrayList<>();
    private final List<@Nullable Object[]> newAliases = new ArrayList<>();
    private final List<@Nullable Object[]> newFingerprints = new ArrayList<>();

    Visitors(int cacheEntriesMax, Rollups rollups) {
        this.rollups = rollups;
        owners = new Cache<>(cacheEntriesMax);
        fingerprints = new Cache<>(cacheEntriesMax);
    }

    void begin() {
        owners.trim();
        fingerprints.trim();
        wantedIds = new Wanted();
        wantedFingerprints = new Wanted();
        newVisitors.clear();
        newAliases.clear();
        newFingerprints.clear();
    }

    void want(int projectId, long id, long fingerprintKey) {
        if (id != 0 && owners.get(new Key(projectId, id)) == null) {
            wantedIds.add(projectId, id);
        }
        if (fingerprintKey != 0 && fingerprints.get(new Key(projectId, fingerprintKey)) == null) {
            wantedFingerprints.add(projectId, fingerprintKey);
        }
    }

    void lookUp(Connection connection) throws SQLException {
        String visitors = "SELECT visitor_id FROM visitor WHERE project_id = :project AND visitor_id IN (:ids)";
        wantedIds.select(
                connection, visitors, (project, row) -> owners.put(new Key(project, row.getLong(1)), row.getLong(1)));
        String aliases =
                "SELECT alias_id, visitor_id FROM visitor_alias WHERE project_id = :project AND alias_id IN (:ids)";
        wantedIds.select(
                connection, aliases, (project, row) -> owners.put(new Key(project, row.getLong(1)), row.getLong(2)));
        String keys = "SELECT fingerprint_key, visitor_id FROM visitor_fingerprint"
                + " WHERE project_id = :project AND fingerprint_key IN (:ids)";
        wantedFingerprints.select(
                connection, keys, (project, row) -> fingerprints.put(new Key(project, row.getLong(1)), row.getLong(2)));
    }

    /** The visitor that a pageview counts for; makes a visitor, an alias or an owner of the fingerprint as needed. */
    long resolve(int projectId, long id, long fingerprintKey, long timeMs, int day) {
        Key idKey = new Key(projectId, id);
        Key fingerprint = new Key(projectId, fingerprintKey);
        Long ofFingerprint = fingerprintKey == 0 ? null : fingerprints.get(fingerprint);
        Long visitor = owners.get(idKey);
        // In a replay the fingerprint may be this visitor's own already, who is about to be made.
        if (visitor == null && ofFingerprint != null && ofFingerprint != id) {
            visitor = ofFingerprint;
            owners.put(idKey, visitor);
            newAliases.add(new Object[] {projectId, id, visitor, timeMs});
        } else if (visitor == null) {
            visitor = id;
            owners.put(idKey, visitor);
            newVisitors.add(new Object[] {projectId, id, timeMs});
            rollups.tally().newcomer(projectId, day, timeMs);
        }
        if (fingerprintKey != 0 && ofFingerprint == null) {
            fingerprints.put(fingerprint, visitor);
            newFingerprints.add(new Object[] {projectId, fingerprintKey, visitor});
        }
        return visitor;
    }

    /** The visitor that an error or an audit names, if any; these make nobody a visitor. */
    @Nullable
    Long named(int projectId, long id) {
        if (id == 0) {
            return null;
        }
        Long visitor = owners.get(new Key(projectId, id));
        return visitor == null ? Long.valueOf(id) : visitor;
    }

    void write(Connection connection, TableWriter writer, boolean insertOnly) throws SQLException {
        Rows.sortByKey(newVisitors);
        Rows.sortByKey(newAliases);
        Rows.sortByKey(newFingerprints);
        writer.append(connection, insertOnly, VISITOR, newVisitors);
        writer.append(connection, insertOnly, ALIAS, newAliases);
        writer.append(connection, insertOnly, FINGERPRINT, newFingerprints);
    }

    void forget() {
        owners.clear();
        fingerprints.clear();
    }
}

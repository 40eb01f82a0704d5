package io.micrologs.query;

import io.micrologs.query.ControlSnapshot.Link;
import io.micrologs.query.ControlSnapshot.ProjectKeys;
import java.sql.SQLException;
import java.sql.SQLTransientException;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The control tables, in the database and in force. Any thread; every method that asks the database throws
 * {@link SQLException} when it does not answer.
 */
final class ControlStore {
    /*
     * In force
     *   A change is: lock control_version by counting it up; write; say what all rows are now; COMMIT; publish that.
     *   The lock is held until the commit, so a version has one content, and what is known under it is that content. The
     *   rows before the change are those in force, when their version is the one before; else they are read. So a new link
     *   costs the same beside none and beside 100,000 others.
     * P1  A change returns only after a snapshot with it was published.
     * P2  Snapshots are published in the order of their versions, one at a time, under `publishing`. A change that finds a
     *     newer one in force has nothing to publish: the newer one holds it.
     * P3  A version that went back means that another database answers now, a restored one: what it says counts.
     */
    private static final Logger LOG = LoggerFactory.getLogger(ControlStore.class);

    /** Changes of one process go one by one; a worker must not wait for ever behind one that waits for the database. */
    private static final long TURN_WAIT_MS = 5_000;

    private final DataSource dataSource;
    private final Consumer<ControlSnapshot> publisher;
    private final ReentrantLock changing = new ReentrantLock(true);
    private final Object publishing = new Object();
    private volatile @Nullable InForce inForce;

    private record InForce(ControlSnapshot snapshot, KeyRing keys) {}

    /** What a change made of the tables, and what its caller wants to know. */
    record Changed<T>(T result, List<ProjectKeys> projects, List<Link> links) {}

    private record Committed<T>(T result, ControlSnapshot snapshot) {}

    /** Writes; an empty answer takes back what it wrote, and nothing has changed. */
    interface Change<T> {
        Optional<Changed<T>> run(Sql sql, ControlSnapshot before) throws SQLException;
    }

    /** @param publisher returns when the snapshot it was given is in force; called by one thread at a time */
    ControlStore(DataSource dataSource, Consumer<ControlSnapshot> publisher) {
        this.dataSource = dataSource;
        this.publisher = publisher;
    }

    DataSource dataSource() {
        return dataSource;
    }

    /** Empty when the change found nothing to change; else it is in force on return. */
    <T> Optional<T> change(Change<T> change) throws SQLException {
        takeTurn();
        try {
            Optional<Committed<T>> committed = Sql.inTransaction(dataSource, sql -> {
                countUpVersion(sql);
                long version = version(sql);
                Optional<Changed<T>> changed = change.run(sql, before(sql, version));
                if (changed.isEmpty()) {
                    sql.undo();
                }
                return changed.map(
                        now -> new Committed<>(now.result, new ControlSnapshot(version, now.projects, now.links)));
            });
            if (committed.isPresent()) {
                publish(committed.get().snapshot);
            }
            return committed.map(Committed::result);
        } finally {
            changing.unlock();
        }
    }

    private void takeTurn() throws SQLException {
        try {
            if (changing.tryLock(TURN_WAIT_MS, TimeUnit.MILLISECONDS)) {
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        throw new SQLTransientException("an earlier change still waits for the database");
    }

    /** All rows as of the version before {@code version}, which the transaction holds. */
    private ControlSnapshot before(Sql sql, long version) throws SQLException {
        InForce now = inForce;
        return now != null && now.snapshot.version() == version - 1 ? now.snapshot : snapshot(sql);
    }

    /** What the database says now; changes nothing that is in force. */
    ControlSnapshot read() throws SQLException {
        return Sql.inTransaction(dataSource, ControlStore::snapshot);
    }

    /** The version that the database is at. */
    long version() throws SQLException {
        return Sql.inTransaction(dataSource, ControlStore::version);
    }

    /**
     * Puts in force what another process changed. To be called four times a second.
     *
     * @return whether there was anything new
     */
    boolean refreshIfChanged() throws SQLException {
        synchronized (publishing) {
            InForce now = inForce;
            if (now != null && version() == now.snapshot.version()) {
                return false;
            }
            putInForce(read());
            return true;
        }
    }

    /** The keys in force; asks the database only as long as it never answered. */
    KeyRing keys() throws SQLException {
        InForce now = inForce;
        if (now == null) {
            refreshIfChanged();
            now = inForce;
        }
        if (now == null) {
            throw new IllegalStateException("a refresh leaves a snapshot in force");
        }
        return now.keys;
    }

    private void publish(ControlSnapshot changed) throws SQLException {
        synchronized (publishing) {
            InForce now = inForce;
            if (now == null || changed.version() > now.snapshot.version()) {
                putInForce(changed);
            } else {
                refreshIfChanged();
            }
        }
    }

    /** Under {@code publishing}. The publisher goes first: what it refuses must not be answered from here. */
    private void putInForce(ControlSnapshot snapshot) {
        publisher.accept(snapshot);
        InForce now = inForce;
        KeyRing keys = now != null && now.snapshot.projects() == snapshot.projects() ? now.keys : new KeyRing(snapshot);
        inForce = new InForce(snapshot, keys);
    }

    /** The transaction's first statement: until it ends, no other change is made, and no earlier read view is used. */
    private static void countUpVersion(Sql sql) throws SQLException {
        if (sql.update("UPDATE control_version SET version = version + 1 WHERE one = 1") != 1) {
            throw new SQLException("control_version has lost its row; restore the database or insert (1, 1)");
        }
    }

    private static long version(Sql sql) throws SQLException {
        return sql.one("SELECT version FROM control_version WHERE one = 1", row -> row.getLong("version"));
    }

    private static ControlSnapshot snapshot(Sql sql) throws SQLException {
        long version = version(sql);
        List<Link> links = sql.rows(
                """
                SELECT l.link_id, l.project_id, l.code, l.destination_url, l.is_active
                FROM link l
                JOIN project p ON p.project_id = l.project_id
                WHERE l.deleted_ms IS NULL AND p.deleted_ms IS NULL
                ORDER BY l.link_id
                """,
                row -> new Link(
                        row.getInt("link_id"),
                        row.getInt("project_id"),
                        row.getString("code"),
                        row.getString("destination_url"),
                        row.getBoolean("is_active")));
        return new ControlSnapshot(version, projects(sql), links);
    }

    /** Every project that is not deleted, oldest first. */
    static List<ProjectKeys> projects(Sql sql) throws SQLException {
        return sql.rows(
                """
                SELECT project_id, name, public_key, secret_key_hash, allowed_domains, time_zone, is_active, settings
                FROM project
                WHERE deleted_ms IS NULL
                ORDER BY project_id
                """,
                row -> new ProjectKeys(
                        row.getInt("project_id"),
                        row.getString("name"),
                        row.getString("public_key"),
                        row.getBytes("secret_key_hash"),
                        Json.texts(row.getString("allowed_domains")),
                        zone(row.getString("time_zone")),
                        row.getBoolean("is_active"),
                        ProjectSettings.read(row.getString("settings"))));
    }

    /** A zone that this Java does not know must not take every other project down with it. */
    static ZoneId zone(String id) {
        try {
            return ZoneId.of(id);
        } catch (DateTimeException e) {
            LOG.warn("time zone {} is unknown to this Java; its project's days are counted in UTC", id);
            return ZoneOffset.UTC;
        }
    }
}

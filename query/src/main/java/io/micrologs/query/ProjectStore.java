package io.micrologs.query;

import io.micrologs.query.ControlSnapshot.ProjectKeys;
import java.sql.SQLException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The projects, in the database and in force. Any thread; every method that asks the database throws {@link SQLException} when
 * it does not answer.
 */
public final class ProjectStore {
    /*
     * In force
     *   A change is: lock control_version by counting it up; write; read all rows back; COMMIT; publish what was read.
     *   The lock is held until the commit, so a version has one content, and what is read under it is that content.
     * P1  A change returns only after a snapshot with it was published.
     * P2  Snapshots are published in the order of their versions, one at a time, under `publishing`. A change that finds a
     *     newer one in force has nothing to publish: the newer one holds it.
     * P3  A version that went back means that another database answers now, a restored one: what it says counts.
     */
    private static final Logger LOG = LoggerFactory.getLogger(ProjectStore.class);

    private final DataSource dataSource;
    private final InstantSource clock;
    private final Consumer<ControlSnapshot> publisher;
    private final Object publishing = new Object();
    private volatile @Nullable InForce inForce;

    private record InForce(ControlSnapshot snapshot, KeyRing keys) {}

    /** A project that was just made. The secret key is shown here and never again. */
    public record Created(int id, String name, List<String> allowedDomains, String secretKey, String publicKey) {}

    /** A project with what it holds. {@code totalErrors} counts error groups, not occurrences. */
    public record Listed(
            int id,
            String name,
            String publicKey,
            List<String> allowedDomains,
            boolean active,
            ZoneId zone,
            long totalPageviews,
            long totalErrors,
            Instant created,
            Instant updated) {}

    /** A store that tells nobody: for the command line, beside a running server that polls the version. */
    public ProjectStore(DataSource dataSource, InstantSource clock) {
        this(dataSource, clock, snapshot -> {});
    }

    /** @param publisher returns when the snapshot it was given is in force; called by one thread at a time */
    public ProjectStore(DataSource dataSource, InstantSource clock, Consumer<ControlSnapshot> publisher) {
        this.dataSource = dataSource;
        this.clock = clock;
        this.publisher = publisher;
    }

    /**
     * Makes a project and its keys. {@code domains} are cleaned as the contract says.
     *
     * @param zone fixed from now on
     * @throws IllegalArgumentException with the contract's message when name or domains are not acceptable
     */
    public Created create(String name, List<String> domains, ZoneId zone) throws SQLException {
        String cleanName = ProjectFields.name(name);
        List<String> cleanDomains = ProjectFields.domains(domains);
        refuse(ProjectFields.nameRefusal(cleanName));
        refuse(ProjectFields.domainCountRefusal(domains.size()));
        refuse(ProjectFields.domainsRefusal(cleanDomains));

        String publicKey = Keys.newPublicKey();
        String secretKey = Keys.newSecretKey();
        byte[] secretHash = Keys.sha256(secretKey);
        long now = clock.millis();
        ControlSnapshot changed = Sql.inTransaction(dataSource, sql -> {
            countUpVersion(sql);
            sql.update("""
                    INSERT INTO project
                      (name, public_key, secret_key_hash, allowed_domains, time_zone, is_active, created_ms, updated_ms)
                    VALUES (?, ?, ?, ?, ?, TRUE, ?, ?)
                    """, cleanName, publicKey, secretHash, Json.text(cleanDomains), zone.getId(), now, now);
            return snapshot(sql);
        });
        publish(changed);
        int id = changed.projects().stream()
                .filter(project -> project.publicKey().equals(publicKey))
                .findFirst()
                .orElseThrow()
                .id();
        return new Created(id, cleanName, cleanDomains, secretKey, publicKey);
    }

    /**
     * Replaces the domains whose pages may send. They are cleaned as the contract says.
     *
     * @throws IllegalArgumentException with the contract's message when they are not acceptable, or there is no such project
     */
    public void allow(int projectId, List<String> domains) throws SQLException {
        List<String> cleanDomains = ProjectFields.domains(domains);
        refuse(ProjectFields.domainCountRefusal(domains.size()));
        refuse(ProjectFields.domainsRefusal(cleanDomains));
        publish(Sql.inTransaction(dataSource, sql -> {
            countUpVersion(sql);
            int found = sql.update(
                    "UPDATE project SET allowed_domains = ?, updated_ms = ? WHERE project_id = ? AND deleted_ms IS NULL",
                    Json.text(cleanDomains),
                    clock.millis(),
                    projectId);
            refuse(found == 1 ? null : "Project not found");
            return snapshot(sql);
        }));
    }

    /** Every project, newest first. Its cost grows with projects and error groups, not with events. */
    public List<Listed> list() throws SQLException {
        return Sql.inTransaction(
                dataSource,
                sql -> sql.rows(
                        """
                        SELECT p.project_id, p.name, p.public_key, p.allowed_domains, p.is_active, p.time_zone,
                               p.created_ms, p.updated_ms,
                               COALESCE(t.pageviews, 0) AS total_pageviews,
                               (SELECT COUNT(*) FROM error_group g WHERE g.project_id = p.project_id) AS total_errors
                        FROM project p
                        LEFT JOIN project_total t ON t.project_id = p.project_id
                        WHERE p.deleted_ms IS NULL
                        ORDER BY p.project_id DESC
                        """,
                        row -> new Listed(
                                row.getInt("project_id"),
                                row.getString("name"),
                                row.getString("public_key"),
                                Json.texts(row.getString("allowed_domains")),
                                row.getBoolean("is_active"),
                                zone(row.getString("time_zone")),
                                row.getLong("total_pageviews"),
                                row.getLong("total_errors"),
                                Instant.ofEpochMilli(row.getLong("created_ms")),
                                Instant.ofEpochMilli(row.getLong("updated_ms")))));
    }

    /** What the database says now; changes nothing that is in force. */
    public ControlSnapshot read() throws SQLException {
        return Sql.inTransaction(dataSource, ProjectStore::snapshot);
    }

    /** The version that the database is at. */
    public long version() throws SQLException {
        return Sql.inTransaction(dataSource, ProjectStore::version);
    }

    /**
     * Puts in force what another process changed. To be called four times a second.
     *
     * @return whether there was anything new
     */
    public boolean refreshIfChanged() throws SQLException {
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
        inForce = new InForce(snapshot, new KeyRing(snapshot));
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
        List<ProjectKeys> projects = sql.rows(
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
        List<ControlSnapshot.Link> links = sql.rows(
                """
                SELECT l.link_id, l.project_id, l.code, l.destination_url, l.is_active
                FROM link l
                JOIN project p ON p.project_id = l.project_id
                WHERE l.deleted_ms IS NULL AND p.deleted_ms IS NULL
                ORDER BY l.link_id
                """,
                row -> new ControlSnapshot.Link(
                        row.getInt("link_id"),
                        row.getInt("project_id"),
                        row.getString("code"),
                        row.getString("destination_url"),
                        row.getBoolean("is_active")));
        return new ControlSnapshot(version, projects, links);
    }

    /** A zone that this Java does not know must not take every other project down with it. */
    private static ZoneId zone(String id) {
        try {
            return ZoneId.of(id);
        } catch (DateTimeException e) {
            LOG.warn("time zone {} is unknown to this Java; its project's days are counted in UTC", id);
            return ZoneOffset.UTC;
        }
    }

    private static void refuse(@Nullable String refusal) {
        if (refusal != null) {
            throw new IllegalArgumentException(refusal);
        }
    }
}

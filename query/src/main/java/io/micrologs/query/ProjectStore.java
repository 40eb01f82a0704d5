package io.micrologs.query;

import io.micrologs.query.ControlSnapshot.Link;
import io.micrologs.query.ControlSnapshot.ProjectKeys;
import io.micrologs.query.ControlStore.Changed;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The projects, in the database and in force: a change returns when it is in force ({@link ControlStore} says how). Any
 * thread; every method that asks the database throws {@link SQLException} when it does not answer.
 */
public final class ProjectStore {
    private final ControlStore control;
    private final InstantSource clock;

    /** A project that was just made. The secret key is shown here and never again. */
    public record Created(int id, String name, List<String> allowedDomains, String secretKey, String publicKey) {}

    /** The keys of a project that is still to be made. */
    public record NewKeys(String publicKey, String secretKey) {
        /** Random ones. */
        public static NewKeys random() {
            return new NewKeys(Keys.newPublicKey(), Keys.newSecretKey());
        }

        /** Without the keys, which have no place in a log. */
        @Override
        public String toString() {
            return "NewKeys[masked]";
        }
    }

    /** A project with what it holds. {@code totalErrors} counts error groups, not occurrences. */
    public record Listed(
            int id,
            String name,
            String publicKey,
            List<String> allowedDomains,
            boolean active,
            ZoneId zone,
            ProjectSettings settings,
            long totalLinks,
            long totalPageviews,
            long totalErrors,
            Instant created,
            Instant updated) {}

    /** A project after a change. */
    record Stored(ProjectKeys keys, Instant updated) {}

    /** The keys that were replaced; null for one that stays. */
    record Rotated(
            String name,
            @Nullable String secretKey,
            @Nullable String publicKey) {}

    /** A store that tells nobody: for the command line, beside a running server that polls the version. */
    public ProjectStore(DataSource dataSource, InstantSource clock) {
        this(dataSource, clock, snapshot -> {});
    }

    /** @param publisher returns when the snapshot it was given is in force; called by one thread at a time */
    public ProjectStore(DataSource dataSource, InstantSource clock, Consumer<ControlSnapshot> publisher) {
        this(new ControlStore(dataSource, publisher), clock);
    }

    ProjectStore(ControlStore control, InstantSource clock) {
        this.control = control;
        this.clock = clock;
    }

    /**
     * Makes a project and its keys. {@code domains} are cleaned as the contract says.
     *
     * @param zone fixed from now on
     * @throws IllegalArgumentException with the contract's message when name or domains are not acceptable, or with one that
     *     names the domain which is none
     */
    public Created create(String name, List<String> domains, ZoneId zone) throws SQLException {
        return create(name, domains, zone, NewKeys.random());
    }

    /** With keys that the caller has put where they are not lost. */
    public Created create(String name, List<String> domains, ZoneId zone, NewKeys keys) throws SQLException {
        return create(name, domains.isEmpty() ? domains : cleaned(domains), zone, ProjectSettings.DEFAULT, keys);
    }

    /**
     * Domains as they are stored. Over HTTP what is no domain is left out, and the answer shows it; whoever types a command
     * is told.
     *
     * @throws IllegalArgumentException with the contract's message when none is left, else with one that names the first
     *     which is no domain
     */
    public static List<String> cleaned(List<String> domains) {
        List<String> cleaned = ProjectFields.domains(domains);
        refuse(ProjectFields.domainsRefusal(cleaned));
        String wrong = ProjectFields.noDomain(domains);
        refuse(wrong == null ? null : "'" + wrong + "' is no domain such as shop.example");
        return cleaned;
    }

    Created create(String name, List<String> domains, ZoneId zone, ProjectSettings settings) throws SQLException {
        return create(name, domains, zone, settings, NewKeys.random());
    }

    private Created create(String name, List<String> domains, ZoneId zone, ProjectSettings settings, NewKeys keys)
            throws SQLException {
        String cleanName = ProjectFields.name(name);
        List<String> cleanDomains = ProjectFields.domains(domains);
        refuse(ProjectFields.nameRefusal(cleanName));
        refuse(ProjectFields.domainCountRefusal(domains.size()));
        refuse(ProjectFields.domainsRefusal(cleanDomains));

        String publicKey = keys.publicKey();
        String secretKey = keys.secretKey();
        long now = clock.millis();
        int id = control.change((sql, before) -> {
                    sql.update(
                            """
                            INSERT INTO project
                              (name, public_key, secret_key_hash, allowed_domains, time_zone, is_active, created_ms,
                               updated_ms, settings)
                            VALUES (?, ?, ?, ?, ?, TRUE, ?, ?, ?)
                            """,
                            cleanName,
                            publicKey,
                            Keys.sha256(secretKey),
                            Json.text(cleanDomains),
                            zone.getId(),
                            now,
                            now,
                            settings.stored());
                    int made = sql.one("SELECT LAST_INSERT_ID() AS id", row -> row.getInt("id"));
                    return Optional.of(new Changed<>(made, ControlStore.projects(sql), before.links()));
                })
                .orElseThrow();
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
        refuse(edit(projectId, null, cleanDomains, settings -> settings).isPresent() ? null : "Project not found");
    }

    /** Whether there is such a project that is not deleted. */
    boolean exists(int projectId) throws SQLException {
        return Sql.inTransaction(
                        control.dataSource(),
                        sql -> sql.first(
                                "SELECT project_id FROM project WHERE project_id = ? AND deleted_ms IS NULL",
                                row -> row.getInt("project_id"),
                                projectId))
                .isPresent();
    }

    /**
     * Replaces what is not null, all of it cleaned. Empty when there is no such project; so in the changes below.
     *
     * @param settings what is to become of the settings
     */
    Optional<Stored> edit(
            int projectId,
            @Nullable String name,
            @Nullable List<String> domains,
            UnaryOperator<ProjectSettings> settings)
            throws SQLException {
        Instant now = clock.instant();
        return change(projectId, (sql, old) -> {
                    sql.update(
                            """
                            UPDATE project SET name = ?, allowed_domains = ?, settings = ?, updated_ms = ?
                            WHERE project_id = ?
                            """,
                            name == null ? old.name() : name,
                            Json.text(domains == null ? old.allowedDomains() : domains),
                            settings.apply(old.settings()).stored(),
                            now.toEpochMilli(),
                            projectId);
                })
                .map(keys -> new Stored(keys, now));
    }

    /** @param active null: the opposite of what it is */
    Optional<ProjectKeys> toggle(int projectId, @Nullable Boolean active) throws SQLException {
        return change(
                projectId,
                (sql, old) -> sql.update(
                        "UPDATE project SET is_active = ?, updated_ms = ? WHERE project_id = ?",
                        active == null ? !old.active() : active,
                        clock.millis(),
                        projectId));
    }

    /** Replaces keys; the old ones open nothing any more. */
    Optional<Rotated> rotate(int projectId, boolean secret, boolean shown) throws SQLException {
        String secretKey = secret ? Keys.newSecretKey() : null;
        String publicKey = shown ? Keys.newPublicKey() : null;
        return change(
                        projectId,
                        (sql, old) -> sql.update(
                                """
                                UPDATE project SET secret_key_hash = ?, public_key = ?, updated_ms = ? WHERE project_id = ?
                                """,
                                secretKey == null ? old.secretKeySha256() : Keys.sha256(secretKey),
                                publicKey == null ? old.publicKey() : publicKey,
                                clock.millis(),
                                projectId))
                .map(keys -> new Rotated(keys.name(), secretKey, publicKey));
    }

    /** What became of a wish to delete: {@code deleted}, or the name differs from the one that was confirmed. */
    record Deletion(String name, boolean deleted) {}

    /**
     * Sets the tombstone: keys and links stop; the loader removes the rows later.
     *
     * @param confirmed must be the exact name
     */
    Optional<Deletion> delete(int projectId, @Nullable String confirmed) throws SQLException {
        String[] otherName = new String[1];
        Optional<Deletion> deleted = control.change((sql, before) -> {
            Optional<ProjectKeys> old = find(before.projects(), projectId);
            if (old.isEmpty() || !old.get().name().equals(confirmed)) {
                otherName[0] = old.map(ProjectKeys::name).orElse(null);
                return Optional.empty();
            }
            long now = clock.millis();
            sql.update("UPDATE project SET deleted_ms = ?, updated_ms = ? WHERE project_id = ?", now, now, projectId);
            List<Link> others = before.links().stream()
                    .filter(link -> link.projectId() != projectId)
                    .toList();
            return Optional.of(new Changed<>(new Deletion(old.get().name(), true), ControlStore.projects(sql), others));
        });
        return deleted.isPresent() ? deleted : Optional.ofNullable(otherName[0]).map(name -> new Deletion(name, false));
    }

    private interface Write {
        void run(Sql sql, ProjectKeys old) throws SQLException;
    }

    /** The project after {@code write}, which changes it alone. */
    private Optional<ProjectKeys> change(int projectId, Write write) throws SQLException {
        return control.change((sql, before) -> {
            Optional<ProjectKeys> old = find(before.projects(), projectId);
            if (old.isEmpty()) {
                return Optional.empty();
            }
            write.run(sql, old.get());
            List<ProjectKeys> after = ControlStore.projects(sql);
            return find(after, projectId).map(changed -> new Changed<>(changed, after, before.links()));
        });
    }

    private static Optional<ProjectKeys> find(List<ProjectKeys> projects, int id) {
        return projects.stream().filter(project -> project.id() == id).findFirst();
    }

    /** Every project, newest first. Its cost grows with projects, links and error groups, not with events. */
    public List<Listed> list() throws SQLException {
        return Sql.inTransaction(
                control.dataSource(),
                sql -> sql.rows(
                        """
                        SELECT p.project_id, p.name, p.public_key, p.allowed_domains, p.is_active, p.time_zone, p.settings,
                               p.created_ms, p.updated_ms,
                               COALESCE(t.pageviews, 0) AS total_pageviews,
                               (SELECT COUNT(*) FROM link l WHERE l.project_id = p.project_id AND l.deleted_ms IS NULL)
                                 AS total_links,
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
                                ControlStore.zone(row.getString("time_zone")),
                                ProjectSettings.read(row.getString("settings")),
                                row.getLong("total_links"),
                                row.getLong("total_pageviews"),
                                row.getLong("total_errors"),
                                Instant.ofEpochMilli(row.getLong("created_ms")),
                                Instant.ofEpochMilli(row.getLong("updated_ms")))));
    }

    /** What the database says now; changes nothing that is in force. */
    public ControlSnapshot read() throws SQLException {
        return control.read();
    }

    /** The version that the database is at. */
    public long version() throws SQLException {
        return control.version();
    }

    /**
     * Puts in force what another process changed, projects and links. To be called four times a second.
     *
     * @return whether there was anything new
     */
    public boolean refreshIfChanged() throws SQLException {
        return control.refreshIfChanged();
    }

    /** The keys in force; asks the database only as long as it never answered. */
    KeyRing keys() throws SQLException {
        return control.keys();
    }

    private static void refuse(@Nullable String refusal) {
        if (refusal != null) {
            throw new IllegalArgumentException(refusal);
        }
    }
}

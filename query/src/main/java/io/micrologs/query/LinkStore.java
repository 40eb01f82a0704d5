package io.micrologs.query;

import io.micrologs.query.ControlSnapshot.Link;
import io.micrologs.query.ControlStore.Changed;
import java.security.SecureRandom;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLIntegrityConstraintViolationException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Tracked links, in the database and in force: a change returns when it is in force. Any thread. */
final class LinkStore {
    static final int CODE_CHARACTERS = 8;

    private static final String ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    /** Of 62^8 codes at most 100,000 are taken: one attempt in two billion meets one of them. */
    private static final int ATTEMPTS_MAX = 10;

    private static final String COLUMNS = """
            SELECT l.link_id, l.project_id, l.code, l.destination_url, l.label, l.is_active, l.created_ms,
                   COALESCE(t.clicks, 0) AS clicks
            FROM link l
            LEFT JOIN link_total t ON t.project_id = l.project_id AND t.link_id = l.link_id
            """;

    private final ControlStore control;
    private final InstantSource clock;
    private final int linksMax;
    private final Supplier<String> codes;

    /** A link; {@code totalClicks} without those of bots. */
    record Stored(
            int id,
            int projectId,
            String code,
            String destinationUrl,
            @Nullable String label,
            boolean active,
            long totalClicks,
            long createdMs) {

        static Stored read(ResultSet row) throws SQLException {
            return new Stored(
                    row.getInt("link_id"),
                    row.getInt("project_id"),
                    row.getString("code"),
                    row.getString("destination_url"),
                    row.getString("label"),
                    row.getBoolean("is_active"),
                    row.getLong("clicks"),
                    row.getLong("created_ms"));
        }

        Stored with(String newDestination, @Nullable String newLabel, boolean newActive) {
            return new Stored(id, projectId, code, newDestination, newLabel, newActive, totalClicks, createdMs);
        }

        private Link inForce() {
            return new Link(id, projectId, code, destinationUrl, active);
        }
    }

    LinkStore(ControlStore control, InstantSource clock, int linksMax) {
        this(control, clock, linksMax, randomCodes(new SecureRandom()));
    }

    LinkStore(ControlStore control, InstantSource clock, int linksMax, Supplier<String> codes) {
        this.control = control;
        this.clock = clock;
        this.linksMax = linksMax;
        this.codes = codes;
    }

    static Supplier<String> randomCodes(SecureRandom random) {
        return () -> {
            StringBuilder code = new StringBuilder(CODE_CHARACTERS);
            for (int i = 0; i < CODE_CHARACTERS; i++) {
                code.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
            }
            return code.toString();
        };
    }

    /** A new link; without one, the project was deleted meanwhile, or the installation has as many links as it may. */
    record Creation(@Nullable Stored link, boolean projectGone) {}

    Creation create(int projectId, String destinationUrl, @Nullable String label) throws SQLException {
        for (int attempt = 1; ; attempt++) {
            String code = codes.get();
            try {
                return create(projectId, code, destinationUrl, label);
            } catch (SQLIntegrityConstraintViolationException e) {
                if (attempt == ATTEMPTS_MAX) {
                    throw e;
                }
            }
        }
    }

    private Creation create(int projectId, String code, String destinationUrl, @Nullable String label)
            throws SQLException {
        long now = clock.millis();
        boolean[] projectGone = new boolean[1];
        Optional<Stored> created = control.change((sql, before) -> {
            projectGone[0] = before.projects().stream().noneMatch(project -> project.id() == projectId);
            if (projectGone[0] || before.links().size() >= linksMax) {
                return Optional.empty();
            }
            sql.update("""
                    INSERT INTO link
                      (project_id, code, destination_url, label, is_active, created_ms, updated_ms)
                    VALUES (?, ?, ?, ?, TRUE, ?, ?)
                    """, projectId, code, destinationUrl, label, now, now);
            int id = sql.one("SELECT LAST_INSERT_ID() AS id", row -> row.getInt("id"));
            Stored made = new Stored(id, projectId, code, destinationUrl, label, true, 0, now);
            List<Link> links = new ArrayList<>(before.links());
            links.add(made.inForce());
            return Optional.of(new Changed<>(made, before.projects(), links));
        });
        return new Creation(created.orElse(null), projectGone[0]);
    }

    /** The project's links, newest first. */
    List<Stored> list(int projectId) throws SQLException {
        return Sql.inTransaction(
                control.dataSource(),
                sql -> sql.rows(
                        COLUMNS + "WHERE l.project_id = ? AND l.deleted_ms IS NULL ORDER BY l.link_id DESC",
                        Stored::read,
                        projectId));
    }

    Optional<Stored> find(int projectId, String code) throws SQLException {
        return Sql.inTransaction(control.dataSource(), sql -> find(sql, projectId, code));
    }

    /** With the code's length, because a comparison alone pads with spaces. */
    static Optional<Stored> find(Sql sql, int projectId, String code) throws SQLException {
        return code.length() != CODE_CHARACTERS || !code.chars().allMatch(c -> ALPHABET.indexOf(c) >= 0)
                ? Optional.empty()
                : sql.first(
                        COLUMNS + "WHERE l.code = ? AND l.project_id = ? AND l.deleted_ms IS NULL",
                        Stored::read,
                        code,
                        projectId);
    }

    /** Empty when the project has no such link. */
    Optional<Stored> edit(int projectId, String code, UnaryOperator<Stored> edit) throws SQLException {
        return control.change((sql, before) -> {
            Optional<Stored> old = find(sql, projectId, code);
            if (old.isEmpty()) {
                return Optional.empty();
            }
            Stored edited = edit.apply(old.get());
            sql.update(
                    "UPDATE link SET destination_url = ?, label = ?, is_active = ?, updated_ms = ? WHERE link_id = ?",
                    edited.destinationUrl(),
                    edited.label(),
                    edited.active(),
                    clock.millis(),
                    edited.id());
            List<Link> links = new ArrayList<>(before.links());
            links.replaceAll(link -> link.id() == edited.id() ? edited.inForce() : link);
            return Optional.of(new Changed<>(edited, before.projects(), links));
        });
    }

    /** Sets the tombstone; its clicks stay in the totals of nothing. Empty when the project has no such link. */
    Optional<Stored> delete(int projectId, String code) throws SQLException {
        return control.change((sql, before) -> {
            Optional<Stored> old = find(sql, projectId, code);
            if (old.isEmpty()) {
                return Optional.empty();
            }
            long now = clock.millis();
            int id = old.get().id();
            sql.update("UPDATE link SET deleted_ms = ?, updated_ms = ? WHERE link_id = ?", now, now, id);
            List<Link> links = new ArrayList<>(before.links());
            links.removeIf(link -> link.id() == id);
            return Optional.of(new Changed<>(old.get(), before.projects(), links));
        });
    }
}

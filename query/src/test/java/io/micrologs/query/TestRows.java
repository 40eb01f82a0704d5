package io.micrologs.query;

import io.micrologs.query.TestInstallation.TestProject;
import java.nio.ByteBuffer;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes rows as the loader does, and remembers them for {@link PlainModel}. */
final class TestRows {
    final List<View> views = new ArrayList<>();
    final List<Visit> visits = new ArrayList<>();
    final List<Group> groups = new ArrayList<>();
    final List<Occurrence> occurrences = new ArrayList<>();
    final List<Audit> audits = new ArrayList<>();
    final Map<String, String> titles = new HashMap<>();

    private final TestInstallation installation;
    private long sequence;

    record View(TestProject project, long ms, long sequence, long visitor, String url) {}

    record Visit(TestProject project, long startedMs, int pageviews) {}

    static final class Group {
        final TestProject project;
        final long id;
        final String type;
        final String message;
        final @Nullable String file;
        final @Nullable Integer line;
        final int severity;
        final int environment;
        final int status;
        long occurrences;
        long firstMs = Long.MAX_VALUE;
        long lastMs;
        long lastSequence;

        Group(
                TestProject project,
                long id,
                String type,
                String message,
                @Nullable String file,
                @Nullable Integer line,
                int severity,
                int environment,
                int status) {
            this.project = project;
            this.id = id;
            this.type = type;
            this.message = message;
            this.file = file;
            this.line = line;
            this.severity = severity;
            this.environment = environment;
            this.status = status;
        }
    }

    record Occurrence(
            Group group,
            long ms,
            long sequence,
            int severity,
            int environment,
            @Nullable String url,
            @Nullable String stack,
            @Nullable String context) {

        int device() {
            return (int) (sequence & 3);
        }

        /** What is known of the machine and where it stood: nothing of every other occurrence. */
        private @Nullable String known(String text) {
            return (sequence & 4) == 0 ? null : text;
        }

        @Nullable
        String os() {
            return known("Linux");
        }

        @Nullable
        String browser() {
            return known("Firefox");
        }

        @Nullable
        String country() {
            return known((sequence & 8) == 0 ? "DE" : "JP");
        }

        @Nullable
        String city() {
            return known("東京");
        }
    }

    record Audit(
            TestProject project,
            long ms,
            long sequence,
            String action,
            @Nullable String actor,
            @Nullable String context) {}

    TestRows(TestInstallation installation) {
        this.installation = installation;
    }

    void view(TestProject project, Instant time, long visitor, String url, @Nullable String title) throws SQLException {
        long ms = time.toEpochMilli();
        View view = new View(project, ms, ++sequence, visitor, url);
        views.add(view);
        if (titles.putIfAbsent(project.id() + " " + url, String.valueOf(title)) == null) {
            installation.update(
                    "INSERT INTO page (project_id, page_id, url, title) VALUES (?, ?, ?, ?)",
                    project.id(),
                    hash(url),
                    url,
                    title);
        }
        installation.update("""
                INSERT INTO pageview (project_id, received_ms, sequence, day, visitor_id, session_token,
                  session_started_ms, page_id)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """, project.id(), ms, view.sequence, day(project, ms), visitor, visitor, ms, hash(url));
    }

    void visit(TestProject project, Instant start, int pageviews) throws SQLException {
        long ms = start.toEpochMilli();
        visits.add(new Visit(project, ms, pageviews));
        installation.update("""
                INSERT INTO session (project_id, session_token, started_ms, last_ms, day, pageviews, visitor_id,
                  entry_page_id, exit_page_id)
                VALUES (?, ?, ?, ?, ?, ?, 1, 1, 1)
                """, project.id(), ++sequence, ms, ms, day(project, ms), pageviews);
    }

    Group group(
            TestProject project,
            String type,
            String message,
            @Nullable String file,
            @Nullable Integer line,
            int severity,
            int environment,
            int status)
            throws SQLException {
        byte[] fingerprint = Keys.sha256(project.id() + type + message + file + line);
        long id = Sql.inTransaction(installation.dataSource, sql -> {
            sql.update("""
                    INSERT INTO error_group (project_id, fingerprint, error_type, message, file, line, severity,
                      environment, status, status_ms, occurrence_count, first_seen_ms, last_seen_ms, last_sequence)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, 0, 0)
                    """, project.id(), fingerprint, type, message, file, line, severity, environment, status);
            return sql.one("SELECT LAST_INSERT_ID() AS id", row -> row.getLong("id"));
        });
        Group group = new Group(project, id, type, message, file, line, severity, environment, status);
        groups.add(group);
        return group;
    }

    void occurrence(
            Group group,
            Instant time,
            int severity,
            int environment,
            @Nullable String url,
            @Nullable String stack,
            @Nullable String context)
            throws SQLException {
        long ms = time.toEpochMilli();
        Occurrence event = new Occurrence(group, ms, ++sequence, severity, environment, url, stack, context);
        occurrences.add(event);
        if (stack != null) {
            installation.update(
                    "INSERT IGNORE INTO stack (project_id, stack_id, trace) VALUES (?, ?, ?)",
                    group.project.id(),
                    hash(stack),
                    stack);
        }
        installation.update(
                """
                INSERT INTO error_event (project_id, received_ms, sequence, day, group_id, severity, environment,
                  url_id, stack_id, context, device, os_id, browser_id, country, city_id)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
                group.project.id(),
                ms,
                event.sequence,
                day(group.project, ms),
                group.id,
                severity,
                environment,
                term(group.project, url),
                stack == null ? null : hash(stack),
                context,
                event.device(),
                term(group.project, event.os()),
                term(group.project, event.browser()),
                event.country(),
                term(group.project, event.city()));
        group.occurrences++;
        group.firstMs = Math.min(group.firstMs, ms);
        if (ms >= group.lastMs) {
            group.lastMs = ms;
            group.lastSequence = event.sequence;
        }
        installation.update("""
                UPDATE error_group SET occurrence_count = ?, first_seen_ms = ?, last_seen_ms = ?, last_sequence = ?
                WHERE group_id = ?
                """, group.occurrences, group.firstMs, group.lastMs, group.lastSequence, group.id);
    }

    private @Nullable Long term(TestProject project, @Nullable String value) throws SQLException {
        if (value == null) {
            return null;
        }
        installation.update(
                "INSERT IGNORE INTO term (project_id, term_id, value) VALUES (?, ?, ?)",
                project.id(),
                hash(value),
                value);
        return hash(value);
    }

    void audit(TestProject project, Instant time, String action, @Nullable String actor, @Nullable String context)
            throws SQLException {
        long ms = time.toEpochMilli();
        Audit audit = new Audit(project, ms, ++sequence, action, actor, context);
        audits.add(audit);
        installation.update("""
                INSERT INTO audit_event (project_id, received_ms, sequence, day, action, actor, context)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """, project.id(), ms, audit.sequence, day(project, ms), action, actor, context);
    }

    static long hash(String text) {
        return ByteBuffer.wrap(Keys.sha256(text)).getLong();
    }

    private static long day(TestProject project, long ms) {
        return LocalDate.ofInstant(Instant.ofEpochMilli(ms), project.zone()).toEpochDay();
    }
}

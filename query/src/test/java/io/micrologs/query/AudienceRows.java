package io.micrologs.query;

import io.micrologs.query.TestInstallation.TestProject;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Visits with all that is known about them, and clicks on links, written as the loader does. */
final class AudienceRows {
    final List<Visit> visits = new ArrayList<>();
    final List<View> views = new ArrayList<>();
    final List<Click> clicks = new ArrayList<>();

    private final TestInstallation installation;
    private final Map<String, Long> firstSeen = new HashMap<>();
    private long sequence;

    record Visit(
            TestProject project,
            long token,
            long startedMs,
            long lastMs,
            int pageviews,
            int device,
            @Nullable String os,
            @Nullable String browser,
            @Nullable String country,
            @Nullable String region,
            @Nullable String city) {}

    record Page(
            String url,
            @Nullable String source,
            @Nullable String medium,
            @Nullable String campaign) {}

    record View(
            Visit visit,
            long ms,
            long visitor,
            Page page,
            int category,
            @Nullable String referrer) {}

    record Click(
            TestProject project,
            int link,
            long ms,
            long client,
            boolean bot,
            int category,
            int device,
            @Nullable String country) {}

    AudienceRows(TestInstallation installation) {
        this.installation = installation;
    }

    void visit(Visit visit) throws SQLException {
        visits.add(visit);
        installation.update(
                """
                INSERT INTO session (project_id, session_token, started_ms, last_ms, day, pageviews, visitor_id,
                  entry_page_id, exit_page_id, device, os_id, browser_id, country, region_id, city_id)
                VALUES (?, ?, ?, ?, ?, ?, 1, 1, 1, ?, ?, ?, ?, ?, ?)
                """,
                visit.project.id(),
                visit.token,
                visit.startedMs,
                visit.lastMs,
                day(visit.project, visit.startedMs),
                visit.pageviews,
                visit.device,
                term(visit.project, visit.os),
                term(visit.project, visit.browser),
                visit.country,
                term(visit.project, visit.region),
                term(visit.project, visit.city));
    }

    void view(View view) throws SQLException {
        views.add(view);
        TestProject project = view.visit.project;
        Page page = view.page;
        installation.update(
                """
                INSERT IGNORE INTO page (project_id, page_id, url, utm_source_id, utm_medium_id, utm_campaign_id)
                VALUES (?, ?, ?, ?, ?, ?)
                """,
                project.id(),
                TestRows.hash(page.url),
                page.url,
                term(project, page.source),
                term(project, page.medium),
                term(project, page.campaign));
        installation.update(
                """
                INSERT INTO pageview (project_id, received_ms, sequence, day, visitor_id, session_token,
                  session_started_ms, page_id, category, referrer_id)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
                project.id(),
                view.ms,
                ++sequence,
                day(project, view.ms),
                view.visitor,
                view.visit.token,
                view.visit.startedMs,
                TestRows.hash(page.url),
                view.category,
                term(project, view.referrer));
        firstSeen.merge(project.id() + " " + view.visitor, view.ms, Math::min);
    }

    /** To be called once, after the last view. */
    void visitors() throws SQLException {
        for (Map.Entry<String, Long> seen : firstSeen.entrySet()) {
            String[] ids = seen.getKey().split(" ", 2);
            installation.update(
                    "INSERT INTO visitor (project_id, visitor_id, first_seen_ms) VALUES (?, ?, ?)",
                    ids[0],
                    ids[1],
                    seen.getValue());
        }
    }

    long firstSeen(View view) {
        return firstSeen.getOrDefault(view.visit.project.id() + " " + view.visitor, 0L);
    }

    void click(Click click) throws SQLException {
        clicks.add(click);
        installation.update(
                """
                INSERT INTO link_click (project_id, received_ms, sequence, day, link_id, client_key, is_bot, category,
                  device, country)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
                click.project.id(),
                click.ms,
                ++sequence,
                day(click.project, click.ms),
                click.link,
                click.client,
                click.bot,
                click.category,
                click.device,
                click.country);
    }

    private @Nullable Long term(TestProject project, @Nullable String value) throws SQLException {
        if (value == null) {
            return null;
        }
        installation.update(
                "INSERT IGNORE INTO term (project_id, term_id, value) VALUES (?, ?, ?)",
                project.id(),
                TestRows.hash(value),
                value);
        return TestRows.hash(value);
    }

    static long day(TestProject project, long ms) {
        return LocalDate.ofInstant(Instant.ofEpochMilli(ms), project.zone()).toEpochDay();
    }
}

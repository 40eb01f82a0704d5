package io.micrologs.loader;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Visits, by the token that the client sends with each pageview, or by its visitor of the day if it sends none. Single-threaded: loader thread. */
final class Sessions {

    static final long IDLE_MAX_MS = 24 * 3_600_000L;

    /** Of a client without a token of its own: then this is what makes a session. */
    static final long COOKIELESS_IDLE_MAX_MS = 30 * 60_000L;

    /**
     * Longer ones are cut into several rows, so that the row of a token is always in one of four partitions. No visit
     * of a person lasts two days; a page that reloads itself does.
     */
    static final long SPAN_MAX_MS = 48 * 3_600_000L;

    private static final String[] ATTRIBUTES = {
        "category",
        "referrer_id",
        "utm_source_id",
        "utm_medium_id",
        "utm_campaign_id",
        "utm_content_id",
        "utm_term_id",
        "screen_id",
        "time_zone_id",
        "language_id",
        "device",
        "os_id",
        "os_version_id",
        "browser_id",
        "browser_version_id",
        "country",
        "region_id",
        "city_id"
    };

    static final int ATTRIBUTE_COUNT = ATTRIBUTES.length;

    private static final Table CHANGED = Table.of(
            "session",
            "project_id",
            "session_token",
            "started_ms",
            "last_ms",
            "day",
            "pageviews",
            "visitor_id",
            "entry_page_id",
            "exit_page_id");

    private static final Table STARTED = startedTable();

    private final Cache<Key, Session> latest;
    private Wanted wanted = new Wanted();
    private final Set<Session> started = new LinkedHashSet<>();
    private final Set<Session> changed = new LinkedHashSet<>();

    Sessions(int cacheEntriesMax) {
        latest = new Cache<>(cacheEntriesMax);
    }

    void begin() {
        latest.trim();
        wanted = new Wanted();
        started.clear();
        changed.clear();
    }

    void want(int projectId, long token) {
        if (latest.get(new Key(projectId, token)) == null) {
            wanted.add(projectId, token);
        }
    }

    /** What an erased visitor left is not gone on with, whether it is purged yet or not. */
    void lookUp(Connection connection, long firstMs, long lastMs, Erasures erasures) throws SQLException {
        String sql = """
                SELECT session_token, started_ms, last_ms, day, pageviews, visitor_id, entry_page_id, exit_page_id,
                  category
                FROM session
                WHERE project_id = :project AND session_token IN (:ids)
                AND started_ms > %d AND started_ms <= %d""".formatted(firstMs - SPAN_MAX_MS, lastMs);
        wanted.select(connection, sql, (projectId, row) -> {
            Key key = new Key(projectId, row.getLong(1));
            Session known = latest.get(key);
            boolean erased = erasures.isErased(projectId, row.getLong(6), row.getLong(2));
            if (!erased && (known == null || known.startedMs < row.getLong(2))) {
                Session session = new Session(
                        projectId,
                        row.getLong(1),
                        row.getLong(2),
                        row.getInt(4),
                        row.getLong(6),
                        row.getLong(7),
                        row.getInt(9),
                        null);
                session.lastMs = row.getLong(3);
                session.pageviews = row.getInt(5);
                session.exitPageId = row.getLong(8);
                latest.put(key, session);
            }
        });
    }

    /** The token's session that an event at this time belongs to; null when it would start a new one. */
    @Nullable
    Session current(int projectId, long token, long timeMs, long idleMaxMs) {
        Session session = latest.get(new Key(projectId, token));
        return session != null && timeMs - session.lastMs <= idleMaxMs && timeMs - session.startedMs < SPAN_MAX_MS
                ? session
                : null;
    }

    Session start(
            int projectId,
            long token,
            long timeMs,
            int day,
            long visitorId,
            long pageId,
            int category,
            @Nullable Object[] attributes) {
        Session session = new Session(projectId, token, timeMs, day, visitorId, pageId, category, attributes);
        latest.put(new Key(projectId, token), session);
        started.add(session);
        return session;
    }

    /** The session goes on with a counted view, or, without a page, with a repeat. */
    void goOn(Session session, long timeMs, @Nullable Long countedPageId) {
        session.lastMs = Math.max(session.lastMs, timeMs);
        if (countedPageId != null) {
            session.pageviews++;
            session.exitPageId = countedPageId;
        }
        if (!started.contains(session)) {
            changed.add(session);
        }
    }

    void write(Connection connection, TableWriter writer, boolean insertOnly) throws SQLException {
        List<@Nullable Object[]> rows = new ArrayList<>(started.size());
        started.forEach(session -> rows.add(session.row(ATTRIBUTE_COUNT)));
        Rows.sortByKey(rows);
        writer.append(connection, insertOnly, STARTED, rows);
        List<@Nullable Object[]> updates = new ArrayList<>(changed.size());
        changed.forEach(session -> updates.add(session.row(0)));
        Rows.sortByKey(updates);
        writer.upsert(
                connection,
                CHANGED,
                "last_ms = VALUES(last_ms), pageviews = VALUES(pageviews), exit_page_id = VALUES(exit_page_id)",
                updates);
    }

    void forget() {
        latest.clear();
    }

    private static Table startedTable() {
        List<String> columns = new ArrayList<>(CHANGED.columns());
        columns.addAll(List.of(ATTRIBUTES));
        return new Table(CHANGED.name(), columns);
    }

    /** One row; what is final was fixed by its first event. */
    static final class Session {
        final int projectId;
        final long token;
        final long startedMs;
        final int day;
        final long visitorId;
        final long entryPageId;
        final int category;
        /** Only of a session that started in this batch. */
        private final @Nullable Object @Nullable [] attributes;

        long lastMs;
        int pageviews = 1;
        long exitPageId;

        Session(
                int projectId,
                long token,
                long startedMs,
                int day,
                long visitorId,
                long entryPageId,
                int category,
                @Nullable Object @Nullable [] attributes) {
            this.projectId = projectId;
            this.token = token;
            this.startedMs = startedMs;
            this.day = day;
            this.visitorId = visitorId;
            this.entryPageId = entryPageId;
            this.category = category;
            this.attributes = attributes;
            this.lastMs = startedMs;
            this.exitPageId = entryPageId;
        }

        private @Nullable Object[] row(int attributeCount) {
            int width = CHANGED.columns().size();
            @Nullable Object[] row = new Object[width + attributeCount];
            @Nullable
            Object[] own = {projectId, token, startedMs, lastMs, day, pageviews, visitorId, entryPageId, exitPageId};
            System.arraycopy(own, 0, row, 0, width);
            if (attributes != null && attributeCount > 0) {
                System.arraycopy(attributes, 0, row, width, attributeCount);
            }
            return row;
        }
    }
}

package io.micrologs.loader;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
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

    static final int ATTRIBUTE_COUNT = Visit.COLUMNS.size();

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

    private static final String FOUND = """
            SELECT session_token, started_ms, last_ms, day, pageviews, visitor_id, entry_page_id, exit_page_id, %s
            FROM session
            WHERE project_id = :project AND session_token IN (:ids)
            AND started_ms > :after AND started_ms <= :until""".formatted(String.join(", ", Visit.COLUMNS));

    private static final int FOUND_VISIT_AT = 9;

    private final Rollups rollups;
    private final Tuples tuples;
    private final Cache<Key, Session> latest;
    private Wanted wanted = new Wanted();
    private final Set<Session> started = new LinkedHashSet<>();
    private final Set<Session> changed = new LinkedHashSet<>();

    Sessions(int cacheEntriesMax, Rollups rollups, Tuples tuples) {
        this.rollups = rollups;
        this.tuples = tuples;
        latest = new Cache<>(cacheEntriesMax);
    }

    void begin() {
        latest.trim();
        wanted = new Wanted();
        started.forEach(session -> session.attributes = null);
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
        String sql =
                FOUND.replace(":after", Long.toString(firstMs - SPAN_MAX_MS)).replace(":until", Long.toString(lastMs));
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
                        row.getInt(FOUND_VISIT_AT),
                        null,
                        Visit.read(projectId, row, FOUND_VISIT_AT, tuples));
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
        Visit visit = Visit.of(projectId, attributes, tuples);
        Session session = new Session(projectId, token, timeMs, day, visitorId, pageId, category, attributes, visit);
        latest.put(new Key(projectId, token), session);
        started.add(session);
        return session;
    }

    /** The session goes on with a counted view, or, without a page, with a repeat. */
    void goOn(Session session, long timeMs, @Nullable Long countedPageId) {
        if (!started.contains(session) && changed.add(session)) {
            session.before = session.extent();
        }
        session.lastMs = Math.max(session.lastMs, timeMs);
        if (countedPageId != null) {
            session.pageviews++;
            session.exitPageId = countedPageId;
        }
    }

    /** What the batch made of visits. */
    private void tally() {
        if (!rollups.isCounting()) {
            return;
        }
        for (Set<Session> touched : List.of(started, changed)) {
            for (Session s : touched) {
                s.count(rollups.tally());
            }
        }
    }

    void write(Connection connection, TableWriter writer, boolean insertOnly) throws SQLException {
        tally();
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
        columns.addAll(Visit.COLUMNS);
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
        private @Nullable Object @Nullable [] attributes;

        final Visit visit;
        /** As it is in the tables; nothing of one that is not there yet. */
        private Tally.Extent before = Tally.Extent.NONE;
        /** The last day on which its own visitor went into the sketches, and with what of that view's own. */
        private int visitorDay = -1;

        private long[] visitorOwn = {};
        /** Of the batch, on one day, not counted for what they have of the visit. */
        private int views;

        private int viewsDay;

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
                @Nullable Object @Nullable [] attributes,
                Visit visit) {
            this.projectId = projectId;
            this.token = token;
            this.startedMs = startedMs;
            this.day = day;
            this.visitorId = visitorId;
            this.entryPageId = entryPageId;
            this.category = category;
            this.attributes = attributes;
            this.visit = visit;
            this.lastMs = startedMs;
            this.exitPageId = entryPageId;
        }

        /** What its visit has is counted once for the batch's views of a day. */
        void viewed(int ofDay, Tally tally) {
            if (views > 0 && viewsDay != ofDay) {
                tally.views(projectId, viewsDay, visit, views);
                views = 0;
            }
            viewsDay = ofDay;
            views++;
        }

        /** What was told of the view's visitor before; now this is, too. */
        Tally.Told tell(Tally.View view) {
            if (view.visitorId() != visitorId) {
                return Tally.Told.NOTHING;
            }
            boolean visitTold = visitorDay == view.day();
            boolean ownTold = visitTold && Arrays.equals(visitorOwn, view.own());
            visitorDay = view.day();
            visitorOwn = view.own();
            return ownTold ? Tally.Told.VISIT_AND_OWN : visitTold ? Tally.Told.VISIT : Tally.Told.NOTHING;
        }

        private void count(Tally tally) {
            boolean together = viewsDay == day;
            if (views > 0 && !together) {
                tally.views(projectId, viewsDay, visit, views);
            }
            tally.visit(projectId, day, startedMs, entryPageId, visit, before, extent(), together ? views : 0);
            views = 0;
            before = Tally.Extent.NONE;
        }

        private Tally.Extent extent() {
            return new Tally.Extent(pageviews, lastMs - startedMs, exitPageId);
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

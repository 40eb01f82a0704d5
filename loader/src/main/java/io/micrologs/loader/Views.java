package io.micrologs.loader;

import io.micrologs.journal.Envelope;
import io.micrologs.journal.Pageview;
import io.micrologs.loader.referrer.Categories;
import io.micrologs.loader.referrer.Category;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Pageviews, and the sessions that they make. Single-threaded: loader thread. */
final class Views {

    private static final Table PAGEVIEW = Table.of(
            "pageview",
            "project_id",
            "received_ms",
            "sequence",
            "day",
            "visitor_id",
            "session_token",
            "session_started_ms",
            "page_id",
            "category",
            "referrer_id");

    /** Behind the category and the eight texts of a session's attributes. */
    private static final int CLIENT_AT = 10;

    private final Repeats repeats;
    private final Sessions sessions;
    private final Visitors visitors;
    private final Dictionary dictionary;
    private final Clients clients;
    private final Categories categories;
    private final ProjectTotals totals;
    private final Rollups rollups;
    private final Tuples tuples;
    private final List<@Nullable Object[]> rows = new ArrayList<>();

    /** Whose an event is: by what the client sent, or, of a client without ids, by its hash of today or yesterday. */
    record Identity(long visitorId, long sessionToken) {}

    Views(
            LoaderConfig config,
            Visitors visitors,
            Dictionary dictionary,
            Clients clients,
            Categories categories,
            ProjectTotals totals,
            Rollups rollups,
            Tuples tuples) {
        repeats = new Repeats(config.recentViewsMax());
        sessions = new Sessions(config.cacheEntriesMax(), rollups, tuples);
        this.visitors = visitors;
        this.dictionary = dictionary;
        this.clients = clients;
        this.categories = categories;
        this.totals = totals;
        this.rollups = rollups;
        this.tuples = tuples;
    }

    void begin() {
        sessions.begin();
        rows.clear();
    }

    void want(Envelope envelope, boolean isPageview) {
        if (isPageview) {
            sessions.want(envelope.projectId(), envelope.sessionToken());
        }
        if (envelope.earlierVisitorId() != 0) {
            sessions.want(envelope.projectId(), envelope.earlierVisitorId());
        }
    }

    void lookUp(Connection connection, Set<Integer> viewedProjectIds, long firstMs, long lastMs, Erasures erasures)
            throws SQLException {
        repeats.lookUp(connection, viewedProjectIds, firstMs, lastMs, erasures);
        sessions.lookUp(connection, firstMs, lastMs, erasures);
    }

    /** A session that is open when the salt changes goes on under yesterday's hash until it has been idle. */
    Identity identity(Envelope envelope, long timeMs) {
        long earlier = envelope.earlierVisitorId();
        if (envelope.cookieless()
                && earlier != 0
                && sessions.current(envelope.projectId(), earlier, timeMs, Sessions.COOKIELESS_IDLE_MAX_MS) != null) {
            return new Identity(earlier, earlier);
        }
        return new Identity(envelope.visitorId(), envelope.sessionToken());
    }

    Outcome viewed(
            Projects.Project project, Envelope envelope, Identity who, Pageview view, long timeMs, long sequence) {
        int projectId = envelope.projectId();
        long token = who.sessionToken();
        int day = project.calendar().day(timeMs);
        long fingerprintKey = envelope.cookieless() ? 0 : view.fingerprintKey();
        long visitorId = visitors.resolve(projectId, who.visitorId(), fingerprintKey, timeMs, day);
        long pageId = dictionary.pageId(view.url());
        long idleMaxMs = envelope.cookieless() ? Sessions.COOKIELESS_IDLE_MAX_MS : Sessions.IDLE_MAX_MS;
        Sessions.Session session = sessions.current(projectId, token, timeMs, idleMaxMs);
        if (repeats.isRepeatOrCount(projectId, visitorId, pageId, timeMs)) {
            if (session != null) {
                sessions.goOn(session, timeMs, null);
            }
            return Outcome.REPEAT;
        }
        long[] utm = dictionary.page(projectId, pageId, view.url(), view.title());
        boolean own = view.referrer() != null && project.site().isOwn(view.referrer());
        int category =
                !own ? categories.of(view.referrer()).code : session == null ? Category.DIRECT.code : session.category;
        Long referrerId = own ? null : dictionary.term(projectId, view.referrer());
        if (session != null) {
            sessions.goOn(session, timeMs, pageId);
        } else {
            @Nullable Object[] attributes = attributes(envelope, view, category, referrerId);
            session = sessions.start(projectId, token, timeMs, day, visitorId, pageId, category, attributes);
        }
        totals.pageview(projectId);
        long[] values = own(projectId, category, referrerId, utm);
        count(new Tally.View(projectId, day, timeMs, visitorId, pageId, values), session);
        rows.add(new Object[] {
            projectId, timeMs, sequence, day, visitorId, token, session.startedMs, pageId, category, referrerId
        });
        return Outcome.STORED;
    }

    private long[] own(int projectId, int category, @Nullable Long referrerId, long[] utm) {
        long campaign = Visit.campaign(projectId, utm[0], utm[1], utm[2], tuples);
        long referrer = referrerId == null ? 0 : referrerId;
        return new long[] {category, referrer, utm[0], utm[1], utm[2], utm[3], utm[4], campaign};
    }

    private void count(Tally.View view, Sessions.Session session) {
        if (!rollups.isCounting()) {
            return;
        }
        rollups.at(view.timeMs());
        rollups.tally().ownView(view);
        session.viewed(view.day(), rollups.tally());
        rollups.visitors().visitor(view, session.visit, session.tell(view));
    }

    /** In the order of the session's columns. */
    private @Nullable Object[] attributes(Envelope envelope, Pageview view, int category, @Nullable Long referrerId) {
        int projectId = envelope.projectId();
        Utm utm = Utm.of(view.url());
        @Nullable Object[] row = new Object[Sessions.ATTRIBUTE_COUNT];
        @Nullable
        Object[] own = {
            category,
            referrerId,
            dictionary.term(projectId, utm.source()),
            dictionary.term(projectId, utm.medium()),
            dictionary.term(projectId, utm.campaign()),
            dictionary.term(projectId, utm.content()),
            dictionary.term(projectId, utm.term()),
            dictionary.term(projectId, view.screen()),
            dictionary.term(projectId, view.timeZone()),
            dictionary.term(projectId, envelope.language())
        };
        System.arraycopy(own, 0, row, 0, CLIENT_AT);
        clients.putWithVersions(row, CLIENT_AT, envelope);
        return row;
    }

    void write(Connection connection, TableWriter writer, boolean insertOnly) throws SQLException {
        sessions.write(connection, writer, insertOnly);
        Rows.sortByKey(rows);
        writer.append(connection, insertOnly, PAGEVIEW, rows);
    }

    long recentViewEvictions() {
        return repeats.evictions();
    }

    void forget() {
        repeats.forget();
        sessions.forget();
    }
}

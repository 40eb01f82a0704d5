package io.micrologs.loader;

import io.micrologs.journal.Envelope;
import io.micrologs.journal.LinkClick;
import io.micrologs.loader.referrer.Categories;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Clicks on tracked links. Single-threaded: loader thread. */
final class Links {

    private static final Table CLICK = Table.of(
            "link_click",
            "project_id",
            "received_ms",
            "sequence",
            "day",
            "link_id",
            "client_key",
            "is_bot",
            "category",
            "referrer_id",
            "device",
            "os_id",
            "browser_id",
            "country",
            "region_id",
            "city_id");
    private static final int CLIENT_AT = 9;
    private static final Table TOTAL = Table.of("link_total", "project_id", "link_id", "clicks");

    private final Categories categories;
    private final Dictionary dictionary;
    private final Clients clients;
    private final Rollups rollups;
    private Wanted wanted = new Wanted();
    /** Of those that this batch names: when it was deleted, or never. */
    private final Map<Key, Long> existing = new HashMap<>();

    private final List<@Nullable Object[]> clicks = new ArrayList<>();
    private final Map<Key, Long> totals = new TreeMap<>();

    Links(Categories categories, Dictionary dictionary, Clients clients, Rollups rollups) {
        this.categories = categories;
        this.dictionary = dictionary;
        this.clients = clients;
        this.rollups = rollups;
    }

    void begin() {
        wanted = new Wanted();
        existing.clear();
        clicks.clear();
        totals.clear();
    }

    void want(int projectId, int linkId) {
        wanted.add(projectId, linkId);
    }

    /**
     * Asked for each batch: the links that are clicked at one time are few. A click of before a link's end counts whenever it
     * is loaded, so that a replay comes to the same.
     */
    void lookUp(Connection connection) throws SQLException {
        String sql = "SELECT link_id, COALESCE(deleted_ms, %d) FROM link".formatted(Long.MAX_VALUE)
                + " WHERE project_id = :project AND link_id IN (:ids)";
        wanted.select(
                connection, sql, (projectId, row) -> existing.put(new Key(projectId, row.getLong(1)), row.getLong(2)));
    }

    Outcome clicked(Envelope envelope, LinkClick click, long timeMs, int day, long sequence) {
        int projectId = envelope.projectId();
        Key link = new Key(projectId, click.linkId());
        Long endMs = existing.get(link);
        if (endMs == null || timeMs >= endMs) {
            return Outcome.DELETED;
        }
        @Nullable Object[] row = new Object[CLICK.columns().size()];
        @Nullable
        Object[] own = {
            projectId,
            timeMs,
            sequence,
            day,
            click.linkId(),
            click.clientKey(),
            click.bot() ? 1 : 0,
            // A link on the project's own site leads away from a page: that page is its referrer like any other.
            categories.of(click.referrer()).code,
            dictionary.term(projectId, click.referrer())
        };
        System.arraycopy(own, 0, row, 0, CLIENT_AT);
        clients.put(row, CLIENT_AT, envelope);
        clicks.add(row);
        if (!click.bot()) {
            totals.merge(link, 1L, Long::sum);
        }
        if (!click.bot() && rollups.isCounting()) {
            rollups.at(timeMs);
            rollups.tally().click(projectId, day, timeMs, click.linkId());
            rollups.visitors().clicker(projectId, day, click.linkId(), click.clientKey());
        }
        return Outcome.STORED;
    }

    void write(Connection connection, TableWriter writer, boolean insertOnly) throws SQLException {
        List<@Nullable Object[]> rows = new ArrayList<>();
        totals.forEach((link, count) -> rows.add(new Object[] {link.projectId(), link.id(), count}));
        writer.upsert(connection, TOTAL, "clicks = clicks + VALUES(clicks)", rows);
        writer.append(connection, insertOnly, CLICK, clicks);
    }
}

package io.micrologs.loader;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Texts that repeat are stored once a project, under a hash of their own. Single-threaded: loader thread.
 *
 * <p>A text that is not known to be there is written whether it is there or not: one statement for all of them is
 * cheaper than asking first.
 */
final class Dictionary {

    private static final Table PAGE = Table.of(
            "page",
            "project_id",
            "page_id",
            "url",
            "title",
            "utm_source_id",
            "utm_medium_id",
            "utm_campaign_id",
            "utm_content_id",
            "utm_term_id");
    private static final Table TERM = Table.of("term", "project_id", "term_id", "value");
    private static final Table STACK = Table.of("stack", "project_id", "stack_id", "trace");
    private static final String NO_TITLE = "";
    private static final long[] NO_UTM = new long[5];

    /** The UTM values are the URL's own, so they only change in a row from before they were kept. */
    private static final String PAGE_AGAIN = "title = COALESCE(VALUES(title), title),"
            + " utm_source_id = VALUES(utm_source_id), utm_medium_id = VALUES(utm_medium_id),"
            + " utm_campaign_id = VALUES(utm_campaign_id), utm_content_id = VALUES(utm_content_id),"
            + " utm_term_id = VALUES(utm_term_id)";

    private final Hash64 hash;
    private final Cache<Key, Page> pages;

    private final Cache<Key, Boolean> terms;
    private final Cache<Key, Boolean> stacks;
    private final Map<Key, @Nullable Object[]> pageRows = new TreeMap<>();
    private final Map<Key, @Nullable Object[]> termRows = new TreeMap<>();
    private final Map<Key, @Nullable Object[]> stackRows = new TreeMap<>();

    /** @param utm the ids of its five values, 0 for none */
    private record Page(String title, long[] utm) {}

    Dictionary(Hash64 hash, int cacheEntriesMax) {
        this.hash = hash;
        pages = new Cache<>(cacheEntriesMax);
        terms = new Cache<>(cacheEntriesMax);
        stacks = new Cache<>(cacheEntriesMax);
    }

    void begin() {
        pages.trim();
        terms.trim();
        stacks.trim();
        pageRows.clear();
        termRows.clear();
        stackRows.clear();
    }

    long pageId(String url) {
        return hash.of(url);
    }

    /**
     * A counted view of the page; its last title that is not missing is the one that is shown.
     *
     * @return the ids of its source, medium, campaign, content and term, 0 for none
     */
    long[] page(int projectId, long pageId, String url, @Nullable String title) {
        Key key = new Key(projectId, pageId);
        Page known = pages.get(key);
        String given = title == null ? NO_TITLE : title;
        if (known == null || (!given.isEmpty() && !known.title.equals(given))) {
            Utm utm = Utm.of(url);
            @Nullable
            Long[] ids = {
                term(projectId, utm.source()),
                term(projectId, utm.medium()),
                term(projectId, utm.campaign()),
                term(projectId, utm.content()),
                term(projectId, utm.term())
            };
            pageRows.put(key, new Object[] {
                projectId, pageId, url, given.isEmpty() ? null : given, ids[0], ids[1], ids[2], ids[3], ids[4]
            });
            known = new Page(given, utm == Utm.NONE ? NO_UTM : numbers(ids));
            pages.put(key, known);
        }
        return known.utm;
    }

    private static long[] numbers(@Nullable Long[] ids) {
        long[] numbers = new long[ids.length];
        for (int i = 0; i < ids.length; i++) {
            Long id = ids[i];
            numbers[i] = id == null ? 0 : id;
        }
        return numbers;
    }

    @Nullable
    Long term(int projectId, @Nullable String value) {
        return text(terms, termRows, projectId, value);
    }

    @Nullable
    Long stack(int projectId, @Nullable String trace) {
        return text(stacks, stackRows, projectId, trace);
    }

    private @Nullable Long text(
            Cache<Key, Boolean> known, Map<Key, @Nullable Object[]> rows, int projectId, @Nullable String text) {
        if (text == null || text.isEmpty()) {
            return null;
        }
        long id = hash.of(text);
        Key key = new Key(projectId, id);
        if (known.get(key) == null) {
            known.put(key, Boolean.TRUE);
            rows.put(key, new Object[] {projectId, id, text});
        }
        return id;
    }

    void write(Connection connection, TableWriter writer) throws SQLException {
        write(connection, writer, PAGE, PAGE_AGAIN, pageRows);
        write(connection, writer, TERM, "value = VALUES(value)", termRows);
        write(connection, writer, STACK, "trace = VALUES(trace)", stackRows);
    }

    private static void write(
            Connection connection,
            TableWriter writer,
            Table table,
            String onDuplicate,
            Map<Key, @Nullable Object[]> rows)
            throws SQLException {
        List<@Nullable Object[]> sorted = new ArrayList<>(rows.values());
        writer.upsert(connection, table, onDuplicate, sorted);
    }

    void forget() {
        pages.clear();
        terms.clear();
        stacks.clear();
    }
}

package io.micrologs.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrologs.query.TestInstallation.TestProject;
import io.micrologs.query.engine.Answer;
import io.micrologs.query.engine.Attribute;
import io.micrologs.query.engine.Counter;
import io.micrologs.query.engine.Days;
import io.micrologs.query.engine.Engine;
import io.micrologs.query.engine.Filter;
import io.micrologs.query.engine.Forced;
import io.micrologs.query.engine.Interval;
import io.micrologs.query.engine.Measure;
import io.micrologs.query.engine.Meta;
import io.micrologs.query.engine.Operator;
import io.micrologs.query.engine.Query;
import io.micrologs.query.engine.RefusedException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Lists of many values: which come first, page by page, and where there is an end. */
class ListsIT {
    private static final Instant NOW = Instant.parse("2026-03-20T15:00:00Z");
    private static final int DAYS = 3;
    private static final long DAY_MS = 86_400_000;
    private static final String SITE = "https://w.example/";

    /** So many values are looked at for those with most visitors. */
    private static final int LOOKED_AT = 1_000;

    private static TestInstallation installation;
    private static TestProject project;
    private static long sequence;
    private static long views;
    private static final Map<String, Integer> visitorsOf = new HashMap<>();

    @BeforeAll
    static void load() throws Exception {
        installation = TestInstallation.start("query_lists", NOW);
        project = installation.project("Wide", ZoneOffset.UTC);
        // Seen often by few, and more than are looked at in one go; those with most visitors come behind them.
        pages("a", 250, 12, 2);
        pages("a+", 50, 8, 8);
        // The last one of the first 100 has as many visitors as each of those behind them has views.
        pages("b", 20, 9, 8);
        pages("b-", 80, 9, 1);
        pages("b+", 60, 8, 8);
        pages("c", LOOKED_AT + 1, 2, 1);
        installation.countAgain();
    }

    @AfterAll
    static void close() {
        installation.close();
    }

    /** On each of the days in turn, so that a page's visitors have to be united. */
    private static void pages(String name, int count, int viewsEach, int visitorsEach) throws Exception {
        StringBuilder pages = new StringBuilder();
        StringBuilder rows = new StringBuilder();
        for (int i = 0; i < count; i++) {
            String url = SITE + name + "/%04d".formatted(i);
            long page = TestRows.hash(url);
            visitorsOf.put(url, visitorsEach);
            pages.append(i == 0 ? "" : ",").append("(%d, %d, '%s')".formatted(project.id(), page, url));
            for (int view = 0; view < viewsEach; view++) {
                long ms = NOW.toEpochMilli() - view % DAYS * DAY_MS;
                long visitor = TestRows.hash("visitor " + view % visitorsEach);
                rows.append(rows.isEmpty() ? "" : ",")
                        .append("(%d, %d, %d, %d, %d, %d, %d, %d)"
                                .formatted(project.id(), ms, ++sequence, ms / DAY_MS, visitor, sequence, ms, page));
                views++;
            }
        }
        installation.update("INSERT INTO page (project_id, page_id, url) VALUES " + pages);
        installation.update("INSERT INTO pageview (project_id, received_ms, sequence, day, visitor_id, session_token,"
                + " session_started_ms, page_id) VALUES " + rows);
    }

    private static Query pages(Measure measure, String prefix, boolean ascending, int limit, int offset) {
        return new Query(
                List.of(measure, Measure.PAGEVIEWS),
                null,
                List.of(Attribute.PAGE),
                List.of(new Filter(Attribute.PAGE, Operator.STARTS_WITH, List.of(SITE + prefix))),
                days(),
                false,
                measure,
                ascending,
                limit,
                offset);
    }

    private static Days days() {
        LocalDate today = LocalDate.ofInstant(NOW, ZoneOffset.UTC);
        return new Days(today.minusDays(DAYS - 1), today, ZoneOffset.UTC);
    }

    private record Told(Answer answer, Meta meta) {}

    private static Told ask(Query query) throws Exception {
        return limited(query, 100_000, Long.MAX_VALUE);
    }

    private static Told limited(Query query, int rowsMax, long rawRowsMax) throws Exception {
        return told(query, sql -> Forced.limited(sql, project.id(), Engine.days(query), rowsMax, rawRowsMax));
    }

    private static Told told(Query query, Sql.Work<Engine> making) throws Exception {
        Object told = Sql.inTransaction(installation.dataSource, sql -> {
            try {
                Engine engine = making.run(sql);
                return new Told(engine.answer(query), engine.meta());
            } catch (RefusedException e) {
                return e;
            }
        });
        if (told instanceof RefusedException refused) {
            throw refused;
        }
        return (Told) told;
    }

    private static List<String> urls(Answer answer) {
        return answer.rows().stream().map(row -> String.valueOf(row.text(0))).toList();
    }

    /** Most visitors first, and then by the page's number. */
    private static List<String> expected(String prefix) {
        return visitorsOf.keySet().stream()
                .filter(url -> url.startsWith(SITE + prefix))
                .sorted(Comparator.comparing((String url) -> -visitorsOf.get(url))
                        .thenComparing(url -> TestRows.hash(url)))
                .toList();
    }

    @Test
    void thoseWithMostVisitors_areFoundBehindThoseWithMoreViews() throws Exception {
        for (String prefix : List.of("a", "b")) {
            Told told = ask(pages(Measure.VISITORS, prefix, false, 10, 0));
            assertThat(urls(told.answer)).isEqualTo(expected(prefix).subList(0, 10));
            assertThat(told.answer.more()).isTrue();
            assertThat(told.answer.rows().get(0).figures().of(Counter.VISITORS)).isEqualTo(8);
            assertThat(told.meta.source()).isEqualTo("rollups");
            assertThat(told.meta.notes()).isNull();
        }
    }

    @Test
    void whereNotAllWereLookedAt_metaSaysSo() throws Exception {
        assertThat(ask(pages(Measure.VISITORS, "c", false, 10, 0)).meta.notes())
                .isEqualTo("Only the values with most events were looked at to find those with most visitors");
        Query query = pages(Measure.VISITORS, "c", false, 10, 0);
        List<Filter> filters = new ArrayList<>(query.filters());
        filters.add(new Filter(Attribute.PAGE, Operator.IS_NOT, List.of(SITE + "c/0000")));
        Query oneLess = new Query(
                query.measures(), null, query.attributes(), filters, query.days(), false, query.by(), false, 10, 0);
        assertThat(ask(oneLess).meta.notes()).isNull();
        assertThat(urls(ask(pages(Measure.VISITORS, "c", false, 1_000, 0)).answer))
                .isEqualTo(expected("c").subList(0, 1_000));
        // Those who were not looked at cannot have as many visitors as these.
        assertThat(ask(pages(Measure.VISITORS, "", false, 10, 0)).meta.notes()).isNull();
    }

    @Test
    void pageByPage_isTheWholeList() throws Exception {
        for (Measure measure : List.of(Measure.VISITORS, Measure.PAGEVIEWS)) {
            for (boolean ascending : new boolean[] {false, true}) {
                List<String> whole = urls(ask(pages(measure, "b", ascending, 1_000, 0)).answer);
                assertThat(whole).hasSize(160).doesNotHaveDuplicates();
                List<String> joined = new ArrayList<>();
                for (int offset = 0; offset <= 160; offset += 40) {
                    Told told = ask(pages(measure, "b", ascending, 40, offset));
                    joined.addAll(urls(told.answer));
                    assertThat(told.answer.more())
                            .as("%s from %d", measure, offset)
                            .isEqualTo(offset < 120);
                    told.answer
                            .rows()
                            .forEach(row -> assertThat(row.figures().of(Counter.VISITORS))
                                    .as("%s", row)
                                    .isEqualTo(measure == Measure.VISITORS ? visitorsOf.get(row.text(0)) : 0));
                }
                assertThat(joined).as("%s, %s", measure, ascending).isEqualTo(whole);
            }
        }
    }

    @Test
    void visitorsBesideWhatAListIsOrderedBy_areThoseOfItsRows() throws Exception {
        Query query = pages(Measure.PAGEVIEWS, "b", false, 30, 90);
        Query both = new Query(
                List.of(Measure.PAGEVIEWS, Measure.VISITORS),
                null,
                query.attributes(),
                query.filters(),
                query.days(),
                false,
                Measure.PAGEVIEWS,
                false,
                30,
                90);
        Answer answer = ask(both).answer;
        assertThat(urls(answer)).isEqualTo(urls(ask(query).answer)).hasSize(30);
        answer.rows()
                .forEach(row -> assertThat(row.figures().of(Counter.VISITORS))
                        .as("%s", row)
                        .isEqualTo(visitorsOf.get(row.text(0)).longValue()));
    }

    @Test
    void moreRowsThanAreHeld_areRefused_unlessTheDatabaseCanTellWhichComeFirst() throws Exception {
        Query smallest = pages(Measure.PAGEVIEWS, "a", true, 5, 0);
        assertThat(urls(limited(smallest, 10, 1_000_000).answer)).isEqualTo(urls(ask(smallest).answer));
        // A rate is not known before all are read.
        Query rate = new Query(
                List.of(Measure.BOUNCE_RATE),
                null,
                List.of(Attribute.ENTRY_PAGE),
                List.of(),
                days(),
                false,
                Measure.BOUNCE_RATE,
                false,
                5,
                0);
        visits(11);
        assertThat(limited(rate, 11, 1_000_000).answer.rows()).hasSize(5);
        assertThatThrownBy(() -> limited(rate, 10, 1_000_000))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("more than 10 rows");
        Query mostViewed = daysOfPages(Measure.PAGEVIEWS);
        assertThat(limited(mostViewed, 6, 1_000_000).answer.rows()).hasSize(5);
        Query earliest = daysOfPages(null);
        assertThat(limited(earliest, 80 * DAYS, 1_000_000).answer.rows()).hasSize(5);
        assertThatThrownBy(() -> limited(earliest, 80 * DAYS - 1, 1_000_000))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("more than 239 rows");
    }

    /** From raw rows. */
    private static Query daysOfPages(@Nullable Measure by) {
        return new Query(
                List.of(Measure.PAGEVIEWS),
                Interval.DAY,
                List.of(Attribute.PAGE),
                List.of(new Filter(Attribute.PAGE, Operator.STARTS_WITH, List.of(SITE + "b-"))),
                days(),
                false,
                by,
                by == null,
                5,
                0);
    }

    private static void visits(int count) throws Exception {
        for (int i = 0; i < count; i++) {
            installation.update(
                    "INSERT INTO session (project_id, session_token, started_ms, last_ms, day, pageviews, visitor_id,"
                            + " entry_page_id, exit_page_id, category, device) VALUES (?, ?, ?, ?, ?, 1, 1, ?, 1, 1, 1)",
                    project.id(),
                    1_000_000 + i,
                    NOW.toEpochMilli(),
                    NOW.toEpochMilli(),
                    NOW.toEpochMilli() / DAY_MS,
                    TestRows.hash(SITE + "a/%04d".formatted(i)));
        }
        installation.countAgain(project);
    }

    @Test
    void questionOfManyRawRows_needsAPermit_andGivesItBack() throws Exception {
        Semaphore slow = new Semaphore(1);
        Query query = daysOfPages(Measure.PAGEVIEWS);
        assertThat(slow(query, slow).answer.rows()).hasSize(5);
        assertThatThrownBy(() -> slow(daysOfPages(null), slow)).hasMessageContaining("more than 100 rows");
        assertThat(slow.tryAcquire()).isTrue();
        assertThatThrownBy(() -> slow(query, slow))
                .isInstanceOfSatisfying(
                        RefusedException.class,
                        refused -> assertThat(refused.isForNow()).isTrue())
                .hasMessageContaining("Try again in a few seconds");
        assertThat(slow(Query.total(days(), List.of(Measure.PAGEVIEWS)), slow)
                        .meta
                        .source())
                .isEqualTo("rollups");
    }

    private static Told slow(Query query, Semaphore slow) throws Exception {
        return told(query, sql -> Forced.slow(sql, project.id(), Engine.days(query), slow));
    }

    @Test
    void moreRawRowsThanAreRead_areRefused_withoutReadingThem() throws Exception {
        Query query = new Query(
                List.of(Measure.PAGEVIEWS),
                Interval.DAY,
                List.of(Attribute.DEVICE),
                List.of(),
                days(),
                false,
                null,
                true,
                5,
                0);
        assertThat(limited(query, 100_000, views).answer.rows()).hasSize(DAYS);
        assertThatThrownBy(() -> limited(query, 100_000, views - 1))
                .isInstanceOf(RefusedException.class)
                .hasMessage("This would read " + views + " raw rows, and " + (views - 1) + " are the most. Ask for"
                        + " fewer days, or for one dimension without a filter on another");
        Query compared = new Query(
                query.measures(),
                query.interval(),
                query.attributes(),
                List.of(),
                new Days(days().to(), days().to(), ZoneOffset.UTC),
                true,
                null,
                true,
                5,
                0);
        assertThatThrownBy(() -> limited(compared, 100_000, views / 2)).isInstanceOf(RefusedException.class);
        // What counters can tell, too, is told by them then, while they are made again.
        installation.update(
                "INSERT INTO rollup_rebuild (project_id, first_day, last_day) VALUES (?, 0, 8388607)", project.id());
        try {
            Query total = Query.total(days(), List.of(Measure.PAGEVIEWS));
            for (long most : new long[] {views, views - 1}) {
                Meta meta = limited(total, 100_000, most).meta;
                assertThat(meta.source()).isEqualTo(most == views ? "raw rows" : "rollups");
                assertThat(meta.notes())
                        .endsWith(most == views ? "until then raw rows answer" : "until then their figures may be off");
            }
        } finally {
            installation.update("DELETE FROM rollup_rebuild WHERE project_id = ?", project.id());
        }
    }
}

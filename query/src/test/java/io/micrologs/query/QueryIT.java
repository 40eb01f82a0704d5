package io.micrologs.query;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.micrologs.query.TestInstallation.Answer;
import io.micrologs.query.TestInstallation.TestProject;
import io.micrologs.query.engine.Attribute;
import io.micrologs.query.engine.Measure;
import io.micrologs.query.engine.Operator;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The endpoint around the engine: what it takes, refuses and answers, and what it says of its figures. */
class QueryIT {
    private static final Instant NOW = Instant.parse("2026-03-20T15:00:00Z");
    private static final Instant YESTERDAY = NOW.minusSeconds(86_400);
    private static final int CROWD = 20_000;
    private static final long SEED = Long.getLong("faults.seed", 20_260_402);
    private static final int NONSENSE = 300 * Integer.getInteger("faults.trials", 1);

    /** What a field may be given besides what it takes. */
    private static final List<String> JUNK = List.of(
            "null",
            "true",
            "-1",
            "0.5",
            "1e999",
            "99999999999999999999",
            "''",
            "'x'",
            "'\\u0000'",
            "'\\ud800'",
            "'🐋%_!\\\\'",
            "'\\\\'",
            "'1) OR 1=1 -- '",
            "'\\u0027 OR 1=1 -- '",
            "'2026-02-31'",
            "'0000-01-01'",
            "'9999-12-31'",
            "[]",
            "{}",
            "[[['x']]]",
            "{'dimension':{}}",
            "'" + "long ".repeat(3_000) + "'");

    private static TestInstallation installation;
    private static TestProject project;
    private static TestProject crowded;

    @BeforeAll
    static void load() throws Exception {
        installation = TestInstallation.start("query_endpoint", NOW);
        project = installation.project("Few", ZoneOffset.UTC);
        crowded = installation.project("Many", ZoneOffset.UTC);
        TestRows rows = new TestRows(installation);
        rows.view(project, NOW, 1, "https://a.example/", "A");
        rows.view(project, NOW, 2, "https://a.example/", "A");
        rows.view(project, YESTERDAY, 1, "https://a.example/</b>?q=100%", null);
        rows.view(project, YESTERDAY.minusSeconds(3 * 86_400), 1, "https://a.example/", "A");
        rows.visit(project, NOW, 1);
        rows.visit(project, NOW, 3);
        rows.occurrence(rows.group(project, "TypeError", "m", null, null, 3, 1, 1), NOW, 3, 1, null, null, null);
        crowd();
        installation.update(
                "INSERT INTO session (project_id, session_token, started_ms, last_ms, day, pageviews, visitor_id,"
                        + " entry_page_id, exit_page_id, category, device, country)"
                        + " VALUES (?, 1, ?, ?, ?, 1, 1, 1, 1, 1, 1, 'DE')",
                crowded.id(),
                NOW.toEpochMilli(),
                NOW.toEpochMilli(),
                day(0));
        installation.countAgain();
    }

    private static long day(int later) {
        return NOW.getEpochSecond() / 86_400 + later;
    }

    /** All on one page, at a quarter of a second's distance. */
    private static void crowd() throws Exception {
        installation.update(
                "INSERT INTO page (project_id, page_id, url) VALUES (?, 1, 'https://b.example/')", crowded.id());
        for (int from = 0; from < CROWD; from += 1_000) {
            StringBuilder sql = new StringBuilder("INSERT INTO pageview (project_id, received_ms, sequence, day,"
                    + " visitor_id, session_token, session_started_ms, page_id) VALUES ");
            for (int i = from; i < from + 1_000; i++) {
                long ms = YESTERDAY.toEpochMilli() + i / 4;
                sql.append(i == from ? "" : ",")
                        .append("(%d, %d, %d, %d, %d, %d, %d, 1)"
                                .formatted(crowded.id(), ms, i, ms / 86_400_000, TestRows.hash("v" + i), i, ms));
            }
            installation.update(sql.toString());
        }
    }

    @AfterAll
    static void close() {
        installation.close();
    }

    private static Answer ask(TestProject of, String body) throws Exception {
        return installation.post("/api/v1/query", body.replace('\'', '"'), "X-API-Key", of.secretKey());
    }

    private static void refused(String body, String message) throws Exception {
        Answer answer = ask(project, body);
        assertThat(answer.message()).as(body).contains(message);
        assertThat(answer.status()).as(body).isEqualTo(400);
    }

    @Test
    void answer_hasRangesRowsAndMeta() throws Exception {
        assertThat(ask(
                                project,
                                "{'metrics':['pageviews','visitors','error_rate'],'dimensions':['day'],'range':'1d',"
                                        + "'compare':'previous_period'}")
                        .text())
                .isEqualTo("{\"success\":true,\"message\":\"OK\",\"data\":{\"range\":{\"from\":\"2026-03-19 00:00:00\","
                        + "\"to\":\"2026-03-20 23:59:59\"},\"previous_range\":{\"from\":\"2026-03-17 00:00:00\","
                        + "\"to\":\"2026-03-18 23:59:59\"},\"count\":2,\"more\":false,\"rows\":["
                        + "{\"day\":\"2026-03-19\",\"pageviews\":1,\"visitors\":1,\"error_rate\":0.0,"
                        + "\"previous\":{\"pageviews\":0,\"visitors\":0,\"error_rate\":0.0}},"
                        + "{\"day\":\"2026-03-20\",\"pageviews\":2,\"visitors\":2,\"error_rate\":50.0,"
                        + "\"previous\":{\"pageviews\":0,\"visitors\":0,\"error_rate\":0.0}}]},"
                        + "\"meta\":{\"source\":\"rollups\",\"visitors\":\"exact\"}}");
    }

    @Test
    void lists_areOrderedCutAndFiltered() throws Exception {
        String pages = "{'metrics':['pageviews'],'dimensions':['page'],";
        JsonNode first = ask(project, pages + "'limit':1}").data();
        assertThat(first.path("rows").toString()).isEqualTo("[{\"page\":\"https://a.example/\",\"pageviews\":3}]");
        assertThat(first.path("more").booleanValue()).isTrue();
        assertThat(ask(project, pages + "'limit':1,'offset':1}").data().toString())
                .contains("\"count\":1,\"more\":false,\"rows\":[{\"page\":\"https://a.example/</b>?q=100%\"");
        assertThat(ask(project, pages + "'order':{'by':'pageviews','direction':'asc'}}")
                        .data()
                        .path("rows")
                        .findValuesAsText("pageviews"))
                .containsExactly("1", "3");
        for (Map.Entry<String, Integer> found :
                Map.of("100%", 1, "10_%", 0, "/", 2, "!", 0, "\\\\", 0).entrySet()) {
            String filter =
                    "'filters':[{'dimension':'page','operator':'contains','values':['" + found.getKey() + "']}]}";
            assertThat(ask(project, pages + filter).data().path("count").intValue())
                    .as(found.getKey())
                    .isEqualTo(found.getValue());
        }
        assertThat(ask(crowded, pages + "'limit':5}").data().path("rows")).hasSize(1);
    }

    @Test
    void manyVisitors_areEstimated_andMetaSaysSo() throws Exception {
        String metrics = "{'metrics':['visitors']";
        for (String more : new String[] {"}", ",'dimensions':['day']}", ",'dimensions':['page']}"}) {
            Answer answer = ask(crowded, metrics + more);
            boolean page = more.contains("page");
            assertThat(answer.json().path("meta").toString())
                    .isEqualTo("{\"source\":\"rollups\",\"visitors\":\"within " + (page ? "3.2" : "1.6")
                            + " % (two sigma)\"}");
            assertThat(answer.data().path("rows").path(0).path("visitors").intValue())
                    .isBetween((int) (CROWD * 0.94), (int) (CROWD * 1.06));
        }
        Answer exact = ask(crowded, metrics + ",'dimensions':['page','day']}");
        assertThat(exact.json().path("meta").toString()).isEqualTo("{\"source\":\"raw rows\",\"visitors\":\"exact\"}");
        assertThat(exact.data().path("rows").path(0).path("visitors").intValue())
                .isEqualTo(CROWD);
    }

    @Test
    void daysThatAreCountedAgain_areAnsweredFromRawRows() throws Exception {
        String question = "{'metrics':['pageviews'],'dimensions':['day'],'range':'7d'}";
        String before = ask(project, question).data().toString();
        installation.update(
                "INSERT INTO rollup_rebuild (project_id, first_day, last_day) VALUES (?, 0, 8388607)", project.id());
        try {
            // What waits is wrong, be it more or less.
            installation.update(
                    "UPDATE rollup SET events = events + 7 WHERE project_id = ? AND grain = 1 AND period = ?",
                    project.id(),
                    day(0));
            Answer answer = ask(project, question);
            assertThat(answer.data().toString()).isEqualTo(before);
            assertThat(answer.json().path("meta").toString())
                    .isEqualTo("{\"source\":\"raw rows\",\"notes\":\"Some of these days are being counted again; until"
                            + " then raw rows answer\"}");
            assertThat(ask(crowded, question).json().path("meta").path("source").textValue())
                    .isEqualTo("rollups");
            // With all raw rows of before gone, nobody knows better.
            installation.update("UPDATE raw_dropped SET until_ms = ?", YESTERDAY.toEpochMilli() - 2 * 86_400_000);
            assertThat(ask(project, question).json().path("meta").toString())
                    .isEqualTo("{\"source\":\"rollups\",\"notes\":\"Some of these days are being counted again; until"
                            + " then their figures may be off\"}");
        } finally {
            installation.update("UPDATE raw_dropped SET until_ms = 0");
            installation.update("DELETE FROM rollup_rebuild WHERE project_id = ?", project.id());
            installation.countAgain(project);
        }
        assertThat(ask(project, question).data().toString()).isEqualTo(before);
    }

    @Test
    void daysThatAreCountedAgain_areNoOthers() throws Exception {
        // First, last and next day of a request, counted from today on; 99 is no next day yet. The question is of -7 to
        // 0.
        askWhileWaiting("rollups", -9, -8, 99);
        askWhileWaiting("raw rows", -9, -7, 99);
        askWhileWaiting("raw rows", 0, 0, 99);
        askWhileWaiting("rollups", 1, 1, 99);
        askWhileWaiting("raw rows", -9, 3, 0);
        askWhileWaiting("rollups", -9, 3, 1);
        installation.update("UPDATE raw_dropped SET until_ms = ?", NOW.toEpochMilli() - 5 * 86_400_000);
        try {
            // What is not counted again, ever, is not waited for.
            askWhileWaiting("rollups", -7, -3, 99);
        } finally {
            installation.update("UPDATE raw_dropped SET until_ms = 0");
        }
    }

    private static void askWhileWaiting(String source, int first, int last, int next) throws Exception {
        installation.update(
                "INSERT INTO rollup_rebuild (project_id, first_day, last_day, next_day) VALUES (?, ?, ?, NULLIF(?, ?))",
                project.id(),
                day(first),
                day(last),
                day(next),
                day(99));
        try {
            JsonNode meta = ask(project, "{'metrics':['pageviews'],'range':'7d'}")
                    .json()
                    .path("meta");
            assertThat(meta.path("source").textValue())
                    .as("%d to %d, %d", first, last, next)
                    .isEqualTo(source);
            assertThat(meta.has("notes")).isEqualTo(source.equals("raw rows"));
        } finally {
            installation.update("DELETE FROM rollup_rebuild WHERE project_id = ?", project.id());
        }
    }

    @Test
    void placeWithoutAName_tellsOnlyWhatElseWasAskedFor() throws Exception {
        for (String[] asked : new String[][] {{"'region'", "null"}, {"'region','country'", "\"DE\""}}) {
            assertThat(ask(crowded, "{'metrics':['visits'],'dimensions':[" + asked[0] + "]}")
                            .data()
                            .path("rows")
                            .toString())
                    .isEqualTo("[{\"country\":" + asked[1] + ",\"region\":null,\"visits\":1}]");
        }
    }

    @Test
    void questionThatNeedsDroppedRows_isRefused_andOthersAreNot() throws Exception {
        installation.update("UPDATE raw_dropped SET until_ms = ?", NOW.toEpochMilli() - 5 * 86_400_000);
        try {
            refused(
                    "{'metrics':['visitors'],'dimensions':['page','country'],'range':'30d'}",
                    "those of before 2026-03-18 were dropped (retention.days)");
            String from = "{'metrics':['visitors'],'dimensions':['page','country'],'range':'custom','to':'2026-03-20',"
                    + "'from':'2026-03-";
            assertThat(ask(project, from + "18'}").status()).isEqualTo(200);
            refused(from + "17'}", "those of before 2026-03-18 were dropped");
            // The three days before these are not there.
            refused(from + "18','compare':'previous_period'}", "those of before 2026-03-18 were dropped");
            assertThat(ask(project, "{'metrics':['visitors'],'dimensions':['page'],'range':'30d'}")
                            .json()
                            .path("meta")
                            .path("source")
                            .textValue())
                    .isEqualTo("rollups");
            long group = installation.count("SELECT group_id AS n FROM error_group WHERE project_id = ?", project.id());
            assertThat(installation
                            .analytics("error-detail?id=" + group, project)
                            .json()
                            .path("meta")
                            .toString())
                    .isEqualTo(
                            "{\"source\":\"raw rows, rollups\",\"notes\":\"Raw rows of before 2026-03-18 were dropped"
                                    + " (retention.days); what is told of them is missing\"}");
        } finally {
            installation.update("UPDATE raw_dropped SET until_ms = 0");
        }
    }

    @Test
    void whatIsNotUnderstood_isRefused_withWhatThereIs() throws Exception {
        refused("{'dimensions':['day']}", "metrics is required: an array of visitors, new_visitors, visits");
        refused("{'metrics':[]}", "metrics is required");
        refused("{'metrics':'visitors'}", "metrics must be an array of names");
        refused("{'metrics':['hits']}", "Unknown metric 'hits'. There are: visitors, ");
        refused("{'metrics':['visitors'],'dimension':['day']}", "Unknown field 'dimension'. Fields are: metrics, ");
        refused(
                "{'metrics':['visitors'],'dimensions':['colour']}",
                "Unknown dimension 'colour'. Dimensions are: hour, ");
        refused("{'metrics':['visitors'],'dimensions':['campaign']}", "Unknown dimension 'campaign'");
        refused("{'metrics':['visitors'],'dimensions':['day','week']}", "Only one of hour, day, week, month at a time");
        refused(
                "{'metrics':['visitors'],'dimensions':['page','os','country']}",
                "At most 2 dimensions, besides one of time");
        refused(
                "{'metrics':['bounce_rate'],'dimensions':['error_type']}",
                "bounce_rate has no dimension error_type. It has: hour, day, week, month, entry_page, ");
        refused(
                "{'metrics':['events'],'filters':[{'dimension':'country','operator':'is','values':['DE']}]}",
                "events has no dimension country. It has: hour, day, week, month");
        refused("{'metrics':['visitors'],'dimensions':['hour'],'range':'60d'}", "hour is for at most 32 days");
        refused("{'metrics':['visitors'],'range':'month'}", "Invalid range");
        refused("{'metrics':['visitors'],'range':7}", "range must be a text");
        refused(
                "{'metrics':['visitors'],'from':'2026-03-01','to':'2026-03-02'}",
                "from and to are for the range custom");
        refused("{'metrics':['visitors'],'compare':'last_year'}", "compare must be previous_period");
        refused("{'metrics':['visitors'],'limit':0}", "limit must be a number from 1 to 1000");
        refused("{'metrics':['visitors'],'offset':'1'}", "offset must be a number from 0 to 10000");
        refused("{'metrics':['visitors'],'order':{'by':'visits'}}", "Unknown order 'visits'. There are: visitors");
        refused("{'metrics':['visitors'],'order':{'by':'visitors','direction':'up'}}", "There are: asc, desc");
        filterRefused("'x'", "A filter is");
        filterRefused("{'dimension':'day','operator':'is','values':['x']}", "Unknown dimension of a filter 'day'");
        filterRefused(
                "{'dimension':'os','operator':'like','values':['x']}", "There are: is, is_not, contains, starts_with");
        filterRefused("{'dimension':'os','operator':'is','values':[]}", "array of 1 to 100 texts");
        filterRefused("{'dimension':'os','operator':'is','values':[1]}", "values of a filter must be texts");
        filterRefused("{'dimension':'os','operator':'contains','values':[null]}", "goes with is and is_not");
        filterRefused(
                "{'dimension':'os','operator':'is','values':['x'],'not':true}", "Unknown field 'not' of a filter");
        filterRefused(
                "{'dimension':'device','operator':'is','values':['fridge']}", "Values are: unknown, desktop, mobile");
        filterRefused("{'dimension':'country','operator':'is','values':['de']}", "A country is its ISO code");
    }

    @Test
    void eachMaximum_isTaken_andOneMoreIsNot() throws Exception {
        String filter = "{'dimension':'os','operator':'is_not','values':['x'%s]}";
        for (int more : new int[] {0, 1}) {
            int status = more == 0 ? 200 : 400;
            String values = filter.formatted(",'y'".repeat(QueryBody.VALUES_MAX - 1 + more));
            String filters =
                    filter.formatted("") + ("," + filter.formatted("")).repeat(QueryBody.FILTERS_MAX - 1 + more);
            int days = QueryBody.HOUR_DAYS_MAX - 1 + more;
            for (String field : List.of(
                    "'limit':" + (QueryBody.LIMIT_MAX + more),
                    "'offset':" + (QueryBody.OFFSET_MAX + more),
                    "'filters':[" + values + "]",
                    "'filters':[" + filters + "]",
                    "'dimensions':['hour'],'range':'" + days + "d'",
                    "'dimensions':['day','os','page'" + (more == 0 ? "]" : ",'country']"))) {
                assertThat(ask(project, "{'metrics':['pageviews']," + field + "}")
                                .status())
                        .as(field)
                        .isEqualTo(status);
            }
        }
    }

    @Test
    void nonsense_isAnsweredOrRefused_andNeverAnError() throws Exception {
        RandomGenerator random = new Random(SEED);
        int answered = 0;
        for (int i = 0; i < NONSENSE; i++) {
            String body = "{'metrics':" + some(random, 3, QueryIT::metric)
                    + (random.nextBoolean() ? ",'dimensions':" + some(random, 2, QueryIT::dimension) : "")
                    + (random.nextBoolean() ? ",'filters':" + some(random, 4, QueryIT::filter) : "")
                    + field(
                            random,
                            "range",
                            "'7d'",
                            "'60d'",
                            custom("2026-03-01", "2026-03-20"),
                            custom("0000-01-01", "0000-12-31"),
                            custom("9999-12-01", "9999-12-31"))
                    + field(random, "compare", "'previous_period'")
                    + field(random, "order", "{'by':'visitors'}", "{'by':'day','direction':'desc'}")
                    + field(random, "limit", "1", "1000")
                    + field(random, "offset", "0", "10000")
                    + "}";
            Answer answer = ask(project, body);
            assertThat(answer.status()).as("seed %d: %s", SEED, body).isIn(200, 400, 413);
            assertThat(answer.message()).as("seed %d: %s", SEED, body).isNotEmpty();
            answered += answer.status() == 200 ? 1 : 0;
        }
        assertThat(answered).isBetween(NONSENSE / 20, NONSENSE * 19 / 20);
        assertThat(ask(project, "{'metrics':['pageviews'],'range':'7d'}")
                        .data()
                        .path("rows")
                        .path(0)
                        .path("pageviews")
                        .intValue())
                .isEqualTo(4);
    }

    private static String custom(String from, String to) {
        return "'custom','from':'" + from + "','to':'" + to + "'";
    }

    private static String field(RandomGenerator random, String name, String... values) {
        return random.nextInt(4) > 0 ? "" : ",'" + name + "':" + orJunk(random, values[random.nextInt(values.length)]);
    }

    private static String orJunk(RandomGenerator random, String value) {
        return random.nextInt(20) > 0 ? value : JUNK.get(random.nextInt(JUNK.size()));
    }

    private static String some(RandomGenerator random, int most, Function<RandomGenerator, String> one) {
        List<String> some = new ArrayList<>();
        for (int i = random.nextInt(most); i < most; i++) {
            some.add(orJunk(random, one.apply(random)));
        }
        return orJunk(random, "[" + String.join(",", some) + "]");
    }

    private static String metric(RandomGenerator random) {
        Measure[] all = Measure.values();
        return "'" + all[random.nextInt(random.nextInt(5) > 0 ? 4 : all.length)].key() + "'";
    }

    private static String dimension(RandomGenerator random) {
        return "'" + (random.nextInt(3) == 0 ? "day" : attribute(random)) + "'";
    }

    private static String attribute(RandomGenerator random) {
        Attribute[] all = Attribute.values();
        return all[random.nextInt(all.length)].key();
    }

    private static String filter(RandomGenerator random) {
        String operator = Operator.values()[random.nextInt(Operator.values().length)].key();
        return "{'dimension':" + orJunk(random, "'" + attribute(random) + "'") + ",'operator':"
                + orJunk(random, "'" + operator + "'") + ",'values':"
                + some(random, 3, any -> JUNK.get(any.nextInt(JUNK.size()))) + "}";
    }

    private static void filterRefused(String filter, String message) throws Exception {
        refused("{'metrics':['visitors'],'filters':[" + filter + "]}", message);
    }

    @Test
    void withoutTheSecretKeyOrABody_itIsRefusedAsEverywhere() throws Exception {
        assertThat(installation.post("/api/v1/query", "{}").status()).isEqualTo(401);
        assertThat(installation
                        .post("/api/v1/query", "{\"metrics\":[\"visitors\"]}", "X-API-Key", project.publicKey())
                        .status())
                .isEqualTo(401);
        assertThat(ask(project, "{}").message()).isEqualTo("Invalid or missing JSON body");
        assertThat(installation.get("/api/v1/query").status()).isEqualTo(405);
    }
}

package io.micrologs.query;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrologs.query.EngineModel.Cell;
import io.micrologs.query.EngineModel.Key;
import io.micrologs.query.TestInstallation.TestProject;
import io.micrologs.query.engine.Answer;
import io.micrologs.query.engine.Attribute;
import io.micrologs.query.engine.Days;
import io.micrologs.query.engine.Engine;
import io.micrologs.query.engine.Figures;
import io.micrologs.query.engine.Filter;
import io.micrologs.query.engine.Forced;
import io.micrologs.query.engine.Interval;
import io.micrologs.query.engine.Measure;
import io.micrologs.query.engine.Meta;
import io.micrologs.query.engine.Operator;
import io.micrologs.query.engine.Query;
import io.micrologs.query.engine.RefusedException;
import io.micrologs.query.engine.Rows;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Semaphore;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Random questions: what rollups say is what raw rows say is what {@link EngineModel} says. */
class EngineIT {
    private static final long SEED = Long.getLong("faults.seed", 20_260_401);
    private static final int QUESTIONS = 400 * Integer.getInteger("faults.trials", 1);

    /** The clocks of New York changed on March 8, those of Lord Howe by half an hour on April 5. */
    private static final Instant LAST = Instant.parse("2026-04-20T15:00:00Z");

    private static final List<Attribute> ATTRIBUTES = List.of(Attribute.values());
    private static final Map<Attribute, List<String>> TEXTS = Map.ofEntries(
            Map.entry(Attribute.CATEGORY, List.of("unknown", "direct", "referral", "social")),
            Map.entry(Attribute.COUNTRY, List.of("DE", "US", "FR", "JP")),
            Map.entry(Attribute.REGION, List.of("North", "South", "N")),
            Map.entry(Attribute.CITY, List.of("Springfield", "Neustadt", "e")),
            Map.entry(Attribute.DEVICE, List.of("desktop", "unknown", "mobile")),
            Map.entry(Attribute.OS, List.of("Windows", "iOS", "in")),
            Map.entry(Attribute.BROWSER, List.of("Chrome", "100%_\\!x", "%", "_", "!")),
            Map.entry(Attribute.OS_VERSION, List.of("10", "1", "12")),
            Map.entry(Attribute.BROWSER_VERSION, List.of("10", "1", "12")),
            Map.entry(Attribute.ERROR_TYPE, List.of("TypeError", "typeerror", "Error", "None")),
            Map.entry(Attribute.SEVERITY, List.of("info", "critical")),
            Map.entry(Attribute.UTM_CAMPAIGN, List.of("campaign_1", "campaign", "_")),
            Map.entry(Attribute.LANGUAGE, List.of("de", "en", "e")));

    private static TestInstallation installation;
    private static EngineRows rows;
    private static final List<TestProject> projects = new ArrayList<>();

    @BeforeAll
    static void load() throws Exception {
        installation = TestInstallation.start("query_engine", LAST);
        for (String zone : List.of("America/New_York", "Asia/Kolkata", "Australia/Lord_Howe")) {
            projects.add(installation.project(zone, ZoneId.of(zone)));
        }
        rows = EngineRows.write(installation, projects, 180, new Random(SEED), LAST);
        installation.countAndClose(LAST);
    }

    @AfterAll
    static void close() {
        installation.close();
    }

    @Test
    void randomQuestions_haveTheSameAnswerFromRollupsRawRowsAndTheModel() throws Exception {
        RandomGenerator random = new Random(SEED);
        int fromRollups = 0;
        for (int i = 0; i < QUESTIONS; i++) {
            TestProject project = projects.get(random.nextInt(projects.size()));
            fromRollups += isAnsweredFromRollups(project, query(project, random)) ? 1 : 0;
        }
        assertThat(fromRollups).isBetween(QUESTIONS / 5, QUESTIONS * 4 / 5);
    }

    @Test
    void hoursAroundAChangeOfClocks_areThoseOfTheClock() throws Exception {
        for (TestProject project : projects) {
            for (String change : List.of("2026-03-08", "2026-04-05")) {
                LocalDate day = LocalDate.parse(change);
                Days days = new Days(day.minusDays(2), day.plusDays(3), project.zone());
                List<Measure> measures = List.of(Measure.PAGEVIEWS, Measure.VISITS, Measure.CLICKS);
                Query hours = new Query(
                        measures, Interval.HOUR, List.of(), List.of(), days, true, null, true, Integer.MAX_VALUE, 0);
                assertThat(isAnsweredFromRollups(project, hours)).isTrue();
            }
        }
    }

    /** Fails where the answer is not the model's, from wherever it is read. */
    private static boolean isAnsweredFromRollups(TestProject project, Query query) throws Exception {
        Map<Key, Cell> expected = new EngineModel(rows, project, query).answer();
        Meta[] meta = new Meta[1];
        Answer answer = ask(project, query, engine -> {
            Answer own = engine.answer(query);
            meta[0] = engine.meta();
            return own;
        });
        same(project, query, expected, answer, meta[0].source());
        assertThat(meta[0].notes()).isNull();
        assertThat(meta[0].visitors()).isIn(null, "exact");
        if (meta[0].source().equals("raw rows")) {
            return false;
        }
        Answer raw = ask(project, query, engine -> Forced.raw(engine, query));
        same(project, query, expected, raw, "raw rows instead of rollups");
        return true;
    }

    private interface Asking {
        Answer ask(Engine engine) throws SQLException, RefusedException;
    }

    private static Answer ask(TestProject project, Query query, Asking asking) throws SQLException {
        return Sql.inTransaction(installation.dataSource, sql -> {
            try {
                return asking.ask(Engine.of(guarded(sql, project), project.id(), Engine.days(query), new Semaphore(0)));
            } catch (RefusedException e) {
                throw new AssertionError(query.toString(), e);
            }
        });
    }

    /** Nothing is read but of the project, no partition but of the time, and no text of a question is part of a statement. */
    private static Rows guarded(Sql sql, TestProject project) {
        return (text, reader, values) -> {
            for (String part : text.split("UNION ALL")) {
                if (!part.contains("FROM raw_dropped")) {
                    assertThat(part).contains("project_id = ?");
                }
            }
            assertThat(values).contains(project.id());
            if (text.matches("(?s).*FROM (pageview|session|error_event|audit_event|link_click) .*")) {
                assertThat(text).containsPattern("(received|started)_ms >= [?] AND .[.](received|started)_ms < [?]");
            }
            assertThat(text).doesNotContain("example", "Chrome", "Springfield");
            sql.each(text, reader, values);
        };
    }

    private static void same(TestProject project, Query query, Map<Key, Cell> expected, Answer answer, String source) {
        String what = "seed %d, %s, %s: %s".formatted(SEED, source, project.name(), query);
        int from = Math.min(query.offset(), expected.size());
        int until = (int) Math.min((long) from + query.limit(), expected.size());
        assertThat(answer.rows()).as(what).hasSize(until - from);
        assertThat(answer.more()).as(what).isEqualTo(until < expected.size());
        EngineModel model = new EngineModel(rows, project, query);
        List<String> order = new ArrayList<>();
        Map<Key, Boolean> shown = new HashMap<>();
        for (Answer.Row row : answer.rows()) {
            Key key = expected.keySet().stream()
                    .filter(one -> java.util.Objects.equals(one.time(), row.time())
                            && one.texts().equals(texts(row)))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("unexpected " + row + ", " + what));
            assertThat(shown.put(key, true)).as(what).isNull();
            assertThat(measured(query, row.figures()))
                    .as("%s of %s", key, what)
                    .isEqualTo(measured(query, expected.get(key)));
            if (query.compared()) {
                assertThat(measured(query, row.previous()))
                        .as("before %s of %s", key, what)
                        .isEqualTo(measured(query, model.previous(key)));
            }
            order.add(
                    query.by() == null
                            ? String.valueOf(row.time())
                            : expected.get(key).of(query.by()));
        }
        List<String> ordered = expected.entrySet().stream()
                .map(cell -> query.by() == null
                        ? String.valueOf(cell.getKey().time())
                        : cell.getValue().of(query.by()))
                .sorted(order(query))
                .toList();
        assertThat(order).as(what).isEqualTo(ordered.subList(from, until));
    }

    private static Comparator<String> order(Query query) {
        Comparator<String> order =
                query.by() == null ? Comparator.naturalOrder() : Comparator.comparingDouble(Double::parseDouble);
        return query.ascending() ? order : order.reversed();
    }

    private static List<@Nullable String> texts(Answer.Row row) {
        List<@Nullable String> texts = new ArrayList<>();
        row.values()
                .forEach(value ->
                        texts.addAll(value.texts().subList(0, value.keys().size())));
        return texts;
    }

    private static List<String> measured(Query query, Figures figures) {
        return query.measures().stream()
                .map(measure -> "" + measure.of(figures))
                .toList();
    }

    private static List<String> measured(Query query, Cell cell) {
        return query.measures().stream().map(cell::of).toList();
    }

    private static Query query(TestProject project, RandomGenerator random) {
        while (true) {
            List<Attribute> attributes = new ArrayList<>();
            for (int i = random.nextInt(10); i < 6 && attributes.size() < 2; i += 3) {
                Attribute attribute = ATTRIBUTES.get(random.nextInt(ATTRIBUTES.size()));
                if (isPublic(attribute) && !attributes.contains(attribute)) {
                    attributes.add(attribute);
                }
            }
            List<Filter> filters = new ArrayList<>();
            for (int i = random.nextInt(8); i < 5 && filters.size() < 3; i += 2) {
                Attribute attribute = attributes.isEmpty() || random.nextBoolean()
                        ? ATTRIBUTES.get(random.nextInt(ATTRIBUTES.size()))
                        : attributes.get(0);
                if (isPublic(attribute)) {
                    filters.add(filter(project, attribute, random));
                }
            }
            List<Measure> measures = new ArrayList<>();
            for (int i = 0; i < 12 && measures.size() < 3; i++) {
                Measure measure = Measure.values()[random.nextInt(Measure.values().length)];
                if (!measures.contains(measure)
                        && attributes.stream().allMatch(measure::has)
                        && filters.stream().allMatch(filter -> measure.has(filter.attribute()))) {
                    measures.add(measure);
                }
            }
            if (!measures.isEmpty()) {
                return query(project, attributes, filters, measures, random);
            }
        }
    }

    private static Query query(
            TestProject project,
            List<Attribute> attributes,
            List<Filter> filters,
            List<Measure> measures,
            RandomGenerator random) {
        Interval interval =
                random.nextInt(attributes.isEmpty() ? 2 : 5) > 0 ? null : Interval.values()[random.nextInt(4)];
        int most = interval == Interval.HOUR ? 8 : random.nextBoolean() ? EngineRows.DAYS + 5 : 20;
        LocalDate to =
                LocalDate.ofInstant(LAST, project.zone()).minusDays(random.nextInt(most > 20 ? 10 : EngineRows.DAYS));
        Days days = new Days(to.minusDays(random.nextInt(most)), to, project.zone());
        Measure by = attributes.isEmpty() && (interval == null || random.nextBoolean())
                ? null
                : measures.get(random.nextInt(measures.size()));
        boolean whole = random.nextBoolean();
        return new Query(
                measures,
                interval,
                attributes,
                filters,
                days,
                random.nextInt(3) == 0,
                by,
                random.nextInt(4) == 0,
                whole ? 1_000_000 : 1 + random.nextInt(12),
                whole ? 0 : random.nextInt(6));
    }

    private static boolean isPublic(Attribute attribute) {
        return attribute != Attribute.CAMPAIGN && attribute != Attribute.ERROR_GROUP;
    }

    private static Filter filter(TestProject project, Attribute attribute, RandomGenerator random) {
        Operator operator = Operator.values()[random.nextInt(4)];
        boolean whole = operator == Operator.IS || operator == Operator.IS_NOT;
        List<@Nullable String> values = new ArrayList<>();
        for (int i = random.nextInt(3); i < 3; i++) {
            values.add(whole && random.nextInt(5) == 0 ? null : text(project, attribute, random));
        }
        return new Filter(attribute, operator, values);
    }

    private static String text(TestProject project, Attribute attribute, RandomGenerator random) {
        List<String> texts = TEXTS.getOrDefault(
                attribute,
                switch (attribute) {
                    case PAGE, ENTRY_PAGE, EXIT_PAGE ->
                        List.of(
                                "https://a.example/blog/01",
                                "https://a.example/05",
                                "blog/",
                                "shop_",
                                "https://a.example/1");
                    case REFERRER -> List.of("https://ref.example/1", "https://ref.example/", "/2");
                    case LINK -> List.of("L%03d0001".formatted(project.id()), "L", "0002");
                    default -> List.of("source 1", "mail", "blue", "shoes", "1920x1080", "s");
                });
        return texts.get(random.nextInt(texts.size()));
    }
}

package io.micrologs.query;

import io.micrologs.query.EngineRows.Row;
import io.micrologs.query.TestInstallation.TestProject;
import io.micrologs.query.engine.Attribute;
import io.micrologs.query.engine.Days;
import io.micrologs.query.engine.Filter;
import io.micrologs.query.engine.Interval;
import io.micrologs.query.engine.Measure;
import io.micrologs.query.engine.Operator;
import io.micrologs.query.engine.Query;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.time.temporal.TemporalAdjusters;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The answers by looking at everything one by one: the definitions' words, no SQL. */
final class EngineModel {
    private static final DateTimeFormatter HOUR = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:00:00");

    private final EngineRows rows;
    private final TestProject project;
    private final Query query;

    EngineModel(EngineRows rows, TestProject project, Query query) {
        this.rows = rows;
        this.project = project;
        this.query = query;
    }

    /** @param bucket how many hours, days, weeks or months after the first one */
    record Key(long bucket, @Nullable String time, List<@Nullable String> texts) {}

    /** What was counted for a key. */
    static final class Cell {
        private long views;
        private final Set<Long> visitors = new HashSet<>();
        private final Set<Long> newcomers = new HashSet<>();
        private long visits;
        private long visitViews;
        private long bounces;
        private long durationMs;
        private long engagedMs;
        private long errors;
        private final Set<@Nullable String> groups = new HashSet<>();
        private long audits;
        private long clicks;
        private final Set<Long> clickers = new HashSet<>();

        String of(Measure measure) {
            return switch (measure) {
                case VISITORS -> "" + visitors.size();
                case NEW_VISITORS -> "" + newcomers.size();
                case VISITS -> "" + visits;
                case PAGEVIEWS -> "" + views;
                case EVENTS -> "" + (views + errors + audits + clicks);
                case BOUNCE_RATE -> quotient(bounces * 100, visits, 1);
                case VISIT_DURATION -> quotient(durationMs, visits * 1_000, 0);
                case ENGAGED_DURATION -> quotient(engagedMs, (visits - bounces) * 1_000, 0);
                case VIEWS_PER_VISIT -> quotient(visitViews, visits, 2);
                case ERRORS -> "" + errors;
                case ERROR_GROUPS -> "" + groups.size();
                case ERROR_RATE -> quotient(errors * 100, views, 1);
                case CLICKS -> "" + clicks;
                case UNIQUE_CLICKS -> "" + clickers.size();
            };
        }

        private static String quotient(long dividend, long divisor, int decimals) {
            if (divisor == 0) {
                return decimals == 0 ? "0" : "0.0";
            }
            BigDecimal exact =
                    BigDecimal.valueOf(dividend).divide(BigDecimal.valueOf(divisor), decimals, RoundingMode.HALF_UP);
            return decimals == 0 ? exact.toString() : "" + exact.doubleValue();
        }

        /** Whether there is anything of what a measure is made of. */
        boolean has(Measure measure) {
            return switch (measure) {
                case EVENTS -> views + errors + audits + clicks > 0;
                case BOUNCE_RATE, VISIT_DURATION, ENGAGED_DURATION, VIEWS_PER_VISIT -> visits > 0;
                case ERROR_RATE -> errors > 0 || views > 0;
                default -> !of(measure).equals("0");
            };
        }

        /** Whether it belongs into a list that is ordered by a measure. */
        boolean isListed(Measure by) {
            return by == Measure.ERROR_RATE ? errors > 0 : has(by);
        }
    }

    Map<Key, Cell> answer() {
        Map<Key, Cell> cells = count(query.days(), 0);
        Measure by = query.by() == null ? query.measures().get(0) : query.by();
        cells.values()
                .removeIf(cell -> query.attributes().isEmpty()
                        ? query.interval() != null && query.measures().stream().noneMatch(cell::has)
                        : !cell.isListed(by));
        if (query.attributes().isEmpty() && query.interval() == null) {
            cells.putIfAbsent(new Key(0, null, List.of()), new Cell());
        }
        return cells;
    }

    Cell previous(Key key) {
        for (Map.Entry<Key, Cell> cell :
                count(query.days().previous(), days(query.days())).entrySet()) {
            if (cell.getKey().bucket == key.bucket && cell.getKey().texts.equals(key.texts)) {
                return cell.getValue();
            }
        }
        return new Cell();
    }

    private interface Count {
        void add(Cell cell, Row row);
    }

    private static int days(Days days) {
        return (int) ChronoUnit.DAYS.between(days.from(), days.to()) + 1;
    }

    /** @param later by how many days each is moved to where it is told */
    private Map<Key, Cell> count(Days days, int later) {
        Map<Key, Cell> cells = new HashMap<>();
        count(days, later, rows.views, cells, (cell, row) -> {
            cell.views++;
            cell.visitors.add(row.visitor());
            if (row.newcomer()) {
                cell.newcomers.add(row.visitor());
            }
        });
        count(days, later, rows.visits, cells, (cell, row) -> {
            cell.visits++;
            cell.visitViews += row.pageviews();
            cell.bounces += row.pageviews() == 1 ? 1 : 0;
            cell.durationMs += row.durationMs();
            cell.engagedMs += row.pageviews() == 1 ? 0 : row.durationMs();
        });
        count(days, later, rows.errors, cells, (cell, row) -> {
            cell.errors++;
            cell.groups.add(row.values().get("group"));
        });
        count(days, later, rows.audits, cells, (cell, row) -> cell.audits++);
        count(days, later, rows.clicks, cells, (cell, row) -> {
            cell.clicks++;
            cell.clickers.add(row.visitor());
        });
        return cells;
    }

    private void count(Days days, int later, List<Row> some, Map<Key, Cell> cells, Count count) {
        for (Row row : some) {
            LocalDateTime time = LocalDateTime.ofInstant(Instant.ofEpochMilli(row.ms()), project.zone());
            LocalDate day = time.toLocalDate();
            if (row.project() == project
                    && !day.isBefore(days.from())
                    && !day.isAfter(days.to())
                    && query.filters().stream().allMatch(filter -> matches(filter, row))) {
                count.add(cells.computeIfAbsent(key(time.plusDays(later), row), key -> new Cell()), row);
            }
        }
    }

    private Key key(LocalDateTime time, Row row) {
        List<@Nullable String> texts = new ArrayList<>();
        query.attributes().forEach(attribute -> texts.addAll(texts(attribute, row)));
        Interval interval = query.interval();
        if (interval == null) {
            return new Key(0, null, texts);
        }
        Days days = query.days();
        LocalDate day = time.toLocalDate();
        return switch (interval) {
            case HOUR ->
                new Key(
                        ChronoUnit.HOURS.between(days.from().atStartOfDay(), time.truncatedTo(ChronoUnit.HOURS)),
                        HOUR.format(time),
                        texts);
            case DAY -> new Key(ChronoUnit.DAYS.between(days.from(), day), day.toString(), texts);
            case WEEK -> new Key(ChronoUnit.WEEKS.between(monday(days.from()), monday(day)), "" + monday(day), texts);
            case MONTH ->
                new Key(
                        ChronoUnit.MONTHS.between(days.from().withDayOfMonth(1), day.withDayOfMonth(1)),
                        "" + day.withDayOfMonth(1),
                        texts);
        };
    }

    private static LocalDate monday(LocalDate day) {
        return day.with(TemporalAdjusters.previousOrSame(DayOfWeek.MONDAY));
    }

    private static List<@Nullable String> texts(Attribute attribute, Row row) {
        List<String> names = switch (attribute) {
            case REGION -> List.of("country", "region");
            case CITY -> List.of("country", "region", "city");
            case OS_VERSION -> List.of("os", "os_version");
            case BROWSER_VERSION -> List.of("browser", "browser_version");
            default -> List.of(attribute.key());
        };
        if (value(attribute, row) == null) {
            return Arrays.asList(new String[names.size()]);
        }
        return names.stream().map(name -> shown(name, row)).toList();
    }

    private static @Nullable String value(Attribute attribute, Row row) {
        return shown(attribute.key(), row);
    }

    private static @Nullable String shown(String name, Row row) {
        String value = row.values().get(name);
        return name.equals("category") && "ai".equals(value) ? "referral" : value;
    }

    private static boolean matches(Filter filter, Row row) {
        String own = value(filter.attribute(), row);
        boolean any = filter.values().stream().anyMatch(value -> matches(filter.operator(), own, value));
        return any != (filter.operator() == Operator.IS_NOT);
    }

    private static boolean matches(Operator operator, @Nullable String own, @Nullable String value) {
        if (own == null || value == null) {
            return own == null && value == null;
        }
        return switch (operator) {
            case IS, IS_NOT -> own.equals(value);
            case CONTAINS -> own.contains(value);
            case STARTS_WITH -> own.startsWith(value);
        };
    }
}

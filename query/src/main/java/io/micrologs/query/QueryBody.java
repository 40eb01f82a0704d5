package io.micrologs.query;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.micrologs.query.engine.Attribute;
import io.micrologs.query.engine.Days;
import io.micrologs.query.engine.Filter;
import io.micrologs.query.engine.Interval;
import io.micrologs.query.engine.Measure;
import io.micrologs.query.engine.Operator;
import io.micrologs.query.engine.Query;
import io.micrologs.query.engine.RefusedException;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Reads the body of a question. Names become constants, or are refused with a list of those that there are. */
final class QueryBody {
    static final int LIMIT = 100;
    static final int LIMIT_MAX = 1_000;
    static final int OFFSET_MAX = 10_000;
    static final int FILTERS_MAX = 10;
    static final int VALUES_MAX = 100;
    static final int ATTRIBUTES_MAX = 2;
    static final int HOUR_DAYS_MAX = 32;

    private static final List<String> FIELDS =
            List.of("metrics", "dimensions", "filters", "range", "from", "to", "compare", "order", "limit", "offset");
    private static final List<Measure> MEASURES = List.of(Measure.values());
    private static final List<Interval> INTERVALS = List.of(Interval.values());
    private static final List<Operator> OPERATORS = List.of(Operator.values());
    private static final String PREVIOUS = "previous_period";

    /** Without those that only presets need. */
    private static final List<Attribute> ATTRIBUTES = Stream.of(Attribute.values())
            .filter(attribute -> attribute != Attribute.CAMPAIGN && attribute != Attribute.ERROR_GROUP)
            .toList();

    private final ObjectNode body;
    private final List<Measure> measures = new ArrayList<>();
    private final List<Attribute> attributes = new ArrayList<>();
    private @Nullable Interval interval;

    private QueryBody(ObjectNode body) {
        this.body = body;
    }

    /** @param today in {@code zone} */
    static Query read(ObjectNode body, ZoneId zone, LocalDate today) throws RefusedException {
        return new QueryBody(body).read(zone, today);
    }

    private Query read(ZoneId zone, LocalDate today) throws RefusedException {
        known(body, FIELDS, "");
        for (String name : names("metrics")) {
            measures.add(find(MEASURES, Measure::key, name, "metric"));
        }
        if (measures.isEmpty()) {
            throw new RefusedException("metrics is required: an array of " + keys(MEASURES, Measure::key));
        }
        for (String name : names("dimensions")) {
            dimension(name);
        }
        if (attributes.size() > ATTRIBUTES_MAX) {
            throw new RefusedException("At most " + ATTRIBUTES_MAX + " dimensions, besides one of time");
        }
        List<Filter> filters = filters();
        for (Attribute attribute : attributes) {
            compatible(attribute);
        }
        for (Filter filter : filters) {
            compatible(filter.attribute());
        }
        for (String field : List.of("range", "from", "to")) {
            if (body.has(field) && !body.path(field).isTextual()) {
                throw new RefusedException(field + " must be a text");
            }
        }
        if (!"custom".equals(body.path("range").textValue()) && (body.has("from") || body.has("to"))) {
            throw new RefusedException("from and to are for the range custom");
        }
        DayRange.Parsed range = DayRange.parse(field -> body.path(field).textValue(), zone, today);
        Days days = range.days();
        if (days == null) {
            throw new RefusedException(String.valueOf(range.refusal()));
        }
        if (interval == Interval.HOUR && ChronoUnit.DAYS.between(days.from(), days.to()) >= HOUR_DAYS_MAX) {
            throw new RefusedException("hour is for at most " + HOUR_DAYS_MAX + " days");
        }
        boolean compared = body.has("compare");
        if (compared && !PREVIOUS.equals(body.path("compare").textValue())) {
            throw new RefusedException("compare must be " + PREVIOUS);
        }
        Measure by = by();
        return new Query(
                List.copyOf(measures),
                interval,
                List.copyOf(attributes),
                filters,
                days,
                compared,
                by,
                ascending(by),
                number("limit", LIMIT, 1, LIMIT_MAX),
                number("offset", 0, 0, OFFSET_MAX));
    }

    private void dimension(String name) throws RefusedException {
        for (Interval one : INTERVALS) {
            if (one.key().equals(name)) {
                if (interval != null) {
                    throw new RefusedException("Only one of " + keys(INTERVALS, Interval::key) + " at a time");
                }
                interval = one;
                return;
            }
        }
        for (Attribute one : ATTRIBUTES) {
            if (one.key().equals(name)) {
                attributes.add(one);
                return;
            }
        }
        throw new RefusedException("Unknown dimension " + shown(name) + ". Dimensions are: "
                + keys(INTERVALS, Interval::key) + ", " + keys(ATTRIBUTES, Attribute::key));
    }

    private void compatible(Attribute attribute) throws RefusedException {
        for (Measure measure : measures) {
            if (!measure.has(attribute)) {
                String others = keys(ATTRIBUTES.stream().filter(measure::has).toList(), Attribute::key);
                throw new RefusedException(measure.key() + " has no dimension " + attribute.key() + ". It has: "
                        + keys(INTERVALS, Interval::key) + (others.isEmpty() ? "" : ", " + others));
            }
        }
    }

    private List<Filter> filters() throws RefusedException {
        JsonNode given = body.path("filters");
        if (!given.isMissingNode() && !given.isArray()) {
            throw new RefusedException("filters must be an array of {\"dimension\", \"operator\", \"values\"}");
        }
        if (given.size() > FILTERS_MAX) {
            throw new RefusedException("At most " + FILTERS_MAX + " filters");
        }
        List<Filter> filters = new ArrayList<>();
        for (JsonNode one : given) {
            if (!(one instanceof ObjectNode object)) {
                throw new RefusedException("A filter is {\"dimension\", \"operator\", \"values\"}");
            }
            known(object, List.of("dimension", "operator", "values"), " of a filter");
            Attribute attribute =
                    find(ATTRIBUTES, Attribute::key, Fields.text(object.path("dimension")), "dimension of a filter");
            Operator operator = find(OPERATORS, Operator::key, Fields.text(object.path("operator")), "operator");
            filters.add(new Filter(attribute, operator, values(attribute, operator, object.path("values"))));
        }
        return filters;
    }

    private static List<@Nullable String> values(Attribute attribute, Operator operator, JsonNode given)
            throws RefusedException {
        if (!given.isArray() || given.isEmpty() || given.size() > VALUES_MAX) {
            throw new RefusedException("values of a filter must be an array of 1 to " + VALUES_MAX + " texts");
        }
        boolean whole = operator == Operator.IS || operator == Operator.IS_NOT;
        List<@Nullable String> values = new ArrayList<>();
        for (JsonNode one : given) {
            if (one.isNull() && whole) {
                values.add(null);
                continue;
            }
            if (!one.isTextual() || one.textValue().isEmpty()) {
                throw new RefusedException(
                        "values of a filter must be texts; null, for what has none, goes with is and is_not");
            }
            String value = one.textValue();
            if (whole && !attribute.known().isEmpty() && !attribute.known().contains(value)) {
                throw new RefusedException("Unknown " + attribute.key() + " " + shown(value) + ". Values are: "
                        + String.join(", ", attribute.known()));
            }
            if (whole && attribute == Attribute.COUNTRY && !value.matches("[A-Z]{2}")) {
                throw new RefusedException("A country is its ISO code, such as DE");
            }
            values.add(value);
        }
        return values;
    }

    /** Lists are ordered by their first metric, charts by time. */
    private @Nullable Measure by() throws RefusedException {
        JsonNode order = body.path("order");
        if (order.isMissingNode()) {
            return interval == null && !attributes.isEmpty() ? measures.get(0) : null;
        }
        if (!(order instanceof ObjectNode object)) {
            throw new RefusedException("order must be {\"by\", \"direction\"}");
        }
        known(object, List.of("by", "direction"), " of order");
        String by = Fields.text(object.path("by"));
        return interval != null && interval.key().equals(by) ? null : find(measures, Measure::key, by, "order");
    }

    private boolean ascending(@Nullable Measure by) throws RefusedException {
        JsonNode direction = body.path("order").path("direction");
        if (direction.isMissingNode()) {
            return by == null;
        }
        List<String> directions = List.of("asc", "desc");
        return find(directions, name -> name, Fields.text(direction), "direction")
                .equals("asc");
    }

    private int number(String field, int otherwise, int min, int max) throws RefusedException {
        JsonNode given = body.path(field);
        if (given.isMissingNode()) {
            return otherwise;
        }
        if (!given.isIntegralNumber() || !given.canConvertToInt() || given.intValue() < min || given.intValue() > max) {
            throw new RefusedException(field + " must be a number from " + min + " to " + max);
        }
        return given.intValue();
    }

    private Set<String> names(String field) throws RefusedException {
        JsonNode given = body.path(field);
        if (!given.isMissingNode() && !given.isArray()) {
            throw new RefusedException(field + " must be an array of names");
        }
        Set<String> names = new LinkedHashSet<>();
        for (JsonNode name : given) {
            names.add(Fields.text(name));
        }
        return names;
    }

    private static void known(ObjectNode object, List<String> fields, String where) throws RefusedException {
        for (String field : (Iterable<String>) object::fieldNames) {
            if (!fields.contains(field)) {
                throw new RefusedException(
                        "Unknown field " + shown(field) + where + ". Fields are: " + String.join(", ", fields));
            }
        }
    }

    private static <T> T find(List<T> all, Function<T, String> key, String name, String what) throws RefusedException {
        for (T one : all) {
            if (key.apply(one).equals(name)) {
                return one;
            }
        }
        throw new RefusedException("Unknown " + what + " " + shown(name) + ". There are: " + keys(all, key));
    }

    private static <T> String keys(List<T> all, Function<T, String> key) {
        return String.join(", ", all.stream().map(key).toList());
    }

    private static String shown(String name) {
        return "'" + Fields.cut(Fields.whole(name), 50) + "'";
    }
}

package io.micrologs.query.engine;

import java.sql.SQLException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Answers the questions of one request about one project, in one transaction; each of its statements binds the project. Not
 * thread-safe.
 */
public final class Engine {
    /** That are held while an answer is made, before it is cut to its page. */
    public static final int ROWS_MAX = 200_000;

    static final String ROLLUPS = "rollups";
    static final String RAW_ROWS = "raw rows";

    private final Rows rows;
    private final int project;
    private final Coverage coverage;
    private final Names names;
    private final Accuracy accuracy = new Accuracy();
    private final Set<String> sources = new LinkedHashSet<>();
    private final Set<String> notes = new TreeSet<>();

    private Engine(Rows rows, int project, Coverage coverage) {
        this.rows = rows;
        this.project = project;
        this.coverage = coverage;
        this.names = new Names(rows, project);
    }

    /**
     * Finds out what there is of these days.
     *
     * @param days all that will be asked about, days to compare with included
     */
    public static Engine of(Rows rows, int project, Days days) throws SQLException {
        return new Engine(rows, project, Coverage.read(rows, project, days));
    }

    /** All days that a question is about. */
    public static Days days(Query query) {
        Days days = query.days();
        return query.compared() ? new Days(days.previous().from(), days.to(), days.zone()) : days;
    }

    public Answer answer(Query query) throws SQLException, RefusedException {
        Choices choices = new Choices(rows, project);
        List<Choice> chosen = choices.of(query.filters());
        return answer(query, choices, chosen, source(query, chosen));
    }

    /** From where it is told to. */
    Answer answer(Query query, String source) throws SQLException, RefusedException {
        Choices choices = new Choices(rows, project);
        return answer(query, choices, choices.of(query.filters()), source);
    }

    private String source(Query query, List<Choice> chosen) throws RefusedException {
        LocalDate whole = coverage.firstWholeDay();
        if (RollupReader.canAnswer(query, chosen)) {
            if (!coverage.isWaiting()) {
                return ROLLUPS;
            }
            if (coverage.isRawWhole()) {
                notes.add("Some of these days are being counted again; until then raw rows answer");
                return RAW_ROWS;
            }
            notes.add("Some of these days are being counted again; until then their figures may be off");
            return ROLLUPS;
        }
        if (!coverage.isRawWhole()) {
            throw new RefusedException(
                    "This needs raw rows, and those of before " + whole
                            + " were dropped (retention.days). Ask from then on, or for one dimension without a filter on another");
        }
        return RAW_ROWS;
    }

    private Answer answer(Query query, Choices choices, List<Choice> chosen, String source)
            throws SQLException, RefusedException {
        sources.add(source);
        boolean raw = source.equals(RAW_ROWS);
        Choice choice = raw || chosen.isEmpty() ? null : choices.ofRollup(chosen.get(0));
        Map<Key, Figures> figures = read(query, chosen, choice, raw, null);
        if (query.counters().stream().anyMatch(counter -> counter == Counter.VISITORS || counter == Counter.CLICKERS)) {
            accuracy.asked();
        }
        if (!query.attributes().isEmpty()) {
            figures.values().removeIf(one -> one.of(query.listed()) == 0);
        } else if (query.interval() == null) {
            figures.putIfAbsent(Key.TOTAL, new Figures());
        } else {
            figures.values().removeIf(one -> query.counters().stream().allMatch(counter -> one.of(counter) == 0));
        }
        List<Key> ordered = Order.of(query, figures);
        int from = Math.min(query.offset(), ordered.size());
        int until = (int) Math.min((long) from + query.limit(), ordered.size());
        List<Key> shown = ordered.subList(from, until);
        Map<Key, Figures> previous = query.compared() ? previous(query, chosen, choice, raw, shown) : Map.of();
        return new Answer(shown(query, shown, figures, previous), until < ordered.size());
    }

    private Map<Key, Figures> read(
            Query query, List<Choice> chosen, @Nullable Choice choice, boolean raw, @Nullable Set<Key> wanted)
            throws SQLException, RefusedException {
        return raw
                ? new RawReader(rows, project, names).read(query, chosen, wanted != null)
                : new RollupReader(rows, project, coverage, names, accuracy).read(query, choice, wanted);
    }

    /** What was there in the days before, under the keys of now: the third hour of both, or the same value. */
    private Map<Key, Figures> previous(
            Query query, List<Choice> chosen, @Nullable Choice choice, boolean raw, List<Key> shown)
            throws SQLException, RefusedException {
        Query before = query.during(query.days().previous());
        Map<Key, Figures> figures = read(before, chosen, choice, raw, new HashSet<>(shown));
        if (query.interval() == null) {
            return figures;
        }
        long later = query.interval().first(query.days()) - query.interval().first(before.days());
        Map<Key, Figures> moved = new HashMap<>();
        figures.forEach((key, one) -> moved.put(new Key(key.time() + later, key.first(), key.second()), one));
        return moved;
    }

    private List<Answer.Row> shown(Query query, List<Key> keys, Map<Key, Figures> figures, Map<Key, Figures> previous)
            throws SQLException {
        List<Attribute> attributes = query.attributes();
        for (int i = 0; i < attributes.size(); i++) {
            boolean first = i == 0;
            names.read(
                    attributes.get(i),
                    keys.stream().map(key -> first ? key.first() : key.second()).toList());
        }
        List<Answer.Row> shown = new ArrayList<>();
        for (Key key : keys) {
            List<Answer.Value> values = new ArrayList<>();
            for (int i = 0; i < attributes.size(); i++) {
                long number = i == 0 ? key.first() : key.second();
                values.add(new Answer.Value(attributes.get(i), number, names.of(attributes.get(i), number)));
            }
            shown.add(new Answer.Row(
                    query.interval() == null ? null : query.interval().text(key.time()),
                    values,
                    figures.getOrDefault(key, new Figures()),
                    query.compared() ? previous.getOrDefault(key, new Figures()) : null));
        }
        return shown;
    }

    /** Of all that was answered so far. */
    public Meta meta() {
        if (accuracy.isPicked()) {
            notes.add("Only the values with most events were looked at to find those with most visitors");
        }
        String visitors = accuracy.errorPercent() == 0
                ? "exact"
                : String.format(Locale.ROOT, "within %.1f %% (two sigma)", accuracy.errorPercent());
        return new Meta(
                sources.stream().sorted().collect(Collectors.joining(", ")),
                accuracy.isAny() ? visitors : null,
                notes.isEmpty() ? null : String.join(". ", notes));
    }

    /** Beside what the engine answered: some of an answer was read from raw rows by others. */
    public void readRawRows() {
        sources.add(RAW_ROWS);
        if (!coverage.isRawWhole()) {
            notes.add("Raw rows of before " + coverage.firstWholeDay()
                    + " were dropped (retention.days); what is told of them is missing");
        }
    }
}

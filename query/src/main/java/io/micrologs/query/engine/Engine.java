package io.micrologs.query.engine;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Semaphore;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Answers the questions of one request about one project, in one transaction; each of its statements binds the project. Not
 * thread-safe.
 */
public final class Engine {
    private static final String ROLLUPS = "rollups";
    private static final String RAW_ROWS = "raw rows";

    private static final String SIMPLER = "or for one dimension without a filter on another";

    /**
     * How much an answer may take.
     *
     * @param rowsMax that are held while it is made, before it is cut to its page
     * @param rawRowsMax that are read for it
     * @param rawRowsInsteadMax that are read where counters could tell and are just made again: so many take a second or two
     * @param rawRowsQuickMax that are read without one of the places for slow questions
     */
    record Limits(int rowsMax, long rawRowsMax, long rawRowsInsteadMax, long rawRowsQuickMax) {
        static final Limits USUAL = new Limits(100_000, 50_000_000, 5_000_000, 100_000);

        RefusedException tooManyRows() {
            return new RefusedException("This has more than " + rowsMax
                    + " rows; ask for fewer days or dimensions, with a filter, or in the order of a count");
        }
    }

    private final Rows rows;
    private final int project;
    private final Coverage coverage;
    private final Limits limits;
    private final Semaphore slow;
    private final Names names;
    private final Accuracy accuracy = new Accuracy();
    private final Set<String> sources = new LinkedHashSet<>();
    private final Set<String> notes = new TreeSet<>();

    /** @param rawRows that are read; 0 when rollups answer */
    private record Source(boolean isRaw, long rawRows) {
        static final Source OF_ROLLUPS = new Source(false, 0);
    }

    private Engine(Rows rows, int project, Coverage coverage, Limits limits, Semaphore slow) {
        this.rows = rows;
        this.project = project;
        this.coverage = coverage;
        this.limits = limits;
        this.slow = slow;
        this.names = new Names(rows, project);
    }

    /**
     * Finds out what there is of these days.
     *
     * @param days all that will be asked about, days to compare with included
     * @param slow a permit for each question that may read many raw rows at the same time
     */
    public static Engine of(Rows rows, int project, Days days, Semaphore slow) throws SQLException {
        return of(rows, project, days, slow, Limits.USUAL);
    }

    static Engine of(Rows rows, int project, Days days, Semaphore slow, Limits limits) throws SQLException {
        return new Engine(rows, project, Coverage.read(rows, project, days), limits, slow);
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

    /** Whatever rollups could tell. */
    Answer answerFromRawRows(Query query) throws SQLException, RefusedException {
        Choices choices = new Choices(rows, project);
        return answer(query, choices, choices.of(query.filters()), new Source(true, rawRows(query)));
    }

    private Source source(Query query, List<Choice> chosen) throws SQLException, RefusedException {
        if (!RollupReader.canAnswer(query, chosen)) {
            return new Source(true, rawRowsUnlessRefused(query));
        }
        if (!coverage.isWaiting()) {
            return Source.OF_ROLLUPS;
        }
        long rawRows = rawRows(query);
        boolean canRead = coverage.isRawWhole() && rawRows <= limits.rawRowsInsteadMax();
        notes.add("Some of these days are being counted again; until then "
                + (canRead ? "raw rows answer" : "their figures may be off"));
        return canRead ? new Source(true, rawRows) : Source.OF_ROLLUPS;
    }

    private long rawRowsUnlessRefused(Query query) throws SQLException, RefusedException {
        if (!coverage.isRawWhole()) {
            throw new RefusedException("This needs raw rows, and those of before " + coverage.firstWholeDay()
                    + " were dropped (retention.days). Ask from then on, " + SIMPLER);
        }
        long read = rawRows(query);
        if (read > limits.rawRowsMax()) {
            throw new RefusedException("This would read " + read + " raw rows, and " + limits.rawRowsMax()
                    + " are the most. Ask for fewer days, " + SIMPLER);
        }
        return read;
    }

    /** As many as were counted; fewer, while days are still to be counted. */
    private long rawRows(Query query) throws SQLException {
        Query total = Query.total(days(query), List.of(Measure.EVENTS, Measure.VISITS));
        Figures all = charts().read(total, null).getOrDefault(Key.TOTAL, Figures.NONE);
        Set<Fact> facts = query.counters().stream().map(counter -> counter.fact).collect(Collectors.toSet());
        return total.counters().stream()
                .filter(counter -> facts.contains(counter.fact))
                .mapToLong(all::of)
                .sum();
    }

    /** Many raw rows only with a permit: whoever waited for one would hold the worker that is to be left for others. */
    private Answer answer(Query query, Choices choices, List<Choice> chosen, Source source)
            throws SQLException, RefusedException {
        if (source.rawRows <= limits.rawRowsQuickMax()) {
            return answer(query, choices, chosen, source.isRaw);
        }
        if (!slow.tryAcquire()) {
            throw RefusedException.forNow("Too many questions that need raw rows are being answered. Try again in a few"
                    + " seconds, or ask for fewer days, " + SIMPLER);
        }
        try {
            return answer(query, choices, chosen, source.isRaw);
        } finally {
            slow.release();
        }
    }

    private Answer answer(Query query, Choices choices, List<Choice> chosen, boolean raw)
            throws SQLException, RefusedException {
        sources.add(raw ? RAW_ROWS : ROLLUPS);
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
        List<Key> ordered = query.ordered(figures);
        int from = Math.min(query.offset(), ordered.size());
        int until = (int) Math.min((long) from + query.limit(), ordered.size());
        List<Key> shown = ordered.subList(from, until);
        Map<Key, Figures> previous = query.compared() ? previous(query, chosen, choice, raw, shown) : Map.of();
        return new Answer(shown(query, shown, figures, previous), until < ordered.size());
    }

    private Map<Key, Figures> read(
            Query query, List<Choice> chosen, @Nullable Choice choice, boolean raw, @Nullable Set<Key> wanted)
            throws SQLException, RefusedException {
        if (raw) {
            return new RawReader(rows, project, names, limits).read(query, chosen, wanted);
        }
        return query.attributes().isEmpty()
                ? charts().read(query, choice)
                : new RollupLists(rows, project, coverage, names, accuracy, limits).read(query, choice, wanted);
    }

    private RollupReader charts() {
        return new RollupReader(rows, project, coverage, accuracy);
    }

    /** What was there in the days before, under the keys of now: the third hour or day of both, or the same value. */
    private Map<Key, Figures> previous(
            Query query, List<Choice> chosen, @Nullable Choice choice, boolean raw, List<Key> shown)
            throws SQLException, RefusedException {
        return read(query.before(), chosen, choice, raw, Set.copyOf(shown));
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
                    figures.getOrDefault(key, Figures.NONE),
                    query.compared() ? previous.getOrDefault(key, Figures.NONE) : null));
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

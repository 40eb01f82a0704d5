package io.micrologs.query.engine;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;

/** What can be asked for, and how it is made of what was counted. */
public enum Measure {
    VISITORS(Counter.VISITORS),
    NEW_VISITORS(Counter.NEWCOMERS),
    VISITS(Counter.VISITS),
    PAGEVIEWS(Counter.VIEWS),
    EVENTS(
            figures -> figures.of(Counter.VIEWS)
                    + figures.of(Counter.ERRORS)
                    + figures.of(Counter.AUDITS)
                    + figures.of(Counter.CLICKS),
            Counter.VIEWS,
            Counter.ERRORS,
            Counter.AUDITS,
            Counter.CLICKS),
    BOUNCE_RATE(
            figures -> Percent.of(figures.of(Counter.BOUNCES), figures.of(Counter.VISITS)),
            Counter.VISITS,
            Counter.BOUNCES),
    VISIT_DURATION(
            figures -> Percent.seconds(figures.of(Counter.DURATION_MS), figures.of(Counter.VISITS)),
            Counter.VISITS,
            Counter.DURATION_MS),
    ENGAGED_DURATION(
            figures -> Percent.seconds(
                    figures.of(Counter.ENGAGED_MS), figures.of(Counter.VISITS) - figures.of(Counter.BOUNCES)),
            Counter.VISITS,
            Counter.BOUNCES,
            Counter.ENGAGED_MS),
    VIEWS_PER_VISIT(
            figures -> Percent.ratio(figures.of(Counter.VISIT_VIEWS), figures.of(Counter.VISITS)),
            Counter.VISITS,
            Counter.VISIT_VIEWS),
    ERRORS(Counter.ERRORS),
    ERROR_GROUPS(Counter.GROUPS),
    ERROR_RATE(
            figures -> Percent.of(figures.of(Counter.ERRORS), figures.of(Counter.VIEWS)),
            Counter.ERRORS,
            Counter.VIEWS),
    CLICKS(Counter.CLICKS),
    UNIQUE_CLICKS(Counter.CLICKERS);

    /** The first one decides which rows a list has. */
    final Set<Counter> counters;

    final Counter first;
    private final Function<Figures, Number> value;

    Measure(Counter counter) {
        this(figures -> figures.of(counter), counter);
    }

    Measure(Function<Figures, Number> value, Counter first, Counter... others) {
        this.value = value;
        this.first = first;
        this.counters = EnumSet.of(first, others);
    }

    /** In questions and answers. */
    public String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    public Number of(Figures figures) {
        return value.apply(figures);
    }

    /** Whether it is a counter itself. */
    boolean isPlain() {
        return counters.size() == 1;
    }

    public boolean has(Attribute attribute) {
        return counters.stream().allMatch(counter -> attribute.isOf(counter.fact));
    }
}

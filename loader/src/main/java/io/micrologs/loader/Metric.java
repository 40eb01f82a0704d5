package io.micrologs.loader;

import java.util.List;

/** The counters of a rollup, by their place in a row. */
final class Metric {

    /** Pageviews, errors, audits or clicks, on their own day. */
    static final int EVENTS = 0;
    /** Like all below but the last, on the day on which a visit began. */
    static final int VISITS = 1;

    static final int VISIT_VIEWS = 2;
    static final int BOUNCES = 3;
    static final int DURATION_MS = 4;
    /** The duration of visits that are no bounces. */
    static final int ENGAGED_MS = 5;
    /** Visitors on the day on which they were first seen. */
    static final int NEWCOMERS = 6;

    static final int COUNT = 7;

    static final int ONLY_EVENTS = 1 << EVENTS;
    static final int OF_VISITS = 1 << VISITS | 1 << VISIT_VIEWS | 1 << BOUNCES | 1 << DURATION_MS | 1 << ENGAGED_MS;
    static final int EVENTS_AND_VISITS = ONLY_EVENTS | OF_VISITS;
    static final int ALL = EVENTS_AND_VISITS | 1 << NEWCOMERS;

    /** The columns. */
    static final List<String> NAMES =
            List.of("events", "visits", "visit_views", "bounces", "duration_ms", "engaged_ms", "newcomers");

    private Metric() {}
}

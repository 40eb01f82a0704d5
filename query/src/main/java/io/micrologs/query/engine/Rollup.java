package io.micrologs.query.engine;

import static io.micrologs.query.engine.Counter.AUDITS;
import static io.micrologs.query.engine.Counter.CLICKERS;
import static io.micrologs.query.engine.Counter.CLICKS;
import static io.micrologs.query.engine.Counter.ERRORS;
import static io.micrologs.query.engine.Counter.VIEWS;
import static io.micrologs.query.engine.Counter.VISITORS;
import static io.micrologs.query.engine.Counter.VISITS;

import java.util.Set;

/** The dimensions that rollups are counted by, under the numbers that the loader gave them. */
enum Rollup {
    TOTAL(0, Rollup.K_TOTAL, Group.ALL),
    PAGE(1, Rollup.K, Group.VIEWED),
    ENTRY_PAGE(2, 0, Group.VISITED),
    EXIT_PAGE(3, 0, Set.of(VISITS)),
    CATEGORY(4, Rollup.K, Group.BOTH),
    REFERRER(5, Rollup.K, Group.BOTH),
    UTM_SOURCE(6, Rollup.K, Group.BOTH),
    UTM_MEDIUM(7, Rollup.K, Group.BOTH),
    UTM_CAMPAIGN(8, Rollup.K, Group.BOTH),
    UTM_CONTENT(9, Rollup.K, Group.BOTH),
    UTM_TERM(10, Rollup.K, Group.BOTH),
    CAMPAIGN(11, Rollup.K, Group.BOTH),
    COUNTRY(12, Rollup.K, Group.BOTH),
    REGION(13, 0, Group.NOBODY),
    CITY(14, 0, Group.NOBODY),
    DEVICE(15, Rollup.K, Group.BOTH),
    OS(16, Rollup.K, Group.BOTH),
    OS_VERSION(17, 0, Group.NOBODY),
    BROWSER(18, Rollup.K, Group.BOTH),
    BROWSER_VERSION(19, 0, Group.NOBODY),
    SCREEN(20, 0, Group.NOBODY),
    LANGUAGE(21, 0, Group.NOBODY),
    ERROR(32, 0, Set.of(ERRORS, Counter.GROUPS)),
    ERROR_GROUP(33, 0, Set.of(ERRORS)),
    ERROR_SEVERITY(34, 0, Set.of(ERRORS)),
    ERROR_ENVIRONMENT(35, 0, Set.of(ERRORS)),
    AUDIT(40, 0, Set.of(AUDITS)),
    CLICK(48, 0, Set.of(CLICKS)),
    LINK(49, Rollup.K, Set.of(CLICKS, CLICKERS));

    /** Distinct counts are exact up to these. */
    static final int K_TOTAL = 16_384;

    static final int K = 4_096;

    final int code;
    /** Of its sketches; 0 for none. */
    final int k;

    private final Set<Counter> counters;

    Rollup(int code, int k, Set<Counter> counters) {
        this.code = code;
        this.k = k;
        this.counters = counters;
    }

    /** What counts all of them. */
    static Rollup total(Fact fact) {
        return switch (fact) {
            case VIEW, VISIT -> TOTAL;
            case ERROR -> ERROR;
            case AUDIT -> AUDIT;
            case CLICK -> CLICK;
        };
    }

    boolean has(Counter counter) {
        return counters.contains(counter);
    }

    /** Counters that come together. */
    private static final class Group {
        private static final Set<Counter> VISITED =
                Set.of(VISITS, Counter.VISIT_VIEWS, Counter.BOUNCES, Counter.DURATION_MS, Counter.ENGAGED_MS);
        private static final Set<Counter> VIEWED = Set.of(VIEWS, VISITORS);
        private static final Set<Counter> NOBODY = union(VISITED, Set.of(VIEWS));
        private static final Set<Counter> BOTH = union(VISITED, VIEWED);
        private static final Set<Counter> ALL = union(BOTH, Set.of(Counter.NEWCOMERS));

        private static Set<Counter> union(Set<Counter> some, Set<Counter> others) {
            Set<Counter> all = new java.util.HashSet<>(some);
            all.addAll(others);
            return Set.copyOf(all);
        }
    }
}

package io.micrologs.loader;

import java.util.List;

/**
 * What rollups are counted by. The {@link #code} is stored; numbers are never given again.
 *
 * <p>What a value's number is: a page, term or tuple id, a code, a link's or group's number; 0 for none. A country is its
 * two letters, the first one × 256.
 */
enum Dimension {
    TOTAL(0, Metric.ALL, Dimension.K_TOTAL),
    PAGE(1, Metric.ONLY_EVENTS, Dimension.K),
    ENTRY_PAGE(2, Metric.OF_VISITS, 0),
    EXIT_PAGE(3, 1 << Metric.VISITS, 0),
    CATEGORY(4, Metric.EVENTS_AND_VISITS, Dimension.K),
    REFERRER(5, Metric.EVENTS_AND_VISITS, Dimension.K),
    UTM_SOURCE(6, Metric.EVENTS_AND_VISITS, Dimension.K),
    UTM_MEDIUM(7, Metric.EVENTS_AND_VISITS, Dimension.K),
    UTM_CAMPAIGN(8, Metric.EVENTS_AND_VISITS, Dimension.K),
    UTM_CONTENT(9, Metric.EVENTS_AND_VISITS, Dimension.K),
    UTM_TERM(10, Metric.EVENTS_AND_VISITS, Dimension.K),
    /** Source, medium and campaign together. */
    CAMPAIGN(11, Metric.EVENTS_AND_VISITS, Dimension.K),
    COUNTRY(12, Metric.EVENTS_AND_VISITS, Dimension.K),
    /** Country and region. */
    REGION(13, Metric.EVENTS_AND_VISITS, 0),
    /** Country, region and city. */
    CITY(14, Metric.EVENTS_AND_VISITS, 0),
    DEVICE(15, Metric.EVENTS_AND_VISITS, Dimension.K),
    OS(16, Metric.EVENTS_AND_VISITS, Dimension.K),
    /** System and version. */
    OS_VERSION(17, Metric.EVENTS_AND_VISITS, 0),
    BROWSER(18, Metric.EVENTS_AND_VISITS, Dimension.K),
    /** Browser and version. */
    BROWSER_VERSION(19, Metric.EVENTS_AND_VISITS, 0),
    SCREEN(20, Metric.EVENTS_AND_VISITS, 0),
    LANGUAGE(21, Metric.EVENTS_AND_VISITS, 0),
    ERROR(32, Metric.ONLY_EVENTS, 0),
    ERROR_GROUP(33, Metric.ONLY_EVENTS, 0),
    ERROR_SEVERITY(34, Metric.ONLY_EVENTS, 0),
    ERROR_ENVIRONMENT(35, Metric.ONLY_EVENTS, 0),
    AUDIT(40, Metric.ONLY_EVENTS, 0),
    /** People's clicks; a visitor is an address there. */
    CLICK(48, Metric.ONLY_EVENTS, 0),
    LINK(49, Metric.ONLY_EVENTS, Dimension.K);

    /** Distinct counts are exact up to these: two sigma are 2/√(k−1), 1.6 % and 3.2 %. */
    static final int K_TOTAL = 16_384;

    static final int K = 4_096;

    static final List<Dimension> ALL = List.of(values());

    /** Those that have rows for each quarter of an hour. */
    static final List<Dimension> HOURLY = List.of(TOTAL, ERROR, AUDIT, CLICK);

    /**
     * What a visit has, in the order of {@link Visit#values}. Of the first {@link #OWN} a view has its own: events are
     * counted by the view's, visits by those of the visit's first view.
     */
    static final List<Dimension> OF_VISIT = List.of(
            CATEGORY,
            REFERRER,
            UTM_SOURCE,
            UTM_MEDIUM,
            UTM_CAMPAIGN,
            UTM_CONTENT,
            UTM_TERM,
            CAMPAIGN,
            COUNTRY,
            REGION,
            CITY,
            DEVICE,
            OS,
            OS_VERSION,
            BROWSER,
            BROWSER_VERSION,
            SCREEN,
            LANGUAGE);

    static final int OWN = 8;

    private static final Dimension[] BY_CODE = new Dimension[256];

    static {
        for (Dimension dimension : ALL) {
            BY_CODE[dimension.code] = dimension;
        }
    }

    final int code;
    /** Bit 1 &lt;&lt; m: metric m is counted. The others are NULL. */
    final int metrics;
    /** Of its sketches; 0 for none. */
    final int k;

    Dimension(int code, int metrics, int k) {
        this.code = code;
        this.metrics = metrics;
        this.k = k;
    }

    static Dimension of(int code) {
        Dimension dimension = code >= 0 && code < BY_CODE.length ? BY_CODE[code] : null;
        if (dimension == null) {
            throw new IllegalArgumentException("no dimension has the number " + code);
        }
        return dimension;
    }

    boolean has(int metric) {
        return (metrics & 1 << metric) != 0;
    }
}

package io.micrologs.query.engine;

import static io.micrologs.query.engine.Fact.CLICK;
import static io.micrologs.query.engine.Fact.ERROR;
import static io.micrologs.query.engine.Fact.VIEW;
import static io.micrologs.query.engine.Fact.VISIT;

import java.util.List;
import java.util.Locale;
import java.util.Set;

/** What answers can be broken down and filtered by, besides time. Each has numbers for its values, 0 for none. */
public enum Attribute {
    PAGE("v", "page_id", Rollup.PAGE, Kind.PAGE, VIEW),
    ENTRY_PAGE("s", "entry_page_id", Rollup.ENTRY_PAGE, Kind.PAGE, VIEW, VISIT),
    EXIT_PAGE("s", "exit_page_id", Rollup.EXIT_PAGE, Kind.PAGE, VIEW, VISIT),
    CATEGORY("v", "category", Rollup.CATEGORY, Kind.CATEGORY, VIEW, VISIT, CLICK),
    REFERRER("v", "referrer_id", Rollup.REFERRER, Kind.TERM, VIEW, VISIT, CLICK),
    UTM_SOURCE("p", "utm_source_id", Rollup.UTM_SOURCE, Kind.TERM, VIEW, VISIT),
    UTM_MEDIUM("p", "utm_medium_id", Rollup.UTM_MEDIUM, Kind.TERM, VIEW, VISIT),
    UTM_CAMPAIGN("p", "utm_campaign_id", Rollup.UTM_CAMPAIGN, Kind.TERM, VIEW, VISIT),
    UTM_CONTENT("p", "utm_content_id", Rollup.UTM_CONTENT, Kind.TERM, VIEW, VISIT),
    UTM_TERM("p", "utm_term_id", Rollup.UTM_TERM, Kind.TERM, VIEW, VISIT),
    /** Source, medium and campaign together; none when the campaign has no name. */
    CAMPAIGN("p", "utm_source_id,utm_medium_id,utm_campaign_id", Rollup.CAMPAIGN, Kind.TUPLE, VIEW, VISIT),
    COUNTRY("s", "country", Rollup.COUNTRY, Kind.COUNTRY, VIEW, VISIT, ERROR, CLICK),
    REGION("s", "country,region_id", Rollup.REGION, Kind.PLACE, VIEW, VISIT, ERROR, CLICK),
    CITY("s", "country,region_id,city_id", Rollup.CITY, Kind.PLACE, VIEW, VISIT, ERROR, CLICK),
    DEVICE("s", "device", Rollup.DEVICE, Kind.DEVICE, VIEW, VISIT, ERROR, CLICK),
    OS("s", "os_id", Rollup.OS, Kind.TERM, VIEW, VISIT, ERROR, CLICK),
    OS_VERSION("s", "os_id,os_version_id", Rollup.OS_VERSION, Kind.TUPLE, VIEW, VISIT),
    BROWSER("s", "browser_id", Rollup.BROWSER, Kind.TERM, VIEW, VISIT, ERROR, CLICK),
    BROWSER_VERSION("s", "browser_id,browser_version_id", Rollup.BROWSER_VERSION, Kind.TUPLE, VIEW, VISIT),
    SCREEN("s", "screen_id", Rollup.SCREEN, Kind.TERM, VIEW, VISIT),
    LANGUAGE("s", "language_id", Rollup.LANGUAGE, Kind.TERM, VIEW, VISIT),
    ERROR_TYPE("", "group_id", Rollup.ERROR_GROUP, Kind.ERROR_TYPE, ERROR),
    ERROR_GROUP("", "group_id", Rollup.ERROR_GROUP, Kind.NUMBER, ERROR),
    SEVERITY("", "severity", Rollup.ERROR_SEVERITY, Kind.SEVERITY, ERROR),
    LINK("", "link_id", Rollup.LINK, Kind.LINK, CLICK);

    /** What the numbers of its values are. */
    enum Kind {
        /** {@code page.page_id} */
        PAGE,
        /** {@code term.term_id} */
        TERM,
        /** {@code tuple.tuple_id} of terms */
        TUPLE,
        /** The same; the first part is a country. */
        PLACE,
        /** Two letters, the first × 256. */
        COUNTRY,
        /** One of two codes for each name. */
        CATEGORY,
        DEVICE,
        SEVERITY,
        /** The hash of its name; a rollup's value is a group. */
        ERROR_TYPE,
        /** {@code link.link_id} */
        LINK,
        NUMBER
    }

    /** In rows of its fact; the value is none when the last one is. */
    final List<String> columns;

    final Rollup rollup;
    final Kind kind;
    private final String viewAlias;
    private final Set<Fact> facts;

    Attribute(String viewAlias, String columns, Rollup rollup, Kind kind, Fact... facts) {
        this.viewAlias = viewAlias;
        this.columns = List.of(columns.split(",", -1));
        this.rollup = rollup;
        this.kind = kind;
        this.facts = Set.of(facts);
    }

    /** In questions and answers. */
    public String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    boolean isOf(Fact fact) {
        return facts.contains(fact);
    }

    /** A view has some of its own, some of its page, and the others of its visit. */
    String alias(Fact fact) {
        return fact == VIEW ? viewAlias : fact.alias;
    }

    boolean isTuple() {
        return columns.size() > 1;
    }

    /** Whether several numbers of a rollup are one value of an answer. */
    boolean merges() {
        return kind == Kind.CATEGORY || kind == Kind.ERROR_TYPE;
    }

    /** What the parts of a value are called in answers. */
    List<String> keys() {
        return switch (this) {
            case REGION -> List.of("country", "region");
            case CITY -> List.of("country", "region", "city");
            case OS_VERSION -> List.of("os", "os_version");
            case BROWSER_VERSION -> List.of("browser", "browser_version");
            case CAMPAIGN -> List.of("utm_source", "utm_medium", "utm_campaign");
            default -> List.of(key());
        };
    }

    /** All values that there are; empty when they are not known. */
    public List<String> known() {
        return switch (kind) {
            case CATEGORY -> Named.CATEGORIES.stream().distinct().toList();
            case DEVICE -> Named.DEVICES;
            case SEVERITY -> Named.SEVERITIES;
            default -> List.of();
        };
    }
}

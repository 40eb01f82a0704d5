package io.micrologs.loader;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a visit counts for.
 *
 * @param values its value of each of {@link Dimension#OF_VISIT}
 */
record Visit(long[] values) {

    /** Of a session row, in the order in which the loader writes them. */
    static final List<String> COLUMNS = List.of(
            "category",
            "referrer_id",
            "utm_source_id",
            "utm_medium_id",
            "utm_campaign_id",
            "utm_content_id",
            "utm_term_id",
            "screen_id",
            "time_zone_id",
            "language_id",
            "device",
            "os_id",
            "os_version_id",
            "browser_id",
            "browser_version_id",
            "country",
            "region_id",
            "city_id");

    private static final int SCREEN = 7;
    private static final int LANGUAGE = 9;
    private static final int DEVICE = 10;
    private static final int OS = 11;
    private static final int OS_VERSION = 12;
    private static final int BROWSER = 13;
    private static final int BROWSER_VERSION = 14;
    private static final int COUNTRY = 15;
    private static final int REGION = 16;
    private static final int CITY = 17;

    /** Of a session that is not there. */
    static final Visit NONE = new Visit(new long[Dimension.OF_VISIT.size()]);

    static Visit of(int projectId, @Nullable Object[] attributes, Tuples tuples) {
        long[] own = own(projectId, attributes, 0, tuples);
        long country = country(attributes[COUNTRY]);
        long region = number(attributes[REGION]);
        long city = number(attributes[CITY]);
        long os = number(attributes[OS]);
        long osVersion = number(attributes[OS_VERSION]);
        long browser = number(attributes[BROWSER]);
        long browserVersion = number(attributes[BROWSER_VERSION]);
        long[] values = {
            own[0],
            own[1],
            own[2],
            own[3],
            own[4],
            own[5],
            own[6],
            own[7],
            country,
            region == 0 ? 0 : tuples.of(projectId, country, region, 0),
            city == 0 ? 0 : tuples.of(projectId, country, region, city),
            number(attributes[DEVICE]),
            os,
            osVersion == 0 ? 0 : tuples.of(projectId, os, osVersion, 0),
            browser,
            browserVersion == 0 ? 0 : tuples.of(projectId, browser, browserVersion, 0),
            number(attributes[SCREEN]),
            number(attributes[LANGUAGE])
        };
        return new Visit(values);
    }

    /** From the columns of {@link #COLUMNS}, the first one at {@code at}. */
    static Visit read(int projectId, ResultSet row, int at, Tuples tuples) throws SQLException {
        @Nullable Object[] attributes = new Object[COLUMNS.size()];
        for (int i = 0; i < attributes.length; i++) {
            if (i == COUNTRY) {
                attributes[i] = row.getString(at + i);
            } else {
                attributes[i] = row.getLong(at + i);
            }
        }
        return of(projectId, attributes, tuples);
    }

    /** Category, referrer, the five UTM values, and the campaign that they make. */
    static long[] own(int projectId, @Nullable Object[] row, int at, Tuples tuples) {
        long[] own = new long[Dimension.OWN];
        for (int i = 0; i < Dimension.OWN - 1; i++) {
            own[i] = number(row[at + i]);
        }
        own[Dimension.OWN - 1] = campaign(projectId, own[2], own[3], own[4], tuples);
        return own;
    }

    /** Only a named campaign is one. */
    static long campaign(int projectId, long source, long medium, long campaign, Tuples tuples) {
        return campaign == 0 ? 0 : tuples.of(projectId, source, medium, campaign);
    }

    private static long number(@Nullable Object value) {
        return value instanceof Number number ? number.longValue() : 0;
    }

    private static long country(@Nullable Object code) {
        return code instanceof String text && text.length() == 2 ? text.charAt(0) << 8 | text.charAt(1) : 0;
    }
}

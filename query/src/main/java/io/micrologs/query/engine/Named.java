package io.micrologs.query.engine;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What stored codes of devices, referrers and countries are called in answers. */
public final class Named {
    /** Stored as their position here. */
    public static final List<String> DEVICES = List.of("unknown", "desktop", "mobile", "tablet");

    /** Stored as their position here. AI assistants, the last one, are kept apart inside only. */
    public static final List<String> CATEGORIES =
            List.of("unknown", "direct", "organic_search", "social", "referral", "email", "referral");

    /** SQL for the category of a row as answers tell it: one of two codes for each name. */
    public static final String SHOWN_CATEGORY = "CASE WHEN category = 6 THEN 4 ELSE category END";

    /** Stored as their position here, counted from 1. */
    public static final List<String> SEVERITIES = List.of("info", "warning", "error", "critical");

    /** An operating system or browser that was not recognised. */
    public static final String UNKNOWN = "Unknown";

    private Named() {}

    public static String device(int code) {
        return name(DEVICES, code);
    }

    public static String category(int code) {
        return name(CATEGORIES, code);
    }

    /** A code that a later version has given out is unknown to this one. */
    private static String name(List<String> names, int code) {
        return code >= 0 && code < names.size() ? names.get(code) : names.get(0);
    }

    /** The English name of a country by its ISO code; the code itself when it has none, null for null. */
    public static @Nullable String country(@Nullable String code) {
        return code == null ? null : new Locale("", code).getDisplayCountry(Locale.ENGLISH);
    }
}

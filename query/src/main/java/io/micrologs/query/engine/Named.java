package io.micrologs.query;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What stored codes of devices, referrers and countries are called in answers. */
final class Named {
    /** Stored as their position here. */
    static final List<String> DEVICES = List.of("unknown", "desktop", "mobile", "tablet");

    /** Stored as their position here. AI assistants, the last one, are kept apart inside only. */
    static final List<String> CATEGORIES =
            List.of("unknown", "direct", "organic_search", "social", "referral", "email", "referral");

    /** SQL for the category of a row as answers tell it: one of two codes for each name. */
    static final String SHOWN_CATEGORY = "CASE WHEN category = 6 THEN 4 ELSE category END";

    /** An operating system or browser that was not recognised. */
    static final String UNKNOWN = "Unknown";

    private Named() {}

    static String device(int code) {
        return name(DEVICES, code);
    }

    static String category(int code) {
        return name(CATEGORIES, code);
    }

    /** A code that a later version has given out is unknown to this one. */
    private static String name(List<String> names, int code) {
        return code >= 0 && code < names.size() ? names.get(code) : names.get(0);
    }

    /** The English name of a country by its ISO code; the code itself when it has none, null for null. */
    static @Nullable String country(@Nullable String code) {
        return code == null ? null : new Locale("", code).getDisplayCountry(Locale.ENGLISH);
    }
}

package io.micrologs.query;

import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Times as the contract writes them. */
final class Times {
    private static final DateTimeFormatter FORMAT = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss", Locale.ROOT);

    private Times() {}

    /** {@code YYYY-MM-DD HH:MM:SS} in {@code zone}. */
    static String text(Instant time, ZoneId zone) {
        return FORMAT.format(time.atZone(zone));
    }

    /** As {@link #text(Instant, ZoneId)}, for milliseconds since 1970 UTC. */
    static String text(long ms, ZoneId zone) {
        return text(Instant.ofEpochMilli(ms), zone);
    }
}

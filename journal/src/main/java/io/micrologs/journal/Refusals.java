package io.micrologs.journal;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * How many requests of a project the edge refused since the last such record, by reason. Not an event that was accepted:
 * the ledger counts it apart. Its envelope's project is 0 where no project is known.
 *
 * @param counts reason, of {@code a-z} and {@code _} and at most 24 characters, to a number above 0
 */
public record Refusals(Map<String, Long> counts) implements Event {
    public Refusals {
        counts = Collections.unmodifiableMap(new TreeMap<>(counts));
        counts.forEach((reason, count) -> {
            if (!isReason(reason) || count <= 0) {
                throw new IllegalArgumentException("not a counted reason: " + reason + " " + count);
            }
        });
    }

    private static boolean isReason(String text) {
        return !text.isEmpty() && text.length() <= 24 && text.chars().allMatch(c -> c >= 'a' && c <= 'z' || c == '_');
    }

    /** Such as {@code domain=3,rate_limit=1}. */
    String encoded() {
        StringBuilder text = new StringBuilder();
        counts.forEach((reason, count) -> text.append(text.isEmpty() ? "" : ",")
                .append(reason)
                .append('=')
                .append(count.longValue()));
        return text.toString();
    }

    /** Throws {@link IllegalArgumentException} for anything that {@link #encoded} does not make. */
    static Refusals decoded(String text) {
        Map<String, Long> counts = new TreeMap<>();
        for (String pair : text.split(",", -1)) {
            int equals = pair.indexOf('=');
            if (equals < 0 || counts.put(pair.substring(0, equals), Long.valueOf(pair.substring(equals + 1))) != null) {
                throw new IllegalArgumentException("not a list of counted reasons");
            }
        }
        return new Refusals(counts);
    }
}

package io.micrologs.query;

import io.micrologs.query.engine.Days;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.time.format.ResolverStyle;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads and shows the calendar days that an answer is about. */
final class DayRange {
    static final int DAYS_MAX = 365;
    static final String UNKNOWN_FORM =
            "Invalid range. Use Nd with N from 1 to 365, or custom with from and to as YYYY-MM-DD";
    static final String BAD_DATE = "Invalid date format. Use YYYY-MM-DD";
    static final String BACKWARDS = "'from' must be before 'to'";
    static final String TOO_LONG = "Custom date range cannot exceed 365 days";

    private static final Pattern LAST_DAYS = Pattern.compile("([0-9]+)d");
    private static final Pattern DATE = Pattern.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}");
    private static final DateTimeFormatter DATE_FORMAT =
            DateTimeFormatter.ofPattern("uuuu-MM-dd", Locale.ROOT).withResolverStyle(ResolverStyle.STRICT);

    /** What became of the parameters: exactly one of the two is set. */
    record Parsed(@Nullable Days days, @Nullable String refusal) {}

    /** As it is shown in every answer. */
    record Shown(String from, String to) {}

    private DayRange() {}

    /**
     * Reads {@code range}, {@code from} and {@code to}.
     *
     * @param parameters null for one that was not given
     * @param today in {@code zone}
     */
    static Parsed parse(Function<String, @Nullable String> parameters, ZoneId zone, LocalDate today) {
        String range = parameters.apply("range");
        if (range == null) {
            return last(30, zone, today);
        }
        Matcher lastDays = LAST_DAYS.matcher(range);
        if (lastDays.matches()) {
            return last(clamped(lastDays.group(1)), zone, today);
        }
        if (!range.equals("custom")) {
            return new Parsed(null, UNKNOWN_FORM);
        }
        LocalDate from = date(parameters.apply("from"));
        LocalDate to = date(parameters.apply("to"));
        if (from == null || to == null) {
            return new Parsed(null, BAD_DATE);
        }
        if (from.isAfter(to)) {
            return new Parsed(null, BACKWARDS);
        }
        if (ChronoUnit.DAYS.between(from, to) > DAYS_MAX) {
            return new Parsed(null, TOO_LONG);
        }
        return new Parsed(new Days(from, to, zone), null);
    }

    static Shown shown(Days days) {
        return new Shown(days.from() + " 00:00:00", days.to() + " 23:59:59");
    }

    private static Parsed last(int days, ZoneId zone, LocalDate today) {
        return new Parsed(new Days(today.minusDays(days), today, zone), null);
    }

    private static int clamped(String digits) {
        String significant = digits.replaceFirst("^0+", "");
        int days = significant.length() > 3 ? DAYS_MAX : significant.isEmpty() ? 0 : Integer.parseInt(significant);
        return Math.max(1, Math.min(DAYS_MAX, days));
    }

    private static @Nullable LocalDate date(@Nullable String text) {
        if (text == null || !DATE.matcher(text).matches()) {
            return null;
        }
        try {
            return LocalDate.parse(text, DATE_FORMAT);
        } catch (DateTimeParseException e) {
            return null;
        }
    }
}

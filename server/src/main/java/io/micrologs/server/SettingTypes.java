package io.micrologs.server;

import io.micrologs.http.HttpConfig;
import io.micrologs.http.limit.Limit;
import io.micrologs.loader.LoaderConfig;
import java.net.URI;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.zone.ZoneRules;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** How the text of a setting becomes its value; every refusal says what would be accepted. */
final class SettingTypes {

    private SettingTypes() {}

    private static TypeConversionException refused(String value, String accepted) {
        return new TypeConversionException("'" + value + "' is not " + accepted);
    }

    /** A whole number in a closed range. */
    abstract static class WholeNumber implements ITypeConverter<Integer> {
        private final int min;
        private final int max;

        WholeNumber(int min, int max) {
            this.min = min;
            this.max = max;
        }

        @Override
        public Integer convert(String value) {
            try {
                int number = Integer.parseInt(value.trim());
                if (number >= min && number <= max) {
                    return number;
                }
            } catch (NumberFormatException e) {
                // told below
            }
            throw refused(value, "a whole number from " + min + " to " + max);
        }
    }

    static final class Port extends WholeNumber {
        Port() {
            super(0, 65_535);
        }
    }

    static final class Day implements ITypeConverter<LocalDate> {
        @Override
        public LocalDate convert(String value) {
            try {
                return LocalDate.parse(value.trim());
            } catch (DateTimeException e) {
                throw refused(value, "a day such as 2026-01-31");
            }
        }
    }

    static final class RetentionDays implements ITypeConverter<Integer> {
        @Override
        public Integer convert(String value) {
            try {
                int days = Integer.parseInt(value.trim());
                if (days == 0 || (days >= LoaderConfig.RETENTION_DAYS_MIN && days <= LoaderConfig.RETENTION_DAYS_MAX)) {
                    return days;
                }
            } catch (NumberFormatException e) {
                // told below
            }
            throw refused(
                    value,
                    "0 or a whole number from " + LoaderConfig.RETENTION_DAYS_MIN + " to "
                            + LoaderConfig.RETENTION_DAYS_MAX);
        }
    }

    static final class Connections extends WholeNumber {
        Connections() {
            super(1, 1_000_000);
        }
    }

    static final class Attempts extends WholeNumber {
        Attempts() {
            super(1, Limit.ATTEMPTS_MAX);
        }
    }

    static final class EventRequests extends WholeNumber {
        EventRequests() {
            super(1, 1_000_000);
        }
    }

    static final class RingSize extends WholeNumber {
        RingSize() {
            super(64, 1_048_576);
        }

        @Override
        public Integer convert(String value) {
            int size = super.convert(value);
            if (Integer.bitCount(size) != 1) {
                throw refused(value, "a power of two");
            }
            return size;
        }
    }

    static final class BatchRows extends WholeNumber {
        BatchRows() {
            super(1, 20_000);
        }
    }

    static final class CommitInterval extends WholeNumber {
        CommitInterval() {
            super(10, 60_000);
        }
    }

    static final class ErrorGroups extends WholeNumber {
        ErrorGroups() {
            super(1, 1_000_000);
        }
    }

    static final class Links extends WholeNumber {
        Links() {
            super(1, 1_000_000);
        }
    }

    static final class Bytes implements ITypeConverter<Long> {
        private static final Pattern FORM = Pattern.compile("(\\d{1,12})\\s*([kmgt]?)b?", Pattern.CASE_INSENSITIVE);

        @Override
        public Long convert(String value) {
            Matcher m = FORM.matcher(value.trim());
            if (!m.matches()) {
                throw refused(value, "a size such as 512m or 20g");
            }
            int shift = switch (m.group(2).toLowerCase(Locale.ROOT)) {
                case "k" -> 10;
                case "m" -> 20;
                case "g" -> 30;
                case "t" -> 40;
                default -> 0;
            };
            long number = Long.parseLong(m.group(1));
            if (number > Long.MAX_VALUE >> shift) {
                throw refused(value, "a size below 8 million terabytes");
            }
            return number << shift;
        }
    }

    static final class TimeSpan implements ITypeConverter<Duration> {
        private static final Pattern FORM = Pattern.compile("(\\d{1,9})\\s*(ms|s|m|h|d)", Pattern.CASE_INSENSITIVE);

        @Override
        public Duration convert(String value) {
            Matcher m = FORM.matcher(value.trim());
            if (!m.matches()) {
                throw refused(value, "a time span such as 90s, 30m, 12h or 7d");
            }
            long number = Long.parseLong(m.group(1));
            return switch (m.group(2).toLowerCase(Locale.ROOT)) {
                case "ms" -> Duration.ofMillis(number);
                case "s" -> Duration.ofSeconds(number);
                case "m" -> Duration.ofMinutes(number);
                case "h" -> Duration.ofHours(number);
                default -> Duration.ofDays(number);
            };
        }
    }

    static final class Zone implements ITypeConverter<ZoneId> {
        private static final Instant SINCE = Instant.parse("2000-01-01T00:00:00Z");
        private static final int QUARTER_SECONDS = 900;

        @Override
        public ZoneId convert(String value) {
            try {
                ZoneId zone = ZoneId.of(value.trim());
                if (!isOfQuarters(zone.getRules())) {
                    throw refused(value, "a time zone whose days begin on a quarter of an hour of UTC");
                }
                return zone;
            } catch (DateTimeException e) {
                throw refused(value, "a time zone such as UTC or Europe/Berlin");
            }
        }

        /** Charts by the hour are counted by the quarter of an hour. All zones with a name are such ones since 1972. */
        private static boolean isOfQuarters(ZoneRules rules) {
            return rules.getOffset(SINCE).getTotalSeconds() % QUARTER_SECONDS == 0
                    && rules.getTransitions().stream()
                            .filter(transition -> transition.getInstant().isAfter(SINCE))
                            .allMatch(
                                    transition -> transition.getOffsetAfter().getTotalSeconds() % QUARTER_SECONDS == 0);
        }
    }

    static final class TrueOrFalse implements ITypeConverter<Boolean> {
        @Override
        public Boolean convert(String value) {
            return switch (value.trim().toLowerCase(Locale.ROOT)) {
                case "true" -> true;
                case "false" -> false;
                default -> throw refused(value, "true or false");
            };
        }
    }

    static final class Cidr implements ITypeConverter<String> {
        @Override
        public String convert(String value) {
            try {
                HttpConfig.checkTrustedProxies(List.of(value.trim()));
                return value.trim();
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(String.valueOf(e.getMessage()));
            }
        }
    }

    static final class Cycle implements ITypeConverter<String> {
        @Override
        public String convert(String value) {
            return switch (value.trim()) {
                case "five-minutely", "hourly", "daily" -> value.trim();
                default -> throw refused(value, "five-minutely, hourly or daily");
            };
        }
    }

    static final class DurabilityMode implements ITypeConverter<String> {
        @Override
        public String convert(String value) {
            return switch (value.trim()) {
                case "process", "power" -> value.trim();
                default -> throw refused(value, "process or power");
            };
        }
    }

    /** 32 to 256 printable ASCII characters, for keys and salts. The value itself is never repeated in a message. */
    static final class Secret implements ITypeConverter<String> {
        @Override
        public String convert(String value) {
            boolean printable = value.chars().allMatch(c -> c > ' ' && c < 127);
            if (!printable || value.length() < 32 || value.length() > 256) {
                throw new TypeConversionException("it must be 32 to 256 printable ASCII characters without spaces, is "
                        + value.length() + " characters" + (printable ? "" : ", some of them not printable ASCII"));
            }
            return value;
        }
    }

    static final class HttpUrl implements ITypeConverter<String> {
        @Override
        public String convert(String value) {
            String url = value.trim().replaceAll("/+$", "");
            try {
                URI uri = URI.create(url);
                boolean http = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
                if (http && uri.getHost() != null && uri.getQuery() == null && uri.getFragment() == null) {
                    return url;
                }
            } catch (IllegalArgumentException e) {
                // told below
            }
            throw refused(value, "an address such as https://stats.example.com");
        }
    }

    /** One that no page of ours has. */
    static final class AliasPath implements ITypeConverter<String> {
        private static final Pattern FORM = Pattern.compile("(?!/(api|snippet|demo)(/|$))(/[A-Za-z0-9_-]{1,32}){1,4}");

        @Override
        public String convert(String value) {
            if (!FORM.matcher(value.trim()).matches()) {
                throw refused(
                        value,
                        "a path such as /x7k: up to four parts of 1 to 32 letters, digits, _ and -,"
                                + " not below /api, /snippet or /demo");
            }
            return value.trim();
        }
    }

    /** Without user and password in it: the address is shown in logs and in health. */
    static final class JdbcUrl implements ITypeConverter<String> {
        private static final Pattern FORM =
                Pattern.compile("jdbc:(mysql|mariadb)://[^/@?\\s]+/[A-Za-z0-9_$-]+(\\?\\S*)?");

        @Override
        public String convert(String value) {
            if (!FORM.matcher(value.trim()).matches()) {
                throw new TypeConversionException(
                        "it must be an address such as jdbc:mysql://db.example.com:3306/micrologs,"
                                + " with the user in database.user and the password in database.password");
            }
            if (value.toLowerCase(Locale.ROOT).matches(".*[?&](user|password\\w*)=.*")) {
                throw new TypeConversionException(
                        "it must not hold user or password;" + " set database.user and database.password");
            }
            return value.trim();
        }
    }
}

package io.micrologs.loader;

import java.sql.SQLException;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What the rollups and sketches of a {@link Model} have to hold, counted from nothing by plain maps of texts. */
final class RollupModel {

    /** Of {@link Model.Session#attributes}, behind the empty text before its first bar. */
    private static final List<String> ATTRIBUTES = List.of(
            "CATEGORY",
            "DEVICE",
            "COUNTRY",
            "REFERRER",
            "UTM_SOURCE",
            "UTM_MEDIUM",
            "UTM_CAMPAIGN",
            "UTM_CONTENT",
            "UTM_TERM",
            "SCREEN",
            "time zone",
            "LANGUAGE",
            "OS",
            "os version",
            "BROWSER",
            "browser version",
            "region",
            "city");

    private final Map<String, long[]> counts = new TreeMap<>();
    private final Map<String, TreeSet<Long>> visitors = new TreeMap<>();

    RollupModel(Model model) {
        for (Model.Session session : model.sessions()) {
            session(session);
        }
        for (Model.View view : model.views()) {
            view(view);
        }
        model.visitors().forEach((key, firstMs) -> newcomer(model, key, firstMs));
        for (Model.Fact error : model.errors()) {
            String[] row = error.row().split("[|]", -1);
            int project = Integer.parseInt(row[0]);
            event(project, "ERROR", row);
            // The group's project, type, message, file and line follow the four of the row.
            add(project, "DAY", "ERROR_GROUP", row[3], String.join(",", Arrays.copyOfRange(row, 5, 9)), 0, 1);
            add(project, "DAY", "ERROR_SEVERITY", row[3], row[9], 0, 1);
            add(project, "DAY", "ERROR_ENVIRONMENT", row[3], row[10], 0, 1);
        }
        for (Model.Fact audit : model.audits()) {
            event(audit.project, "AUDIT", audit.row().split("[|]", -1));
        }
        for (String click : model.clicks()) {
            String[] row = click.split("[|]", -1);
            if (row[6].equals("0")) {
                int project = Integer.parseInt(row[0]);
                event(project, "CLICK", row);
                add(project, "DAY", "LINK", row[3], row[4], 0, 1);
                visitor(project, "LINK", row[3], row[4], Long.parseLong(row[5]));
            }
        }
    }

    private static Map<String, String> values(Model.Session session) {
        String[] texts = session.attributes.substring(1).split("[|]", -1);
        Map<String, String> values = new HashMap<>();
        for (int i = 0; i < texts.length; i++) {
            values.put(ATTRIBUTES.get(i), texts[i]);
        }
        String none = "null";
        String country = values.get("COUNTRY");
        String region = values.get("region");
        String city = values.get("city");
        values.put("REGION", region.equals(none) ? none : country + "," + region);
        values.put("CITY", city.equals(none) ? none : country + "," + region + "," + city);
        values.put("OS_VERSION", version(values.get("OS"), values.get("os version")));
        values.put("BROWSER_VERSION", version(values.get("BROWSER"), values.get("browser version")));
        values.put("CAMPAIGN", campaign(values));
        return values;
    }

    private static String version(String of, String version) {
        return version.equals("null") ? "null" : of + "," + version;
    }

    private static String campaign(Map<String, String> values) {
        return values.get("UTM_CAMPAIGN").equals("null")
                ? "null"
                : values.get("UTM_SOURCE") + "," + values.get("UTM_MEDIUM") + "," + values.get("UTM_CAMPAIGN");
    }

    private void session(Model.Session s) {
        long durationMs = s.lastMs - s.startedMs;
        long bounce = s.pageviews == 1 ? 1 : 0;
        long[] sums = {0, 1, s.pageviews, bounce, durationMs, bounce == 1 ? 0 : durationMs, 0};
        String day = Long.toString(s.day);
        add(s.project, "DAY", "TOTAL", day, "", sums);
        add(s.project, "QUARTER_HOUR", "TOTAL", quarter(s.startedMs), "", sums);
        add(s.project, "DAY", "ENTRY_PAGE", day, s.entry, sums);
        add(s.project, "DAY", "EXIT_PAGE", day, s.exit, 1, 1);
        Map<String, String> values = values(s);
        for (Dimension dimension : Dimension.OF_VISIT) {
            add(s.project, "DAY", dimension.name(), day, values.get(dimension.name()), sums);
        }
    }

    private void view(Model.View view) {
        String[] row = view.row().split("[|]", -1);
        String day = row[3];
        event(view.project(), "TOTAL", row);
        add(view.project(), "DAY", "PAGE", day, view.url(), 0, 1);
        visitor(view.project(), "TOTAL", day, "", view.visitor());
        visitor(view.project(), "PAGE", day, view.url(), view.visitor());
        Map<String, String> values = values(view.session());
        values.put("CATEGORY", row[8]);
        values.put("REFERRER", row[9]);
        Utm utm = Utm.of(view.url());
        values.put("UTM_SOURCE", text(utm.source()));
        values.put("UTM_MEDIUM", text(utm.medium()));
        values.put("UTM_CAMPAIGN", text(utm.campaign()));
        values.put("UTM_CONTENT", text(utm.content()));
        values.put("UTM_TERM", text(utm.term()));
        values.put("CAMPAIGN", campaign(values));
        for (Dimension dimension : Dimension.OF_VISIT) {
            String value = values.get(dimension.name());
            add(view.project(), "DAY", dimension.name(), day, value, 0, 1);
            if (dimension.k > 0) {
                visitor(view.project(), dimension.name(), day, value, view.visitor());
            }
        }
    }

    private void newcomer(Model model, String key, long firstMs) {
        int project = Integer.parseInt(key.substring(0, key.indexOf('|')));
        ZoneId zone = model.zone(project);
        if (zone != null) {
            long day = java.time.Instant.ofEpochMilli(firstMs)
                    .atZone(zone)
                    .toLocalDate()
                    .toEpochDay();
            add(project, "DAY", "TOTAL", Long.toString(day), "", 6, 1);
            add(project, "QUARTER_HOUR", "TOTAL", quarter(firstMs), "", 6, 1);
        }
    }

    private static String text(@Nullable String value) {
        return String.valueOf(value);
    }

    private static String quarter(long timeMs) {
        return Long.toString(Math.floorDiv(timeMs, 900_000));
    }

    /** @param row begins with project, time, sequence and day */
    private void event(int project, String total, String[] row) {
        add(project, "DAY", total, row[3], "", 0, 1);
        add(project, "QUARTER_HOUR", total, quarter(Long.parseLong(row[1])), "", 0, 1);
    }

    private void add(int project, String grain, String dimension, String period, String value, int metric, long more) {
        long[] sums = new long[7];
        sums[metric] = more;
        add(project, grain, dimension, period, value, sums);
    }

    private void add(int project, String grain, String dimension, String period, String value, long[] more) {
        long[] sums = counts.computeIfAbsent(line(project, grain, dimension, period, value), k -> new long[7]);
        for (int i = 0; i < 7; i++) {
            sums[i] += more[i];
        }
    }

    private void visitor(int project, String dimension, String day, String value, long visitor) {
        visitors.computeIfAbsent(line(project, "DAY", dimension, day, value), k -> new TreeSet<>())
                .add(BottomK.hash(visitor));
    }

    private static String line(int project, String grain, String dimension, String period, String value) {
        return project + "|" + grain + "|" + dimension + "|" + period + "|" + value;
    }

    List<String> counts() {
        return counts.entrySet().stream()
                .map(e -> e.getKey() + " " + Arrays.toString(e.getValue()))
                .toList();
    }

    List<String> sketches() {
        return visitors.entrySet().stream()
                .map(e -> e.getKey() + " "
                        + e.getValue().stream().map("%012x"::formatted).collect(Collectors.joining()))
                .toList();
    }

    /** The real tables' rows of days and quarters of an hour in the form of {@link #counts} and {@link #sketches}. */
    static final class Stored {
        final List<String> counts = new ArrayList<>();
        final List<String> sketches = new ArrayList<>();
        private final Map<String, String> texts = new HashMap<>();

        Stored(TestSchema schema, String projects) throws SQLException {
            texts(schema, "p", "SELECT project_id, page_id, url FROM page");
            texts(schema, "t", "SELECT project_id, term_id, value FROM term");
            texts(
                    schema,
                    "g",
                    "SELECT project_id, group_id, CONCAT_WS(',', error_type, message, COALESCE(file, 'null'),"
                            + " COALESCE(line, 'null')) FROM error_group");
            for (String row : schema.rows("SELECT project_id, tuple_id, first_id, second_id, third_id FROM tuple")) {
                String[] parts = row.split("[|]");
                texts.put("tuple" + parts[0] + "|" + parts[1], parts[2] + "|" + parts[3] + "|" + parts[4]);
            }
            String where = " WHERE project_id IN (" + projects + ") AND grain IN (1, 4)";
            try (var connection = schema.open()) {
                RollupTables.readCounts(connection, where, (key, sums) -> {
                    if (!Tally.isZero(sums)) {
                        counts.add(line(key) + " " + Arrays.toString(sums));
                    }
                });
                RollupTables.readSketches(
                        connection,
                        where,
                        (key, hashes) ->
                                sketches.add(line(key) + " " + HexFormat.of().formatHex(hashes)));
            }
        }

        private void texts(TestSchema schema, String kind, String sql) {
            for (String row : schema.rows(sql)) {
                String[] parts = row.split("[|]", 3);
                texts.put(kind + parts[0] + "|" + parts[1], parts[2]);
            }
        }

        private String line(RollupKey key) {
            return RollupModel.line(
                    key.projectId(),
                    key.grain().name(),
                    key.dimension().name(),
                    Integer.toString(key.period()),
                    value(key));
        }

        private String value(RollupKey key) {
            int project = key.projectId();
            long value = key.valueId();
            return switch (key.dimension()) {
                case TOTAL, ERROR, AUDIT, CLICK -> "";
                case PAGE, ENTRY_PAGE, EXIT_PAGE -> text("p", project, value);
                case ERROR_GROUP -> text("g", project, value);
                case CATEGORY, DEVICE, ERROR_SEVERITY, ERROR_ENVIRONMENT, LINK -> Long.toString(value);
                case COUNTRY -> country(value);
                case REGION -> tuple(project, value, 2, true);
                case CITY -> tuple(project, value, 3, true);
                case OS_VERSION, BROWSER_VERSION -> tuple(project, value, 2, false);
                case CAMPAIGN -> tuple(project, value, 3, false);
                default -> text("t", project, value);
            };
        }

        private static String country(long value) {
            return value == 0 ? "null" : "" + (char) (value >> 8) + (char) (value & 0xFF);
        }

        private String text(String kind, int project, long value) {
            return value == 0 ? "null" : texts.getOrDefault(kind + project + "|" + value, "no " + kind + value);
        }

        private String tuple(int project, long value, int parts, boolean ofCountry) {
            if (value == 0) {
                return "null";
            }
            String[] ids = text("tuple", project, value).split("[|]");
            List<String> shown = new ArrayList<>();
            for (int i = 0; i < parts; i++) {
                long id = Long.parseLong(ids[i]);
                shown.add(i == 0 && ofCountry ? country(id) : text("t", project, id));
            }
            return String.join(",", shown);
        }
    }
}

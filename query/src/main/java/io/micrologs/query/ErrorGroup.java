package io.micrologs.query;

import io.micrologs.query.engine.Attribute;
import io.micrologs.query.engine.Filter;
import io.micrologs.query.engine.Named;
import io.micrologs.query.engine.Operator;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.ZoneId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An error group as answers show it, and the codes that its rows hold. */
record ErrorGroup(
        long id,
        String errorType,
        String message,
        @Nullable String file,
        @Nullable Long line,
        String severity,
        String environment,
        String status,
        long occurrenceCount,
        String firstSeen,
        String lastSeen) {

    /** Stored as their position here, counted from 1; so are the two below. */
    static final List<String> SEVERITIES = Named.SEVERITIES;

    static final List<String> ENVIRONMENTS = List.of("production", "staging", "development");
    static final List<String> STATUSES = List.of("open", "investigating", "resolved", "ignored");

    /** What {@link #read} needs of {@code error_group}. */
    static final String COLUMNS = """
            group_id, error_type, message, file, line, severity, environment, status, occurrence_count,
            first_seen_ms, last_seen_ms
            """;

    static ErrorGroup read(ResultSet row, ZoneId zone) throws SQLException {
        long line = row.getLong("line");
        Long lineOrNull = row.wasNull() ? null : line;
        return new ErrorGroup(
                row.getLong("group_id"),
                row.getString("error_type"),
                row.getString("message"),
                row.getString("file"),
                lineOrNull,
                name(SEVERITIES, row.getInt("severity")),
                name(ENVIRONMENTS, row.getInt("environment")),
                name(STATUSES, row.getInt("status")),
                row.getLong("occurrence_count"),
                Times.text(row.getLong("first_seen_ms"), zone),
                Times.text(row.getLong("last_seen_ms"), zone));
    }

    /** Of questions about one group. */
    static Filter filter(long id) {
        return new Filter(Attribute.ERROR_GROUP, Operator.IS, List.of(Long.toString(id)));
    }

    /** Throws {@link SQLException} for a code that was never given out. */
    static String name(List<String> names, int code) throws SQLException {
        if (code < 1 || code > names.size()) {
            throw new SQLException("code " + code + " is none of " + names);
        }
        return names.get(code - 1);
    }

    /** 0 for null and for a name that is none of {@code names}. */
    static int code(List<String> names, @Nullable String name) {
        return name == null ? 0 : names.indexOf(name) + 1;
    }
}

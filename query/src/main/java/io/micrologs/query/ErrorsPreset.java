package io.micrologs.query;

import static io.micrologs.query.ErrorGroup.ENVIRONMENTS;
import static io.micrologs.query.ErrorGroup.SEVERITIES;
import static io.micrologs.query.ErrorGroup.STATUSES;

import io.micrologs.http.Reply;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;

/** {@code errors}: the groups that were last seen in these days. */
final class ErrorsPreset implements Preset {
    private static final int LIMIT = 50;
    private static final int LIMIT_MAX = 100;

    /** A filter is bound as a code, 0 for none. */
    private static final String GROUPS = "SELECT " + ErrorGroup.COLUMNS + """
            FROM error_group
            WHERE project_id = ? AND last_seen_ms >= ? AND last_seen_ms < ?
              AND (? = 0 OR status = ?) AND (? = 0 OR severity = ?) AND (? = 0 OR environment = ?)
            ORDER BY last_seen_ms DESC, last_sequence DESC, group_id DESC
            LIMIT ?
            """;

    /** Statuses and severities by their codes, which {@link ErrorGroup} lists. */
    private static final String SUMMARY = """
            SELECT COUNT(*) AS total,
                   COALESCE(SUM(CASE WHEN status = 1 THEN 1 ELSE 0 END), 0) AS open,
                   COALESCE(SUM(CASE WHEN status = 2 THEN 1 ELSE 0 END), 0) AS investigating,
                   COALESCE(SUM(CASE WHEN status = 3 THEN 1 ELSE 0 END), 0) AS resolved,
                   COALESCE(SUM(CASE WHEN status = 4 THEN 1 ELSE 0 END), 0) AS ignored,
                   COALESCE(SUM(CASE WHEN severity = 4 THEN 1 ELSE 0 END), 0) AS critical,
                   COALESCE(SUM(CASE WHEN severity = 3 THEN 1 ELSE 0 END), 0) AS error
            FROM error_group
            WHERE project_id = ? AND last_seen_ms >= ? AND last_seen_ms < ?
            """;

    private record Data(DayRange.Shown range, Summary summary, int count, List<ErrorGroup> errors) {}

    private record Summary(
            long total, long open, long investigating, long resolved, long ignored, long critical, long error) {
        static Summary read(ResultSet row) throws SQLException {
            return new Summary(
                    row.getLong("total"),
                    row.getLong("open"),
                    row.getLong("investigating"),
                    row.getLong("resolved"),
                    row.getLong("ignored"),
                    row.getLong("critical"),
                    row.getLong("error"));
        }
    }

    @Override
    public Reply answer(Question question, Sql sql) throws SQLException {
        long from = question.days().fromMs();
        long until = question.days().untilMs();
        int status = ErrorGroup.code(STATUSES, question.text("status"));
        int severity = ErrorGroup.code(SEVERITIES, question.text("severity"));
        int environment = ErrorGroup.code(ENVIRONMENTS, question.text("environment"));
        List<ErrorGroup> groups = sql.rows(
                GROUPS,
                row -> ErrorGroup.read(row, question.zone()),
                question.project(),
                from,
                until,
                status,
                status,
                severity,
                severity,
                environment,
                environment,
                question.limit(LIMIT, LIMIT_MAX));
        Summary summary = sql.one(SUMMARY, Summary::read, question.project(), from, until);
        return Json.ok(new Data(DayRange.shown(question.days()), summary, groups.size(), groups));
    }
}

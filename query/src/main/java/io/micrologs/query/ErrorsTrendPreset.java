package io.micrologs.query;

import io.micrologs.http.Reply;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code errors-trend}: how many errors there were, of all groups or of one. */
final class ErrorsTrendPreset implements Preset {
    private static final int GROUPS_MAX = 5;

    private static final String ALL = """
            FROM error_event
            WHERE project_id = ? AND received_ms >= ? AND received_ms < ?
            """;

    /** By the group's own index: by the primary key all errors of the range are read. */
    private static final String OF_GROUP = """
            FROM error_event FORCE INDEX (of_group)
            WHERE project_id = ? AND received_ms >= ? AND received_ms < ? AND group_id = ?
            """;

    private static final String TOTALS = "SELECT COUNT(DISTINCT group_id) AS error_groups\n";

    private static final String DAYS =
            "SELECT day, COUNT(*) AS occurrences, COUNT(DISTINCT group_id) AS unique_groups\n";

    private static final String TOP = """
            SELECT g.group_id, g.error_type, g.message, g.severity, g.status, top.occurrences
            FROM (
              SELECT group_id, COUNT(*) AS occurrences
              %s
              GROUP BY group_id
              ORDER BY occurrences DESC, group_id
              LIMIT ?
            ) top
            LEFT JOIN error_group g ON g.group_id = top.group_id
            ORDER BY top.occurrences DESC, top.group_id
            """;

    private record Data(
            DayRange.Shown range,
            @Nullable Long groupId,
            long totalOccurrences,
            long totalGroups,
            List<Group> topGroups,
            List<Day> overTime) {}

    private record Group(long id, String errorType, String message, String severity, String status, long occurrences) {}

    private record Day(String date, long occurrences, long uniqueGroups) {}

    @Override
    public Reply answer(Question question, Sql sql) throws SQLException {
        String given = question.text("group_id");
        boolean one = given != null && !given.isEmpty();
        long id = Fields.id(given);
        if (one && id == 0) {
            return Json.failure(400, "group_id must be the id of an error group");
        }
        String events = one ? OF_GROUP : ALL;
        List<Object> values = new ArrayList<>(List.of(
                question.project(), question.days().fromMs(), question.days().untilMs()));
        if (one) {
            values.add(id);
        }
        List<Day> days = sql.rows(
                DAYS + events + "GROUP BY day ORDER BY day",
                row -> new Day(
                        Question.date(row.getLong("day")), row.getLong("occurrences"), row.getLong("unique_groups")),
                values.toArray());
        long groups = sql.one(TOTALS + events, row -> row.getLong("error_groups"), values.toArray());
        values.add(GROUPS_MAX);
        List<Group> top = sql.rows(
                TOP.formatted(events),
                row -> new Group(
                        row.getLong("group_id"),
                        row.getString("error_type"),
                        row.getString("message"),
                        ErrorGroup.name(ErrorGroup.SEVERITIES, row.getInt("severity")),
                        ErrorGroup.name(ErrorGroup.STATUSES, row.getInt("status")),
                        row.getLong("occurrences")),
                values.toArray());
        return Json.ok(new Data(
                question.days().shown(),
                one ? id : null,
                days.stream().mapToLong(Day::occurrences).sum(),
                groups,
                top,
                days));
    }
}

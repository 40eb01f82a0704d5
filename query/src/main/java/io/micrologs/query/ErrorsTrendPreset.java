package io.micrologs.query;

import io.micrologs.http.Reply;
import io.micrologs.query.engine.Answer;
import io.micrologs.query.engine.Attribute;
import io.micrologs.query.engine.Counter;
import io.micrologs.query.engine.Days;
import io.micrologs.query.engine.Engine;
import io.micrologs.query.engine.Figures;
import io.micrologs.query.engine.Filter;
import io.micrologs.query.engine.Measure;
import io.micrologs.query.engine.Query;
import io.micrologs.query.engine.RefusedException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** {@code errors-trend}: how many errors there were, of all groups or of one. */
final class ErrorsTrendPreset implements Preset {
    private static final int GROUPS_MAX = 5;

    private static final String GROUP = """
            SELECT error_type, message, severity, status
            FROM error_group
            WHERE project_id = ? AND group_id = ?
            """;

    private record Data(
            DayRange.Shown range,
            @Nullable Long groupId,
            long totalOccurrences,
            long totalGroups,
            List<Group> topGroups,
            List<Day> overTime) {}

    private record Group(long id, String errorType, String message, String severity, String status, long occurrences) {}

    private record Day(@Nullable String date, long occurrences, long uniqueGroups) {}

    @Override
    public Reply answer(Question question, Sql sql) throws SQLException, RefusedException {
        String given = question.text("group_id");
        boolean one = given != null && !given.isEmpty();
        long id = Fields.id(given);
        if (one && id == 0) {
            return Json.failure(400, "group_id must be the id of an error group");
        }
        Engine engine = question.engine(sql);
        Days days = question.days();
        Filter[] filters = one ? new Filter[] {ErrorGroup.filter(id)} : new Filter[0];
        // One group's days have one group.
        List<Measure> measures = one ? List.of(Measure.ERRORS) : List.of(Measure.ERRORS, Measure.ERROR_GROUPS);
        Figures all = engine.answer(Query.total(days, measures, filters))
                .rows()
                .get(0)
                .figures();
        List<Day> overTime = engine.answer(Query.byDay(days, measures, filters)).rows().stream()
                .map(row -> new Day(row.time(), row.figures().of(Counter.ERRORS), groups(one, row.figures())))
                .toList();
        Query top = Query.top(days, Attribute.ERROR_GROUP, GROUPS_MAX, List.of(Measure.ERRORS), filters);
        List<Group> groups = new ArrayList<>();
        for (Answer.Row row : engine.answer(top).rows()) {
            group(question, sql, row).ifPresent(groups::add);
        }
        Data data = new Data(
                DayRange.shown(question.days()),
                one ? id : null,
                all.of(Counter.ERRORS),
                groups(one, all),
                groups,
                overTime);
        return Json.ok(data, engine.meta());
    }

    private static long groups(boolean one, Figures figures) {
        return one ? Math.min(1, figures.of(Counter.ERRORS)) : figures.of(Counter.GROUPS);
    }

    private static Optional<Group> group(Question question, Sql sql, Answer.Row top) throws SQLException {
        long id = top.values().get(0).number();
        return sql.first(
                GROUP,
                row -> new Group(
                        id,
                        row.getString("error_type"),
                        row.getString("message"),
                        ErrorGroup.name(ErrorGroup.SEVERITIES, row.getInt("severity")),
                        ErrorGroup.name(ErrorGroup.STATUSES, row.getInt("status")),
                        top.figures().of(Counter.ERRORS)),
                question.project(),
                id);
    }
}

package io.micrologs.query;

import com.fasterxml.jackson.databind.util.RawValue;
import io.micrologs.http.Reply;
import io.micrologs.query.engine.Counter;
import io.micrologs.query.engine.Engine;
import io.micrologs.query.engine.Measure;
import io.micrologs.query.engine.Named;
import io.micrologs.query.engine.Query;
import io.micrologs.query.engine.RefusedException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** {@code error-detail}: one group, its days and its newest occurrences. */
final class ErrorDetailPreset implements Preset {
    private static final int EVENTS_MAX = 100;

    private static final String GROUP = "SELECT " + ErrorGroup.COLUMNS + """
            FROM error_group
            WHERE project_id = ? AND group_id = ?
            """;

    /** By the group's own index, whatever the statistics say: by the primary key a rare group's rows are found last. */
    private static final String EVENTS = """
            SELECT e.sequence, e.received_ms, e.severity, e.environment, e.context, s.trace, u.value AS url,
                   e.device, os.value AS os, browser.value AS browser, e.country, city.value AS city
            FROM error_event e FORCE INDEX (of_group)
            LEFT JOIN stack s ON s.project_id = e.project_id AND s.stack_id = e.stack_id
            LEFT JOIN term u ON u.project_id = e.project_id AND u.term_id = e.url_id
            LEFT JOIN term os ON os.project_id = e.project_id AND os.term_id = e.os_id
            LEFT JOIN term browser ON browser.project_id = e.project_id AND browser.term_id = e.browser_id
            LEFT JOIN term city ON city.project_id = e.project_id AND city.term_id = e.city_id
            WHERE e.project_id = ? AND e.group_id = ? AND e.received_ms >= ? AND e.received_ms < ?
            ORDER BY e.received_ms DESC, e.sequence DESC
            LIMIT ?
            """;

    private record Data(DayRange.Shown range, ErrorGroup group, List<Day> overTime, List<Occurrence> events) {}

    private record Day(@Nullable String date, long occurrences) {}

    private record Occurrence(
            long id,
            @Nullable String stackTrace,
            @Nullable String url,
            String environment,
            String severity,
            @Nullable RawValue context,
            String createdAt,
            Device device,
            Location location) {}

    private record Device(
            String type, @Nullable String os, @Nullable String browser) {}

    private record Location(
            @Nullable String country,
            @Nullable String countryCode,
            @Nullable String city) {}

    @Override
    public Reply answer(Question question, Sql sql) throws SQLException, RefusedException {
        long id = Fields.id(question.text("id"));
        if (id == 0) {
            return Json.failure(400, "id is required");
        }
        Optional<ErrorGroup> group =
                sql.first(GROUP, row -> ErrorGroup.read(row, question.zone()), question.project(), id);
        if (group.isEmpty()) {
            return Json.failure(404, "Error group not found");
        }
        long from = question.days().fromMs();
        long until = question.days().untilMs();
        Engine engine = question.engine(sql);
        Query byDay = Query.byDay(question.days(), List.of(Measure.ERRORS), ErrorGroup.filter(id));
        List<Day> days = engine.answer(byDay).rows().stream()
                .map(row -> new Day(row.time(), row.figures().of(Counter.ERRORS)))
                .toList();
        engine.readRawRows();
        List<Occurrence> events =
                sql.rows(EVENTS, row -> occurrence(row, question), question.project(), id, from, until, EVENTS_MAX);
        return Json.ok(new Data(DayRange.shown(question.days()), group.get(), days, events), engine.meta());
    }

    private static Occurrence occurrence(ResultSet row, Question question) throws SQLException {
        return new Occurrence(
                row.getLong("sequence"),
                row.getString("trace"),
                row.getString("url"),
                ErrorGroup.name(ErrorGroup.ENVIRONMENTS, row.getInt("environment")),
                ErrorGroup.name(ErrorGroup.SEVERITIES, row.getInt("severity")),
                Json.context(row.getString("context")),
                question.time(row.getLong("received_ms")),
                new Device(Named.device(row.getInt("device")), row.getString("os"), row.getString("browser")),
                new Location(Named.country(row.getString("country")), row.getString("country"), row.getString("city")));
    }
}

package io.micrologs.query;

import com.fasterxml.jackson.databind.util.RawValue;
import io.micrologs.http.Reply;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code audits}: what was done lately, and what is done most. */
final class AuditsPreset implements Preset {
    private static final int LIMIT = 50;
    private static final int LIMIT_MAX = 200;
    private static final int ACTIONS_MAX = 20;

    private static final String LOGS = """
            SELECT sequence, received_ms, action, actor, context
            FROM audit_event
            WHERE project_id = ? AND received_ms >= ? AND received_ms < ?
            """;

    /** With the length, because a comparison alone pads with spaces: {@code 'login'} would be {@code 'login '}. */
    private static final String OF_ACTION = "  AND action = ? AND CHAR_LENGTH(action) = CHAR_LENGTH(?)\n";

    private static final String OF_ACTOR = "  AND actor = ? AND CHAR_LENGTH(actor) = CHAR_LENGTH(?)\n";

    private static final String NEWEST = """
            ORDER BY received_ms DESC, sequence DESC
            LIMIT ?
            """;

    private static final String ACTIONS = """
            SELECT action, COUNT(*) AS events
            FROM audit_event
            WHERE project_id = ? AND received_ms >= ? AND received_ms < ?
            GROUP BY action, CHAR_LENGTH(action)
            ORDER BY events DESC, action, CHAR_LENGTH(action)
            LIMIT ?
            """;

    private record Data(DayRange.Shown range, int count, List<Action> topActions, List<Log> logs) {}

    private record Action(String action, long count) {}

    private record Log(
            long id,
            String action,
            @Nullable String actor,
            @Nullable RawValue context,
            String createdAt) {}

    @Override
    public Reply answer(Question question, Sql sql) throws SQLException {
        long from = question.days().fromMs();
        long until = question.days().untilMs();
        StringBuilder text = new StringBuilder(LOGS);
        List<Object> values = new ArrayList<>(List.of(question.project(), from, until));
        filter(question.text("action"), OF_ACTION, text, values);
        filter(question.text("actor"), OF_ACTOR, text, values);
        text.append(NEWEST);
        values.add(question.limit(LIMIT, LIMIT_MAX));
        List<Log> logs = sql.rows(
                text.toString(),
                row -> new Log(
                        row.getLong("sequence"),
                        row.getString("action"),
                        row.getString("actor"),
                        Json.context(row.getString("context")),
                        question.time(row.getLong("received_ms"))),
                values.toArray());
        List<Action> actions = sql.rows(
                ACTIONS,
                row -> new Action(row.getString("action"), row.getLong("events")),
                question.project(),
                from,
                until,
                ACTIONS_MAX);
        return Json.ok(new Data(DayRange.shown(question.days()), logs.size(), actions, logs));
    }

    /** An empty value is a form field left blank: no filter. */
    private static void filter(@Nullable String value, String condition, StringBuilder text, List<Object> values) {
        if (value != null && !value.isEmpty()) {
            text.append(condition);
            values.add(value);
            values.add(value);
        }
    }
}

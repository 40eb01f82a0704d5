package io.micrologs.query;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.micrologs.http.Reply;
import io.micrologs.http.Request;
import io.micrologs.query.ControlSnapshot.ProjectKeys;
import io.micrologs.query.engine.Answer;
import io.micrologs.query.engine.Engine;
import io.micrologs.query.engine.Figures;
import io.micrologs.query.engine.Query;
import io.micrologs.query.engine.RefusedException;
import java.sql.SQLException;
import java.time.InstantSource;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** {@code /api/v1/query}: any question that the engine can answer. Any thread. */
final class QueryEndpoint {
    private final Access access;
    private final DataSource dataSource;
    private final InstantSource clock;
    private final Semaphore slow;

    QueryEndpoint(Access access, DataSource dataSource, InstantSource clock, Semaphore slow) {
        this.access = access;
        this.dataSource = dataSource;
        this.clock = clock;
        this.slow = slow;
    }

    private record Data(
            DayRange.Shown range,

            @JsonInclude(JsonInclude.Include.NON_NULL) DayRange.@Nullable Shown previousRange,

            int count,
            boolean more,
            List<Map<String, @Nullable Object>> rows) {}

    Reply answer(Request request) throws SQLException {
        Access.Caller caller = access.secret(request);
        if (caller.refusal() != null) {
            return caller.refusal();
        }
        RequestBody read = RequestBody.of(request);
        if (read.refusal() != null) {
            return read.refusal();
        }
        ProjectKeys project = caller.project();
        try {
            LocalDate today = LocalDate.ofInstant(clock.instant(), project.zone());
            return answer(project.id(), QueryBody.read(read.object(), project.zone(), today));
        } catch (RefusedException e) {
            return Json.refusal(e);
        }
    }

    private Reply answer(int project, Query query) throws SQLException {
        // One transaction, so that all figures of an answer are of the same moment.
        return Sql.inTransaction(dataSource, sql -> {
            try {
                Engine engine = Engine.of(sql, project, Engine.days(query), slow);
                Answer answer = engine.answer(query);
                return Json.ok(data(query, answer), engine.meta());
            } catch (RefusedException e) {
                return Json.refusal(e);
            }
        });
    }

    private static Data data(Query query, Answer answer) {
        List<Map<String, @Nullable Object>> rows = new ArrayList<>();
        answer.rows().forEach(row -> rows.add(shown(query, row)));
        return new Data(
                DayRange.shown(query.days()),
                query.compared() ? DayRange.shown(query.days().previous()) : null,
                rows.size(),
                answer.more(),
                rows);
    }

    private static Map<String, @Nullable Object> shown(Query query, Answer.Row row) {
        Map<String, @Nullable Object> shown = new LinkedHashMap<>();
        if (query.interval() != null) {
            shown.put(query.interval().key(), row.time());
        }
        for (Answer.Value value : row.values()) {
            for (int i = 0; i < value.keys().size(); i++) {
                shown.putIfAbsent(value.keys().get(i), value.texts().get(i));
            }
        }
        // A region that is not known tells no country, but the country that was asked for does.
        for (Answer.Value value : row.values()) {
            int own = value.keys().size() - 1;
            shown.put(value.keys().get(own), value.texts().get(own));
        }
        shown.putAll(measured(query, row.figures()));
        if (row.previous() != null) {
            shown.put("previous", measured(query, row.previous()));
        }
        return shown;
    }

    private static Map<String, Object> measured(Query query, Figures figures) {
        Map<String, Object> measured = new LinkedHashMap<>();
        query.measures().forEach(measure -> measured.put(measure.key(), measure.of(figures)));
        return measured;
    }
}
